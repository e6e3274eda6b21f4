"""Where literals stand in bytes, found in one pass.

A few of them are looked for with the vector instructions of the machine. That finds what comes first, and does not look
again at what it has found: so the literals are cut, where they must be, until none can begin within another and go on
behind it; which of them stand within others is known beforehand. Many, or some that can't be cut so, are looked for with
an automaton, in a time that hardly grows with their number.

Knows nothing of lines or rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

_FEW = 64  # as many as the vector search takes
_MANY_BYTES = 256  # more than that is not cut: all its beginnings and ends would have to be looked at
_FEW_BYTES = 4  # less than that stands in too many lines
_SMALL_BYTES = 64 * 1024  # of all literals: an automaton of a few megabytes then, that knows for every byte where to go

Hit = tuple[int, int, int]  # number of what was found, where it begins and ends


class Literals:
    """Finds literals, each of which is a sign of something.

    `signs` says for the number in a hit what it is a sign of. Of one that was cut, its part is taken for the whole.
    """

    def __init__(self, signs: Mapping[bytes, Sequence[int]]) -> None:
        """The signs by their literals, none of which is empty."""
        parts = apart(list(signs)) if len(signs) <= _FEW and max(map(len, signs), default=0) <= _MANY_BYTES else None
        self._overlapping = parts is None
        if parts is None:
            small = sum(map(len, signs)) <= _SMALL_BYTES
            self._automaton = BytesAhoCorasick(signs, implementation=Implementation.DFA if small else None)
            self.signs: Sequence[Sequence[int]] = list(signs.values())
        else:
            found = _united(parts, signs)
            self._automaton = BytesAhoCorasick(found, MatchKind.LeftmostLongest)
            self.signs = list(found.values())

    def find(self, data: bytes) -> Sequence[Hit]:
        """All hits, or so many that there is one for every sign of a line. Those in one line follow one another."""
        if not self.signs:
            return ()  # an automaton without a word still looks at every byte
        return self._automaton.find_matches_as_indexes(data, overlapping=self._overlapping)


def apart(texts: Sequence[bytes]) -> Mapping[bytes, bytes] | None:
    """For each literal a part of it, so that no part begins in another and ends behind it; None if there are no such parts.

    A part is half of the literal at least, and has `_FEW_BYTES`, unless it is the whole.
    """
    parts: dict[bytes, bytes] = {}
    beginnings, ends = set[bytes](), set[bytes]()
    for text in sorted(texts, key=lambda text: (len(text), text)):  # a short one leaves no choice
        whole = (part for part in _parts(text) if beginnings.isdisjoint(_ends(part)) and ends.isdisjoint(_beginnings(part)))
        part = next(whole, None)
        if part is None:
            return None
        parts[text] = part
        beginnings.update(_beginnings(part))
        ends.update(_ends(part))
    return parts


def _parts(text: bytes) -> Iterator[bytes]:
    least = max(min(len(text), _FEW_BYTES), (len(text) + 1) // 2)
    for width in range(len(text), least - 1, -1):
        for at in range(len(text) - width, -1, -1):
            yield text[at : at + width]


def _beginnings(text: bytes) -> Iterator[bytes]:
    return (text[:to] for to in range(1, len(text)))


def _ends(text: bytes) -> Iterator[bytes]:
    return (text[at:] for at in range(1, len(text)))


def _united(parts: Mapping[bytes, bytes], signs: Mapping[bytes, Sequence[int]]) -> Mapping[bytes, Sequence[int]]:
    """The signs of each part, and of all that stand in it."""
    of_part: dict[bytes, set[int]] = defaultdict(set)
    for text, part in parts.items():
        of_part[part].update(signs[text])
    return {part: sorted(set().union(*(some for other, some in of_part.items() if other in part))) for part in of_part}
