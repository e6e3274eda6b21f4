"""A whole file, once: its lines as Blocks, and the place where its last lines begin."""

from __future__ import annotations

import io
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.flow import Position
from log2metrics.tail.tailer import BLOCK_BYTES
from log2metrics.tail.whole import Section, last_lines, next_line_start, whole_blocks

POSITION = Position("once", "/x", 0, 0, 0)


class Trickle(io.BytesIO):
    """A file that gives few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read less than was asked for."""
        return super().read(self._size if size != 0 else 0)


class Pipe(io.BytesIO):
    """A file in which one can't go back."""

    def seekable(self) -> bool:
        """Say so."""
        return False


def lines_of(file: BinaryIO, line_bytes: int = 65536) -> tuple[list[bytes], int]:
    """The lines of a file, and how many were cut."""
    blocks = list(whole_blocks(file, POSITION, line_bytes, (("a", "b"),)))
    assert all(block.data.endswith(b"\n") for block in blocks)
    assert {("once", POSITION, (("a", "b"),))} >= {(block.source, block.position, block.labels) for block in blocks}
    return [line for block in blocks for line in block.data.split(b"\n")[:-1]], sum(block.truncated for block in blocks)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"one\ntwo\n", [b"one", b"two"]),
        (b"one\ntwo", [b"one", b"two"]),
        (b"one\r\ntwo\r\n", [b"one\r", b"two\r"]),
        (b"\xef\xbb\xbfone\n\xef\xbb\xbftwo\n", [b"one", b"\xef\xbb\xbftwo"]),
        (b"\xef\xbb\xbf", []),
    ],
)
def test_all_lines_are_given(data: bytes, expected: list[bytes]) -> None:
    """Also a last one that nobody has finished; a byte order mark at the beginning is none of it."""
    assert (expected, 0) == lines_of(io.BytesIO(data))


@given(
    st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"")), max_size=12), st.integers(3, 9), st.integers(1, 8)
)
def test_how_the_bytes_come_changes_nothing(lines: list[bytes], size: int, line_bytes: int) -> None:
    """Each line is cut at `line_bytes`, its rest skipped, wherever one read ends and the next begins."""
    data = b"".join(line + b"\n" for line in lines)
    text = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:-1]
    expected = [line[:line_bytes] for line in text], sum(len(line) > line_bytes for line in text)
    assert expected == lines_of(Trickle(data, size), line_bytes)
    assert expected == lines_of(io.BytesIO(data), line_bytes)


def test_a_line_without_an_end_takes_no_memory() -> None:
    """A file of one endless line gives its beginning, and the next line is found."""
    data = b"x" * 3 * BLOCK_BYTES + b"\nnext\n"
    assert ([b"x" * 100, b"next"], 1) == lines_of(io.BytesIO(data), 100)
    assert ([b"x" * 100], 1) == lines_of(io.BytesIO(b"x" * 3 * BLOCK_BYTES), 100)


@given(
    st.lists(st.sampled_from([b"", b"a", b"bb", b"c" * 40_000, b"d" * 70_000]), max_size=8), st.booleans(), st.integers(1, 10)
)
def test_the_last_lines_are_found(lines: list[bytes], finished: bool, count: int) -> None:  # noqa: FBT001  # drawn by hypothesis
    """From the end, however long they are, in a file as in a pipe; all of them if there are fewer."""
    data = b"\n".join(lines) + (b"\n" if finished and lines else b"")
    expected = b"".join(data.splitlines(keepends=True)[-count:])
    assert expected == last_lines(io.BytesIO(data), count, 65536).read()
    with_its_end = expected if not expected or expected.endswith(b"\n") else expected + b"\n"
    assert with_its_end == last_lines(Pipe(data), count, 100_000).read()


def test_of_a_pipe_no_more_is_kept_than_is_needed() -> None:
    """An endless line is cut as it comes, one byte beyond the limit, so that it is still known to be too long."""
    assert b"12345\nb\n" == last_lines(Pipe(b"a\n1234567890\nb"), 2, 4).read()


@given(st.binary(max_size=60).map(lambda data: data.replace(b"a", b"\n")), st.integers(0, 70))
def test_the_next_line_begins_after_a_newline(data: bytes, offset: int) -> None:
    """At the offset itself if the byte before it ends a line; where no line begins any more, at the end."""
    starts = [at for at in range(len(data)) if at == 0 or data[at - 1 : at] == b"\n"]
    expected = min((start for start in starts if start >= offset), default=max(len(data), offset - 1) if offset else 0)
    assert expected == next_line_start(io.BytesIO(data), offset)


def test_a_section_ends_where_it_is_said_to() -> None:
    """Whatever the file has after it."""
    section = Section(io.BytesIO(b"0123456789"), 2, 7)
    assert [b"234", b"56", b""] == [section.read(3), section.read(3), section.read(3)]
