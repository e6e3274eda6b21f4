"""A whole file, once: from its first byte, or the first of its last N lines, to its end, as Blocks.

For files that are complete, and for standard input. Nothing is followed, and a last line without a newline is a line.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from log2metrics.flow import Block, Position
from log2metrics.metric import Labels
from log2metrics.tail.lines import BOM, cut_lines
from log2metrics.tail.tailer import BLOCK_BYTES

_LOOK_BACK_BYTES = 64 * 1024


class Readable(Protocol):
    """What can be read from where it stands."""

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, at most so many; none at the end."""


class Section:
    """The bytes of an open file from `start` to `end`, as if they were a file."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        file.seek(start)
        self._file = file
        self._left = end - start

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, at most so many; none at the end."""
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data


def next_line_start(file: BinaryIO, offset: int) -> int:
    """Where the first line begins at or after an offset; the end of the file if none does."""
    if offset == 0:
        return 0
    at = file.seek(offset - 1)
    while data := file.read(_LOOK_BACK_BYTES):
        newline = data.find(b"\n")
        if newline >= 0:
            return at + newline + 1
        at += len(data)
    return at


def whole_blocks(file: Readable, position: Position, line_bytes: int, labels: Labels = ()) -> Iterator[Block]:
    """All lines of an open file from where it stands, cut at `line_bytes`.

    `position` tells whose file it is; at its very beginning a BOM is passed over.
    """
    source, rest, skipping = position.source, b"", False
    fresh = position.offset == 0
    while chunk := file.read(BLOCK_BYTES):
        data = rest + (chunk.removeprefix(BOM) if fresh else chunk)
        fresh = False
        if skipping:
            newline = data.find(b"\n")
            skipping, data = newline < 0, data[newline + 1 :] if newline >= 0 else b""
        end = data.rfind(b"\n") + 1
        lines, truncated = cut_lines(data[:end], line_bytes)
        rest = data[end:]
        if len(rest) > line_bytes:
            lines, truncated = lines + rest[:line_bytes] + b"\n", truncated + 1
            rest, skipping = b"", True
        if lines:
            yield Block(source, lines, position, labels, truncated)
    if rest:
        yield Block(source, rest + b"\n", position, labels)


def last_lines(file: BinaryIO, count: int, line_bytes: int) -> BinaryIO:
    """The same file, standing at the first of its last `count` lines.

    What can't be sought is read to its end for it, and of each line no more is kept than shows that it is too long.
    """
    if not file.seekable():
        kept: deque[bytes] = deque(maxlen=count)
        for block in whole_blocks(file, Position("", "", 0, 0, 0), line_bytes + 1):
            kept.extend(block.data[:-1].split(b"\n"))
        return io.BytesIO(b"".join(line + b"\n" for line in kept))
    at = file.seek(0, io.SEEK_END)
    wanted = count + 1  # newlines: the one before the first line of interest too
    after = b""
    while at > 0:
        width = min(_LOOK_BACK_BYTES, at)
        at -= width
        file.seek(at)
        data = file.read(width)
        if not after and not data.endswith(b"\n"):
            wanted -= 1  # the last line has none
        after = data
        found = data.count(b"\n")
        if found >= wanted:
            place = len(data)
            for _ in range(wanted):
                place = data.rfind(b"\n", 0, place)
            file.seek(at + place + 1)
            return file
        wanted -= found
    file.seek(0)
    return file
