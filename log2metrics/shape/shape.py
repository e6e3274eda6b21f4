"""What a line is in the files of one source: its encoding, what wraps it, which lines are one.

    bytes ─encoding─▶ lines in UTF-8 ─unwrap─▶ what the program wrote ─multiline─▶ lines as rules see them

A Shape takes what is whole of the bytes at hand, and says where the rest begins: nothing is kept between two calls. Refuses
to know files, clocks and rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from log2metrics.shape.candidates import Candidates
from log2metrics.shape.encodings import (
    UTF8,
    as_utf8,
    bom_of,
    find_newline,
    last_line_end,
    needs_head,
    newline_of,
    ordered,
    split_lines,
)
from log2metrics.shape.joining import Joining
from log2metrics.shape.lines import SKIP_LINE, Ending, Taken, cut_lines, take_lines
from log2metrics.shape.multiline import Multiline
from log2metrics.shape.wrapping import HEAD_BYTES as WRAPPING_BYTES
from log2metrics.shape.wrapping import NO_STREAM, Piece, Unwrap, head_of, stamp_of, unwrap, unwrap_lines

LINE_BYTES = 65536
HEAD_BYTES = 4  # at the beginning of a file, which may tell its byte order
_PART_SECONDS = 5.0  # how long the next part of a line may take, where no Multiline says so
_CRI_BYTES = 256  # more than the head of a line takes
_ESCAPED_BYTES = 6  # of one byte, at most, in a JSON text
_DOCKER_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of lines; without anything, plain lines in UTF-8.

    With `keeps`, what the wrapping says of a line is kept in a head before it.
    """

    unwrap: Unwrap | None = None
    multiline: Multiline | None = None
    encoding: str = UTF8
    keeps: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether lines are taken as they are."""
        return self.unwrap is None and self.multiline is None and self.encoding == UTF8

    @property
    def head_bytes(self) -> int:
        """How wide the head is before each line, of characters of one byte."""
        return WRAPPING_BYTES if self.keeps and self.unwrap else 0

    @property
    def quiet_seconds(self) -> float:
        """How long nothing must have been added to what is unfinished before it is taken as finished."""
        return self.multiline.quiet_seconds if self.multiline else _PART_SECONDS

    @property
    def newline(self) -> bytes:
        """How a line end is written."""
        return newline_of(self.encoding)

    @property
    def needs_head(self) -> bool:
        """Whether a file's first bytes are needed to read any of it."""
        return needs_head(self.encoding)

    def of(self, head: bytes) -> Shape:
        """The shape of lines in a file that begins with these bytes."""
        return replace(self, encoding=ordered(self.encoding, head)) if self.needs_head else self

    def skip_beginning(self, data: bytes, start: int) -> int:
        """Where the text of a file begins whose first bytes are at `start`: after a byte order mark."""
        bom = bom_of(self.encoding)
        return start + len(bom) if data.startswith(bom, start) else start

    def skip_hole(self, data: bytes, start: int) -> int:
        """Where text begins again after zeros, which a writer that missed a truncation leaves before it."""
        zeros = len(data) - start - len(data[start:].lstrip(b"\0"))
        return start + zeros - zeros % len(self.newline)

    def buffer_bytes(self, line_bytes: int) -> int:
        """How many bytes must be looked at together so that one can always get ahead."""
        if self.is_plain:
            return line_bytes + 1 + len(bom_of(UTF8))
        lines = self.multiline.max_lines if self.multiline else 1
        return 2 * self._longest(line_bytes) + (lines + 2) * len(self.newline)

    def all_lines(self, data: bytes) -> bytes:
        """The lines of a text that is complete."""
        shape = self.of(data[:HEAD_BYTES])
        return shape.take(data, shape.skip_beginning(data, 0), LINE_BYTES, 0, Ending.FINAL).lines

    def take(self, data: bytes, start: int, line_bytes: int, skipping: int, ending: Ending) -> Taken:
        """What is whole in `data[start:]`."""
        if self.is_plain:
            return take_lines(data, start, line_bytes, skipping, ending)
        taken = self._take(data, start, line_bytes, skipping, ending)
        return taken._replace(stamp=self._stamp(data, start, taken.end)) if self.unwrap and taken.lines else taken

    def _take(self, data: bytes, start: int, line_bytes: int, skipping: int, ending: Ending) -> Taken:
        if skipping & SKIP_LINE:
            newline = find_newline(data, start, self.newline)
            if newline < 0:
                return Taken(b"", start + self._whole(len(data) - start, ending), skipping=skipping)
            start, skipping = newline + len(self.newline), skipping - SKIP_LINE
        end = last_line_end(data, start, self.newline)
        rest, is_cut = len(data) - end, len(data) - end > self._longest(line_bytes)
        if not is_cut and not (rest and ending is Ending.FINAL):
            taken = self._take_alike(data[start:end], line_bytes, skipping)
            if taken is not None:
                return taken._replace(end=end)
        joining, whole = Joining(self.multiline, line_bytes, skipping), end
        if is_cut or ending is Ending.FINAL:
            end += self._whole(rest, ending)
        self._join(data, (start, whole, end), joining)
        if ending in {Ending.QUIET, Ending.FINAL} or (ending is Ending.FULL and joining.taken(end).end == start):
            joining.finish(ending, end)
        taken = joining.taken(end)
        return taken._replace(skipping=taken.skipping | SKIP_LINE) if is_cut and taken.end == end else taken

    def _stamp(self, data: bytes, start: int, end: int) -> bytes:
        """The time that the last line of `data[start:end]` is wrapped with."""
        end -= len(self.newline) if data.endswith(self.newline, start, end) else 0
        line = data[last_line_end(data[:end], start, self.newline) : end]
        return stamp_of(as_utf8(line, self.encoding), self.unwrap) if self.unwrap else b""

    def _whole(self, size: int, ending: Ending) -> int:
        """How many of so many bytes are whole units; at the end of a file, all are taken."""
        return size if ending is Ending.FINAL else size - size % len(self.newline)

    def _longest(self, line_bytes: int) -> int:
        """How long a line may be in the file so that what it says is not cut."""
        longest = line_bytes * len(self.newline)
        if self.unwrap is Unwrap.CRI:
            return longest + _CRI_BYTES * len(self.newline)
        return longest * _ESCAPED_BYTES + _DOCKER_BYTES * len(self.newline) if self.unwrap else longest

    def _take_alike(self, data: bytes, line_bytes: int, skipping: int) -> Taken | None:
        """The same for whole lines that depend on no others, many at once; None if they are not like this."""
        if self.multiline or skipping or self.keeps or cut_lines(data, self._longest(line_bytes))[1]:
            return None
        if self.encoding != UTF8:
            lines, _ = split_lines(data, 0, self.newline)
            data = b"".join([as_utf8(line, self.encoding) + b"\n" for line in lines])
        texts = unwrap_lines(data, self.unwrap) if self.unwrap else data
        return None if texts is None else _cut(texts, line_bytes)

    def _join(self, data: bytes, places: tuple[int, int, int], joining: Joining) -> None:
        """Add line by line, from the first place to the last; up to the second, lines are whole."""
        (at, whole, end), longest = places, self._longest(joining.line_bytes)
        candidates = self._candidates(data, at, whole)
        while at < end:
            if candidates and at < whole and not joining.unfinished and (after := candidates.after(at)) > at:
                lines = data[at:after]
                joining.add_alone((unwrap_lines(lines, self.unwrap) or b"") if self.unwrap else lines, at, after)
                at = after
                continue
            newline = find_newline(data, at, self.newline) if at < whole else -1
            line, after = (data[at:newline], newline + len(self.newline)) if newline >= 0 else (data[at:end], end)
            text, head = as_utf8(line[:longest], self.encoding), b""
            piece = unwrap(text, self.unwrap) if self.unwrap else Piece(NO_STREAM, text)
            if self.unwrap:
                if piece.stream == NO_STREAM:
                    joining.finish(Ending.FINAL, at)
                head = head_of(text, self.unwrap, piece.stream) if self.keeps else b""
            joining.add(piece, at, after, cut=len(line) > longest, head=head)
            at = after

    def _candidates(self, data: bytes, start: int, end: int) -> Candidates | None:
        """Where lines are to be looked at one by one; None if everywhere."""
        if (
            self.multiline is None
            or not self.multiline.finds_by_literals
            or self.encoding != UTF8
            or self.unwrap is Unwrap.DOCKER
            or self.keeps
        ):
            return None
        return Candidates(data, start, end, self.multiline.literals)


def _cut(texts: bytes, line_bytes: int) -> Taken:
    lines, truncated = cut_lines(texts, line_bytes)
    return Taken(lines, 0, truncated)
