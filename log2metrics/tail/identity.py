"""How a file is known again: by device, inode *and* content.

An inode is reused as soon as its file is deleted, and two logs may begin with the same lines; so a Position also holds
what its file said: a digest of the first bytes and one of the bytes just before the offset. Both are taken only over
bytes before the offset, since only those were counted and a log never changes them.

Refuses to know how a file is found or followed.
"""

from __future__ import annotations

import os
from enum import StrEnum
from hashlib import blake2b
from typing import Self

from log2metrics.flow import Position
from log2metrics.tail.filesystem import OpenFile

HEAD_BYTES = 1024
MARKER_BYTES = 256
_DIGEST_BYTES = 16

#: Device and inode: what makes a file one file, however many paths lead to it.
Key = tuple[int, int]

#: Size, and times of the last change of content and of status: as long as they are the same, so is the file.
Times = tuple[int, int, int]


class Rotation(StrEnum):
    """The ways in which a file stops being the one that was read: the `kind` of a counted rotation."""

    RENAMED = "renamed"
    DELETED = "deleted"
    TRUNCATED = "truncated"


def key_of(status: os.stat_result) -> Key:
    """The device and inode that this status belongs to."""
    return status.st_dev, status.st_ino


def times_of(status: os.stat_result) -> Times:
    """What tells whether a file has changed."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


class Fingerprint:
    """What is known of the bytes before an offset: a digest of the first 1,024, and the last 256 themselves.

    It grows with the offset and never reads a byte twice.
    """

    __slots__ = ("_head", "blank", "head_bytes", "tail")

    def __init__(self, head: bytes = b"", tail: bytes = b"") -> None:
        self._head = blake2b(head, digest_size=_DIGEST_BYTES)
        self.head_bytes = len(head)
        self.tail = tail
        self.blank = not head  # whether there is nothing, or nothing but a hole of zeros, which many files begin with

    @classmethod
    def read(cls, file: OpenFile, offset: int) -> Self:
        """Take the fingerprint of the bytes before `offset`; of fewer, if the file has fewer. Raises OSError."""
        width = min(offset, MARKER_BYTES)
        return cls(file.read(min(offset, HEAD_BYTES), 0), file.read(width, offset - width))

    def advance(self, data: bytes, begin: int, end: int) -> None:
        """Move on over `data[begin:end]`; `data[:begin]` has to be the tail."""
        if self.blank:
            self.blank = not data[begin:end].strip(b"\0")
        missing = HEAD_BYTES - self.head_bytes
        if missing > 0:
            more = data[begin : min(end, begin + missing)]
            self._head.update(more)
            self.head_bytes += len(more)
        self.tail = data[max(0, end - MARKER_BYTES) : end]

    @property
    def head(self) -> str:
        """The digest of the first bytes, hexadecimal; empty if there are none."""
        return self._head.hexdigest() if self.head_bytes else ""

    @property
    def marker(self) -> str:
        """The digest of the last bytes, hexadecimal; empty if there are none."""
        return blake2b(self.tail, digest_size=_DIGEST_BYTES).hexdigest() if self.tail else ""

    def agrees(self, position: Position) -> bool:
        """Whether the content is the one that was read up to this position."""
        return (self.head_bytes, self.head, self.marker) == (position.head_bytes, position.head, position.marker)


def begins_with(file: OpenFile, copy: OpenFile, size: int) -> bool:
    """Whether a file begins with all that another one of this size says: looked at are its first bytes and its last.

    Raises OSError.
    """
    last = max(0, size - MARKER_BYTES)
    return file.read(min(size, HEAD_BYTES), 0) == copy.read(min(size, HEAD_BYTES), 0) and (
        file.read(size - last, last) == copy.read(size - last, last)
    )
