"""A Tally: how often each (rule, captures) occurred in one or more Blocks. Counted, not yet interpreted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from log2metrics.match.rule import Captures, Rule

#: What captures are counted by: the one text of a rule with one slot, which is quicker than a tuple of it, else themselves.
Key = Captures | str | None


@dataclass(slots=True)
class Tally:
    """What the rules of one source saw in successive Blocks.

    `counts` are per rule, by its place in `rules`; those of a rule with one slot are kept by the text alone. `latest` holds
    the captures of gauges, those seen last at the end, since for them order matters and number doesn't. `timeouts` and
    `skipped` are lines per metric name.
    """

    rules: Sequence[Rule]
    lines: int = 0
    matched: int = 0
    counts: dict[int, Counter[Key]] = field(default_factory=dict)
    latest: dict[tuple[int, Key], int] = field(default_factory=dict)
    timeouts: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def unmatched(self) -> int:
        """How many lines no rule counts."""
        return self.lines - self.matched

    @property
    def distinct(self) -> int:
        """How many different (rule, captures) it holds: what it takes in memory."""
        return sum(map(len, self.counts.values())) + len(self.latest)

    def add(self, number: int, captured: Iterable[Key] | Mapping[Key, int]) -> None:
        """Count what a rule captured: each time once, or as often as is said of each."""
        self.counts.setdefault(number, Counter()).update(captured)

    def see(self, latest: Iterable[tuple[int, Key]]) -> None:
        """Note what gauges captured, in order."""
        for key in latest:
            self.latest.pop(key, None)
            self.latest[key] = 1

    def __iadd__(self, later: Tally) -> Self:
        """Take in what was seen in the Blocks after these."""
        self.lines += later.lines
        self.matched += later.matched
        for number, counted in later.counts.items():
            self.counts.setdefault(number, Counter()).update(counted)
        self.see(later.latest)
        self.timeouts += later.timeouts
        self.skipped += later.skipped
        return self

    def by_rule(self) -> Iterator[tuple[Rule, Iterable[tuple[Captures, int]]]]:
        """Per rule its captures and how often; then those of gauges, one by one and in order."""
        for number, counted in self.counts.items():
            rule = self.rules[number]
            yield rule, _captures(rule, counted, counted.values())
        for (number, key), times in self.latest.items():
            rule = self.rules[number]
            yield rule, _captures(rule, (key,), (times,))

    def items(self) -> Iterator[tuple[Rule, Captures, int]]:
        """All (rule, captures, how often)."""
        for rule, counts in self.by_rule():
            for captures, times in counts:
                yield rule, captures, times


def _captures(rule: Rule, keys: Iterable[Any], times: Iterable[int]) -> Iterator[tuple[Captures, int]]:
    return zip(zip(keys, strict=True) if len(rule.slots) == 1 else keys, times, strict=True)
