"""Where packs are found, and what they must agree on."""

from __future__ import annotations

from pathlib import Path

import pytest

from log2metrics.config.agreement import check_packs
from log2metrics.config.packs import find_pack, library, library_folder, load_packs, packs_for
from log2metrics.config.settings import Pack
from log2metrics.match.formats import Format
from log2metrics.metric import Label, Metric, MetricType


def pack(name: str, *metrics: Metric) -> Pack:
    """Make a pack of which only the metrics matter; the n-th stands in line n."""
    lines = {metric.name: line for line, metric in enumerate(metrics, 1)}
    return Pack(name, Path(f"{name}.yml"), name, Format.PLAIN, metrics, (), metric_lines=lines)


def test_the_library_lists_packs_only() -> None:
    """The shipped definitions stand beside the packs, and are none."""
    assert "definitions" not in library()
    assert sorted(library()) == library()
    assert {"cron", "nginx-access", "sshd", "sudo", "syslog"} <= set(library())


@pytest.mark.parametrize("name", library())
def test_a_shipped_pack_loads(name: str) -> None:
    """Every pack of the library is without problems and has examples."""
    (found,) = load_packs([name], library_folder())
    assert name == found.name
    assert () != found.examples


def test_a_file_is_read_with_the_packs_for_files_of_its_name_and_else_with_all() -> None:
    """The others are not even looked at; a name that says nothing chooses none."""
    for_auth = [found.name for found in packs_for(["/somewhere/auth.log"])]
    assert {"sshd", "sudo"} < set(for_auth) < set(library())
    assert ["nginx-access"] == [found.name for found in packs_for(["access.log", "my-nginx.log"]) if "nginx-a" in found.name]
    assert library() == [found.name for found in packs_for(["x.log"])]
    assert library() == [found.name for found in packs_for(["-"])]


def test_the_whole_library_fits_together() -> None:
    """All shipped packs can be used at once."""
    assert library() == [found.name for found in load_packs(library(), library_folder())]


def test_a_name_means_the_library_and_a_path_a_file(tmp_path: Path) -> None:
    """A pack of one's own never hides a shipped one by its name."""
    (tmp_path / "sshd.yml").touch()
    expected = [library_folder() / "sshd.yml", tmp_path / "sshd.yml", tmp_path / "sshd.yml", tmp_path / "sshd.yml"]
    assert expected == [find_pack(name, tmp_path) for name in ("sshd", "sshd.yml", "./sshd.yml", str(tmp_path / "sshd.yml"))]
    assert [None, None, None] == [find_pack(name, tmp_path) for name in ("definitions", "sudo.yml", "none")]


def test_metrics_of_one_name_may_differ_in_what_is_not_exposed() -> None:
    """Help, limits, the order of labels and the known values are each pack's own."""
    one = Metric("x_total", MetricType.COUNTER, "One.", (Label("a"), Label("b")))
    two = Metric("x_total", MetricType.COUNTER, "Two.", (Label("b", ("x",)), Label("a")), limit=5, expire_seconds=1.0)
    assert [] == list(check_packs([pack("one", one), pack("two", two)]))


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        (("x", MetricType.HISTOGRAM), ("x_bucket", MetricType.GAUGE), "x_bucket"),
        (("x_sum", MetricType.GAUGE), ("x", MetricType.HISTOGRAM), "x_sum"),
        (("x_total", MetricType.COUNTER), ("x", MetricType.GAUGE), "x"),
    ],
)
def test_no_two_metrics_expose_one_name(first: tuple[str, MetricType], second: tuple[str, MetricType], shared: str) -> None:
    """Names that an exposition derives from a metric's are taken too, whichever comes first."""
    packs = [pack("one", Metric(*first, "One.")), pack("two", Metric(*second, "Two."))]
    found = f"`{second[0]}` is exposed as `{shared}`, and so is `{first[0]}` of one.yml:1"
    assert [f"two.yml:1: {found}; another name for one of them"] == [str(problem) for problem in check_packs(packs)]
