"""Literals first: which lines of a Block some rule may count, and which rules, told by one pass over the raw bytes.

A probe is a regex to be searched, known by its number. It needs one of its literals in a line, or is tried on every line:
where it has none, and where its literals stand in so many lines that looking for them costs more than it spares.

Knows nothing of what is done with the lines.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import itemgetter

from ahocorasick_rs import BytesAhoCorasick

_DENSE = 0.5  # of the lines: from here on a probe is tried on all
_FEW_LINES = 100  # from which nothing is concluded


class Lines:
    """Lines, decoded and without their ends, each known by its place: a number that grows from line to line."""

    def __init__(self, places: Sequence[int], texts: Sequence[str]) -> None:
        self.places = places
        self.texts = texts

    @cached_property
    def at(self) -> Mapping[int, str]:
        """The same by place."""
        return dict(zip(self.places, self.texts, strict=True))


@dataclass(frozen=True, slots=True)
class Candidates:
    """The lines of a Block to be looked at, and per probe the places of those to try it on; None for all."""

    lines: Lines
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
        for literal, found in Counter(map(itemgetter(0), self._found(data))).items():
            times.update(dict.fromkeys(self._probes[literal], found))
        return frozenset(probe for probe, found in times.items() if found > lines * _DENSE)

    def candidates(self, data: bytes) -> Candidates:
        """The lines that any probe may match."""
        found = self._found(data)
        spans: dict[int, int] = {}
        of_probes: dict[int, Sequence[int] | None] = dict(self._of_probes(_places(data, found, spans)))
        of_probes.update(dict.fromkeys(self._always))
        if self._always:
            return Candidates(_every_line(data, counted=not found), of_probes)
        return Candidates(_lines(data, spans), of_probes)

    def _found(self, data: bytes) -> Sequence[tuple[int, int, int]]:
        return self._automaton.find_matches_as_indexes(data, overlapping=True) if self._automaton else ()

    def _of_probes(self, places: Mapping[int, list[int]]) -> Iterable[tuple[int, list[int]]]:
        several: dict[int, list[int]] = defaultdict(list)
        for literal in places:
            for probe in self._probes[literal]:
                several[probe].append(literal)
        for probe, literals in several.items():
            if len(literals) == 1:
                yield probe, list(dict.fromkeys(places[literals[0]]))
            else:
                yield probe, sorted(set().union(*(places[literal] for literal in literals)))


def _places(data: bytes, found: Iterable[tuple[int, int, int]], spans: dict[int, int]) -> dict[int, list[int]]:
    """Per literal the lines it was found in, by where they start; `spans` is given where each of them ends."""
    places: dict[int, list[int]] = defaultdict(list)
    start = end = 0
    for literal, at, _ in found:
        if at >= end:
            start, end = data.rfind(b"\n", end, at) + 1 or end, data.find(b"\n", at)
            spans[start] = end
        places[literal].append(start)
    return places


def _lines(data: bytes, spans: Mapping[int, int]) -> Lines:
    if data.isascii():  # then places in the bytes are places in the text
        text = data.decode()
        texts = [text[start:end] for start, end in spans.items()]
    else:
        texts = [data[start:end].decode("utf-8", "replace") for start, end in spans.items()]
    return Lines(tuple(spans), _without_ends(data, texts))


def _every_line(data: bytes, *, counted: bool) -> Lines:
    """All lines, by where they start, or `counted` one by one, where nobody knows of any by its start."""
    texts = data.decode("utf-8", "replace").split("\n")
    texts.pop()
    if counted:
        return Lines(range(len(texts)), _without_ends(data, texts))
    lengths = map(len, texts if data.isascii() else data.split(b"\n")[:-1])
    places = accumulate(lengths, lambda start, length: start + length + 1, initial=0)
    return Lines(list(places)[:-1], _without_ends(data, texts))


def _without_ends(data: bytes, texts: list[str]) -> list[str]:
    return [text.removesuffix("\r") for text in texts] if b"\r" in data else texts
