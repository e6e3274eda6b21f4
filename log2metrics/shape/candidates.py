"""Lines that may begin what is joined, found all at once, so that the others need not be looked at one by one.

Knows nothing of how lines are joined.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from log2metrics.shape.joining import JOINT

_PARTS = (b" stdout P", b" stderr P")  # parts of a line are joined too
_JOINT = JOINT.encode()  # one in a line has to be taken out of it


class Candidates:
    """The places in some data where lines begin with one of these literals in them."""

    def __init__(self, data: bytes, start: int, end: int, literals: tuple[str, ...]) -> None:
        body = data[start:end]
        found = [at for _, at, _ in _automaton(literals).find_matches_as_indexes(body)]
        if _JOINT in body:
            found = sorted([*found, *(joint.start() for joint in re.finditer(_JOINT, body))])
        self._starts = [start + body.rfind(b"\n", 0, at) + 1 for at in found]
        self._end = end

    def after(self, at: int) -> int:
        """The first of them at or after a place; the end of the data if there is none."""
        place = bisect_left(self._starts, at)
        return self._starts[place] if place < len(self._starts) else self._end


@cache
def _automaton(literals: tuple[str, ...]) -> BytesAhoCorasick:
    """Finds them with vector instructions if it can: that takes a leftmost match, and no literal of a single byte."""
    return BytesAhoCorasick([*_PARTS, *(literal.encode() for literal in literals)], MatchKind.LeftmostFirst)
