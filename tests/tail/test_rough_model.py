"""Random programs as in `test_model`, on a file system that fails, is changed while one looks, and is copied slowly."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tail.rough import DENIALS, RoughSystem
from tests.tail.scene import lines
from tests.tail.test_model import ACTIONS, EXAMPLES, Custom, World, customs

#: What may happen in the middle of a look, and loses nothing.
RACES = (
    *("lines", "part", "end", "rename", "create", "late_create", "linger", "copytruncate", "compress"),
    *("begin_copy", "go_on_copying", "finish_copy", "leave_hole"),
)
ROUGH_ACTIONS = (
    *(*ACTIONS, "deny", "deny", "allow", *("race", "race", "cut_short") * 3),
    *("begin_copy", "begin_copy", "go_on_copying", "finish_copy", "leave_hole"),
)


LINE_BYTES = 40


class RoughWorld(World):
    """The same world, in which a look may find less than all, until the next one that nothing disturbs."""

    def __init__(self, directory: Path, custom: Custom) -> None:
        self.system = RoughSystem()
        self.chance = 0
        self.busy = False  # in the middle of a look
        self.disturbed = False
        self.copying: dict[str, str] = {}  # by log: the copy that is being made
        super().__init__(directory, custom, self.system)
        self.scene.block_bytes = 1  # so that even these files are not read at once
        self.scene.select(line_bytes=LINE_BYTES)

    # What goes wrong.

    def deny(self, _: str) -> None:
        """Some call fails from now on."""
        self.system.denial = DENIALS[self.chance % len(DENIALS)]

    def allow(self, _: str) -> None:
        """All is well again."""
        self.system.denial = None

    def race(self, name: str) -> None:
        """Look, and have something happen in the middle of it."""
        action = RACES[self.chance % len(RACES)]
        self.system.ambush = lambda: self.intrude(action, name)
        self.system.countdown = 1 + self.chance // len(RACES)
        self.look(name)
        self.system.countdown = 0
        self.disturbed = False

    def cut_short(self, name: str) -> None:
        """Read for some rounds while something happens, commit, and be killed."""
        if not self.up:
            return
        rounds, chance = 1 + self.chance % 3, self.chance // 3
        self.busy = True
        self.system.ambush = lambda: self.intrude(RACES[chance % len(RACES)], name)
        self.system.countdown = 1 + chance // len(RACES)
        self.scene.files.discover()
        for _ in range(rounds):
            self.committed.update(lines(list(self.scene.files.blocks())))
        self.scene.commit()
        self.system.countdown = 0
        self.disturbed = True
        self.check(self.committed)
        self.disturbed = self.busy = False
        self.scene.restart()

    def intrude(self, action: str, name: str) -> None:
        """Do it, while somebody looks."""
        self.disturbed = True
        getattr(self, action)(name)

    # A copy that takes its time.

    def begin_copy(self, name: str) -> None:
        """Begin to rotate by copying: there is a name, but nothing in it."""
        if self.is_met(name):
            self.copying[name] = new = self.shift(name)
            self.scene.write(new, b"", "wb")
            self.copies.add(new)

    def go_on_copying(self, name: str) -> None:
        """Copy half of what is left."""
        if name in self.copying:
            rest = self.rest(name)
            self.scene.write(self.copying[name], rest[: len(rest) // 2])

    def finish_copy(self, name: str) -> None:
        """Copy the rest, and truncate at once."""
        if name in self.copying:
            new, rest = self.copying[name], self.rest(name)
            self.scene.write(new, rest)
            self.scene.write(name, b"", "wb")
            del self.copying[name]
            self.move_part(name, new)
            self.unread[name] = 0
            self.pack_some(name)

    def leave_hole(self, name: str) -> None:
        """Copy and truncate, under a writer that does not append: it goes on where it was."""
        if self.is_met(name):
            size = (self.scene.directory / name).stat().st_size
            self.copytruncate(name)
            os.truncate(self.scene.path(name), size)
            self.lines(name)

    def rest(self, name: str) -> bytes:
        """What is not copied yet."""
        done = (self.scene.directory / self.copying[name]).stat().st_size
        return (self.scene.directory / name).read_bytes()[done:]

    # What is as it was, but for that.

    def part(self, name: str) -> None:
        """No line gets too long."""
        if len(self.parts.get(name, b"")) < LINE_BYTES - 8:
            super().part(name)

    def look(self, name: str) -> None:
        """Look, if nobody does."""
        if self.busy or not self.up:
            return
        met = {name for name in self.met if self.exists(name)}
        self.busy = True
        try:
            super().look(name)
        finally:
            self.busy = False
        if self.is_hindered:
            self.met &= met

    @property
    def is_hindered(self) -> bool:
        """Whether a look may find less than all."""
        return self.disturbed or self.system.denial is not None

    def take_note(self) -> None:
        """Or perhaps not all."""
        if not self.is_hindered:
            super().take_note()

    def check(self, found: Counter[bytes]) -> None:
        """Whoever is hindered may find less, but nothing twice."""
        super().check(found | self.expected if self.is_hindered else found)

    def is_met(self, name: str) -> bool:
        """A copy has to be finished before the next rotation."""
        self.finish_copy(name)
        return super().is_met(name)

    def linger(self, name: str) -> None:
        """Its time may hide a newer file that could not even be seen: see the contract on clocks that are set back."""
        if self.system.denial is None or self.system.denial.call not in {"stat", "list"}:
            super().linger(name)

    def copy_behind(self, name: str) -> None:
        """All of it has to be read in time."""
        self.allow(name)
        super().copy_behind(name)

    def compress(self, name: str) -> None:
        """Nobody compresses what is being copied."""
        self.finish_copy(name)
        super().compress(name)

    def truncate(self, name: str) -> None:
        """All of it has to be read before."""
        self.allow(name)
        self.finish_copy(name)
        super().truncate(name)

    def delete(self, name: str) -> None:
        """The same."""
        self.allow(name)
        self.finish_copy(name)
        super().delete(name)

    def wait(self, name: str) -> None:
        """What is denied for longer than the grace time is lost."""
        self.allow(name)
        super().wait(name)

    def settle(self) -> None:
        """All is well in the end."""
        self.allow("")
        super().settle()


programs = st.lists(
    st.tuples(st.sampled_from(ROUGH_ACTIONS), st.sampled_from(["a.log", "a.log", "b.log"]), st.integers(0, 100 * len(RACES))),
    max_size=30,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(customs, programs)
def test_every_line_is_read_exactly_once_whatever_goes_wrong(custom: Custom, program: list[tuple[str, str, int]]) -> None:
    """What fails for a while, and what happens in the middle of a look, costs nothing in the end."""
    with tempfile.TemporaryDirectory() as directory:
        world = RoughWorld(Path(directory), custom)
        for action, name, world.chance in program:
            getattr(world, action)(name)
        world.settle()
