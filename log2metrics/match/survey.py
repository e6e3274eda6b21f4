"""Which literals tell the lines of a log apart: a sample of it shows how many lines each would pick out.

Of the sets of literals that a probe can be given, the one that picks out the fewest lines is taken; none where even that
picks out so many that looking for it costs more than it spares. Without a sample it is the first, which is the longest.

Knows nothing of how literals are found, nor of what is done with the lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from operator import itemgetter

from log2metrics.match.literals import Literals

_CLEARLY = 2  # so many times fewer lines are worth a new index
_FEW_LINES = 30  # from which nothing is concluded

#: Strings of which one stands in every line that a probe matches.
Choice = frozenset[str]


class Survey:
    """The choices of all probes, the best by its looks first. A probe that has none is tried on every line."""

    def __init__(self, choices: Sequence[Sequence[Choice]]) -> None:
        self._choices = tuple(map(tuple, choices))
        self._uses = Counter(choice for of_probe in self._choices for choice in of_probe)
        self.first = tuple(next(iter(of_probe), None) for of_probe in self._choices)

    @cached_property
    def _texts(self) -> Sequence[str]:
        return list(dict.fromkeys(text for of_probe in self._choices for choice in of_probe for text in choice))

    @cached_property
    def _literals(self) -> Literals:
        return Literals({text.encode(): [number] for number, text in enumerate(self._texts)})

    def needed(self, data: bytes, before: Sequence[Choice | None]) -> tuple[Choice | None, ...] | None:
        """What each probe had best look for in a log of which this is a part, as it was before where it hardly matters.

        None if the part is too short to tell.
        """
        lines = data.count(b"\n")
        if lines < _FEW_LINES:
            return None
        times: Counter[str] = Counter()
        for number, count in Counter(map(itemgetter(0), self._literals.find(data))).items():
            times.update({self._texts[sign]: count for sign in self._literals.signs[number]})
        return tuple(self._rarest(*probe, times, lines) for probe in zip(self._choices, before, strict=True))

    def _rarest(self, choices: Sequence[Choice], now: Choice | None, times: Mapping[str, int], lines: int) -> Choice | None:
        counts = [sum([times.get(text, 0) for text in choice]) for choice in choices]
        least = min(counts, default=0)
        if not choices or least > self._too_many(choices[counts.index(least)], lines):
            return None
        if now is not None and counts[choices.index(now)] <= min(least * _CLEARLY, self._too_many(now, lines)):
            return now
        return choices[counts.index(least)]

    def _too_many(self, choice: Choice, lines: int) -> float:
        """From how many hits on a probe had better be tried on every line: a hit costs about as much as a probe in vain."""
        return lines * self._uses[choice] / (self._uses[choice] + 1)
