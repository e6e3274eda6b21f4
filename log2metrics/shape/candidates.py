"""Lines that may begin what is joined, found all at once, so that the others need not be looked at one by one.

Knows nothing of how lines are joined.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cache

from ahocorasick_rs import BytesAhoCorasick

# Parts of a line are joined too, and a joint in a line has to be taken out of it.
_ALWAYS = (b" stdout P", b" stderr P", b"\v")


class Candidates:
    """The places in some data where lines begin with one of these literals in them."""

    def __init__(self, data: bytes, start: int, end: int, literals: tuple[str, ...]) -> None:
        body = data[start:end]
        found = _automaton(literals).find_matches_as_indexes(body)
        self._starts = [start + body.rfind(b"\n", 0, at) + 1 for _, at, _ in found]
        self._end = end

    def after(self, at: int) -> int:
        """The first of them at or after a place; the end of the data if there is none."""
        place = bisect_left(self._starts, at)
        return self._starts[place] if place < len(self._starts) else self._end


@cache
def _automaton(literals: tuple[str, ...]) -> BytesAhoCorasick:
    return BytesAhoCorasick([*_ALWAYS, *(literal.encode() for literal in literals)])
