"""Follows one open file through growth and truncation, and gives what is new in it as Blocks of whole lines.

Polled, never waits: "nothing yet" is None. What is read is bounded in memory and in work per call. A line that is not
finished stays in the file: nothing of it is kept here, it is read again when the file has changed. What was read is the
same however the writer's and our own chunks fall.

Refuses to know paths' comings and goings: which file is to be followed, and for how long, is decided in `files`.
"""

from __future__ import annotations

from log2metrics.flow import Block, Position
from log2metrics.tail.filesystem import OpenFile
from log2metrics.tail.identity import Fingerprint, Key, Rotation
from log2metrics.tail.selection import Selection
from log2metrics.telemetry import ROTATIONS, Telemetry

BLOCK_BYTES = 512 * 1024
BOM = b"\xef\xbb\xbf"

# How many times one look may read while it finds no line to give; only the rest of an over-long line takes more than
# two. With the usual block of 512 KiB a look passes over at most 64 MiB, which takes some hundredths of a second.
_READS_PER_LOOK = 128


class Tailer:
    """One open file of a source, from a position on.

    If the position knows the content before it and the file says something else there, reading begins at the first
    byte, counted as a truncation; a position without digests is taken at its word. Everything that reads raises OSError.
    """

    def __init__(
        self, file: OpenFile, position: Position, selection: Selection, telemetry: Telemetry, block_bytes: int = BLOCK_BYTES
    ) -> None:
        self._file = file
        self._selection = selection
        self._telemetry = telemetry
        self._limit = max(block_bytes, selection.line_bytes + 1 + len(BOM))  # so that every read can get ahead
        self._path = position.path
        self._labels = selection.labels_of(position.path)
        self._skipping = position.skipping
        self._offset = position.offset
        self._fingerprint = Fingerprint.read(file, position.offset)
        self._size = file.stat().st_size
        self._idle: tuple[int, int, int] | None = None  # the file's size and times when there was nothing (more) to read
        self._ended = False
        self.key: Key = (position.device, position.inode)
        self.moves = 0  # how often the position has changed
        if position.head and not self._fingerprint.agrees(position):
            self._start_over()

    @property
    def path(self) -> str:
        """Where the file was last seen."""
        return self._path

    @property
    def position(self) -> Position:
        """The position after the last Block."""
        mark = self._fingerprint
        return Position(
            source=self._selection.source,
            path=self._path,
            device=self.key[0],
            inode=self.key[1],
            offset=self._offset,
            head_bytes=mark.head_bytes,
            head=mark.head,
            marker=mark.marker,
            skipping=self._skipping,
        )

    @property
    def drained(self) -> bool:
        """Whether the last look took everything up to the end of the file, an unfinished line included."""
        return self._ended

    @property
    def size_bytes(self) -> int:
        """How long the file was at the last look."""
        return self._size

    def is_linked(self) -> bool:
        """Whether the file still has a name somewhere; one that can't even be looked at counts as deleted."""
        try:
            return self._file.stat().st_nlink > 0
        except OSError:
            return False

    def behind_bytes(self) -> int:
        """How many bytes the file had after the position, at the last look."""
        return max(0, self._size - self._offset)

    def move_to(self, path: str) -> None:
        """Go on under another path, with the labels it gives."""
        self._path = path
        self._labels = self._selection.labels_of(path)
        self.moves += 1

    def read(self) -> Block | None:
        """The next whole lines, or None: nothing yet."""
        status = self._file.stat()
        now = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if now == self._idle:
            return None
        self._size = status.st_size
        return self._look(now, final=False)

    def finish(self) -> Block | None:
        """The last line, though nobody has finished it; for a file that will not grow any more.

        Should the file have grown after all, what is whole comes first: it is at its end when `drained` says so.
        """
        status = self._file.stat()
        self._size = status.st_size
        return self._look((status.st_size, status.st_mtime_ns, status.st_ctime_ns), final=True)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _look(self, now: tuple[int, int, int], *, final: bool) -> Block | None:
        self._idle = None
        for _ in range(_READS_PER_LOOK):
            data, begin = self._fetch()
            at_end = len(data) - begin < self._limit
            block = self._take(data, begin, final=final)
            if at_end:
                self._idle = now  # taken before the read: what is written from then on changes it
            if at_end or block is not None:
                return block
        return None

    def _fetch(self) -> tuple[bytes, int]:
        """What follows the offset, preceded by the bytes before it, and where it begins.

        Both come from one read, so that nothing can be cut off and written anew between the check and the reading.
        """
        tail = self._fingerprint.tail
        data = self._file.read(len(tail) + self._limit, self._offset - len(tail))
        if data.startswith(tail):
            return data, len(tail)
        self._start_over()
        return self._file.read(self._limit, 0), 0

    def _start_over(self) -> None:
        """Begin at the first byte: what was read before is not in the file any more."""
        self._offset = 0
        self._skipping = False
        self._fingerprint = Fingerprint()
        self.moves += 1
        self._telemetry.add(ROTATIONS, 1, self._selection.source, Rotation.TRUNCATED)

    def _take(self, data: bytes, begin: int, *, final: bool) -> Block | None:
        """The whole lines of `data[begin:]` as a Block, and the position moved over all that need not be seen again."""
        line_bytes = self._selection.line_bytes
        start = self._first_line(data, begin)
        end = max(start, data.rfind(b"\n", start) + 1)
        lines, truncated = cut_lines(data[start:end], line_bytes)
        rest = len(data) - end
        if rest > line_bytes:
            lines += data[end : end + line_bytes] + b"\n"
            truncated += 1
            self._skipping = True
            end = len(data)
        elif final and rest and not lines:
            lines = data[end:] + b"\n"
            end = len(data)
        self._advance(data, begin, end)
        if not lines:
            return None
        return Block(self._selection.source, lines, self.position, self._labels, truncated)

    def _first_line(self, data: bytes, begin: int) -> int:
        """Where in `data[begin:]` the first line begins that is to be given: after a BOM or the rest of a cut line."""
        if self._skipping:
            newline = data.find(b"\n", begin)
            self._skipping = newline < 0
            return len(data) if newline < 0 else newline + 1
        return begin + len(BOM) if self._offset == 0 and data.startswith(BOM) else begin

    def _advance(self, data: bytes, begin: int, end: int) -> None:
        self._ended = end == len(data) and len(data) - begin < self._limit
        if end > begin:
            self._fingerprint.advance(data, begin, end)
            self._offset += end - begin
            self.moves += 1


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
