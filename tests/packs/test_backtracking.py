"""No shipped regex backtracks badly: what it does on a hostile line grows with the line's length, not with its square.

There are no steps to count in either engine, so time has to do, in a way that no load can upset. What takes longer than most on
a line of 20 kB, however often it is tried, and much longer than on one of 5 kB, and on one of 80 kB once more, is tried at
800 kB, under an alarm of processor time. There a regex of linear cost needs a quarter of what is allowed at most, and one of
quadratic cost many times as much.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

import pytest

from log2metrics.config.packs import library
from log2metrics.match.pattern import Pattern, compile_text
from log2metrics.match.rule import Rule
from tests.packs.attacks import Attack, attacks
from tests.packs.library import packs

SHORT = 5_000
MEDIUM = 20_000
LONGER = 80_000
LONG = 800_000
SUSPICIOUS_SECONDS = 0.0006
SUSPICIOUS_GROWTH = 7  # where linear cost is 4, and quadratic 16
ALLOWED_SECONDS = 0.5
TRIES = 3


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
            if pattern.find_exact != pattern.find:  # else it is the same search
                yield pattern.text, "any text", pattern.find_exact
    if rule.each is not None:
        yield rule.each.text, "any text", every(rule.each)
    for label in rule.metric.labels:
        for pattern, _ in label.rewrite:
            yield pattern.pattern, "a label", partial(pattern.sub, "")


def every(pattern: Pattern) -> Callable[[str], object]:
    """All that a regex finds in a text."""
    return lambda text: list(pattern.find_all(text))


def seconds(search: Callable[[str], object], line: str, clock: Callable[[], float]) -> float:
    """How long a search takes by this clock, infinity where it takes more processor time than is allowed."""
    start = clock()
    try:
        with alarm(ALLOWED_SECONDS):
            search(line)
    except TooSlowError:
        return math.inf
    return clock() - start


def least(search: Callable[[str], object], line: str, enough: float = 0) -> float:
    """How long a search takes if nothing else keeps it waiting; it is not tried again once it has taken no more than `enough`.

    That is time that passes: some systems count processor time in steps that are longer than a search.
    """
    spent = math.inf
    for _ in range(TRIES):
        spent = min(spent, seconds(search, line, time.perf_counter))
        if spent <= enough or spent == math.inf:
            break
    return spent


def is_slow(search: Callable[[str], object], attack: Attack) -> bool:
    """Whether a search takes too long on such a line."""
    medium = least(search, attack.line(MEDIUM), SUSPICIOUS_SECONDS)
    if medium <= SUSPICIOUS_SECONDS or medium == math.inf:
        return medium == math.inf
    if medium <= SUSPICIOUS_GROWTH * least(search, attack.line(SHORT), medium / SUSPICIOUS_GROWTH):
        return False
    longer = least(search, attack.line(LONGER), medium * SUSPICIOUS_GROWTH)
    if longer <= medium * SUSPICIOUS_GROWTH or longer == math.inf:
        return longer == math.inf
    return seconds(search, attack.line(LONG), time.process_time) > ALLOWED_SECONDS


def slow_line(regex: str, search: Callable[[str], object]) -> str | None:
    """The beginning of a hostile line on which this search takes too long, if there is one."""
    return next((attack.line(SHORT)[:200] for attack in attacks(regex) if is_slow(search, attack)), None)


@pytest.mark.parametrize("name", library())
def test_every_rule_is_quick_on_hostile_lines(name: str) -> None:
    """Each regex of each rule, on lines made to keep it from ending."""
    work = {(regex, kind): search for rule in packs()[name].rules for regex, kind, search in searches(rule)}
    slow = {(regex, kind): slow_line(regex, search) for (regex, kind), search in work.items()}
    assert {} == {place: line for place, line in slow.items() if line is not None}


def test_finding_the_lines_that_are_one_is_quick_on_hostile_lines() -> None:
    """The same of the regexes that see every line of a log with stack traces."""
    joining = [pack.multiline for pack in packs().values() if pack.multiline]
    regexes = {text for each in joining for text in (each.start, each.follows, each.end) if text}
    assert {} == {text: slow for text in regexes if (slow := slow_line(text, compile_text(text).search))}


@pytest.mark.parametrize(
    "regex",
    [
        r"^a.* from .*x$",
        r"\S+ \(",
        r"^(?:\w+ ?)*$",
        r"^x: (?P<a>\w+)[\w ]*\)",
        r"^\d+ *( b)? *$",
        r"^(?P<a>[\w.-]+):? (?:\w+_watchdog\w*: )?Link is (?:Up|Down)",
        r"@.*(\.[a-z]+)$",
    ],
)
def test_a_regex_that_backtracks_badly_is_found(regex: str) -> None:
    """The lines that are tried are hostile enough."""
    assert slow_line(regex, Pattern(regex).find) is not None


@pytest.mark.parametrize(
    "regex",
    [
        r"^aborted(?:: [^()<>]*(?:\([\w=, ]{0,40}\)[^()<>]*){0,5}?)? ?\(auth",
        r"^(?:[a-z]\w*+\.)++[A-Z]\w*(?:Exception|Error)(?:: [^\v]*+)?\v\s*+at ",
    ],
)
def test_what_only_regex_backtracks_badly_on_is_found(regex: str) -> None:
    """`regex`, which reads what is not plain text, is slow where `re` is not: a repeat gives back what it took one by one."""
    assert slow_line(regex, Pattern(regex).find) is None
    assert slow_line(regex, Pattern(regex).find_exact) is not None


@pytest.mark.parametrize("regex", [r"^a[^ ]*+ from .*$", r"^\S+ \(", r"^(?:\w+ )*$", r'^"[^"]*" \d+$', r"^x: \w+\)"])
def test_a_regex_of_linear_cost_is_let_through(regex: str) -> None:
    """What does not backtrack badly is not blamed for it."""
    assert slow_line(regex, Pattern(regex).find) is None
