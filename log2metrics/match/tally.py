"""A Tally: how often each (rule, captures) occurred in a Block. Counted, not yet interpreted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from log2metrics.match.rule import Captures, Rule


@dataclass(slots=True)
class Tally:
    """What the rules of one source saw in a Block.

    `counts` are per rule, by its place in `rules`. `latest` holds the captures of gauges, those seen last at the end, since
    for them order matters and number doesn't. `timeouts` and `skipped` are lines per metric name.
    """

    rules: Sequence[Rule]
    lines: int = 0
    matched: int = 0
    counts: Mapping[int, Mapping[Captures, int]] = field(default_factory=dict)
    latest: Mapping[tuple[int, Captures], int] = field(default_factory=dict)
    timeouts: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    def __add__(self, later: Tally) -> Tally:
        """Both in one, of a Block and the one after it."""
        counts = {number: Counter(counted) for number, counted in self.counts.items()}
        for number, counted in later.counts.items():
            counts.setdefault(number, Counter()).update(counted)
        latest = {key: times for key, times in self.latest.items() if key not in later.latest}
        return Tally(
            self.rules,
            self.lines + later.lines,
            self.matched + later.matched,
            counts,
            {**latest, **later.latest},
            self.timeouts + later.timeouts,
            self.skipped + later.skipped,
        )

    def items(self) -> Iterator[tuple[Rule, Captures, int]]:
        """All (rule, captures, how often)."""
        for number, counted in self.counts.items():
            rule = self.rules[number]
            for captures, times in counted.items():
                yield rule, captures, times
        for (number, captures), times in self.latest.items():
            yield self.rules[number], captures, times
