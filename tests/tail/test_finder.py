"""What is looked at when there are many files, and when."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from log2metrics.tail.finder import LOOK_SECONDS, MANY, SHARES
from tests.tail.scene import FailingSystem, Scene

COUNT = MANY + 10


class Counting(FailingSystem):
    """A file system that counts the looks."""

    looks = 0

    def stat(self, path: str) -> os.stat_result:
        """Look, and count."""
        self.looks += 1
        return super().stat(path)


@pytest.fixture
def many(tmp_path: Path) -> Scene:
    """More files than are all looked at in each pass; they have been read."""
    (tmp_path / "logs").mkdir()
    scene = Scene(tmp_path, "logs/*.log", system=Counting())
    for number in range(COUNT):
        scene.write(f"logs/{number}.log", b"1\n")
    changed(scene)
    assert COUNT == len(scene.look())
    scene.look()
    return scene


def changed(scene: Scene) -> None:
    """Make sure that the time of the directory is another one, however coarse its clock; it is some seconds ago."""
    scene.moments += 1
    moment = int((scene.clock.now - 3) * 1e9) + scene.moments
    os.utime(scene.directory / "logs", ns=(moment, moment))


def looks(scene: Scene) -> int:
    """How many paths one pass looks at."""
    assert isinstance(scene.system, Counting)
    scene.system.looks = 0
    assert [] == scene.look()
    return scene.system.looks


def test_a_share_of_many_idle_files_is_looked_at_in_each_pass(many: Scene) -> None:
    """All of them from time to time, and at once when a name has changed."""
    share = COUNT // SHARES + 2
    for _ in range(SHARES + 1):
        assert share >= looks(many)
    many.clock.now += LOOK_SECONDS
    assert looks(many) > COUNT
    many.rename("logs/7.log", "logs/7.log.1")
    changed(many)
    assert looks(many) > COUNT


def test_a_line_in_one_of_many_files_is_read_at_once(many: Scene) -> None:
    """Each file's size is looked at in each pass."""
    many.write("logs/200.log", b"2\n")
    assert [b"2"] == many.look()


def test_a_rewritten_file_of_the_same_size_among_many_is_met_after_some_passes(many: Scene) -> None:
    """Only its times tell."""
    many.write("logs/200.log", b"2\n", "wb")
    assert [b"2"] == [line for _ in range(SHARES + 1) for line in many.look()]


def test_a_new_file_among_many_is_met_at_once(many: Scene) -> None:
    """The directory has changed; if it changed just now it is not believed when it says it has not."""
    many.write("logs/new.log", b"2\n")
    changed(many)
    assert [b"2"] == many.look()
    os.utime(many.directory / "logs", (many.clock.now, many.clock.now))
    many.look()
    assert looks(many) > COUNT


def test_a_symlink_among_many_is_looked_at_in_each_pass(many: Scene) -> None:
    """What it leads to may be exchanged in another directory."""
    many.write("target", b"2\n")
    (many.directory / "logs" / "zz.log").symlink_to(many.directory / "target")
    changed(many)
    assert [b"2"] == many.look()
    many.look()
    many.write("other", b"3\n")
    many.rename("other", "target")
    assert [b"3"] == many.look()


def test_a_file_among_many_that_can_not_be_looked_at_is_looked_at_in_each_pass(many: Scene) -> None:
    """Until the trouble is over."""
    assert isinstance(many.system, Counting)
    many.system.opening[many.path("logs/new.log")] = 13
    many.write("logs/new.log", b"2\n")
    changed(many)
    for _ in range(3):
        assert looks(many) > COUNT
    many.system.opening.clear()
    assert [b"2"] == many.look()


def test_a_source_says_which_paths_are_its_own(many: Scene) -> None:
    """Whether there is a file or not."""
    assert many.files.selects(many.path("logs/none.log"))
    assert not many.files.selects(many.path("logs/none.txt"))
