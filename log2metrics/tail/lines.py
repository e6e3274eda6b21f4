"""Where lines end: bytes → lines of bounded length, and the beginning of the last one.

Knows nothing of files' names and positions.
"""

from __future__ import annotations

from log2metrics.tail.filesystem import OpenFile

BOM = b"\xef\xbb\xbf"


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


def last_line_start(file: OpenFile, size: int, line_bytes: int) -> tuple[int, bool]:
    """Where a file of this size ends for one who wants only what is new: the byte after its last newline.

    If the last line is over-long already, that is the end of the file, and True: inside a line to be skipped.
    """
    width = min(size, line_bytes + 1)
    newline = file.read(width, size - width).rfind(b"\n")
    if newline < 0 and width < size:
        return size, True
    return size - width + newline + 1, False
