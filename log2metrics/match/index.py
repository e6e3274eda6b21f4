"""Literals first: which lines of a Block some rule may count, and which rules, told by one pass over the raw bytes.

A probe is a regex to be searched, known by its number. It needs one of its literals in a line, or is tried on every line:
where it has none, and where they stand in so many lines that looking for them costs more than it spares.

Knows nothing of what is done with the lines, nor which literals are good ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from log2metrics.match.formats.parsed import Lines
from log2metrics.match.literals import Hit, Literals


@dataclass(frozen=True, slots=True)
class Candidates:
    """The lines to be looked at, and per probe the places among them of those to try it on; None stands for all of them."""

    lines: Lines
    of_probes: Mapping[int, Sequence[int] | None]


class Index:
    """Finds candidates for a set of probes."""

    def __init__(self, needed: Sequence[frozenset[str] | None]) -> None:
        """Per probe the strings of which one stands in every line that it is tried on; None: it is tried on every line."""
        self.needed = tuple(needed)
        self._always = [probe for probe, literals in enumerate(needed) if literals is None]
        probes: dict[bytes, list[int]] = defaultdict(list)
        for probe, literals in enumerate(needed):
            for literal in literals or ():
                probes[literal.encode()].append(probe)
        self._literals = Literals(probes)

    def candidates(self, data: bytes) -> Candidates:
        """The lines that any probe may match."""
        hits = self._literals.find(data)
        lines, places = _among_all(data, hits) if self._always else _alone(data, hits)
        return Candidates(lines, {**self._of_probes(places), **dict.fromkeys(self._always)})

    def _of_probes(self, places: Mapping[int, list[int]]) -> dict[int, Sequence[int] | None]:
        literals: dict[int, tuple[int, ...]] = defaultdict(tuple)
        for literal in places:
            for probe in self._literals.signs[literal]:
                literals[probe] += (literal,)
        united = {found: _united([places[literal] for literal in found]) for found in set(literals.values())}
        return {probe: united[found] for probe, found in literals.items()}


def _united(several: Sequence[list[int]]) -> Sequence[int]:
    """All places, once and in order."""
    return list(dict.fromkeys(several[0])) if len(several) == 1 else sorted(set().union(*several))


def _among_all(data: bytes, hits: Iterable[Hit]) -> tuple[Lines, Mapping[int, list[int]]]:
    """All lines, and per literal the places of its lines among them."""
    text, is_ascii = data.decode("utf-8", "replace"), data.isascii()
    each: Sequence[Any] = text.split("\n") if is_ascii else data.split(b"\n")
    places: dict[int, list[int]] = defaultdict(list)
    ends = accumulate(map(len, each))  # newlines don't count
    place, end = 0, next(ends)
    for literal, at, _ in hits:
        while at - place > end:
            end = next(ends)
            place += 1
        places[literal].append(place)
    if is_ascii and "\r" not in text:
        return Lines(len(each) - 1, text=text, each=each[:-1]), places
    return _lines(text, len(each) - 1), places


def _alone(data: bytes, hits: Iterable[Hit]) -> tuple[Lines, Mapping[int, list[int]]]:
    """The lines that any literal stands in, and per literal the places of its lines among these."""
    places: dict[int, list[int]] = defaultdict(list)
    is_ascii = data.isascii()
    source: Any = data.decode() if is_ascii else data  # places in the bytes are then places in the text
    lines: list[Any] = []
    place, end = -1, 0
    for literal, at, _ in hits:
        if at >= end:
            start, end = data.rfind(b"\n", end, at) + 1 or end, data.find(b"\n", at) + 1
            lines.append(source[start:end])
            place += 1
        places[literal].append(place)
    return _lines("".join(lines) if is_ascii else b"".join(lines).decode("utf-8", "replace"), len(lines)), places


def _lines(text: str, count: int) -> Lines:
    return Lines(count, text=text.replace("\r\n", "\n"))
