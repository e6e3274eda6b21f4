"""What waits between counting and the series: bounded, and nothing of it is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics import blocks
from log2metrics.blocks import Counted, Counts, Tools, lag
from log2metrics.flow import Block, Position
from log2metrics.match.guard import Guard
from log2metrics.match.ruleset import Ruleset
from log2metrics.metric import Metric, MetricType
from log2metrics.store.store import Store
from log2metrics.telemetry import BYTES, EVENT_LAG, LINES, LINES_TRUNCATED, LINES_UNMATCHED, MULTILINE_TIMEOUTS, Telemetry
from tests.match.build import metric, rule, ruleset

HITS, LEVEL = metric("hits_total", "word"), metric("level", kind=MetricType.GAUGE)
RULES = ruleset(rule(HITS, match="^(?P<word>[a-z]+)"), rule(LEVEL, match=r"^(?P<n>\d)", value="{n}"))


class Untimed:
    """A timer that never rings."""

    def run(self, seconds: float, work: Any) -> Any:  # noqa: ANN401, ARG002  # the Protocol's signature
        """Just do it."""
        return work()


class Asked(Store):
    """A store that remembers how often it was given something."""

    applied = 0

    def apply(self, *args: Any) -> None:  # noqa: ANN401  # the Store's own
        """Take it."""
        self.applied += 1
        super().apply(*args)


class Scene:
    """Counts at work."""

    def __init__(self, *metrics: Metric) -> None:
        self.now = 0.0
        self.telemetry = Telemetry()
        self.store = Asked(metrics, self.telemetry)
        self.counts = Counts(self.store, Tools(self.telemetry, Guard(Untimed(), lambda: 0.0), lambda: self.now))

    def count(self, data: bytes, vhost: str = "", rules: Ruleset = RULES, path: str = "/x") -> int:
        """Count one Block; how many of its lines no rule counts."""
        labels = (("vhost", vhost),) if vhost else ()
        return self.counts.count(Block("app", data, Position("app", path, 1, 1, len(data)), labels), rules)

    def series(self) -> dict[tuple[str, ...], Any]:
        """All series that there are, by their label values."""
        return {
            tuple(text for _, text in labels): value
            for family in self.store.families(0)
            for labels, value in family.series.items()
        }


def test_what_many_blocks_have_in_common_is_interpreted_once() -> None:
    """Nothing reaches the series before it is asked for, and then all of it; files with labels of their own stay apart."""
    scene = Scene(HITS, LEVEL)
    for vhost in ("", "one", "", "one"):
        scene.count(b"a\nb\n2\na\n1\n", vhost)
    assert ({}, 0) == (scene.series(), scene.store.applied)
    scene.counts.apply()
    assert {("a",): 4.0, ("b",): 2.0, (): 1.0, ("one", "a"): 4.0, ("one", "b"): 2.0, ("one",): 1.0} == scene.series()
    assert (2, 20.0) == (scene.store.applied, scene.telemetry.get(LINES, "app"))
    scene.counts.apply()
    assert 2 == scene.store.applied


def test_the_lines_that_no_rule_counts_are_those_of_the_block() -> None:
    """Not those of the Blocks before it that wait with it, nor of none after what waited was applied."""
    scene = Scene(HITS, LEVEL)
    assert [1, 0, 2] == [scene.count(data) for data in (b"a\n-\n", b"a\n1\n", b"-\n-\n")]
    scene.counts.apply()
    assert 1 == scene.count(b"-\n")


@pytest.mark.parametrize("vhosts", [("", "", ""), ("one", "two", "one"), ("one", "two", "two")])
def test_the_lag_is_that_of_the_block_read_last_that_tells_one(vhosts: tuple[str, str, str]) -> None:
    """As of when it was read, whatever waits with it: other files with stamps, or without."""
    scene = Scene(HITS, LEVEL)
    logs = [(b"1970-01-02T00:00:00Z b\n", "/early"), (b"1970-01-02T00:00:10Z a\n", "/late"), (b"a\n", "/mute")]
    for vhost, (data, path) in zip(vhosts, logs, strict=True):
        scene.now = 86_400.0 + 15
        scene.count(data, vhost, path=path)
    scene.now += 1000
    assert not scene.telemetry.has(EVENT_LAG, "app")
    scene.counts.apply()
    assert 5.0 == scene.telemetry.get(EVENT_LAG, "app")


@pytest.mark.parametrize(("stamp", "expected"), [("1970-01-02T00:00:07.123456789Z", 7.876543211), ("", 15.0), ("x", 15.0)])
def test_the_lag_of_a_wrapped_line_is_by_its_wrapping(stamp: str, expected: float) -> None:
    """Whatever the line itself says; where the wrapping has no time, what it says counts."""
    block = Block("app", b"1970-01-02T00:00:00Z b\n", Position("app", "/x", 1, 1, 0), stamp=stamp)
    assert pytest.approx(expected) == lag(block, RULES, Guard(Untimed(), lambda: 0.0), 86_415.0)


@pytest.mark.parametrize("bound", ["MAX_WAITING", "MAX_WAITING_BYTES"])
def test_what_waits_is_bounded(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many different captures, or much log, are applied before they are asked for: of all files together."""
    monkeypatch.setattr(blocks, bound, 7)
    scene = Scene(HITS, LEVEL)
    scene.count(b"a\nb\nc\n")
    assert 0 == scene.store.applied
    scene.count(b"a\nb\nc\nd\ne\n", "one")
    assert 2 == scene.store.applied
    scene.count(b"a\n")
    assert 2 == scene.store.applied


@given(
    lines=st.lists(st.sampled_from([b"a\n", b"b\n", b"1\n", b"2\n", b"\n"]), max_size=20),
    cuts=st.sets(st.integers(0, 20)),
    bound=st.integers(0, 6),
)
def test_where_it_is_interpreted_changes_no_number(lines: list[bytes], cuts: set[int], bound: int) -> None:
    """However a log is cut into Blocks, and however many of them wait for each other."""
    whole, cut = Scene(HITS, LEVEL), Scene(HITS, LEVEL)
    whole.count(b"".join(lines) or b"\n")
    ends = sorted({*cuts, len(lines)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "MAX_WAITING", bound)
        for start, end in zip([0, *ends], ends, strict=False):
            if data := b"".join(lines[start:end]):
                cut.count(data)
    for scene in (whole, cut):
        scene.counts.apply()
    assert whole.series() == cut.series()


@given(
    parts=st.lists(st.lists(st.sampled_from([b"a\n", b"b\n", b"1\n", b"2\n", b"\n"]), min_size=1).map(b"".join), max_size=4),
    bound=st.integers(0, 6),
)
def test_what_was_counted_elsewhere_adds_up_to_the_same(parts: list[bytes], bound: int) -> None:
    """By other processes, part by part, in the order of the parts: numbers, and what the exporter says of itself."""
    whole, added = Scene(HITS, LEVEL), Scene(HITS, LEVEL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "MAX_WAITING", bound)
        for number, data in enumerate(parts):
            whole.count(data)
            added.counts.add(
                Counted(RULES.count(data), "app", len(data), truncated=1, lag_seconds=float(number) or None, timeouts=2)
            )
    for scene in (whole, added):
        scene.counts.apply()
    assert whole.series() == added.series()
    for own in (LINES, BYTES, LINES_UNMATCHED):
        assert whole.telemetry.get(own, "app") == added.telemetry.get(own, "app")
    if parts:
        assert len(parts) == added.telemetry.get(LINES_TRUNCATED, "app")
        assert 2 * len(parts) == added.telemetry.get(MULTILINE_TIMEOUTS, "app")
    if len(parts) > 1:
        assert len(parts) - 1 == added.telemetry.get(EVENT_LAG, "app")
