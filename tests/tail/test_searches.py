"""Searches that take long, are disturbed, or fail."""

from __future__ import annotations

import os
from collections.abc import Callable
from errno import EACCES, EIO, ENOENT
from pathlib import Path

import pytest

from log2metrics.tail.filesystem import OpenFile
from log2metrics.telemetry import FILE_ERRORS
from tests.tail.scene import FailingSystem, Scene, lines

BIG = b"".join(b"%07d %s\n" % (number, b"x" * 100) for number in range(40_000))  # more than four steps


def rotate_while_down(scene: Scene) -> None:
    """A big log that has been read is rotated and compressed, with one more line in it."""
    scene.write("a.log", BIG)
    scene.look()
    scene.files.close()
    scene.write("a.log", b"rest\n")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"new\n")
    scene.pack("a.log.1")
    scene.restart()


def test_a_long_search_is_done_in_many_calls(scene: Scene) -> None:
    """Each takes a bounded step; nothing is read or committed out of order in between, and a kill repeats it."""
    scene.search_steps = 1
    rotate_while_down(scene)
    for _ in range(2):
        calls = 0
        scene.files.discover()
        found: list[bytes] = []
        while scene.files.more:
            calls += 1
            found += lines(list(scene.files.blocks()))
            if not found:
                scene.commit()
        assert calls > 3
        assert [b"rest", b"new"] == found
        scene.restart()
    assert [b"rest", b"new"] == scene.look()
    scene.restart()
    assert [] == scene.look()


def test_a_search_can_be_given_up_at_any_time(scene: Scene) -> None:
    """Closing leaves no descriptor open."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the names alone
    scene.search_steps = 1
    rotate_while_down(scene)
    scene.files.discover()
    assert scene.files.more
    scene.files.close()
    assert before == len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the names alone
    assert not scene.files.more


def test_a_compressed_copy_of_an_open_file_is_no_new_file(scene: Scene) -> None:
    """Truncated, rewritten, rotated and compressed between two looks: what it says is read where it is open."""
    scene.write("a.log", b"old\n")
    scene.look()
    scene.write("a.log", b"", "wb")
    scene.write("a.log", BIG)
    scene.rename("a.log", "a.log.1")
    scene.pack("a.log.1")
    scene.write("a.log", b"new\n")
    assert [*BIG.split(b"\n")[:-1], b"new"] == scene.look()


class Shuffling(FailingSystem):
    """A file system in which names change between listing and opening."""

    def __init__(self) -> None:
        super().__init__()
        self.then: list[tuple[str, str]] = []
        self.back = ("", "")
        self.missing: set[str] = set()

    def open(self, path: str) -> OpenFile:
        """Rename first, if that is what is to happen."""
        if self.then and path == self.then[0][0]:
            Path(path).rename(self.then.pop(0)[1])
            if self.back[0]:
                Path(self.back[0]).rename(self.back[1])
        if path in self.missing:
            raise OSError(ENOENT, os.strerror(ENOENT), path)
        return super().open(path)


def test_names_that_change_while_one_looks_are_looked_at_again(tmp_path: Path) -> None:
    """A rotation is a series of renames, and one may look in the middle of it."""
    system = Shuffling()
    scene = Scene(tmp_path, "a.log", system=system)
    scene.write("a.log", b"1\n")
    scene.look()
    scene.files.close()
    scene.write("a.log", b"2\n")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"3\n")
    system.then = [(scene.path("a.log.1"), scene.path("a.log.2"))]
    scene.restart()
    assert [b"2", b"3"] == scene.look()
    assert 0 == scene.count(FILE_ERRORS, "enoent")
    scene.files.close()


class Busy(FailingSystem):
    """A file system in which something happens before or after a directory is listed."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Callable[[], None]] = []
        self.after: list[Callable[[], None]] = []

    def list(self, path: str) -> list[os.DirEntry[str]]:
        """List, and let it happen."""
        while self.before:
            self.before.pop()()
        found = super().list(path)
        while self.after:
            self.after.pop()()
        return found


@pytest.mark.parametrize("happens", ["before", "after"])
@pytest.mark.parametrize("rotation", ["copytruncate", "rename"])
@pytest.mark.parametrize("first", ["copytruncate", "rename"])
def test_a_rotation_in_the_middle_of_a_search(tmp_path: Path, happens: str, rotation: str, first: str) -> None:
    """What was read before the siblings were listed is known by its content, wherever it is by then."""
    system = Busy()
    scene = Scene(tmp_path, "a.log", system=system)
    numbers = iter(range(100))

    def write() -> None:
        scene.write("a.log", b"".join(b"%d\n" % next(numbers) for _ in range(3)))

    def rotate(way: str, name: str) -> None:
        if way == "rename":
            scene.rename("a.log", name)
        else:
            scene.copytruncate("a.log", name)

    def again() -> None:
        rotate(rotation, "a.log-20261121")
        write()

    write()
    scene.look()
    write()
    rotate(first, "a.log-20261120")
    write()
    getattr(system, happens).append(again)
    found = scene.look()
    scene.clock.now += 1
    assert [b"%d" % number for number in range(3, 12)] == found + scene.look()
    assert ({}, []) == (scene.lost(), [*system.before, *system.after])
    scene.files.close()


def test_a_name_that_leads_to_another_file_by_now_is_looked_at_again(tmp_path: Path) -> None:
    """What was listed under it has a new name."""
    system = Shuffling()
    scene = Scene(tmp_path, "a.log", system=system)
    scene.write("a.log", b"1\n")
    scene.look()
    scene.files.close()
    scene.write("a.log", b"2\n")
    scene.rename("a.log", "a.log.2")
    scene.write("a.log", b"3\n")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"4\n")
    (tmp_path / "link").hardlink_to(tmp_path / "a.log.2")
    system.then = [(scene.path("a.log.1"), scene.path("a.log.2"))]
    system.back = (scene.path("link"), scene.path("a.log.1"))
    scene.restart()
    assert [b"2", b"3", b"4"] == sorted(scene.look())
    scene.files.close()


def test_a_name_that_never_leads_anywhere_holds_nothing_up(tmp_path: Path) -> None:
    """After the grace time the new file is read whatever the directory says."""
    system = Shuffling()
    scene = Scene(tmp_path, "a.log", system=system)
    scene.write("a.log", b"1\n")
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log.2", b"x\n")
    scene.write("a.log", b"2\n")
    system.missing = {scene.path("a.log.2")}
    assert [] == scene.look()
    scene.wait()
    assert [b"2"] == scene.look()
    scene.files.close()


@pytest.mark.parametrize("number", [EIO, EACCES])
def test_a_sibling_that_can_be_opened_but_not_read_is_tried_again(tmp_path: Path, failing: FailingSystem, number: int) -> None:
    """It holds what was not read yet; the search is not over before."""
    scene = Scene(tmp_path, "a.log", system=failing)
    scene.write("a.log", b"1\n")
    scene.look()
    scene.files.close()
    scene.write("a.log", b"2\n")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"3\n")
    scene.restart()
    failing.reading[scene.path("a.log.1")] = number
    assert [] == scene.look()
    failing.reading.clear()
    assert [b"2", b"3"] == scene.look()
    scene.files.close()


def test_a_directory_below_that_is_locked_is_no_olddir(tmp_path: Path, failing: FailingSystem) -> None:
    """`/var/log` has many that are nobody's business."""
    (tmp_path / "private").mkdir()
    scene = Scene(tmp_path, "a.log", system=failing)
    failing.listing[scene.path("private")] = EACCES
    scene.write("a.log", b"1\n")
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"2\n")
    assert [b"2"] == scene.look()
    assert 0 == scene.count(FILE_ERRORS, "eacces")
    scene.files.close()


@pytest.mark.parametrize("errors", ["opening", "reading"])
def test_a_copy_that_can_not_be_read_is_tried_again(tmp_path: Path, failing: FailingSystem, errors: str) -> None:
    """It is not taken for a log of its own because of that."""
    scene = Scene(tmp_path, system=failing)
    scene.write("a.log", b"1\n")
    scene.look()
    failing_now: dict[str, int] = getattr(failing, errors)
    failing_now[scene.path("a-20261120.log")] = EIO
    scene.copy("a.log", "a-20261120.log")
    assert [] == scene.look()
    failing_now.clear()
    assert [] == scene.look()
    scene.write("a.log", b"", "wb")
    scene.write("a.log", b"2\n")
    assert [b"2"] == scene.look()
    scene.files.close()


def test_a_copy_that_is_gone_before_it_is_needed(scene: Scene) -> None:
    """A backup is made and deleted; nothing is missed."""
    scene.write("a.log", b"1\n")
    scene.look()
    scene.copy("a.log", "a-20261120.log")
    assert [] == scene.look()
    scene.delete("a-20261120.log")
    scene.write("a.log", b"", "wb")
    scene.write("a.log", b"2\n")
    assert [b"2"] == scene.look()
    assert {} == scene.lost()


def test_a_file_that_comes_back_on_another_disk_goes_on(scene: Scene) -> None:
    """It was done, was copied, and is copied back: another inode, the same content."""
    content = b"".join(b"%04d\n" % number for number in range(400))
    scene.write("a.log", content)
    scene.look()
    scene.copy("a.log", "elsewhere")
    scene.delete("a.log")
    scene.look()
    scene.wait()
    assert [] == scene.look()
    scene.rename("elsewhere", "a.log")
    scene.write("a.log", b"more\n")
    assert [b"more"] == scene.look()


def test_a_copy_of_a_file_that_is_done_goes_on_where_that_ended(scene: Scene) -> None:
    """Under a pattern that matches it: nothing is read twice, and what was added is."""
    scene.write("a.log", b"1\n2\n")
    scene.look()
    scene.delete("a.log")
    scene.look()
    scene.wait()
    scene.look()
    scene.write("a-20261120.log", b"1\n2\n3\n")
    assert [b"3"] == scene.look()
