"""Follows one open file through growth and truncation, and gives what is new in it as Blocks of whole lines.

Polled, never waits: "nothing yet" is None. What is read is bounded in memory and in work per call. A line that is not
finished stays in the file: nothing of it is kept here, it is read again when the file has changed. What was read is the
same however the writer's and our own chunks fall.

Refuses to know paths' comings and goings: which file is to be followed, and for how long, is decided in `files`.
"""

from __future__ import annotations

import os
from dataclasses import replace

from log2metrics.flow import Block, Position
from log2metrics.metric import Labels
from log2metrics.shape.lines import Ending
from log2metrics.shape.shape import HEAD_BYTES
from log2metrics.tail.filesystem import OpenFile
from log2metrics.tail.identity import Fingerprint, Key, Rotation, Times, times_of
from log2metrics.tail.selection import Selection
from log2metrics.telemetry import ROTATIONS, Telemetry

BLOCK_BYTES = 512 * 1024

# How many times one look may read while it finds no line to give; only the rest of an over-long line takes more than
# two. With the usual block of 512 KiB a look passes over at most 64 MiB, which takes some hundredths of a second.
_READS_PER_LOOK = 128
_SHAPED_READS_PER_LOOK = 2  # where every line is looked at, it takes more of them


class Tailer:
    """One open file of a source, from a position on.

    If the position knows the content before it and the file says something else there, the tailer is `cut`: it stays where
    it is until it is told to start over. A position without digests is taken at its word. All that reads raises OSError.
    """

    def __init__(
        self, file: OpenFile, position: Position, selection: Selection, telemetry: Telemetry, block_bytes: int = BLOCK_BYTES
    ) -> None:
        self._file = file
        self._selection = selection
        self._telemetry = telemetry
        self._shape = selection.shape.of(file.read(HEAD_BYTES, 0)) if selection.shape.needs_head else selection.shape
        self._limit = max(block_bytes, self._shape.buffer_bytes(selection.line_bytes))  # so that every read can get ahead
        self._path = position.path
        self._labels = selection.labels_of(position.path)
        self._skipping = position.skipping
        self._offset = position.offset
        self._fingerprint = Fingerprint.read(file, position.offset)
        self._size = position.size
        self._mtime_ns = position.mtime_ns
        self._unfinished: tuple[int, int] | None = None
        self._idle: Times | None = None  # the file's size and times when there was nothing (more) to read
        self._ended = False
        self._begun = position.mtime_ns == 0  # whether its first bytes may be read
        self._asks = False
        self._cut: Position | None = None
        self.key: Key = (position.device, position.inode)
        self.moves = 0  # how often the position has changed
        if position.head and not self._fingerprint.agrees(position):
            self._cut = position

    @property
    def path(self) -> str:
        """The path of the log: where the file was met first, or moved to."""
        return self._path

    @property
    def labels(self) -> Labels:
        """The labels of every line."""
        return self._labels

    @property
    def file(self) -> OpenFile:
        """The open file."""
        return self._file

    @property
    def position(self) -> Position:
        """The position after the last Block; of a file that is cut, the one in what it said before. In a hole it is 0."""
        if self._cut is not None:
            return replace(self._cut, path=self._path)
        mark = Fingerprint() if self._fingerprint.blank else self._fingerprint
        return Position(
            source=self._selection.source,
            path=self._path,
            device=self.key[0],
            inode=self.key[1],
            offset=self._offset if mark is self._fingerprint else 0,
            head_bytes=mark.head_bytes,
            head=mark.head,
            marker=mark.marker,
            skipping=self._skipping,
            size=self._size,
            mtime_ns=self._mtime_ns,
        )

    @property
    def cut(self) -> bool:
        """Whether what was read up to the position is not in the file any more: it was truncated."""
        return self._cut is not None

    @property
    def asks(self) -> bool:
        """Whether there is something to read, and it will not be read before somebody says `proceed`.

        So it is when the file is cut, and when nothing was read of it yet, but it has changed since it was looked at: it may
        have been written to and truncated in between, and nothing in an empty position tells.
        """
        return self._cut is not None or self._asks

    @property
    def mtime_ns(self) -> int:
        """When the file was last modified, as of the last look, in Unix nanoseconds; 0 if there was none."""
        return self._mtime_ns

    @property
    def at_end(self) -> bool:
        """Whether the last look found nothing after what it gave, but for an unfinished line."""
        return self._idle is not None

    @property
    def drained(self) -> bool:
        """Whether the last look took everything up to the end of the file, an unfinished line included."""
        return self._ended

    @property
    def unfinished(self) -> tuple[int, int] | None:
        """Between which bytes the first of what waits for its end stands, besides an unfinished line, as of the last look."""
        return self._unfinished

    @property
    def quiet_seconds(self) -> float:
        """How long nothing must have been added to what is unfinished before it is to be settled."""
        return self._shape.quiet_seconds

    @property
    def size_bytes(self) -> int:
        """How long the file was at the last look."""
        return self._size

    def behind_bytes(self) -> int:
        """How many bytes the file had after the position, at the last look."""
        return max(0, self._size - self._offset)

    def move_to(self, path: str) -> None:
        """Go on under another path, with the labels it gives."""
        self._path = path
        self._labels = self._selection.labels_of(path)
        self.moves += 1

    def note(self, status: os.stat_result) -> None:
        """Take note of what the file looks like; what has not changed since the last look need not be read."""
        if self._idle is not None and self._idle != times_of(status):
            self._idle = None

    def look_again(self) -> None:
        """Whatever the last look found, there may be more."""
        self._idle = None

    def is_idle(self) -> bool:
        """Whether there was nothing more at the last look, and is not now; what can't be looked at is not idle."""
        try:
            return self._idle is not None and self._unfinished is None and self._file.size() == self._idle[0]
        except OSError:
            return False

    def read(self) -> Block | None:
        """The next whole lines, or None: nothing yet. A change of nothing but times is seen if it was noted."""
        if self._cut is not None or (self._idle is not None and self._file.size() == self._idle[0]):
            return None
        status = self._file.stat()
        self._asks = self._may_be_anew(status)
        return None if self._asks else self._look(status, Ending.OPEN)

    def check(self) -> bool:
        """Whether it `asks`, as of now; nothing is read on."""
        tail = self._fingerprint.tail
        self._asks = self._may_be_anew(self._file.stat())
        if self._cut is None and self._file.read(len(tail), self._offset - len(tail)) != tail:
            self._miss()
        return self.asks

    def _miss(self) -> None:
        """What was before the position is not there any more; of a hole nothing is missed."""
        if self._fingerprint.blank:
            self._offset = 0
            self._fingerprint = Fingerprint()
            self._begun = False
            self._asks = True
        else:
            self._cut = self.position

    def _may_be_anew(self, status: os.stat_result) -> bool:
        changed = (status.st_size, status.st_mtime_ns) != (self._size, self._mtime_ns)
        return self._fingerprint.blank and not self._begun and changed

    def finish(self) -> Block | None:
        """The last line, though nobody has finished it; for a file that will not grow any more.

        Should the file have grown after all, what is whole comes first: it is at its end when `drained` says so.
        """
        return None if self._cut is not None else self._look(self._file.stat(), Ending.FINAL)

    def settle(self) -> Block | None:
        """What has been unfinished for so long that it is taken as finished."""
        return None if self._cut is not None else self._look(self._file.stat(), Ending.QUIET)

    def proceed(self) -> None:
        """Read on; a file that is cut from its first byte: what was read before is not in it any more."""
        self._begun = True
        self._asks = False
        self._idle = None
        if self._cut is not None:
            self._cut = None
            self._offset = 0
            self._size = self._mtime_ns = 0
            self._skipping = 0
            self._fingerprint = Fingerprint()
            self.moves += 1
            self._telemetry.add(ROTATIONS, 1, self._selection.source, Rotation.TRUNCATED)

    def anew(self) -> Tailer:
        """The same open file from its first byte on, as if it had never been read. Raises OSError."""
        beginning = Position(self._selection.source, self._path, *self.key, 0)
        return Tailer(self._file, beginning, self._selection, self._telemetry, self._limit)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _look(self, status: os.stat_result, ending: Ending) -> Block | None:
        self._idle = None
        for _ in range(_READS_PER_LOOK if self._shape.is_plain else _SHAPED_READS_PER_LOOK):
            data, begin = self._fetch()
            if self.asks:
                return None
            self._take_note(max(status.st_size, self._offset + len(data) - begin), status.st_mtime_ns)
            at_end = len(data) - begin < self._limit
            block = self._take(data, begin, ending)
            if at_end:
                self._idle = times_of(status)  # taken before the read: what is written from then on changes it
                self._begun = False
            if at_end or block is not None:
                return block
        return None

    def _take_note(self, size: int, mtime_ns: int) -> None:
        if self._fingerprint.blank and (size, mtime_ns) != (self._size, self._mtime_ns):
            self.moves += 1  # until something is read, they are all that the file can be known by
        self._size, self._mtime_ns = size, mtime_ns

    def _fetch(self) -> tuple[bytes, int]:
        """What follows the offset, preceded by the bytes before it, and where it begins.

        Both come from one read, so that nothing can be cut off and written anew between the check and the reading.
        """
        tail = self._fingerprint.tail
        data = self._file.read(len(tail) + self._limit, self._offset - len(tail))
        if not data.startswith(tail):
            self._miss()
        return data, len(tail)

    def _take(self, data: bytes, begin: int, ending: Ending) -> Block | None:
        """The whole lines of `data[begin:]` as a Block, and the position moved over all that need not be seen again."""
        line_bytes, start = self._selection.line_bytes, self._first_line(data, begin)
        more = Ending.FULL if len(data) - begin >= self._limit else Ending.OPEN
        taken = self._shape.take(data, start, line_bytes, self._skipping, more)
        if not taken.lines and more is Ending.OPEN and ending is not Ending.OPEN:
            taken = self._shape.take(data, start, line_bytes, self._skipping, ending)
        unfinished, at = taken.unfinished, self._offset - begin
        self._unfinished = (unfinished[0] + at, unfinished[1] + at) if unfinished else None
        self._skipping = taken.skipping
        self._advance(data, begin, taken.end)
        if not taken.lines:
            return None
        counts = taken.truncated, taken.stamp.decode(), taken.timeouts
        return Block(self._selection.source, taken.lines, self.position, self._labels, *counts)

    def _first_line(self, data: bytes, begin: int) -> int:
        """Where in `data[begin:]` begins what is to be read: after a byte order mark, or after a hole."""
        if self._skipping:
            return begin
        start = begin
        if self._offset == 0:
            self._shape = self._selection.shape.of(data[begin : begin + HEAD_BYTES])
            start = self._shape.skip_beginning(data, begin)
        if data[:begin].strip(b"\0"):
            return start
        return self._shape.skip_hole(data, start)  # a writer that missed the truncation left it before its line

    def _advance(self, data: bytes, begin: int, end: int) -> None:
        self._ended = end == len(data) and len(data) - begin < self._limit
        if end > begin:
            self._fingerprint.advance(data, begin, end)
            self._offset += end - begin
            self.moves += 1
