"""Random programs of what happens to logs, against a small model of what a perfect reader would have read."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tail.scene import Scene, lines

ACTIONS = (
    "lines",
    "lines",
    "part",
    "end",
    "look",
    "look",
    "rename",
    "linger",
    "create",
    "truncate",
    "delete",
    "restart",
    "kill",
)


class World:
    """The files of one source, and the lines that have to come out of it, each once."""

    def __init__(self, directory: Path) -> None:
        self.scene = Scene(directory)
        self.parts: dict[str, bytes] = {}  # by file: the beginning of its last line
        self.renamed: list[str] = []  # files that somebody may still write to
        self.expected: Counter[bytes] = Counter()
        self.committed: Counter[bytes] = Counter()
        self.known: set[str] = set()  # files whose content has been met as it is
        self.numbers = 0

    def do(self, action: str, name: str) -> None:
        """Let one thing happen."""
        getattr(self, action)(name)

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

    def end(self, name: str) -> None:
        """Somebody finishes the line; no two are equal, since equal bytes written anew can't be told from the old ones."""
        if name not in self.parts:
            self.part(name)
        self.scene.write(name, b"\n")
        self.expected[self.parts.pop(name)] += 1

    def linger(self, _: str) -> None:
        """Somebody goes on writing to a renamed file."""
        if self.renamed:
            self.lines(self.renamed[-1])

    def rename(self, name: str) -> None:
        """Rotate by renaming; nobody makes a new file yet."""
        if self.exists(name):
            if name not in self.known:  # what comes, or begins anew, and goes between two looks is not met at all
                self.look(name)
            self.known.discard(name)
            self.numbers += 1
            new = f"{name}.{self.numbers}"
            self.scene.rename(name, new)
            self.renamed.append(new)
            if name in self.parts:
                self.parts[new] = self.parts.pop(name)

    def create(self, name: str) -> None:
        """Rotate by renaming, with a new file."""
        self.rename(name)
        self.lines(name)

    def truncate(self, name: str) -> None:
        """Rotate by truncating what has been read, and write on, perhaps past the old offset."""
        self.look(name)
        if self.exists(name):
            self.scene.write(name, b"", "wb")
            self.parts.pop(name, None)
            self.known.discard(name)
            for _ in range(self.numbers % 4):
                self.lines(name)

    def delete(self, name: str) -> None:
        """Delete a file that has been opened; its unfinished line is finished by that."""
        self.look(name)
        if self.exists(name):
            self.lines(name)
            self.scene.delete(name)
            self.known.discard(name)
            self.settle()
            part = self.parts.pop(name, b"")
            self.expected[part] += bool(part)
            self.settle()

    def settle(self) -> None:
        """Let all renamed and deleted files be quiet for long enough, and read them to their ends."""
        self.committed.update(self.scene.look())
        self.scene.wait()
        self.committed.update(self.scene.look())
        for name in self.renamed:
            part = self.parts.pop(name, b"")
            self.expected[part] += bool(part)
        self.renamed.clear()

    def look(self, _: str) -> None:
        """Read and commit: everything is there, and nothing twice."""
        self.committed.update(self.scene.look())
        assert +self.expected == self.committed
        self.known = {path.name for path in self.scene.directory.iterdir()}

    def restart(self, name: str) -> None:
        """Stop in order, and start."""
        self.look(name)
        self.scene.restart()

    def kill(self, _: str) -> None:
        """Read, and stop before the commit: as if nothing had been read."""
        found = Counter(lines(self.scene.blocks()))
        assert +self.expected == self.committed + found
        self.scene.restart()

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.scene.directory / name).exists()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(["a.log", "b.log"])), max_size=25))
def test_every_line_is_read_exactly_once(program: list[tuple[str, str]]) -> None:
    """Whatever happens to the files in whatever order, the tailer equals its model, at every look."""
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory))
        world.look("")
        for action, name in program:
            world.do(action, name)
        world.settle()
        world.look("")
        world.scene.files.close()
