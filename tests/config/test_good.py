"""The design's examples load, and become what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from log2metrics.config.load import load_config
from log2metrics.config.packs import load_packs
from log2metrics.config.settings import Config, Example, Pack, Web
from log2metrics.config.values import Address
from log2metrics.match.formats import Format
from log2metrics.metric import MetricType
from log2metrics.shape.multiline import Multiline
from log2metrics.shape.shape import Shape
from log2metrics.shape.wrapping import Unwrap
from log2metrics.sinks.graphite import GraphiteSettings, Style, Values
from log2metrics.tail.selection import StartAt

GOOD = Path(__file__).parent / "good"
MINIMAL = "sources:\n  - {name: app, files: app.log, patterns: requests.yml}\n"


@pytest.fixture(name="config")
def _config() -> Config:
    return load_config(GOOD / "config.yml")


@pytest.fixture(name="requests")
def _requests() -> Pack:
    (pack,) = load_packs(["requests.yml"], GOOD)
    return pack


def written(folder: Path, text: str) -> Path:
    """Write a config file with this text, beside a pack that it may name."""
    (folder / "requests.yml").write_text((GOOD / "requests.yml").read_text(encoding="utf-8"), encoding="utf-8")
    path = folder / "config.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_source_says_what_a_line_is(tmp_path: Path) -> None:
    """Encoding, wrapping and which lines are one; without the last, what its packs say, unless it wants none."""
    (tmp_path / "joining.yml").write_text(
        (GOOD / "requests.yml").read_text(encoding="utf-8") + "multiline: {end: '%{INT}$'}\n", encoding="utf-8"
    )
    source = "  - {name: %s, files: x, patterns: joining.yml, %s}\n"
    keys = {
        "a": "unwrap: cri, encoding: EUC_JP",
        "b": "multiline: none",
        "c": "encoding: utf8, multiline: {start: '^failed %{INT}', continue: '^ ', lines: 9, bytes: 1KiB, quiet: 2s}",
    }
    text = "sources:\n" + "".join(source % pair for pair in keys.items())
    one, two, three = (each.selection.shape for each in load_config(written(tmp_path, text)).sources)
    assert Shape(Unwrap.CRI, Multiline(end=r"(?:[+-]?\d+)$"), "euc-jp") == one
    assert two.is_plain
    expected = Multiline(r"^failed (?:[+-]?\d+)", "^ ", max_lines=9, max_bytes=1024, quiet_seconds=2, literals=("failed ",))
    assert Shape(multiline=expected) == three


def test_a_source_says_what_to_follow(config: Config) -> None:
    """Globs, labels, file labels and bounds of a source reach the tail room's Selection."""
    auth, nginx = config.sources
    assert ("auth", "nginx") == (auth.name, nginx.name)
    assert ("/var/log/auth.log", "/var/log/secure") == auth.selection.globs
    assert (("role", "bastion"),) == auth.selection.labels
    assert (StartAt.END, 65536) == (auth.selection.start_at, auth.selection.line_bytes)
    assert (("vhost", "shop"),) == nginx.selection.labels_of("/var/log/nginx/shop.access.log")
    assert 32768 == nginx.selection.line_bytes


def test_packs_are_found_beside_the_config(config: Config) -> None:
    """A path is relative to the file that names it, and one path needs no list."""
    auth, nginx = config.sources
    assert ["sshd", "requests"] == [pack.name for pack in auth.packs]
    assert [GOOD / "requests.yml"] == [pack.path for pack in nginx.packs]


def test_the_rest_of_the_config_is_read(config: Config) -> None:
    """State, web and Graphite are as the file says."""
    assert Path("/var/lib/log2metrics/state.db") == config.state
    assert Web(Address("", 10414)) == config.web
    graphite = GraphiteSettings(
        Address("graphite", 2003),
        "hosts.{hostname}.",
        10.0,
        Style.TAGGED,
        Values.INTERVAL,
        queue_points=5000,
        timeout_seconds=1.5,
    )
    assert graphite == config.graphite


def test_what_a_config_leaves_out_has_the_documented_default(tmp_path: Path) -> None:
    """Without the keys there is a web server on 10414, the usual state file, and no Graphite."""
    config = load_config(written(tmp_path, MINIMAL), {"XDG_STATE_HOME": "/state"}, uid=1000)
    assert (Web(Address("", 10414)), None) == (config.web, config.graphite)
    assert Path("/state/log2metrics/state.db") == config.state


def test_relative_paths_are_relative_to_the_config(tmp_path: Path) -> None:
    """Globs and the state become absolute from the folder of the file that has them."""
    config = load_config(written(tmp_path, MINIMAL + "state: run/state.db\n"))
    assert (f"{tmp_path}/app.log",) == config.sources[0].selection.globs
    assert tmp_path / "run/state.db" == config.state


def test_none_turns_state_and_web_off(tmp_path: Path) -> None:
    """The word none keeps nothing over a restart, or serves nothing."""
    config = load_config(written(tmp_path, MINIMAL + "state: none\nweb: none\n"))
    assert (None, None) == (config.state, config.web)


@pytest.mark.parametrize(
    ("listen", "expected"), [("127.0.0.1:9000", ("127.0.0.1", 9000)), ("'[::1]:80'", ("::1", 80)), ("':0'", ("", 0))]
)
def test_an_address_is_a_host_and_a_port(tmp_path: Path, listen: str, expected: tuple[str, int]) -> None:
    """Names, IPv4, IPv6 in brackets, and no host at all are addresses."""
    config = load_config(written(tmp_path, f"{MINIMAL}web: {{listen: {listen}}}\n"))
    assert config.web is not None
    assert expected == config.web.listen


def test_a_format_of_the_source_takes_the_place_of_the_packs_own(tmp_path: Path) -> None:
    """Rules are compiled for the format that the source's lines have."""
    text = "sources:\n  - {name: app, files: app.log, patterns: requests.yml, format: json}\n"
    (source,) = load_config(written(tmp_path, text)).sources
    assert Format.JSON == source.format
    assert {Format.JSON} == {rule.format for rule in source.packs[0].rules}


def test_a_pack_in_two_sources_is_read_once(config: Config, tmp_path: Path) -> None:
    """Sources of the same format share one Pack, so that its metrics are the same objects."""
    text = MINIMAL + "  - {name: other, files: other.log, patterns: ./requests.yml}\n"
    first, second = load_config(written(tmp_path, text)).sources
    assert first.packs[0] is second.packs[0]
    assert config.sources[0].packs[1].metrics[1] == config.sources[1].packs[0].metrics[1]


def test_a_pack_says_what_it_counts() -> None:
    """The design's sshd pack: its programs, files, metric and rules, with its definition put in."""
    (pack,) = load_packs(["sshd.yml"], GOOD)
    assert ("sshd", "OpenSSH server", Format.SYSLOG) == (pack.name, pack.title, pack.format)
    assert ("sshd", "sshd-session") == pack.programs
    assert ("/var/log/auth.log", "/var/log/secure") == pack.files
    assert {"sshd_logins_total": 9} == pack.metric_lines
    assert ["accepted", "failed"] == [rule.spec.set["outcome"] for rule in pack.rules]
    assert [0, 1] == [rule.index for rule in pack.rules]
    method = "(?P<method>password|publickey|keyboard-interactive/pam|hostbased)"
    assert rf"^Accepted {method} for \S+ from" == pack.rules[0].spec.match


def test_an_example_keeps_its_line() -> None:
    """Examples carry lines, expected text and the place to name when they fail."""
    (pack,) = load_packs(["sshd.yml"], GOOD)
    line = "Nov 15 03:36:56 web1 sshd[5916]: Failed password for root from 192.0.2.7 port 38518 ssh2"
    assert (Example(line, 'sshd_logins_total{method="password",outcome="failed"} 1', 21),) == pack.examples


def test_a_metric_has_the_bounds_it_was_given(requests: Pack) -> None:
    """Limits, expiry, buckets and the Graphite path reach the Metric, in seconds."""
    counter, histogram, gauge = requests.metrics
    assert (100, 5400.0, "web.{verb}.{path}") == (counter.limit, counter.expire_seconds, counter.graphite)
    assert (0.1, 1.0, 10.0) == histogram.buckets
    assert [MetricType.COUNTER, MetricType.HISTOGRAM, MetricType.GAUGE] == [counter.type, histogram.type, gauge.type]


def test_labels_are_a_list_or_a_mapping(requests: Pack) -> None:
    """A list of names, a mapping, and a name without a value all make labels."""
    counter, _, gauge = requests.metrics
    assert ["verb", "path"] == [label.name for label in counter.labels]
    assert ["verb"] == [label.name for label in gauge.labels]


def test_a_label_is_cleaned_as_its_keys_say(requests: Pack) -> None:
    """Lower-casing comes first, then the rewrites in order, with definitions and groups."""
    path = requests.metrics[0].labels[1]
    assert ["/user/…", "/shop"] == [path.clean(raw) for raw in ("/USER/17", "/shop/Cart/3")]
    assert 20 == path.limit


def test_a_list_of_words_is_known_to_the_rule_that_uses_it(requests: Pack) -> None:
    """`%{VERB:verb}` with a list finds its words, and nothing else."""
    match = requests.rules[0].match
    assert match is not None
    assert [True, False] == [bool(match.find_exact(line)) for line in ("PUT /a", "POST /a")]


def test_count_all_reaches_the_rules(requests: Pack) -> None:
    """Only the metric that says so lets all of its rules count a line."""
    assert [True, False, False] == [rule.count_all for rule in requests.rules]


def test_a_pack_named_twice_on_the_command_line_is_read_once() -> None:
    """Its metrics must not count twice."""
    assert ["requests"] == [pack.name for pack in load_packs(["requests.yml", "requests.yml"], GOOD)]


def test_rotated_files_may_be_elsewhere(tmp_path: Path) -> None:
    """Absolute, or relative to the file that names them."""
    text = MINIMAL.replace("files: app.log", "files: app.log, rotated: [/old/app*, archive/*]")
    config = load_config(written(tmp_path, text))
    assert ("/old/app*", f"{tmp_path}/archive/*") == config.sources[0].selection.rotated
