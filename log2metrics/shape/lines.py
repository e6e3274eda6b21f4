"""Plain lines: bytes → whole lines of bounded length, and how far that got. What every other shape gives, too.

Knows nothing of files' names and positions.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

#: In `skipping`: what follows is the rest of a line whose beginning has been counted. `joining` has more such flags.
SKIP_LINE = 1


class Ending(Enum):
    """What comes after the bytes at hand."""

    OPEN = auto()  # perhaps more, one day
    FULL = auto()  # more than may be looked at together
    QUIET = auto()  # nothing for so long that what was begun first is taken as finished
    FINAL = auto()  # nothing


class Taken(NamedTuple):
    """The lines that were taken, each with a newline; `end` is where in the data the next ones begin.

    `truncated` of the lines were cut. `skipping` says what of that which follows `end` has been counted already. Between the
    two places in `unfinished` stands what was begun first and waits for its end; None if nothing does, or only a line. `stamp`
    is the time that the last line before `end` was wrapped with, if it was. `timeouts` are searches for what lines are one
    that were given up.
    """

    lines: bytes
    end: int
    truncated: int = 0
    skipping: int = 0
    unfinished: tuple[int, int] | None = None
    stamp: bytes = b""
    timeouts: int = 0


def take_lines(data: bytes, start: int, line_bytes: int, skipping: int, ending: Ending) -> Taken:
    """The whole lines of `data[start:]`; the last one without a newline too, if nothing comes after it."""
    if skipping & SKIP_LINE:
        newline = data.find(b"\n", start)
        if newline < 0:
            return Taken(b"", len(data), skipping=SKIP_LINE)
        start = newline + 1
    end = max(start, data.rfind(b"\n", start) + 1)
    lines, truncated = cut_lines(data[start:end], line_bytes)
    rest = len(data) - end
    if rest > line_bytes:
        return Taken(lines + data[end : end + line_bytes] + b"\n", len(data), truncated + 1, SKIP_LINE)
    if rest and ending is Ending.FINAL:
        return Taken(lines + data[end:] + b"\n", len(data), truncated)
    return Taken(lines, end, truncated)


def cut_lines(data: bytes, line_bytes: int) -> tuple[bytes, int]:
    r"""Whole lines with those over `line_bytes` bytes (not counting the `\n`) cut to that, and how many were cut.

    Jumps from line end to line end as far apart as the limit allows, so that ordinary lines cost next to nothing.
    """
    pieces: list[bytes] = []
    kept = at = 0
    while at + line_bytes < len(data):
        newline = data.rfind(b"\n", at, at + line_bytes + 1)
        if newline < 0:
            newline = data.index(b"\n", at + line_bytes)
            pieces.append(data[kept : at + line_bytes])
            kept = newline
        at = newline + 1
    return (b"".join((*pieces, data[kept:])), len(pieces)) if pieces else (data, 0)
