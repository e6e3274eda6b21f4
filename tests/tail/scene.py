"""What the tests of the tail room stand on: a source over a directory, a clock, and file systems that fail."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from log2metrics.flow import Block, Position
from log2metrics.tail.files import SourceFiles
from log2metrics.tail.filesystem import FileSystem, OpenFile
from log2metrics.tail.ledger import Row, row_of
from log2metrics.tail.selection import Selection, StartAt
from log2metrics.tail.setting import Limits
from log2metrics.telemetry import LOST_BYTES, ROTATIONS, Own, Telemetry

GRACE = 5.0

PACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

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

    def __init__(self, directory: Path, *names: str, system: FileSystem | None = None, rotated: tuple[str, ...] = ()) -> None:
        self.directory = directory
        self.system = system
        self.clock = Clock()
        self.telemetry = Telemetry()
        globs = tuple(self.path(name) for name in names or ("*.log",))
        self.selection = Selection("src", globs, StartAt.BEGINNING, rotated=tuple(self.path(name) for name in rotated))
        self.block_bytes = 4096
        self.search_steps = 32
        self.moments = 0
        self.kept: dict[Row, Position] = {}
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
            limits=Limits(self.block_bytes, GRACE, self.search_steps),
            system=self.system,
        )

    def restart(self) -> None:
        """Stop without a commit, and start again."""
        self.files.close()
        self.files = self.start()

    def commit(self) -> None:
        """Keep the positions, as the state does."""
        for position in self.files.gone():
            self.kept.pop(row_of(position), None)
        for position in self.files.positions():
            self.kept[row_of(position)] = position
        self.files.committed()
        self.started = True

    def kept_names(self, *, done: bool = False) -> list[str]:
        """The names of the logs with a position that is kept, once for each."""
        return [os.path.relpath(p.path, self.directory) for p in self.kept.values() if p.done is done]

    def path(self, name: str) -> str:
        """The absolute path of a file."""
        return str(self.directory / name)

    def write(self, name: str, data: bytes, mode: str = "ab") -> None:
        """Append to a file, or write it anew with mode `wb`, at a moment of its own."""
        with (self.directory / name).open(mode) as file:
            file.write(data)
        self.stamp(name)

    def stamp(self, name: str) -> None:
        """Give a file the time of the next moment: real ones may be too close to be told apart."""
        self.moments += 1
        moment = int(self.clock.now * 1e9) + self.moments * 1000
        os.utime(self.path(name), ns=(moment, moment))

    def copy(self, old: str, new: str) -> None:
        """Copy a file; the copy is as old as it is."""
        (self.directory / new).write_bytes((self.directory / old).read_bytes())
        self.stamp(new)

    def copytruncate(self, name: str, copy: str) -> None:
        """Copy a file, and truncate it."""
        self.copy(name, copy)
        self.write(name, b"", "wb")

    def pack(self, name: str, packing: str = ".gz") -> None:
        """Compress a file, and give the result its times."""
        path = self.directory / name
        status = path.stat()
        packed = Path(f"{path}{packing}")
        packed.write_bytes(PACK[packing](path.read_bytes()))
        os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
        path.unlink()

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
        while self.files.more:
            found += self.files.blocks()
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

    def lost(self) -> dict[str, int]:
        """The bytes lost, by reason."""
        reasons = ("truncated", "rotated_away", "corrupt", "unreadable")
        return {reason: self.count(LOST_BYTES, reason) for reason in reasons if self.count(LOST_BYTES, reason)}

    def rotations(self) -> dict[str, int]:
        """The rotations seen, by kind."""
        kinds = ("renamed", "deleted", "truncated")
        return {kind: self.count(ROTATIONS, kind) for kind in kinds if self.count(ROTATIONS, kind)}


def lines(blocks: list[Block]) -> list[bytes]:
    """The lines of blocks, without their ends."""
    return [line for block in blocks for line in block.data.split(b"\n")[:-1]]
