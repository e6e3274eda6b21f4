"""What the tests of the tail room stand on: a source over a directory, a clock, and file systems that fail."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import replace
from pathlib import Path

from log2metrics.flow import Block, Position
from log2metrics.tail.files import Limits, SourceFiles
from log2metrics.tail.filesystem import FileSystem, OpenFile
from log2metrics.tail.identity import Key
from log2metrics.tail.selection import Selection, StartAt
from log2metrics.telemetry import ROTATIONS, Own, Telemetry

GRACE = 5.0


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """Tell the time, in Unix seconds."""
        return self.now


class MemoryFile(OpenFile):
    """A file in memory; every write shows in its times."""

    def __init__(self, data: bytes = b"") -> None:
        super().__init__(-1)
        self.data = data
        self.changes = 0
        self.reads: list[int] = []

    def put(self, data: bytes) -> None:
        """Replace the whole content."""
        self.data = data
        self.changes += 1

    def size(self) -> int:
        """How long it is."""
        return len(self.data)

    def stat(self) -> os.stat_result:
        """Give size and times; the rest is made up."""
        times = {"st_mtime_ns": self.changes, "st_ctime_ns": self.changes}
        return os.stat_result((stat.S_IFREG | 0o644, 2, 1, 1, 0, 0, self.size(), 0, 0, 0), times)

    def read(self, size: int, offset: int) -> bytes:
        """Read, and remember how much that was."""
        data = self.data[offset : offset + size]
        self.reads.append(len(data))
        return data


class FailingFile(OpenFile):
    """A file that can't be read while `errors` has an error number for its path."""

    __slots__ = ("_errors", "_path")

    def __init__(self, descriptor: int, path: str, errors: dict[str, int]) -> None:
        super().__init__(descriptor)
        self._path = path
        self._errors = errors

    def read(self, size: int, offset: int) -> bytes:
        """Read or fail."""
        raise_for(self._errors, self._path)
        return super().read(size, offset)


class FailingSystem(FileSystem):
    """A file system that fails with the error number that `statting`, `opening`, `reading` or `listing` has for a path."""

    def __init__(self) -> None:
        self.statting: dict[str, int] = {}
        self.opening: dict[str, int] = {}
        self.reading: dict[str, int] = {}
        self.listing: dict[str, int] = {}

    def stat(self, path: str) -> os.stat_result:
        """Look or fail."""
        raise_for(self.statting, path)
        return super().stat(path)

    def list(self, path: str) -> list[os.DirEntry[str]]:
        """List or fail."""
        raise_for(self.listing, path)
        return super().list(path)

    def open(self, path: str) -> OpenFile:
        """Open or fail; what is opened fails on its own."""
        raise_for(self.opening, path)
        return FailingFile(super().open(path)._descriptor, path, self.reading)


def raise_for(errors: dict[str, int], path: str) -> None:
    """Raise the error that is meant for this path, if there is one."""
    if path in errors:
        raise OSError(errors[path], os.strerror(errors[path]), path)


class Scene:
    """One source over a directory: what a test does to its files, what came out, and what a state would have kept."""

    def __init__(self, directory: Path, *names: str, system: FileSystem | None = None) -> None:
        self.directory = directory
        self.system = system
        self.clock = Clock()
        self.telemetry = Telemetry()
        globs = tuple(self.path(name) for name in names or ("*.log",))
        self.selection = Selection("src", globs, StartAt.BEGINNING)
        self.block_bytes = 4096
        self.kept: dict[Key, Position] = {}
        self.started = False
        self.files = self.start()

    def select(self, start_at: StartAt = StartAt.BEGINNING, file_labels: str | None = None, line_bytes: int = 65536) -> None:
        """Start anew with other settings."""
        labels = re.compile(file_labels) if file_labels else None
        self.selection = replace(self.selection, start_at=start_at, file_labels=labels, line_bytes=line_bytes)
        self.restart()

    def start(self) -> SourceFiles:
        """Begin with what is kept."""
        return SourceFiles(
            self.selection,
            self.telemetry,
            self.kept.values(),
            first_start=not self.started,
            clock=self.clock,
            limits=Limits(self.block_bytes, GRACE),
            system=self.system,
        )

    def restart(self) -> None:
        """Stop without a commit, and start again."""
        self.files.close()
        self.files = self.start()

    def commit(self) -> None:
        """Keep the positions, as the state does."""
        for position in self.files.gone():
            self.kept.pop((position.device, position.inode), None)
        for position in self.files.positions():
            self.kept[position.device, position.inode] = position
        self.files.committed()
        self.started = True

    def path(self, name: str) -> str:
        """The absolute path of a file."""
        return str(self.directory / name)

    def write(self, name: str, data: bytes, mode: str = "ab") -> None:
        """Append to a file, or write it anew with mode `wb`."""
        with (self.directory / name).open(mode) as file:
            file.write(data)

    def rename(self, old: str, new: str) -> None:
        """Rename a file."""
        (self.directory / old).rename(self.directory / new)

    def delete(self, name: str) -> None:
        """Delete a file."""
        (self.directory / name).unlink()

    def blocks(self) -> list[Block]:
        """Discover, and read all that is there, without a commit."""
        self.files.discover()
        found: list[Block] = []
        while blocks := list(self.files.blocks()):
            found += blocks
        return found

    def look(self) -> list[bytes]:
        """Discover, read all that is there, commit, and give the lines."""
        found = lines(self.blocks())
        self.commit()
        return found

    def wait(self) -> None:
        """Let the grace time pass."""
        self.clock.now += GRACE

    def count(self, own: Own, *labels: str) -> int:
        """The value of one of the exporter's own metrics for this source."""
        return int(self.telemetry.get(own, "src", *labels))

    def rotations(self) -> dict[str, int]:
        """The rotations seen, by kind."""
        kinds = ("renamed", "deleted", "truncated")
        return {kind: self.count(ROTATIONS, kind) for kind in kinds if self.count(ROTATIONS, kind)}


def lines(blocks: list[Block]) -> list[bytes]:
    """The lines of blocks, without their ends."""
    return [line for block in blocks for line in block.data.split(b"\n")[:-1]]
