from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from log2metrics.flow import Position
from log2metrics.tail.identity import HEAD_BYTES, MARKER_BYTES, Fingerprint
from tests.tail.scene import MemoryFile


def position_of(mark: Fingerprint, offset: int) -> Position:
    """A position that holds what the fingerprint says."""
    return Position("src", "/a.log", 1, 2, offset, mark.head_bytes, mark.head, mark.marker)


@given(st.binary(max_size=40).map(lambda piece: piece * 60), st.lists(st.integers(0, 400), max_size=12))
def test_a_fingerprint_that_grew_equals_one_that_was_read(data: bytes, steps: list[int]) -> None:
    """Moving on in steps of any size gives the digests of the same bytes read at once."""
    mark, offset = Fingerprint(), 0
    for step in steps:
        before = len(mark.tail)
        piece = data[offset - before : offset + step]
        mark.advance(piece, before, len(piece))
        offset = min(len(data), offset + step)
    read = Fingerprint.read(MemoryFile(data), offset)
    assert (read.head_bytes, read.head, read.tail) == (mark.head_bytes, mark.head, mark.tail)
    assert read.agrees(position_of(mark, offset))


def test_a_fingerprint_covers_the_first_bytes_and_those_before_the_offset() -> None:
    """What lies between the head and the marker, or after the offset, is no part of it."""
    data = bytearray(b"x" * 5000)
    position = position_of(Fingerprint.read(MemoryFile(bytes(data)), 4000), 4000)
    for at, agrees in [
        (HEAD_BYTES - 1, False),
        (HEAD_BYTES, True),
        (4000 - MARKER_BYTES - 1, True),
        (4000 - MARKER_BYTES, False),
        (3999, False),
        (4000, True),
    ]:
        changed = bytes(data[:at]) + b"y" + bytes(data[at + 1 :])
        assert agrees == Fingerprint.read(MemoryFile(changed), 4000).agrees(position)


def test_a_file_that_has_become_shorter_does_not_agree() -> None:
    """Bytes that are missing are not the bytes that were read, even where the rest is the same."""
    position = position_of(Fingerprint.read(MemoryFile(b"ab" * 50), 100), 100)
    assert not Fingerprint.read(MemoryFile(b"ab" * 49), 100).agrees(position)
    assert not Fingerprint.read(MemoryFile(b""), 100).agrees(position)


def test_before_the_first_byte_there_is_nothing_to_know() -> None:
    """At offset 0 the digests are empty, and every file agrees."""
    mark = Fingerprint.read(MemoryFile(b"anything"), 0)
    assert (0, "", "") == (mark.head_bytes, mark.head, mark.marker)
    assert Fingerprint.read(MemoryFile(b"else"), 0).agrees(position_of(mark, 0))
    assert not mark.agrees(replace(position_of(mark, 0), head="00", head_bytes=1))
