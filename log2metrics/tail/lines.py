"""The beginning of a file's last line, for one who wants only what is new.

Knows nothing of files' names and positions.
"""

from __future__ import annotations

from log2metrics.shape.lines import SKIP_LINE
from log2metrics.tail.filesystem import OpenFile


def last_line_start(file: OpenFile, size: int, line_bytes: int, newline: bytes = b"\n") -> tuple[int, int]:
    """Where a file of this size ends for one who wants only what is new: the byte after its last line end.

    If the last line is over-long already, that is the end of the file, and inside a line to be skipped.
    """
    size -= size % len(newline)
    width = min(size, (line_bytes + 1) * len(newline))
    data = file.read(width, size - width)
    found = data.rfind(newline)
    while found >= 0 and found % len(newline):
        found = data.rfind(newline, 0, found + len(newline) - 1)
    if found < 0 and width < size:
        return size, SKIP_LINE
    return size - width + (found + len(newline) if found >= 0 else 0), 0
