from __future__ import annotations

import os
from codecs import BOM_UTF8 as BOM
from dataclasses import replace
from errno import ESTALE

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from log2metrics.flow import Block, Position
from log2metrics.shape.lines import cut_lines
from log2metrics.tail.followed import Followed
from log2metrics.tail.lines import last_line_start
from log2metrics.tail.selection import Selection
from log2metrics.tail.tailer import Tailer
from log2metrics.telemetry import ROTATIONS, Telemetry
from tests.tail.scene import MemoryFile, lines

START = Position("src", "/a.log", 1, 2, 0)


def follow(file: MemoryFile, position: Position = START, line_bytes: int = 20, block_bytes: int = 64) -> Tailer:
    """A Tailer with small limits."""
    return Tailer(file, position, Selection("src", (), line_bytes=line_bytes), Telemetry(), block_bytes)


def look(tailer: Tailer) -> Block | None:
    """Read, and let it go on where it asks."""
    tailer.note(tailer.file.stat())
    block = tailer.read()
    if tailer.asks:
        assert block is None
        tailer.proceed()
        block = tailer.read()
    return block


def read_all(tailer: Tailer) -> list[Block]:
    """Read until there is nothing, in as many looks as it takes."""
    found: list[Block] = []
    for _ in range(10_000):
        block = look(tailer)
        if block is not None:
            found.append(block)
        elif not tailer.behind_bytes() or not tailer.position.skipping:
            return found
    raise AssertionError("does not come to an end")


def expected(data: bytes, line_bytes: int) -> tuple[list[bytes], int]:
    """The lines of a file as it stands, and how many are cut: the promise in its simplest form."""
    *whole, rest = data.removeprefix(BOM).split(b"\n")
    found = whole + [rest] * (len(rest) > line_bytes)
    return [line[:line_bytes] for line in found], sum(len(line) > line_bytes for line in found)


texts = st.lists(
    st.one_of(st.just(b"\n"), st.just(b"ab\n"), st.binary(max_size=12), st.integers(1, 90).map(lambda n: b"x" * n)),
    max_size=20,
)


@given(bom=st.booleans(), chunks=texts, line_bytes=st.integers(2, 30), block_bytes=st.integers(1, 80), restart=st.booleans())
@example(bom=True, chunks=[b"x" * 20 + b"\n"], line_bytes=20, block_bytes=1, restart=False)
@example(bom=True, chunks=[b"x" * 21], line_bytes=20, block_bytes=1, restart=True)
def test_chunks_never_change_what_is_read(
    *, bom: bool, chunks: list[bytes], line_bytes: int, block_bytes: int, restart: bool
) -> None:
    """However the writer's and our own chunks fall, and wherever we restart, the lines and the cuts are the same."""
    file, found = MemoryFile(), []
    tailer = follow(file, START, line_bytes, block_bytes)
    data = b""
    for chunk in [BOM, *chunks] if bom else chunks:
        data += chunk
        file.put(data)
        found += read_all(tailer)
        if restart:
            tailer = follow(file, tailer.position, line_bytes, block_bytes)
    assert expected(data, line_bytes) == (lines(found), sum(block.truncated for block in found))
    assert all(block.data.endswith(b"\n") for block in found)


@given(texts, st.integers(1, 30))
def test_cutting_lines_equals_cutting_each(chunks: list[bytes], line_bytes: int) -> None:
    """Jumping over short lines finds every long one."""
    data = b"".join(chunks) + b"\n"
    each = data.split(b"\n")[:-1]
    cut = b"".join(line[:line_bytes] + b"\n" for line in each)
    assert (cut, sum(len(line) > line_bytes for line in each)) == cut_lines(data, line_bytes)


def test_a_block_says_where_it_comes_from_and_what_comes_next() -> None:
    """Source, labels and the position after it travel with the data."""
    file = MemoryFile(b"one\ntwo\nthr")
    selection = Selection("src", (), labels=(("role", "web"),))
    block = Tailer(file, START, selection, Telemetry()).read()
    assert block is not None
    assert ("src", b"one\ntwo\n", (("role", "web"),), 0) == (block.source, block.data, block.labels, block.truncated)
    assert ("/a.log", 1, 2, 8, 8) == (
        block.position.path,
        block.position.device,
        block.position.inode,
        block.position.offset,
        block.position.head_bytes,
    )


def test_a_partial_line_waits_in_the_file() -> None:
    """A line written in ten pieces is read once, when it is whole."""
    file = MemoryFile()
    tailer = follow(file)
    for piece in range(10):
        file.put(file.data + str(piece).encode())
        assert look(tailer) is None
    assert 10 == tailer.behind_bytes()
    file.put(file.data + b"\n")
    assert [b"0123456789"] == lines(read_all(tailer))
    assert 0 == tailer.behind_bytes()


def test_a_file_that_has_not_changed_is_not_read() -> None:
    """An idle file costs its status and nothing else, with or without a partial line at its end."""
    file = MemoryFile(b"one\npartial")
    tailer = follow(file)
    read_all(tailer)
    file.reads.clear()
    assert look(tailer) is None
    assert [] == file.reads


def test_a_byte_order_mark_is_passed_over() -> None:
    """Only at the very beginning of a file; elsewhere its bytes belong to the line."""
    file = MemoryFile(BOM)
    tailer = follow(file)
    assert look(tailer) is None
    file.put(BOM + b"one\n" + BOM + b"two\n")
    assert [b"one", BOM + b"two"] == lines(read_all(tailer))
    assert len(file.data) == tailer.position.offset


def test_a_line_without_an_end_takes_bounded_memory_and_work() -> None:
    """200 MB without a newline: one line, cut; each look reads a bounded part and gets ahead."""
    size = 200_000_000
    file = EndlessFile(size)
    tailer = Tailer(file, START, Selection("src", ()), Telemetry())
    block = tailer.read()
    assert block is not None
    assert (65537, 1, True) == (len(block.data), block.truncated, block.position.skipping)
    looks = 0
    while tailer.behind_bytes():
        before = sum(file.reads)
        assert look(tailer) is None
        assert sum(file.reads) - before < 80_000_000
        looks += 1
    assert looks < 5
    assert max(file.reads) < 600_000


class EndlessFile(MemoryFile):
    """Nothing but x."""

    def __init__(self, size: int) -> None:
        super().__init__(b"x" * 1_000_000)
        self._size = size

    def size(self) -> int:
        """Say what is pretended."""
        return self._size

    def read(self, size: int, offset: int) -> bytes:
        """Give as many as there are."""
        return super().read(min(size, self._size - offset), 0)


def test_an_over_long_line_is_counted_once_over_a_restart() -> None:
    """The position knows that it stands inside a line that has been counted."""
    file = MemoryFile(b"x" * 25)
    tailer = follow(file)
    assert [b"x" * 20] == lines(read_all(tailer))
    again = follow(file, tailer.position)
    file.put(file.data + b"xxx\nnext\n")
    block = again.read()
    assert block is not None
    assert (b"next\n", 0, False) == (block.data, block.truncated, block.position.skipping)


@pytest.mark.parametrize("content", [b"", b"new\n", b"old1\nnew2\n", b"new1\nnew2\nnew3\n"])
def test_a_truncated_file_is_read_from_its_first_byte(content: bytes) -> None:
    """Also when it has grown to the old offset, or past it, before anybody looked: the marker tells."""
    file = MemoryFile(b"old1\nold2\n")
    telemetry = Telemetry()
    tailer = Tailer(file, START, Selection("src", ()), telemetry)
    tailer.read()
    file.put(content)
    assert content == b"".join(block.data for block in read_all(tailer))
    assert 1 == telemetry.get(ROTATIONS, "src", "truncated")
    assert len(content) == tailer.position.offset


def test_a_truncation_inside_an_over_long_line_ends_the_skipping() -> None:
    """The first line after a truncation is a line of its own."""
    file = MemoryFile(b"x" * 25)
    tailer = follow(file)
    tailer.read()
    file.put(b"new\n")
    assert [b"new"] == lines(read_all(tailer))


def test_a_touched_file_is_no_truncated_file() -> None:
    """New times with the old content give nothing, and count as nothing."""
    file = MemoryFile(b"one\n")
    telemetry = Telemetry()
    tailer = Tailer(file, START, Selection("src", ()), telemetry)
    tailer.read()
    file.put(file.data)
    assert look(tailer) is None
    assert 0 == telemetry.get(ROTATIONS, "src", "truncated")


def test_a_position_that_agrees_goes_on() -> None:
    """What was read up to the position is not read again."""
    file = MemoryFile(b"one\n")
    tailer = follow(file)
    tailer.read()
    file.put(b"one\ntwo\n")
    again = follow(file, tailer.position)
    assert 0 == again.moves
    assert [b"two"] == lines(read_all(again))


@pytest.mark.parametrize("content", [b"", b"two\n", b"two\nthree\nfour\n"])
def test_a_position_that_disagrees_begins_anew(content: bytes) -> None:
    """A position whose content is not in the file says nothing about it."""
    file = MemoryFile(b"one\n")
    position = read_all(follow(file))[-1].position
    file.put(content)
    telemetry = Telemetry()
    again = Tailer(file, position, Selection("src", ()), telemetry)
    assert content.split(b"\n")[:-1] == lines(read_all(again))
    assert 1 == telemetry.get(ROTATIONS, "src", "truncated")


def test_a_position_without_digests_is_taken_at_its_word() -> None:
    """That is how reading begins at the end of a file that was never read."""
    file = MemoryFile(b"one\ntwo\n")
    tailer = follow(file, replace(START, offset=4))
    assert [b"two"] == lines(read_all(tailer))


def test_the_last_line_of_a_finished_file_needs_no_newline() -> None:
    """It is given one, and the position is the end of the file."""
    file = MemoryFile(b"one\nlast")
    tailer = follow(file)
    read_all(tailer)
    assert not tailer.drained
    block = tailer.finish()
    assert block is not None
    assert (b"last\n", 8, True) == (block.data, block.position.offset, tailer.drained)
    assert tailer.finish() is None
    assert tailer.drained


def test_a_file_that_grows_while_it_is_finished_gives_its_whole_lines_first() -> None:
    """Lines that came at the last moment are read before the unfinished one."""
    file = MemoryFile(b"par")
    tailer = follow(file)
    read_all(tailer)
    file.put(b"partial\nlast")
    assert [b"partial"] == lines([block for block in [tailer.finish()] if block])
    assert not tailer.drained
    assert [b"last"] == lines([block for block in [tailer.finish()] if block])
    assert tailer.drained


def test_the_rest_of_an_over_long_line_is_no_last_line() -> None:
    """A line that was cut has been counted, finished or not."""
    file = MemoryFile(b"x" * 25)
    tailer = follow(file)
    read_all(tailer)
    assert tailer.finish() is None
    assert tailer.drained


def test_a_file_that_cannot_be_looked_at_counts_as_deleted() -> None:
    """A stale handle says nothing of the names of its file, and raises nothing."""
    file = VanishingFile(b"one\n")
    followed = Followed(follow(file))
    assert followed.is_linked()
    file.vanished = True
    assert not followed.is_linked()


class VanishingFile(MemoryFile):
    """A file whose server forgets it."""

    vanished = False

    def stat(self) -> os.stat_result:
        """Fail once it is forgotten."""
        if self.vanished:
            raise OSError(ESTALE, "Stale file handle")
        return super().stat()


def test_a_moved_file_goes_on_under_its_new_path() -> None:
    """Path and labels change, the offset does not."""
    file = MemoryFile(b"one\n")
    tailer = follow(file)
    tailer.read()
    moves = tailer.moves
    tailer.move_to("/b.log")
    assert ("/b.log", 4, moves + 1) == (tailer.position.path, tailer.position.offset, tailer.moves)


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"", (0, False)),
        (b"one\n", (4, False)),
        (b"one\npartial", (4, False)),
        (b"partial", (0, False)),
        (b"x" * 21, (0, False)),
        (b"one\n" + b"x" * 20, (4, False)),
        (b"one\n" + b"x" * 21, (25, True)),
        (b"x" * 100, (100, True)),
    ],
)
def test_the_end_of_a_file_is_after_its_last_newline(content: bytes, start: tuple[int, bool]) -> None:
    """A partial last line will be whole one day; one that is over-long already is passed over."""
    assert start == last_line_start(MemoryFile(content), len(content), 20)
