r"""Several lines that are one: parts of a long line, and lines that belong together, such as a stack trace.

They are joined per stream of a container's log, since two streams may be written at once. What is given up to a place
in the data is complete: whatever begins before it also ends before it, so that nothing has to be kept of it.

Lines joined by a Multiline have U+000B between them, which `.` and `\s` match and at which no line ends; one that a line
has itself becomes a space.
"""

from __future__ import annotations

from typing import NamedTuple

from log2metrics.shape.lines import Ending, Taken, cut_lines
from log2metrics.shape.multiline import Criteria, Multiline, criteria_of
from log2metrics.shape.wrapping import Piece

JOINT = "\v"
_JOINT = JOINT.encode()
_STREAMS = 3
_SKIP_PART = 2  # in `skipping`, for the first stream; two places further for each of the next
_SKIP_RECORD = 4


def clean(line: bytes) -> bytes:
    """A line as it is joined with others: no line end, and no joint of its own."""
    return line.removesuffix(b"\r").replace(_JOINT, b" ")


class _Stream:
    """What is unfinished in one stream: parts of a line, and lines that may be gone on with."""

    def __init__(self, skipping: int) -> None:
        self.skips_part = bool(skipping & _SKIP_PART)
        self.skips_record = bool(skipping & _SKIP_RECORD)
        self.parts: list[bytes] = []
        self.part_bytes = 0
        self.part_start = 0
        self.part_head = b""  # that of the first part
        self.lines: list[bytes] = []
        self.size = 0  # of the lines, with what is between them
        self.start = 0  # of the first line
        self.stop = 0  # of the last line
        self.end = 0  # of all there is
        self.before = ""  # the last line
        self.head = b""  # that of the first line

    @property
    def skipping(self) -> int:
        """The flags of this stream, as of the first."""
        return _SKIP_PART * self.skips_part | _SKIP_RECORD * self.skips_record

    @property
    def begin(self) -> int | None:
        """Where what is unfinished begins."""
        return self.start if self.lines else self.part_start if self.parts else None


class _Given(NamedTuple):
    stop: int
    start: int
    lines: bytes  # each with its newline
    cut: int  # how many of them were cut


class Joining:
    """The lines of some data while they are put together; without a Multiline, only of their parts."""

    def __init__(self, multiline: Multiline | None, line_bytes: int, skipping: int) -> None:
        self._criteria = criteria_of(multiline) if multiline else None
        self._max_lines = multiline.max_lines if multiline else 1
        self._given_up = self._criteria.given_up if self._criteria else 0
        self._timeouts: list[tuple[int, int]] = []  # where the line ends, and how many searches were given up for it
        self.line_bytes = line_bytes
        self._max_bytes = min(multiline.max_bytes, line_bytes) if multiline else line_bytes
        self._streams = [_Stream(skipping >> 2 * number) for number in range(_STREAMS)]
        self._given: list[_Given] = []
        self._turns = [(-1, number, stream.skipping) for number, stream in enumerate(self._streams)]

    def add(self, piece: Piece, start: int, end: int, *, cut: bool = False, head: bytes = b"") -> None:
        """Add what was wrapped in one line of the data, which stands there between `start` and `end`.

        The `head` is given before the line, or before the first of those that are one, and counts for no limit.
        """
        stream = self._streams[piece.stream]
        before = stream.skips_part, stream.skips_record
        if stream.skips_part:
            stream.skips_part = piece.partial
        else:
            if not stream.parts:
                stream.part_start, stream.part_head = start, head
            stream.parts.append(piece.text)
            stream.part_bytes += len(piece.text)
            stream.end = end
            cut = cut or stream.part_bytes > self.line_bytes
            if cut or not piece.partial:
                stream.skips_part = piece.partial
                self._end_line(stream, cut=cut)
                self._note_timeouts(end)
        if (stream.skips_part, stream.skips_record) != before:
            self._turns.append((end, piece.stream, stream.skipping))

    @property
    def unfinished(self) -> bool:
        """Whether anything waits for its end, or is to be skipped."""
        return any(stream.lines or stream.parts or stream.skips_part or stream.skips_record for stream in self._streams)

    def add_alone(self, lines: bytes, start: int, end: int) -> None:
        """Add whole lines of which each stands alone, while nothing is unfinished."""
        texts, cut = cut_lines(lines.replace(b"\r\n", b"\n") if b"\r" in lines else lines, self._max_bytes)
        self._given.append(_Given(end, start, texts, cut))

    def finish(self, ending: Ending, end: int) -> None:
        """End all that is unfinished; what is only quiet, as far as is needed to get ahead."""
        unfinished = [(begin, number) for number, stream in enumerate(self._streams) if (begin := stream.begin) is not None]
        for begin, number in sorted(unfinished):
            stream, full = self._streams[number], ending is Ending.FULL
            if stream.parts:
                stream.skips_part = full
                self._end_line(stream, cut=full)
                self._note_timeouts(stream.end)
            if stream.lines:
                self._close(stream, cut=full)
                stream.skips_record = full
            self._turns.append((end if full else stream.end, number, stream.skipping))
            if ending is Ending.QUIET and self._place(end) > begin:
                return

    def taken(self, end: int) -> Taken:
        """What can be given of data that ends here."""
        place = self._place(end)
        given = [each for each in self._given if each.stop <= place]
        flags = {number: skipping for at, number, skipping in self._turns if at <= place}
        first = min(((stream.begin, stream.end) for stream in self._streams if stream.begin is not None), default=None)
        return Taken(
            b"".join([each.lines for each in given]),
            place,
            sum(each.cut for each in given),
            sum(skipping << 2 * number for number, skipping in flags.items()),
            first,
            timeouts=sum(times for at, times in self._timeouts if at <= place),
        )

    def _place(self, end: int) -> int:
        """The last place that nothing stands across, neither what was given nor what is unfinished."""
        place = min((stream.begin for stream in self._streams if stream.begin is not None), default=end)
        if place < end:
            for each in sorted(self._given, reverse=True):
                if each.start < place < each.stop:
                    place = each.start
        return place

    def _end_line(self, stream: _Stream, *, cut: bool) -> None:
        line = b"".join(stream.parts)
        stream.parts, stream.part_bytes = [], 0
        if self._criteria is None:
            self._give(stream.end, stream.part_start, stream.part_head + line[: self.line_bytes], cut=cut)
            return
        criteria, line = self._criteria, clean(line)
        text = line.decode("utf-8", "replace")
        if stream.skips_record:
            goes_on = criteria.goes_on(text, "")
            stream.skips_record = goes_on and not criteria.ends(text)
            if goes_on:
                return
        if stream.lines and criteria.goes_on(text, stream.before):
            self._go_on(stream, line, text, criteria, cut=cut)
        else:
            self._close(stream)
            self._open(stream, line, text, criteria, cut=cut)

    def _note_timeouts(self, end: int) -> None:
        if self._criteria and self._criteria.given_up != self._given_up:
            self._timeouts.append((end, self._criteria.given_up - self._given_up))
            self._given_up = self._criteria.given_up

    def _open(self, stream: _Stream, line: bytes, text: str, criteria: Criteria, *, cut: bool) -> None:
        stays = criteria.opens(text) and (cut or not criteria.ends(text))
        cut = cut or len(line) > self._max_bytes
        stream.lines, stream.size, stream.before = [line[: self._max_bytes]], len(line), text
        stream.start, stream.stop, stream.head = stream.part_start, stream.end, stream.part_head
        if cut or not stays:
            self._close(stream, cut=cut)
            stream.skips_record = cut and stays

    def _go_on(self, stream: _Stream, line: bytes, text: str, criteria: Criteria, *, cut: bool) -> None:
        ended = not cut and criteria.ends(text)
        room = max(0, self._max_bytes - stream.size - 1) if len(stream.lines) < self._max_lines else 0
        cut = cut or len(line) > room or len(stream.lines) >= self._max_lines
        if room or not cut:
            stream.lines.append(line[:room])
        stream.size, stream.before, stream.stop = stream.size + 1 + len(line), text, stream.end
        if cut or ended:
            self._close(stream, cut=cut)
            stream.skips_record = cut and not ended

    def _close(self, stream: _Stream, *, cut: bool = False) -> None:
        """Give the lines that are one; empty ones at their end say nothing."""
        if stream.lines:
            text = _JOINT.join(stream.lines).rstrip(_JOINT)
            self._give(stream.stop, stream.start, stream.head + text, cut=cut)
            stream.lines = []

    def _give(self, stop: int, start: int, line: bytes, *, cut: bool) -> None:
        self._given.append(_Given(stop, start, line + b"\n", cut))
