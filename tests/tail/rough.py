"""A file system on which things go wrong: calls fail, and somebody is at work on the files in the middle of a look."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from errno import EACCES, EIO, ESTALE

from log2metrics.tail.filesystem import FileSystem, OpenFile


@dataclass(frozen=True)
class Denial:
    """One call fails, for all files or for those whose names end as those of logs do, or do not."""

    call: str
    number: int
    logs: bool | None

    def check(self, call: str, path: str) -> None:
        """Raise OSError if this call is meant."""
        if call == self.call and (self.logs is None or path.endswith((".log", "/")) == self.logs):
            raise OSError(self.number, os.strerror(self.number), path)


DENIALS = tuple(
    Denial(call, number, logs)
    for call, number in (
        *(("open", EACCES), ("stat", EACCES), ("stat", EIO), ("list", EACCES), ("list", EIO)),
        *(("read", EIO), ("read", ESTALE), ("fstat", EIO), ("fstat", ESTALE)),
    )
    for logs in (None, True, False)
)


class RoughSystem(FileSystem):
    """Fails as `denial` says; does `ambush` once, before the call that `countdown` arrives at."""

    def __init__(self) -> None:
        self.denial: Denial | None = None
        self.countdown = 0
        self.ambush: Callable[[], None] = lambda: None

    def meet(self, call: str, path: str) -> None:
        """A call is about to be made."""
        self.countdown -= 1
        if self.countdown == 0:
            self.ambush()
        if self.denial is not None:
            self.denial.check(call, path)

    def stat(self, path: str) -> os.stat_result:
        """Look at a path."""
        self.meet("stat", path)
        return super().stat(path)

    def list(self, path: str) -> list[os.DirEntry[str]]:
        """List a directory."""
        self.meet("list", path)
        return super().list(path)

    def open(self, path: str) -> OpenFile:
        """Open a file, on which things go wrong too."""
        self.meet("open", path)
        return RoughFile(super().open(path)._descriptor, path, self)


class RoughFile(OpenFile):
    """An open file of a rough system."""

    __slots__ = ("_path", "_system")

    def __init__(self, descriptor: int, path: str, system: RoughSystem) -> None:
        super().__init__(descriptor)
        self._path = path
        self._system = system

    def stat(self) -> os.stat_result:
        """Look at the file."""
        self._system.meet("fstat", self._path)
        return super().stat()

    def read(self, size: int, offset: int) -> bytes:
        """Read."""
        self._system.meet("read", self._path)
        return super().read(size, offset)
