"""Which lines are one, in bounded time."""

from __future__ import annotations

import logging

import pytest

from log2metrics.shape import multiline as module
from log2metrics.shape.lines import Ending
from log2metrics.shape.multiline import Criteria, Multiline, Search
from log2metrics.shape.shape import Shape

HOSTILE = "a" * 60 + "b"
CATASTROPHIC = "^ |^(?:a|a)+$"


class Pattern:
    """A compiled regex that takes too long for some lines, and remembers what it was asked."""

    def __init__(self, pattern: str = "x") -> None:
        self.pattern = pattern
        self.asked = 0

    def search(self, line: str, start: int, timeout: float) -> object | None:
        """Find what is to be found, or give up."""
        assert (0, module.SEARCH_SECONDS) == (start, timeout)
        self.asked += 1
        if line == "slow":
            raise TimeoutError
        return line if self.pattern in line else None


def test_a_regex_that_keeps_timing_out_rests(caplog: pytest.LogCaptureFixture) -> None:
    """It is told once, and after so many lines it is asked again."""
    pattern = Pattern()
    search = Search(pattern)
    with caplog.at_level(logging.WARNING):
        assert [None] * module.REST_AFTER == [search.find("slow", "") for _ in range(module.REST_AFTER)]
        assert {None} == {search.find("x", "") for _ in range(module.REST_SEARCHES)}
    assert module.REST_AFTER == pattern.asked
    assert ["multiline regex rests: it keeps timing out"] == [record.message for record in caplog.records]
    assert [True, False] == [search.find(line, "") for line in ("x", "y")]


def test_few_timeouts_among_many_searches_are_let_pass() -> None:
    """One line in two thousand costs little, and the others are joined as they should be."""
    pattern = Pattern()
    search = Search(pattern)
    found = [search.find("x" if number % 2000 else "slow", "") for number in range(30_000)]
    assert [None] * 15 == [each for each in found if not each]
    assert 30_000 == pattern.asked


def test_searches_that_are_given_up_are_counted() -> None:
    """Once for each line, with the lines they were for; what is looked at again is counted when it is given."""
    shape = Shape(multiline=Multiline(follows=f"{CATASTROPHIC}|counted"))
    data = f"x\n{HOSTILE}\ny\n z\n".encode()
    taken = shape.take(data, 0, 100, 0, Ending.OPEN)
    assert (b"x\n" + HOSTILE.encode() + b"\n", 1) == (taken.lines, taken.timeouts)
    rest = shape.take(data[taken.end :], 0, 100, 0, Ending.FINAL)
    assert (b"y\v z\n", 0) == (rest.lines, rest.timeouts)


def test_hostile_lines_never_stop_it() -> None:
    """However many there are, few are looked at; all are given, and counted."""
    shape = Shape(multiline=Multiline(follows=f"{CATASTROPHIC}|bounded"))
    taken = shape.take(f"{HOSTILE}\n".encode() * 2000, 0, 100, 0, Ending.FINAL)
    assert (2000, 1999) == (taken.lines.count(b"\n"), taken.timeouts)


@pytest.mark.parametrize(
    ("multiline", "opens", "goes_on", "ends"),
    [
        (Multiline(start="^A"), True, True, False),
        (Multiline(start="^A", follows="^ "), False, True, False),
        (Multiline(follows=r"(?<=:\n)|^\S"), True, False, False),
        (Multiline(follows=r"(?<=b\n)x"), True, False, False),
        (Multiline(follows=r"(?<=b\n) x"), True, True, False),
        (Multiline(end="x$"), True, True, True),
    ],
)
def test_criteria_are_searched_in_a_line(multiline: Multiline, *, opens: bool, goes_on: bool, ends: bool) -> None:
    """As the Multiline says; a lookbehind sees the line before."""
    criteria = Criteria(multiline)
    assert (opens, goes_on, ends) == (criteria.opens(" x"), criteria.goes_on(" x", "b"), criteria.ends(" x"))
    assert 0 == criteria.given_up
