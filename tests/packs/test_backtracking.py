"""No shipped regex backtracks badly: what it does on a hostile line grows with the line's length, not with its square.

There are no steps to count in either engine, so processor time has to do, in a way that no load can upset: a line of 10 kB
that takes longer than most is tried at 400 kB, under an alarm of processor time. There a regex of linear cost needs a tenth of
what is allowed, and one of quadratic cost many times as much.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from log2metrics.config.packs import library
from log2metrics.match.pattern import Pattern
from log2metrics.match.rule import Rule
from tests.packs.attacks import attacks
from tests.packs.library import packs

SHORT = 10_000
LONG = 400_000
SUSPICIOUS_SECONDS = 0.0006
ALLOWED_SECONDS = 0.5


class TooSlowError(Exception):
    """The allowed processor time is over."""


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TooSlowError when this process has worked for so long."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def searches(rule: Rule) -> Iterator[tuple[str, str, Callable[[str], object]]]:
    """Every search that a rule may make: the regex, in which text, and how it is used there."""
    for pattern in (rule.match, rule.unless, *(condition.pattern for condition in rule.where)):
        if pattern is not None:
            yield pattern.text, "plain text", pattern.find
            yield pattern.text, "any text", pattern.find_exact
    if rule.each is not None:
        yield rule.each.text, "any text", every(rule.each)


def every(pattern: Pattern) -> Callable[[str], object]:
    """All that a regex finds in a text."""
    return lambda text: list(pattern.find_all(text))


def seconds(search: Callable[[str], object], line: str) -> float:
    """The processor time of a search, infinity where it takes more than is allowed."""
    start = time.process_time()
    try:
        with alarm(ALLOWED_SECONDS):
            search(line)
    except TooSlowError:
        return math.inf
    return time.process_time() - start


def slow_line(regex: str, search: Callable[[str], object]) -> str | None:
    """The beginning of a hostile line on which this search takes too long, if there is one."""
    for attack in attacks(regex):
        if seconds(search, attack.line(SHORT)) > SUSPICIOUS_SECONDS and seconds(search, attack.line(LONG)) > ALLOWED_SECONDS:
            return attack.line(SHORT)[:200]
    return None


@pytest.mark.parametrize("name", library())
def test_every_rule_is_quick_on_hostile_lines(name: str) -> None:
    """Each regex of each rule, on lines made to keep it from ending."""
    work = {(regex, kind): search for rule in packs()[name].rules for regex, kind, search in searches(rule)}
    slow = {(regex, kind): slow_line(regex, search) for (regex, kind), search in work.items()}
    assert {} == {place: line for place, line in slow.items() if line is not None}


@pytest.mark.parametrize(
    "regex",
    [
        r"^a.* from .*x$",
        r"\S+ \(",
        r"^(?:\w+ ?)*$",
        r"^x: (?P<a>\w+)[\w ]*\)",
        r"^\d+ *( b)? *$",
    ],
)
def test_a_regex_that_backtracks_badly_is_found(regex: str) -> None:
    """The lines that are tried are hostile enough."""
    assert slow_line(regex, Pattern(regex).find) is not None


@pytest.mark.parametrize("regex", [r"^a[^ ]*+ from .*$", r"^\S+ \(", r"^(?:\w+ )*$", r'^"[^"]*" \d+$', r"^x: \w+\)"])
def test_a_regex_of_linear_cost_is_let_through(regex: str) -> None:
    """What does not backtrack badly is not blamed for it."""
    assert slow_line(regex, Pattern(regex).find) is None
