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
from log2metrics.shape.encodings import UTF8
from log2metrics.shape.joining import clean
from log2metrics.shape.lines import Ending, Taken
from log2metrics.shape.multiline import Multiline, criteria_of
from log2metrics.shape.shape import HEAD_BYTES, Shape
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


def next_start(file: BinaryIO, offset: int, multiline: Multiline | None, line_bytes: int) -> int:
    """Where the first line begins at or after an offset that does not go on with one before it; the end of the file if none."""
    at = next_line_start(file, offset)
    if multiline is None or at == 0:
        return at
    file.seek(at)
    criteria = criteria_of(multiline)
    before, line = None, file.readline(line_bytes + 2)
    while line:
        text = clean(line.removesuffix(b"\n")[:line_bytes]).decode("utf-8", "replace")
        if before is not None and criteria.begins(text, before):
            return at
        is_whole = line.endswith(b"\n") and len(line) <= line_bytes + 1
        at = at + len(line) if line.endswith(b"\n") else next_line_start(file, at + len(line))
        file.seek(at)
        before, line = text if is_whole else None, file.readline(line_bytes + 2)
    return at


def whole_blocks(
    file: Readable, position: Position, line_bytes: int, labels: Labels = (), shape: Shape | None = None
) -> Iterator[Block]:
    """All lines of an open file from where it stands, cut at `line_bytes`; plain ones, unless there is a shape.

    `position` tells whose file it is; at its very beginning a BOM is passed over.
    """
    shape = shape or Shape()
    limit = shape.buffer_bytes(line_bytes)
    rest, skipping, start = b"", position.skipping, 0
    fresh = position.offset == 0
    while chunk := file.read(BLOCK_BYTES):
        data = rest + chunk
        if fresh:
            shape, fresh = shape.of(data[:HEAD_BYTES]), False
            start = shape.skip_beginning(data, 0)
        taken = shape.take(data, start, line_bytes, skipping, Ending.FULL if len(data) >= limit else Ending.OPEN)
        rest, skipping, start = data[taken.end :], taken.skipping, 0
        if taken.lines:
            yield _block(taken, position, labels)
    taken = shape.take(rest, start, line_bytes, skipping, Ending.FINAL)
    if taken.lines:
        yield _block(taken, position, labels)


def _block(taken: Taken, position: Position, labels: Labels) -> Block:
    return Block(position.source, taken.lines, position, labels, taken.truncated, taken.stamp.decode(), taken.timeouts)


def last_lines(file: BinaryIO, count: int, line_bytes: int, shape: Shape | None = None) -> BinaryIO:
    """The same file, standing at the first of its last `count` lines, as they stand there; plain ones, unless there is a shape.

    What can't be sought, or has wide characters, is read to its end for it, and of each line no more is kept than shows that
    it is too long.
    """
    shape = shape or Shape()
    is_wide = len(shape.newline) > 1
    if is_wide or not file.seekable():
        kept: deque[bytes] = deque(maxlen=count)
        longest = line_bytes + 1 if shape.is_plain else shape.buffer_bytes(line_bytes)
        as_they_stand = Shape(encoding=shape.encoding if is_wide else UTF8)
        for block in whole_blocks(file, Position("", "", 0, 0, 0), longest, shape=as_they_stand):
            kept.extend(block.data[:-1].split(b"\n"))
        data = b"".join(line + b"\n" for line in kept)
        return io.BytesIO(data.decode("utf-8", "replace").encode(shape.encoding) if is_wide else data)
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
