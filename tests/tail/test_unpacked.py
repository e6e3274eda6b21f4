from __future__ import annotations

import os
import sys
from collections.abc import Callable
from errno import ENOTSUP
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.tail.identity import HEAD_BYTES
from log2metrics.tail.unpacked import STEP_BYTES, Unpacked
from tests.tail.scene import PACK, MemoryFile

DATA = b"".join(b"line %d %d\n" % (number, number * number) for number in range(20_000))

PACKED = {packing: pack(DATA) for packing, pack in PACK.items()}

packings = pytest.mark.parametrize("packing", PACK)


def read_all(file: Unpacked, piece: int = 70_000) -> bytes:
    """Read from the first byte to the last."""
    found = b""
    while data := file.read(piece, len(found)):
        found += data
    return found


@packings
@pytest.mark.parametrize(
    "make",
    [
        lambda pack: pack(DATA),
        lambda pack: pack(DATA[:1000]) + pack(DATA[1000:]),
        lambda pack: pack(DATA) + bytes(1000),
        lambda pack: pack(DATA) + b"what is not compressed",
        lambda pack: pack(b"") + pack(DATA),
    ],
    ids=["one", "two", "padded", "followed", "empty before"],
)
def test_the_content_is_that_of_the_original(packing: str, make: Callable[[Callable[[bytes], bytes]], bytes]) -> None:
    """Of one stream or several in a row, whatever stands after them."""
    file = Unpacked(MemoryFile(make(PACK[packing])), packing)
    assert DATA == read_all(file)
    assert (len(DATA), len(DATA), False) == (file.size(), file.stat().st_size, file.broken)


@packings
@given(steps=st.lists(st.tuples(st.integers(0, 200_000), st.integers(0, 70_000)), max_size=8))
def test_forward_reads_equal_those_of_a_plain_file(packing: str, steps: list[tuple[int, int]]) -> None:
    """Wherever they begin, as long as they never go back, and anywhere in the head."""
    file, offset = Unpacked(MemoryFile(PACKED[packing]), packing), 0
    for ahead, size in steps:
        offset += ahead
        assert DATA[offset : offset + size] == file.read(size, offset)
        assert DATA[: min(size, HEAD_BYTES)] == file.read(min(size, HEAD_BYTES), 0)


@packings
def test_going_back_is_possible(packing: str) -> None:
    """By unpacking anew."""
    file = Unpacked(MemoryFile(PACKED[packing]), packing)
    assert DATA[300_000:] == file.read(len(DATA), 300_000)
    assert DATA[5_000:6_000] == file.read(1_000, 5_000)


@packings
@pytest.mark.parametrize("ending", [-1, -6, 20])
def test_a_file_that_ends_too_early_is_broken_until_it_grows(packing: str, ending: int) -> None:
    """What can be unpacked is given, and the rest when it is there."""
    whole = PACKED[packing]
    raw = MemoryFile(whole[:ending])
    file = Unpacked(raw, packing)
    found = read_all(file)
    assert DATA.startswith(found)
    assert (True, 0) == (file.broken, file.unread_bytes())
    raw.put(whole)
    while data := file.read(70_000, len(found)):
        found += data
    assert (DATA, False) == (found, file.broken)


@packings
def test_a_damaged_file_ends_where_the_damage_is(packing: str) -> None:
    """Without an error, and without trying again and again."""
    data = b"".join(sha256(b"%d" % number).digest() for number in range(60_000))  # of a kind that can't be compressed
    whole = bytearray(PACK[packing](data))
    whole[len(whole) // 2 : len(whole) // 2 + 100] = bytes(100)
    raw = MemoryFile(bytes(whole))
    file = Unpacked(raw, packing)
    found = read_all(file)
    assert len(found) < len(data)
    assert file.broken
    raw.reads.clear()
    assert b"" == file.read(1, len(found))
    assert [] == raw.reads


@packings
@pytest.mark.parametrize("raw", [b"", b"no archive at all"])
def test_what_is_no_archive_is_broken(packing: str, raw: bytes) -> None:
    """It has no content."""
    file = Unpacked(MemoryFile(raw), packing)
    assert (b"", True) == (read_all(file), file.broken)


@packings
def test_an_empty_content_is_not_broken(packing: str) -> None:
    """An empty log is compressed like any other."""
    file = Unpacked(MemoryFile(PACK[packing](b"")), packing)
    assert (b"", False) == (read_all(file), file.broken)


@packings
def test_getting_ahead_takes_bounded_steps(packing: str) -> None:
    """A bomb of zeros is passed over step by step, in bounded memory."""
    size = 5 * STEP_BYTES
    raw = MemoryFile(PACK[packing](bytes(size)))
    file = Unpacked(raw, packing)
    steps = 1
    while not file.advance(size - 10):
        assert len(file._window) < STEP_BYTES // 4
        steps += 1
    assert 5 == steps
    assert bytes(10) == file.read(100, size - 10)
    assert file.advance(size + 5)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python can")
def test_a_format_that_this_python_lacks_is_refused() -> None:
    """With an error that says so."""
    with pytest.raises(OSError, match=r"unpack \.zst") as caught:
        Unpacked(MemoryFile(), ".zst")
    assert ENOTSUP == caught.value.errno
    assert os.strerror(ENOTSUP)
