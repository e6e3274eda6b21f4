"""The guard: counts every Block within bounded time, and says what it gave up.

A timer is armed once per Block, and almost never fires. When it does, the Block is counted again carefully, with a small
budget for every rule on every line: a rule that exceeds it has timed out on that line, and everything else is counted
right. A rule that keeps timing out, or that takes long for a Block as a whole, is suspended for a while; lines it would
have seen are counted as skipped.

Every so often the beginning of a Block is counted carefully for another reason: to measure what each metric's rules cost.

Timer and clock come as arguments. Both engines look for signals while they match, so that an alarm ends even a
catastrophic search.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from log2metrics.match.counting import Counting
from log2metrics.match.rule import Captures, Rule
from log2metrics.match.ruleset import Ruleset
from log2metrics.match.tally import Tally

log = logging.getLogger(__name__)

BLOCK_SECONDS = 0.5
LINE_SECONDS = 0.05
RULE_SECONDS = 2.0  # of one rule on all lines of a Block that is counted carefully
SUSPEND_AFTER = 10  # timeouts
SUSPEND_WITHIN_SECONDS = 60.0
SUSPEND_SECONDS = 300.0
SAMPLE_BLOCKS = 64
SAMPLE_BYTES = 32 * 1024
GLANCE_SECONDS = 0.02


class Alarm(Exception):  # noqa: N818  # raised by a timer, and no error of anybody's
    """The time is up."""


class Timer(Protocol):
    """Bounds the time of one call."""

    def run(self, seconds: float, work: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever `work` returns
        """Do the work and return what it returns. Raises Alarm when it takes longer than this."""


class Guard:
    """Counts Blocks within bounded time. One guard serves all rulesets of a process."""

    def __init__(self, timer: Timer, clock: Callable[[], float]) -> None:
        self._timer = timer
        self._clock = clock
        self._timeouts: dict[Rule, deque[float]] = defaultdict(lambda: deque(maxlen=SUSPEND_AFTER))
        self._suspended: dict[Rule, float] = {}
        self._blocks = 0
        self._unmeasured_bytes = 0
        self._seconds: dict[str, float] = defaultdict(float)
        self._reset()

    def _reset(self) -> None:
        self._given_up: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._spent: dict[Rule, float] = defaultdict(float)

    def count(self, ruleset: Ruleset, data: bytes, tally: Tally | None = None) -> Tally:
        """Count the lines in `data`, which ends with a newline; in the tally that is given, or a new one."""
        tally = Tally(ruleset.rules) if tally is None else tally
        self._blocks += 1
        self._unmeasured_bytes += len(data)
        self._resume()
        if self._suspended:
            self._count_carefully(ruleset, data, tally)
            return tally
        if self._blocks % SAMPLE_BLOCKS == 1:
            end = data.rfind(b"\n", 0, SAMPLE_BYTES) + 1 or data.find(b"\n") + 1
            self._count_carefully(ruleset, data[:end], tally)
            data = data[end:]
        if data:
            self._count_quickly(ruleset, data, tally)
        return tally

    def _count_quickly(self, ruleset: Ruleset, data: bytes, tally: Tally) -> None:
        try:
            found: Counting = self._timer.run(BLOCK_SECONDS, lambda: ruleset.search(data))
        except Alarm:
            self._count_carefully(ruleset, data, tally)
        else:
            found.add_to(tally, data.count(b"\n"))

    def glance(self, work: Callable[[], None]) -> None:
        """Do something with rules that nothing depends on: not for long, and not while a rule is known to take long."""
        if not self._suspended:
            with suppress(Alarm):
                self._timer.run(GLANCE_SECONDS, work)

    def last_time(self, ruleset: Ruleset, data: bytes, now: float) -> float | None:
        """When the last line in `data` says that it was written, in Unix seconds; None if it doesn't, or it takes too long."""
        try:
            time: float | None = self._timer.run(LINE_SECONDS, lambda: ruleset.times.last(data, now))
        except Alarm:
            return None
        return time

    @property
    def suspended(self) -> Counter[str]:
        """How many rules of each metric are suspended now."""
        return Counter(rule.metric.name for rule in self._suspended)

    def take_seconds(self) -> dict[str, float]:
        """What the rules of each metric have cost since the last call, in seconds, estimated from samples."""
        seconds, self._seconds = self._seconds, defaultdict(float)
        return seconds

    def _count_carefully(self, ruleset: Ruleset, data: bytes, tally: Tally) -> None:
        self._reset()
        tally += ruleset.count_carefully(data, self)
        tally.timeouts += self._given_up
        tally.skipped += self._skipped
        for rule, seconds in self._spent.items():
            self._seconds[rule.metric.name] += seconds * self._unmeasured_bytes / len(data)
        self._unmeasured_bytes = 0

    def run(self, rule: Rule, work: Callable[[], list[Captures] | None]) -> list[Captures] | None:
        """Do one rule's work on one line within its budget: the Watch of careful counting."""
        if rule in self._suspended:
            self._skipped[rule.metric.name] += 1
            return None
        start = self._clock()
        try:
            captured: list[Captures] | None = self._timer.run(LINE_SECONDS, work)
        except Alarm:
            self._time_out(rule)
            return None
        finally:
            self._spend(rule, self._clock() - start)
        return captured

    def _spend(self, rule: Rule, seconds: float) -> None:
        # The clock may go on while the process doesn't, the timer may not: no line has taken more than its budget.
        self._spent[rule] += min(seconds, LINE_SECONDS)
        if self._spent[rule] > RULE_SECONDS and rule not in self._suspended:
            self._suspend(rule, "it takes too long")

    def _time_out(self, rule: Rule) -> None:
        self._given_up[rule.metric.name] += 1
        recent = self._timeouts[rule]
        now = self._clock()
        recent.append(now)
        if len(recent) == SUSPEND_AFTER and now - recent[0] < SUSPEND_WITHIN_SECONDS:
            self._suspend(rule, "it keeps timing out")

    def _suspend(self, rule: Rule, reason: str) -> None:
        self._suspended[rule] = self._clock() + SUSPEND_SECONDS
        log.warning(
            "rule suspended: %s", reason, extra={"metric": rule.metric.name, "rule": rule.index + 1, "seconds": SUSPEND_SECONDS}
        )

    def _resume(self) -> None:
        for rule in [rule for rule, until in self._suspended.items() if until <= self._clock()]:
            del self._suspended[rule]
            log.info("rule resumed", extra={"metric": rule.metric.name, "rule": rule.index + 1})
