"""Ranges of a file, counted apart and put together."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.cli.progress import progress
from log2metrics.flow import Position
from log2metrics.match.guard import Guard
from log2metrics.match.ruleset import Ruleset
from log2metrics.match.tally import Tally
from log2metrics.metric import MetricType
from log2metrics.ranges import Range, count_range, count_ranges, split
from log2metrics.shape.multiline import Multiline
from log2metrics.shape.shape import Shape
from log2metrics.tail.selection import Selection
from log2metrics.tail.whole import whole_blocks
from tests.match.build import metric, rule, ruleset, totals

RULES = ruleset(
    rule("words_total", "word", match=r"^(?P<word>[a-c]+)"),
    rule(metric("level", kind=MetricType.GAUGE), match=r"=(?P<n>\d)", value="{n}"),
)
LONG = 60.0  # seconds; no test waits so long unless it fails
SELECTION = Selection("once", (), line_bytes=8)


class Untimed:
    """A timer that never rings."""

    def run(self, seconds: float, work: Callable[[], Any]) -> Any:  # noqa: ANN401, ARG002  # the Protocol's signature
        """Just do it."""
        return work()


def guard() -> Guard:
    """A guard that gives nothing up."""
    return Guard(Untimed(), lambda: 0.0)


def in_one_piece(path: Path, rules: Ruleset) -> tuple[Tally, int]:
    """What one process counts, and the lines it cut."""
    tally, truncated = Tally(rules.rules), 0
    with path.open("rb") as file:
        for block in whole_blocks(file, Position("once", str(path), 0, 0, 0), SELECTION.line_bytes):
            tally += rules.count(block.data)
            truncated += block.truncated
    return tally, truncated


LINES = st.lists(
    st.sampled_from([b"a", b"bc=1", b"=2", b"", b"c\r", b"aaaaaaaaaaaa=3", b"\xef\xbb\xbfa", b"\xff"]), max_size=20
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a property."""
    return tmp_path_factory.mktemp("ranges")


@given(lines=LINES, finished=st.booleans(), range_bytes=st.integers(1, 40))
def test_ranges_count_what_the_whole_counts(lines: list[bytes], finished: bool, range_bytes: int, folder: Path) -> None:  # noqa: FBT001  # drawn
    """However a file is cut: counts, lines, cut lines, and which value of a gauge came last."""
    path = folder / "x.log"
    path.write_bytes(b"\n".join(lines) + (b"\n" if finished and lines else b""))
    expected, truncated = in_one_piece(path, RULES)

    parts = [count_range(part, RULES, guard(), SELECTION) for part in split(str(path), SELECTION, range_bytes)]
    tally = Tally(RULES.rules)
    for part in parts:
        tally += part.tally

    assert totals(expected) == totals(tally)
    assert list(expected.latest) == list(tally.latest)
    assert (expected.lines, expected.matched) == (tally.lines, tally.matched)
    assert truncated == sum(part.truncated for part in parts)


JOINED = st.lists(
    st.sampled_from([b"a", b" b=1", b"T", b" x", b"", b"Ta=2", b" aaaaaaaaa=3", b"e"]), max_size=20
)  # fmt: skip
SHAPES = [
    Multiline(follows="^ |^$", max_lines=3),
    Multiline(start="^[aT]"),
    Multiline(start="^T", follows=r"^ |(?<=x\n)"),
    Multiline(end="e$|=", max_bytes=6),
]


@given(lines=JOINED, multiline=st.sampled_from(SHAPES), range_bytes=st.integers(1, 40))
def test_ranges_begin_where_lines_begin_that_are_one(
    lines: list[bytes], multiline: Multiline, range_bytes: int, folder: Path
) -> None:
    """Joined lines are counted as in one piece, also those that were cut."""
    path = folder / "joined.log"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    selection = replace(SELECTION, shape=Shape(multiline=multiline))
    whole = Range(str(path), 0, path.stat().st_size)
    expected = count_range(whole, RULES, guard(), selection)

    parts = [count_range(part, RULES, guard(), selection) for part in split(str(path), selection, range_bytes)]
    tally = Tally(RULES.rules)
    for part in parts:
        tally += part.tally

    expected.tally.rules = RULES.rules
    assert totals(expected.tally) == totals(tally)
    assert (expected.tally.lines, expected.truncated) == (tally.lines, sum(part.truncated for part in parts))


def test_processes_give_their_ranges_in_order(tmp_path: Path) -> None:
    """Two processes, many ranges: the same tally, and the rules are those of the process that asked."""
    for thread in {*threading.enumerate()} - {threading.main_thread()}:  # of another test, and about to end
        thread.join(LONG)
    assert [threading.main_thread()] == threading.enumerate(), "processes are forked, which threads do not survive"
    path = tmp_path / "x.log"
    path.write_bytes(b"".join(b"a=%d\nb\n" % (n % 10) for n in range(2000)))
    expected, _ = in_one_piece(path, RULES)
    ranges = split(str(path), SELECTION, 1000)
    assert len(ranges) > 5

    tally = Tally(RULES.rules)
    for part in count_ranges(ranges, RULES, SELECTION, jobs=2):
        assert part.tally.rules is RULES.rules
        tally += part.tally

    assert totals(expected) == totals(tally)
    assert [("9",)] == [captures for rule, captures, _ in tally.items() if rule.metric.type is MetricType.GAUGE][-1:]


def test_a_range_says_how_old_its_last_line_was(tmp_path: Path) -> None:
    """When it was read; a range whose lines carry no time says nothing."""
    path = tmp_path / "x.log"
    path.write_bytes(b"2026-11-21T03:00:00Z a\nb\n" * 2 + b"x\n" * 20)
    selection = Selection("once", ())
    first, second = (count_range(part, RULES, guard(), selection) for part in split(str(path), SELECTION, 60))
    written = datetime(2026, 11, 21, 3, tzinfo=UTC).timestamp()
    assert first.lag_seconds is not None
    assert abs(time.time() - written - first.lag_seconds) < 60
    assert second.lag_seconds is None


def test_trouble_in_a_process_is_trouble_here(tmp_path: Path) -> None:
    """A file that is gone when its turn comes is the same error as in one process."""
    with pytest.raises(FileNotFoundError):
        list(count_ranges([Range(str(tmp_path / "gone"), 0, 5)], RULES, SELECTION, jobs=1))


def test_an_empty_file_has_no_ranges(tmp_path: Path) -> None:
    """Nothing is to be counted in it."""
    (tmp_path / "x").touch()
    assert [] == split(str(tmp_path / "x"), SELECTION)


class Terminal(io.StringIO):
    """What looks like a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_progress_is_for_terminals(kind: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe nothing is shown; the parts come through either way."""
    shown = kind()
    monkeypatch.setattr("sys.stderr", shown)
    assert [1, 2] == list(progress([1, 2], 2, "big.log"))
    assert (kind is Terminal) == ("big.log" in shown.getvalue())


def test_processes_are_forked_before_the_bar_has_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is locked by another thread stays locked in a process that is forked meanwhile."""
    before, new = {*threading.enumerate()}, list[set[threading.Thread]]()

    def parts() -> Iterator[int]:
        new.append({*threading.enumerate()} - before)
        yield from (1, 2)

    monkeypatch.setattr("sys.stderr", Terminal())
    assert [1, 2] == list(progress(parts(), 2, "big.log"))
    assert [set()] == new
