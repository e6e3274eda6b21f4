"""Literals first: which lines of a Block some rule may count, and which rules, told by one pass over the raw bytes.

A probe is a regex to be searched, known by its number. It needs one of its literals in a line, or is tried on every line:
where it has none, and where its literals stand in so many lines that looking for them costs more than it spares.

Knows nothing of what is done with the lines.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from ahocorasick_rs import BytesAhoCorasick

_DENSE = 0.5  # times per line: from here on a probe is tried on every line
_FEW_LINES = 30  # from which nothing is concluded

Hit = tuple[int, int, int]  # number of the literal, where it begins and ends


@dataclass(frozen=True, slots=True)
class Candidates:
    """The lines to be looked at, decoded and without their ends, and per probe the places in `lines` of those to try it on.

    None stands for all of them.
    """

    lines: Sequence[str]
    of_probes: Mapping[int, Sequence[int] | None]


class Index:
    """Finds candidates for a set of probes."""

    def __init__(self, needed: Sequence[frozenset[str] | None], dense: frozenset[int] = frozenset()) -> None:
        """Per probe the strings of which one stands in every line that it matches. `dense` probes do without."""
        self.dense = dense
        self._always = {probe for probe, literals in enumerate(needed) if literals is None} | dense
        probes: dict[bytes, list[int]] = defaultdict(list)
        for probe, literals in enumerate(needed):
            for literal in literals or () if probe not in dense else ():
                probes[literal.encode()].append(probe)
        self._probes = list(probes.values())  # per literal
        self._automaton = BytesAhoCorasick(list(probes)) if probes else None

    def dense_in(self, data: bytes) -> frozenset[int] | None:
        """The probes whose literals are so frequent in this part of a log that they tell nothing; None if it is too short."""
        lines = data.count(b"\n")
        if lines < _FEW_LINES:
            return None
        times: Counter[int] = Counter()
        for literal, found in Counter(map(itemgetter(0), self._hits(data))).items():
            times.update(dict.fromkeys(self._probes[literal], found))
        return frozenset(probe for probe, found in times.items() if found > lines * _DENSE)

    def candidates(self, data: bytes) -> Candidates:
        """The lines that any probe may match."""
        hits = self._hits(data)
        places, lines = _among_all(data, hits) if self._always else _alone(data, hits)
        if b"\r" in data:
            lines = [line.removesuffix("\r") for line in lines]
        return Candidates(lines, {**self._of_probes(places), **dict.fromkeys(self._always)})

    def _hits(self, data: bytes) -> Sequence[Hit]:
        return self._automaton.find_matches_as_indexes(data, overlapping=True) if self._automaton else ()

    def _of_probes(self, places: Mapping[int, list[int]]) -> dict[int, Sequence[int] | None]:
        literals: dict[int, list[int]] = defaultdict(list)
        for literal in places:
            for probe in self._probes[literal]:
                literals[probe].append(literal)
        return {probe: _united([places[literal] for literal in found]) for probe, found in literals.items()}


def _united(several: Sequence[list[int]]) -> Sequence[int]:
    """All places, once and in order."""
    return list(dict.fromkeys(several[0])) if len(several) == 1 else sorted(set().union(*several))


def _among_all(data: bytes, hits: Iterable[Hit]) -> tuple[Mapping[int, list[int]], list[str]]:
    """Per literal the places of its lines among all lines, and these."""
    places: dict[int, list[int]] = defaultdict(list)
    place = end = 0
    for literal, at, _ in hits:
        if at >= end:
            place += data.count(b"\n", end, at)
            end = data.find(b"\n", at)
        places[literal].append(place)
    lines = data.decode("utf-8", "replace").split("\n")
    lines.pop()
    return places, lines


def _alone(data: bytes, hits: Iterable[Hit]) -> tuple[Mapping[int, list[int]], list[str]]:
    """Per literal the places of its lines among those that have any, and these."""
    places: dict[int, list[int]] = defaultdict(list)
    is_ascii = data.isascii()
    source: Any = data.decode() if is_ascii else data  # places in the bytes are then places in the text
    lines: list[Any] = []
    place, end = -1, 0
    for literal, at, _ in hits:
        if at >= end:
            start, end = data.rfind(b"\n", end, at) + 1 or end, data.find(b"\n", at)
            lines.append(source[start:end])
            place += 1
        places[literal].append(place)
    return places, lines if is_ascii else [line.decode("utf-8", "replace") for line in lines]
