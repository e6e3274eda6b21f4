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

    def search(self, line: str, timeout: float) -> object | None:
        """Find what is to be found, or give up."""
        assert module.SEARCH_SECONDS == timeout
        self.asked += 1
        if line == "slow":
            raise TimeoutError
        return line if self.pattern in line else None


class Scene:
    """A Search at work, and how often it has given up."""

    def __init__(self) -> None:
        self.pattern = Pattern()
        self.given_up = 0
        self.search = Search(self.pattern, self.give_up)

    def give_up(self) -> None:
        """Take note of it."""
        self.given_up += 1

    def found(self, line: str, times: int = 1) -> set[bool]:
        """What is found in a line, so many times."""
        return {self.search.find(line, "") for _ in range(times)}


def test_a_regex_that_keeps_timing_out_rests(caplog: pytest.LogCaptureFixture) -> None:
    """It is told once, and after so many lines it is asked again."""
    scene = Scene()
    with caplog.at_level(logging.WARNING):
        assert {False} == scene.found("slow", module.REST_AFTER)
        assert {False} == scene.found("x", module.REST_SEARCHES)
    assert (module.REST_AFTER, module.REST_AFTER + module.REST_SEARCHES) == (scene.pattern.asked, scene.given_up)
    assert ["multiline regex rests: it keeps timing out"] == [record.message for record in caplog.records]
    for _ in range(2):
        assert ({True}, {False}) == (scene.found("x", module.REST_WITHIN), scene.found("y", module.REST_WITHIN))
    scene.found("slow", module.REST_AFTER)
    assert {False} == scene.found("x")


def test_few_timeouts_among_many_searches_are_let_pass() -> None:
    """One line in two thousand costs little, and the others are joined as they should be."""
    scene = Scene()
    for _ in range(15):
        assert ({False}, {True}) == (scene.found("slow"), scene.found("x", 2000))
    assert (15 * 2001, 15) == (scene.pattern.asked, scene.given_up)


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
