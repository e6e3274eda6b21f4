"""Files that are named on the command line, as they are to be read: standard input for `-`, compressed ones unpacked.

What is compressed shows in its first bytes, whatever it is called. Knows nothing of lines.
"""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from errno import EBADMSG
from pathlib import Path
from typing import BinaryIO, cast

from log2metrics.tail.filesystem import OpenFile
from log2metrics.tail.unpacked import Unpacked

STDIN = "-"

_BEGINNINGS = {
    ".gz": re.compile(rb"\x1f\x8b\x08"),
    ".bz2": re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),
    ".xz": re.compile(rb"\xfd7zXZ\0"),
    ".zst": re.compile(rb"\x28\xb5\x2f\xfd"),
}
_BEGINNING_BYTES = 10


class _Content(io.RawIOBase):
    """What a compressed file says, from its first byte on. Raises OSError where it is cut off or damaged."""

    def __init__(self, unpacked: Unpacked, name: str) -> None:
        self._unpacked = unpacked
        self._name = name
        self._offset = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # it is given nothing else
        data = self._unpacked.read(len(buffer), self._offset)
        if not data and self._unpacked.broken:
            raise OSError(EBADMSG, "is cut off or damaged, and was read so far", self._name)
        buffer[: len(data)] = data
        self._offset += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._unpacked.close()
        super().close()


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """A file to read, or standard input. Raises OSError, while it is read EBADMSG for one that is cut off or damaged."""
    if name == STDIN:
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as file:
        packing = packing_in(file)
        if not packing:
            yield file
            return
        with closing(_Content(Unpacked(OpenFile(os.dup(file.fileno())), packing), name)) as content:
            yield cast("BinaryIO", content)


def packing_in(file: BinaryIO) -> str:
    """The ending that says how an open file is compressed; empty if it is not, or can't be read twice. Raises OSError."""
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return ""
    beginning = os.pread(file.fileno(), _BEGINNING_BYTES, 0)
    return next((packing for packing, regex in _BEGINNINGS.items() if regex.match(beginning)), "")
