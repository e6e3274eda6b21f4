"""Random programs of what happens to logs, against a model of what a perfect reader would have read."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from log2metrics.tail.filesystem import FileSystem
from tests.tail.scene import Scene, lines

EXAMPLES = int(os.environ.get("LOG2METRICS_EXAMPLES", "600"))

LOGS = ("a.log", "b.log")

ACTIONS = (
    *("lines", "lines", "lines", "part", "end", "look", "look", "wait"),
    *("rename", "rename", "create", "create", "late_create", "linger"),
    *("copytruncate", "copytruncate", "copy_behind", "truncate", "compress", "delete"),
    *("restart", "kill", "stop", "stop", "start"),
)


@dataclass(frozen=True)
class Custom:
    """How files are rotated: the form of their names, the directory they go to, how and when they are compressed."""

    naming: str
    olddir: str
    packing: str
    delay: bool


customs = st.builds(
    Custom,
    naming=st.sampled_from(["number", "date", "infix"]),
    olddir=st.sampled_from(["", "", "old/"]),
    packing=st.sampled_from(["", ".gz", ".bz2", ".xz"]),
    delay=st.booleans(),
)


class World:
    """The logs of one source, what is done to them, and the lines that have to come out of it, each once."""

    def __init__(self, directory: Path, custom: Custom, system: FileSystem | None = None) -> None:
        (directory / "old").mkdir()
        self.custom = custom
        self.scene = Scene(directory, system=system, rotated=("old/*",) if custom.olddir else ())
        self.expected: Counter[bytes] = Counter()  # lines that are to be counted at the next look
        self.later: Counter[bytes] = Counter()  # and those that may be counted later: when their file is done, or met again
        self.committed: Counter[bytes] = Counter()
        self.parts: dict[str, bytes] = {}  # by file: the beginning of its last line
        self.chains: dict[str, list[str]] = {}  # by log: the names of its rotated files, the newest first
        self.met: set[str] = set()  # logs that had a file at the last look
        self.unread: Counter[str] = Counter()  # by log: lines in its present file that may not have been read
        self.copies: set[str] = set()  # rotated files that were never written to under the name of the log
        self.fresh: set[str] = set()  # rotated files that nobody can have taken for finished
        self.numbers = 0
        self.up = True
        self.look("")

    # What is written.

    def lines(self, name: str) -> None:
        """Somebody writes whole lines."""
        for _ in range(3):
            self.part(name)
            self.end(name)

    def part(self, name: str) -> None:
        """Somebody writes the beginning of a line, or more of it."""
        self.numbers += 1
        piece = b"%d," % self.numbers
        self.scene.write(name, piece)
        self.parts[name] = self.parts.get(name, b"") + piece

    def end(self, name: str, *, late: bool = False) -> None:
        """Somebody finishes the line; no two are equal, since equal bytes written anew can't be told from the old ones."""
        if name not in self.parts:
            self.part(name)
        self.scene.write(name, b"\n")
        (self.later if late else self.expected)[self.parts.pop(name)] += 1
        self.unread[name] += 1

    # What happens to files.

    def rename(self, name: str) -> None:
        """Rotate by renaming; nobody makes a new file yet."""
        if self.is_met(name):
            new = self.shift(name)
            self.scene.rename(name, new)
            self.move_part(name, new)
            self.unread[name] = 0
            self.pack_some(name)

    def create(self, name: str) -> None:
        """Rotate by renaming, with a new file that is written to."""
        self.rename(name)
        self.lines(name)

    def late_create(self, name: str) -> None:
        """Rotate by renaming, with a new file that is empty."""
        self.rename(name)
        self.scene.write(name, b"")

    def linger(self, name: str) -> None:
        """Somebody goes on writing to a renamed file."""
        newest = next(iter(self.chains.get(name, ())), "")
        is_packed = self.custom.packing and newest.endswith(self.custom.packing)
        if newest and not is_packed and newest not in self.copies and (newest in self.fresh or newest not in self.parts):
            self.end(newest, late=True)

    def copytruncate(self, name: str) -> None:
        """Rotate by copying and truncating."""
        if self.is_met(name):
            new = self.copy(name)
            self.scene.write(name, b"", "wb")
            self.move_part(name, new)
            self.unread[name] = 0
            self.pack_some(name)

    def copy_behind(self, name: str) -> None:
        """The same, but something is written and read after the copy, and before the truncation."""
        if self.is_met(name) and self.up and name not in self.parts:
            self.copy(name)
            self.lines(name)
            self.look(name)
            self.scene.write(name, b"", "wb")
            self.unread[name] = 0

    def truncate(self, name: str) -> None:
        """Truncate what has been read, and write on, perhaps past the old offset."""
        self.look(name)
        if self.exists(name) and not self.unread[name] and name not in self.parts:
            self.scene.write(name, b"", "wb")
            for _ in range(self.numbers % 4):
                self.lines(name)

    def compress(self, name: str) -> None:
        """Compress all rotated files."""
        for number in range(len(self.chains.get(name, ()))):
            self.pack(name, number)

    def delete(self, name: str) -> None:
        """Delete a file that has been met, and look while its last lines are still to be had."""
        self.look(name)
        if self.exists(name) and self.up:
            self.lines(name)
            self.scene.delete(name)
            self.look(name)

    def copy(self, name: str) -> str:
        """Copy a log to where it is rotated to."""
        new = self.shift(name)
        self.scene.copy(name, new)
        self.copies.add(new)
        return new

    def shift(self, name: str) -> str:
        """Make room for one more rotated file, and say what it is to be called."""
        chain, custom = self.chains.setdefault(name, []), self.custom
        if custom.naming != "number":
            chain.insert(0, self.dated(name))
            return chain[0]
        for number in reversed(range(len(chain))):
            packing = custom.packing if custom.packing and chain[number].endswith(custom.packing) else ""
            new = f"{custom.olddir}{name}.{number + 2}{packing}"
            self.scene.rename(chain[number], new)
            self.move_part(chain[number], new)
            chain[number] = new
        chain.insert(0, f"{custom.olddir}{name}.1")
        return chain[0]

    def dated(self, name: str) -> str:
        """A name with the time of day, so that no two are equal."""
        self.numbers += 1
        stamp = f"20261120-{self.numbers:06}"
        stem = name.removesuffix(".log")
        return self.custom.olddir + (f"{stem}-{stamp}.log" if self.custom.naming == "infix" else f"{name}-{stamp}")

    def pack_some(self, name: str) -> None:
        """Compress as logrotate would, the newest or all but that."""
        if self.custom.packing:
            for number in range(int(self.custom.delay), len(self.chains[name])):
                self.pack(name, number)

    def pack(self, name: str, number: int) -> None:
        """Compress a rotated file, with its times."""
        old, packing = self.chains[name][number], self.custom.packing
        if packing and not old.endswith(packing):
            self.scene.pack(old, packing)
            self.later[self.parts.pop(old, b"")] += 1
            self.chains[name][number] = old + packing

    def move_part(self, old: str, new: str) -> None:
        """The beginning of a line goes with its file."""
        if old in self.parts:
            self.parts[new] = self.parts.pop(old)
        for names in (self.fresh, self.copies):
            if old in names:
                names.remove(old)
                names.add(new)
        if old in LOGS:
            self.fresh.add(new)

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.scene.directory / name).exists()

    def is_met(self, name: str) -> bool:
        """Whether there is such a file, and there was one: what comes and goes where there was none, may be met later."""
        if self.up and name not in self.met:
            self.look(name)
        return self.exists(name) and name in self.met

    # What the reader does.

    def look(self, _: str) -> None:
        """Read and commit: everything is there, and nothing twice."""
        if self.up:
            self.committed.update(self.scene.look())
            self.check(self.committed)
            self.met = {name for name in LOGS if self.exists(name)}
            self.take_note()

    def take_note(self) -> None:
        """All has been read."""
        self.unread.clear()

    def check(self, found: Counter[bytes]) -> None:
        """Compare what was found with what there is."""
        missing = self.expected - found
        surplus = found - self.expected - self.later - Counter(self.parts[name] for name in self.parts if name not in LOGS)
        assert (Counter(), Counter()) == (missing, surplus)

    def wait(self, name: str) -> None:
        """Let the grace time pass."""
        self.look(name)
        self.scene.wait()
        self.fresh.clear()  # an unfinished line may be taken for the last one from now on

    def restart(self, name: str) -> None:
        """Stop in order, and start."""
        self.look(name)
        self.stop(name)
        self.start(name)

    def kill(self, _: str) -> None:
        """Read, and stop before the commit: as if nothing had been read."""
        if self.up:
            self.check(self.committed + Counter(lines(self.scene.blocks())))
            self.scene.restart()

    def stop(self, _: str) -> None:
        """Be down from now on."""
        if self.up:
            self.scene.files.close()
        self.up = False

    def start(self, name: str) -> None:
        """Be up again."""
        if not self.up:
            self.scene.files = self.scene.start()
        self.up = True
        self.look(name)

    def settle(self) -> None:
        """Rotate everything once more, so that all is met and finished; then nothing is missing at all."""
        self.start("")
        for name in LOGS:
            (self.create if self.exists(name) else self.lines)(name)
            self.look(name)
            self.lines(name)
        for _ in range(4):
            self.look("")
            self.scene.wait()
        for name in list(self.parts):
            if name not in LOGS:
                self.later[self.parts.pop(name)] += 1
        del self.later[b""]
        self.expected += self.later
        self.later.clear()
        self.look("")
        self.scene.files.close()


@settings(max_examples=EXAMPLES, deadline=None)
@given(customs, st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(["a.log", "a.log", "b.log"])), max_size=30))
def test_every_line_is_read_exactly_once(custom: Custom, program: list[tuple[str, str]]) -> None:
    """Whatever happens to the files in whatever order, the reader equals its model, at every look."""
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory), custom)
        for action, name in program:
            getattr(world, action)(name)
        world.settle()
        assert {} == world.scene.lost()


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(
    customs,
    st.lists(st.sampled_from(["create", "copytruncate", "lines", "look", "wait", "compress", "stop", "start"]), max_size=20),
)
def test_every_rotation_is_counted_once(custom: Custom, program: list[str]) -> None:
    """Whether somebody looks after each, or only after several, or is down meanwhile; no file is empty when it is rotated."""
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory), custom)
        for action in ["lines", "look", *program]:
            getattr(world, action)("a.log")
            if action in {"create", "copytruncate"}:
                world.lines("a.log")
        world.start("a.log")
        done = [action for action in program if action in {"create", "copytruncate"}]
        assert len(done) == sum(world.scene.rotations().values())
        if len(set(done)) == 1 and not custom.packing:  # one that was compressed at once is gone, as if deleted
            assert {"renamed" if "create" in done else "truncated": len(done)} == world.scene.rotations()
        world.scene.files.close()
