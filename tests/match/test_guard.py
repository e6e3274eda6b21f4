from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from log2metrics.alarm import SignalTimer
from log2metrics.match.guard import (
    BLOCK_SECONDS,
    LINE_SECONDS,
    RULE_SECONDS,
    SAMPLE_BLOCKS,
    SUSPEND_AFTER,
    SUSPEND_SECONDS,
    SUSPEND_WITHIN_SECONDS,
    Alarm,
    Guard,
)
from log2metrics.match.pattern import Engine, Match, Pattern
from log2metrics.match.rule import Rule
from log2metrics.match.ruleset import Ruleset

from .build import rule, ruleset, totals


@dataclass
class Machine:
    """A machine with a clock, and a process on it that can be kept waiting."""

    now: float = 1000.0
    spent: float = 0.0

    def clock(self) -> float:
        """The time."""
        return self.now

    def spend(self, seconds: float) -> None:
        """The process works."""
        self.now += seconds
        self.spent += seconds

    def run(self, seconds: float, work: Callable[[], Any]) -> Any:  # noqa: ANN401  # the Protocol's signature
        """The Timer: notices at the end of the work that it took too long."""
        start = self.spent
        result = work()
        if self.spent - start > seconds:
            raise Alarm
        return result


class Costly(Pattern):
    """A pattern that takes the process time on every line with a certain text in it, and lets the clock go on meanwhile."""

    def __init__(self, text: str, machine: Machine, on: str, seconds: float, *, waits: float = 0.0) -> None:
        super().__init__(text)
        self._find = partial(self._search, machine, on, seconds, waits)

    def _search(self, machine: Machine, on: str, seconds: float, waits: float, text: str) -> Match | None:
        if on in text:
            machine.spend(seconds)
            machine.now += waits
        return Pattern(self.text).find(text)

    find = find_exact = property(lambda self: self._find)


def costly(name: str, pattern: Pattern) -> Rule:
    """A rule of the metric with this name."""
    return replace(rule(name, match="x"), match=pattern)


@pytest.fixture
def machine() -> Machine:
    """A machine that has been up for a while."""
    return Machine()


@pytest.fixture
def guard(machine: Machine) -> Guard:
    """A guard that has measured its first Block already."""
    guard = Guard(machine, machine.clock)
    guard.count(ruleset(), b"first\n")
    return guard


def test_a_block_in_time_is_counted_at_once(machine: Machine, guard: Guard) -> None:
    """Nothing is given up or left out where nothing is slow."""
    rules = ruleset(costly("a", Costly("x", machine, "x", BLOCK_SECONDS / 2)))
    tally = guard.count(rules, b"x\ny\nx\n")
    assert {("a", ()): 2} == totals(tally)
    assert (3, 2, {}, {}) == (tally.lines, tally.matched, tally.timeouts, tally.skipped)


def test_only_the_slow_rule_on_the_slow_line_is_given_up(machine: Machine, guard: Guard) -> None:
    """When the alarm ends a Block, everything else in it is counted right, and what was given up is counted by metric."""
    slow = costly("slow", Costly("x", machine, "evil", 1.0))
    rules = ruleset(slow, rule("slow", match="x"), rule("quick", match=r"x|y"))
    tally = guard.count(rules, b"x\nx evil\ny\ny evil\n")
    assert {0: {(): 1}, 1: {(): 1}, 2: {(): 4}} == tally.counts
    assert (4, 4, {"slow": 2}, {}) == (tally.lines, tally.matched, tally.timeouts, tally.skipped)


def test_slow_lines_within_the_budget_are_counted(machine: Machine, guard: Guard) -> None:
    """Lines that are merely slow make a Block late, but are not lost."""
    rules = ruleset(costly("a", Costly("x", machine, "x", LINE_SECONDS * 0.9)))
    tally = guard.count(rules, b"x\n" * 20)
    assert {("a", ()): 20} == totals(tally)
    assert {} == tally.timeouts


def test_a_rule_that_keeps_timing_out_is_suspended_and_resumed(
    machine: Machine, guard: Guard, caplog: pytest.LogCaptureFixture
) -> None:
    """After ten timeouts it sees no line for a while, which is counted and logged once; then it counts again."""
    caplog.set_level(logging.INFO)
    rules = ruleset(costly("slow", Costly("x", machine, "evil", 1.0)), rule("quick", match="x"))
    tally = guard.count(rules, b"x evil\n" * (SUSPEND_AFTER + 3))
    assert (SUSPEND_AFTER, 3) == (tally.timeouts["slow"], tally.skipped["slow"])
    assert {"slow": 1} == guard.suspended
    machine.now += SUSPEND_SECONDS - 1
    tally = guard.count(rules, b"x\nx\n")
    assert ({("quick", ()): 2}, {"slow": 2}) == (totals(tally), tally.skipped)
    machine.now += 1
    tally = guard.count(rules, b"x\n")
    assert ({("slow", ()): 1, ("quick", ()): 1}, {}) == (totals(tally), tally.skipped)
    assert {} == guard.suspended
    assert ["rule suspended: it keeps timing out", "rule resumed"] == [record.getMessage() for record in caplog.records]
    assert [("slow", 1), ("slow", 1)] == [(vars(record)["metric"], vars(record)["rule"]) for record in caplog.records]


def test_timeouts_far_apart_suspend_nothing(machine: Machine, guard: Guard) -> None:
    """A rule that meets a hostile line now and then goes on."""
    rules = ruleset(costly("slow", Costly("x", machine, "evil", 1.0)))
    for _ in range(2 * SUSPEND_AFTER):
        assert {"slow": 1} == guard.count(rules, b"x evil\n").timeouts
        machine.now += SUSPEND_WITHIN_SECONDS / (SUSPEND_AFTER - 1)
    assert {} == guard.suspended


def test_a_rule_that_is_just_within_its_budget_on_every_line_is_suspended(
    machine: Machine, guard: Guard, caplog: pytest.LogCaptureFixture
) -> None:
    """Who finds the length of line that takes nearly the budget still can't hold up a Block for long."""
    rules = ruleset(costly("slow", Costly("x", machine, "evil", LINE_SECONDS)), rule("quick", match="x"))
    tally = guard.count(rules, b"x evil\n" * 1000)
    counted = totals(tally)
    assert 1000 == counted["quick", ()] == counted["slow", ()] + tally.skipped["slow"]
    assert RULE_SECONDS / LINE_SECONDS <= counted["slow", ()] <= RULE_SECONDS / LINE_SECONDS + 1
    assert ["rule suspended: it takes too long"] == [record.getMessage() for record in caplog.records]


def test_a_machine_that_stands_still_suspends_nothing(machine: Machine) -> None:
    """Time that goes by while the process doesn't run is not the rule's."""
    guard = Guard(machine, machine.clock)
    rules = ruleset(costly("a", Costly("x", machine, "x", 0.0, waits=3600.0)))
    assert {("a", ()): 2} == totals(guard.count(rules, b"x\nx\n"))
    assert {} == guard.suspended
    assert {"a": 2 * LINE_SECONDS} == guard.take_seconds()


def test_what_a_metric_costs_is_estimated_from_samples(machine: Machine, guard: Guard) -> None:
    """One Block in many is measured, and stands for all bytes since the last."""
    rules = ruleset(costly("a", Costly("x", machine, "x", 0.01)), rule("b", match="x"))
    guard.take_seconds()
    for _ in range(SAMPLE_BLOCKS - 1):
        guard.count(rules, b"x\n")
    assert {} == guard.take_seconds()
    guard.count(rules, b"x\n")
    seconds = guard.take_seconds()
    assert pytest.approx(0.01 * SAMPLE_BLOCKS) == seconds["a"]
    assert 0 == seconds["b"]
    assert {} == guard.take_seconds()


CATASTROPHES = {Engine.RE: r"(a+)+$", Engine.REGEX: r"(?:a|\p{Ll}|aa)+$"}


@pytest.mark.parametrize("engine", list(Engine))
def test_a_catastrophic_pattern_is_interrupted_on_either_engine(engine: Engine) -> None:
    """With the timer of the process: 50 kB made to backtrack without end cost one line of one rule, and no other count."""
    evil = rule("evil", match=CATASTROPHES[engine])
    assert evil.match is not None
    assert engine is evil.match.engine
    rules = ruleset(evil, rule("lines", match=""), rule("ends", match="!$"), rule("a", "n", match="^a(?P<n>.)"))
    data = b"aaa\n" + b"a" * 50_000 + b"!\n" + b"ab\n"
    with SignalTimer() as timer:
        guard = Guard(timer, time.perf_counter)
        sampled = guard.count(rules, data)
        alarmed = guard.count(rules, data)
    expected = {
        ("evil", ()): 1 + (engine is Engine.REGEX),
        ("lines", ()): 3,
        ("ends", ()): 1,
        ("a", ("a",)): 2,
        ("a", ("b",)): 1,
    }
    for tally in (sampled, alarmed):
        assert expected == totals(tally)
        assert (3, 3, {"evil": 1}) == (tally.lines, tally.matched, tally.timeouts)


def test_the_timer_lets_work_in_time_pass_and_leaves_no_trace() -> None:
    """What work returns comes back, its errors pass through, and after the time is up nothing rings any more."""
    with SignalTimer() as timer:
        assert 42 == timer.run(5.0, lambda: 42)
        with pytest.raises(KeyError):
            timer.run(5.0, lambda: vars(timer)["missing"])
        with pytest.raises(Alarm):
            timer.run(0.01, lambda: [None for _ in iter(int, 1)])
        assert sum(range(10_000)) == timer.run(5.0, lambda: sum(range(10_000)))


def test_one_guard_serves_many_rulesets(machine: Machine, guard: Guard) -> None:
    """Suspension belongs to a rule, wherever it is."""
    slow = costly("slow", Costly("x", machine, "evil", 1.0))
    guard.count(Ruleset(ruleset(slow).groups), b"x evil\n" * SUSPEND_AFTER)
    other = guard.count(ruleset(rule("slow", match="x"), slow), b"x\n")
    assert {("slow", ()): 1} == totals(other)
    assert {} == other.skipped


def test_a_time_stamp_that_takes_too_long_to_find_is_none() -> None:
    """A line made for a log format with two texts of strangers costs its budget, and no more."""
    made = ruleset(rule("hits", log_format="$remote_user [$time_local] $request $status end"))
    line = b"u [t] " * 9000 + b"\n"
    before = time.process_time()
    with SignalTimer() as timer:
        assert Guard(timer, time.perf_counter).last_time(made, line, 0.0) is None
    assert time.process_time() - before < 10 * LINE_SECONDS
