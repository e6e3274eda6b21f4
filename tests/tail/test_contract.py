"""The rotation contract, line by line: what happens to a log, and that each of its lines is read once."""

from __future__ import annotations

import gzip
import logging
import os
import shutil
import sys
from dataclasses import replace
from errno import EACCES, EIO, ESTALE
from pathlib import Path

import pytest

from log2metrics.tail.ledger import row_of
from log2metrics.tail.selection import StartAt
from log2metrics.telemetry import FILE_ERRORS
from tests.tail.scene import FailingSystem, Scene

PACKINGS = (".gz", ".bz2", ".xz")


def numbered(first: int, last: int) -> list[bytes]:
    """The lines with these numbers, padded so that a few of them are more than a head and a marker."""
    return [b"%04d %s" % (number, b"x" * 90) for number in range(first, last + 1)]


def text(first: int, last: int) -> bytes:
    """The same, as they stand in a file."""
    return b"".join(line + b"\n" for line in numbered(first, last))


# Rename and create.


def test_rename_and_create_with_a_writer_that_lingers_until_a_late_hup(scene: Scene) -> None:
    """The old file is read on until somebody writes to the new one, however long nobody writes to either."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"")
    for number in (3, 4):
        for _ in range(3):
            assert [] == scene.look()
            scene.wait()
        scene.write("a.log.1", text(number, number))
        assert numbered(number, number) == scene.look()
    scene.write("a.log", text(5, 5))
    assert numbered(5, 5) == scene.look()


def test_a_line_to_the_old_file_after_it_was_let_go_is_read_at_the_next_rotation(scene: Scene) -> None:
    """Late, and once: by then its file is compressed."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(3, 3))
    assert numbered(3, 3) == scene.look()
    scene.wait()
    assert [] == scene.look()
    scene.write("a.log.1", text(4, 4))
    scene.write("a.log", text(5, 5))
    assert numbered(5, 5) == scene.look()
    scene.rename("a.log.1", "a.log.2")
    scene.pack("a.log.2")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(6, 6))
    assert [*numbered(4, 4), *numbered(6, 6)] == scene.look()
    assert [] == scene.look()


def test_what_is_older_is_read_first(scene: Scene) -> None:
    """The new file is read in the same pass, after the old one is at its end."""
    scene.write("a.log", text(1, 200))
    scene.look()
    scene.write("a.log", text(201, 400))
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(401, 600))
    assert numbered(201, 600) == scene.look()


def test_a_file_that_comes_and_goes_between_two_looks_is_read(scene: Scene) -> None:
    """The middle one of two rotations was never at its path when somebody looked."""
    scene.write("a.log", text(1, 2))
    scene.look()
    for first in (3, 5, 7):
        for number in (3, 2, 1):
            if (scene.directory / f"a.log.{number}").exists():
                scene.rename(f"a.log.{number}", f"a.log.{number + 1}")
        scene.rename("a.log", "a.log.1")
        scene.write("a.log", text(first, first + 1))
    assert numbered(3, 8) == scene.look()
    assert [] == scene.look()
    assert ({"renamed": 3}, {}) == (scene.rotations(), scene.lost())


def test_a_deleted_file_is_read_to_its_end(scene: Scene) -> None:
    """It is open; its new namesake is another file."""
    scene.write("a.log", text(1, 1))
    scene.look()
    scene.write("a.log", text(2, 3))
    scene.delete("a.log")
    scene.write("a.log", text(4, 4))
    assert numbered(2, 4) == scene.look()


def test_a_line_to_a_file_that_was_empty_when_it_was_let_go(scene: Scene) -> None:
    """Nothing but its inode tells of it; the line is read at the next rotation."""
    scene.write("a.log", text(1, 1))
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"")
    scene.look()
    scene.rename("a.log.1", "a.log.2")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(2, 2))
    assert numbered(2, 2) == scene.look()
    scene.wait()
    scene.look()
    scene.write("a.log.1", text(3, 3))
    scene.rename("a.log.1", "a.log.3")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(4, 4))
    assert numbered(3, 4) == scene.look()


# Copytruncate.


def test_copytruncate_reads_what_was_not_read_yet_in_the_copy(scene: Scene) -> None:
    """What stood between the position and the truncation, then what was written since."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.write("a.log", text(21, 40))
    scene.copytruncate("a.log", "a.log.1")
    scene.write("a.log", text(41, 41))
    assert numbered(21, 41) == scene.look()
    assert ({"truncated": 1}, {}) == (scene.rotations(), scene.lost())


@pytest.mark.parametrize("packing", PACKINGS)
def test_copytruncate_with_a_copy_that_is_compressed_already(scene: Scene, packing: str) -> None:
    """The position is found in the decompressed stream."""
    scene.write("a.log", text(1, 2000))
    scene.look()
    scene.write("a.log", text(2001, 4000))
    scene.copytruncate("a.log", "a.log.1")
    scene.pack("a.log.1", packing)
    scene.write("a.log", text(4001, 4001))
    assert numbered(2001, 4001) == scene.look()
    assert {} == scene.lost()


def test_copytruncate_with_a_file_that_has_regrown_past_the_position(scene: Scene) -> None:
    """The marker tells, not the size."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.write("a.log", text(3, 4))
    scene.copytruncate("a.log", "a.log.1")
    scene.write("a.log", text(5, 50))
    assert numbered(3, 50) == scene.look()


def test_copytruncate_twice_between_two_looks(scene: Scene) -> None:
    """The second copy holds lines that were never seen in the log."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.write("a.log", text(3, 4))
    scene.copytruncate("a.log", "a.log.1")
    scene.write("a.log", text(5, 6))
    scene.rename("a.log.1", "a.log.2")
    scene.copytruncate("a.log", "a.log.1")
    scene.write("a.log", text(7, 8))
    assert numbered(3, 8) == scene.look()


def test_copytruncate_of_a_file_that_was_empty_when_it_was_looked_at(scene: Scene) -> None:
    """Nothing in an empty position tells of the truncation; the copy is newer than the look."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.copytruncate("a.log", "a.log.1")
    assert [] == scene.look()
    scene.write("a.log", text(3, 4))
    scene.rename("a.log.1", "a.log.2")
    scene.copytruncate("a.log", "a.log.1")
    assert numbered(3, 4) == scene.look()
    scene.write("a.log", text(5, 5))
    assert numbered(5, 5) == scene.look()


def test_lines_read_between_the_copy_and_the_truncation_are_not_read_again(scene: Scene) -> None:
    """The copy is shorter than what has been read: nothing is missing from it."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.copy("a.log", "a.log.1")
    scene.write("a.log", text(3, 3))
    assert numbered(3, 3) == scene.look()
    scene.write("a.log", b"", "wb")
    scene.write("a.log", text(4, 4))
    assert numbered(4, 4) == scene.look()
    assert {} == scene.lost()


@pytest.mark.parametrize("copy", ["a-20261120.log", "a.1.log", "a.log.copy.log"])
@pytest.mark.parametrize("looks", [True, False])
def test_a_pattern_that_matches_the_copy_counts_nothing_twice(scene: Scene, copy: str, *, looks: bool) -> None:
    """Whether the copy is met before the truncation, while it is being made, or after."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.write("a.log", text(21, 22))
    content = (scene.directory / "a.log").read_bytes()
    counted = []
    for piece in (b"", content[:700], content[700:]):
        scene.write(copy, piece)
        counted += scene.look() if looks else []
    scene.write("a.log", b"", "wb")
    counted += scene.look() if looks else []
    scene.write("a.log", text(23, 23))
    counted += scene.look()
    assert numbered(21, 23) == counted
    scene.wait()
    assert [] == scene.look()
    scene.restart()
    assert [] == scene.look()


def test_a_file_that_is_named_like_a_copy_and_says_something_else_is_read(scene: Scene) -> None:
    """A log of its own, from its first byte, whatever it is called."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.write("a-20261120.log", b"")
    assert [] == scene.look()
    scene.write("a-20261120.log", text(3, 4))
    assert numbered(3, 4) == scene.look()
    scene.write("a-20261120.log", text(5, 5))
    assert numbered(5, 5) == scene.look()


def test_a_log_that_is_named_like_a_copy_is_not_read_again_when_it_is_compressed(scene: Scene) -> None:
    """Though it looks like one that was rotated from its namesake then."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.write("a-20261120.log", text(3, 4))
    assert numbered(3, 4) == scene.look()
    scene.pack("a-20261120.log")
    scene.rename("a.log", "a-20261121.log")
    scene.write("a.log", text(5, 5))
    assert numbered(5, 5) == scene.look()


def test_a_hole_that_a_writer_leaves_after_truncation_is_passed_over(scene: Scene) -> None:
    """It goes on where it was, in a file that is empty: with zeros before it, of whatever size."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.write("a.log", b"", "wb")
    scene.write("a.log", b"\0" * 200_000)
    assert [] == scene.look()
    scene.write("a.log", b"\0" * 10 + text(21, 22))
    assert numbered(21, 22) == scene.look()


def test_what_was_truncated_without_a_copy_is_lost_and_counted(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """As far as it was known to be there: the bytes that had been seen and not read."""
    caplog.set_level(logging.WARNING)
    scene.write("a.log", text(1, 2) + b"unfinished")
    scene.look()
    scene.write("a.log", b"", "wb")
    scene.write("a.log", text(3, 3))
    assert numbered(3, 3) == scene.look()
    assert ({"truncated": 10}, 1) == (scene.lost(), len(caplog.records))


# While down.

NAMES = {
    "numbers": ["{}.2", "{}.1"],
    "dates": ["{}-20261119", "{}-20261120"],
    "dates and times": ["{}-20261120-1732143600", "{}-20261120-1732147200"],
    "dates after a dot": ["{}.2026-11-19", "{}.2026-11-20"],
    "olddir": ["old/{}.2", "old/{}.1"],
    "zero and one": ["{}.1", "{}.0"],
}


@pytest.mark.parametrize("packed", [(), (0,), (0, 1)], ids=["plain", "delaycompress", "compress"])
@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES.keys())
def test_rotations_while_down(scene: Scene, names: list[str], packing: str, packed: tuple[int, ...]) -> None:
    """The rest of the file that was read, all of the next one, and the new one: in this order, each once."""
    (scene.directory / "old").mkdir()
    first, second = (name.format("a.log") for name in names)
    scene.write("a.log", text(1, 300))
    scene.look()
    scene.files.close()
    scene.write("a.log", text(301, 600))
    scene.rename("a.log", first)
    scene.write("a.log", text(601, 700))
    scene.rename("a.log", second)
    scene.write("a.log", text(701, 701))
    for number in packed:
        scene.pack((first, second)[number], packing)
    scene.restart()
    assert numbered(301, 701) == scene.look()
    scene.restart()
    assert [] == scene.look()
    assert ({"renamed": 2}, {}) == (scene.rotations(), scene.lost())


@pytest.mark.parametrize("name", ["a-20261120.log", "a.1.log"])
def test_rotations_while_down_with_the_extension_kept(tmp_path: Path, name: str) -> None:
    """Under a pattern that does not match the rotated name, and under one that does."""
    for pattern in ("a.log", "*.log"):
        folder = tmp_path / pattern.replace("*", "any")
        folder.mkdir()
        scene = Scene(folder, pattern)
        scene.write("a.log", text(1, 20))
        scene.look()
        scene.files.close()
        scene.write("a.log", text(21, 22))
        scene.rename("a.log", name)
        scene.write("a.log", text(23, 24))
        scene.restart()
        assert numbered(21, 24) == scene.look()
        scene.wait()
        assert [] == scene.look()
        assert [] == scene.look()
        scene.files.close()


def test_ten_rotations_while_down(scene: Scene) -> None:
    """All that are left, oldest first."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.files.close()
    for number in range(10):
        scene.write("a.log", text(10 * number + 3, 10 * number + 12))
        scene.rename("a.log", f"a.log-202611{number + 10}")
        if number % 2:
            scene.pack(f"a.log-202611{number + 10}")
    scene.write("a.log", text(103, 103))
    scene.restart()
    assert numbered(3, 103) == scene.look()
    assert {"renamed": 10} == scene.rotations()


def test_a_restart_between_the_lines_of_a_new_file_is_no_rotation(scene: Scene) -> None:
    """It had the path before the stop, be it that nothing had been read of it; the older one is still being followed."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"")
    assert [] == scene.look()
    for number in (3, 4):
        scene.files.close()
        scene.write("a.log", text(number, number))
        scene.restart()
        assert numbered(number, number) == scene.look()
    assert {"renamed": 1} == scene.rotations()


def test_a_device_that_has_another_number_after_a_restart_is_no_rotation(scene: Scene) -> None:
    """The file says what it said, and goes on."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.files.close()
    kept = [replace(position, device=position.device + 1) for position in scene.kept.values()]
    scene.kept = {row_of(position): position for position in kept}
    scene.write("a.log", text(21, 22))
    scene.restart()
    assert numbered(21, 22) == scene.look()
    assert {} == scene.rotations()


def test_copytruncate_while_down(scene: Scene) -> None:
    """The log is the same file; that it says something else now is seen when it is opened."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.files.close()
    scene.write("a.log", text(21, 22))
    scene.copytruncate("a.log", "a.log.1")
    scene.rename("a.log.1", "a.log.2")
    scene.write("a.log", text(23, 24))
    scene.copytruncate("a.log", "a.log.1")
    scene.write("a.log", text(25, 60))
    scene.restart()
    assert numbered(21, 60) == scene.look()
    assert {"truncated": 2} == scene.rotations()


def test_truncated_then_renamed_then_killed_before_any_commit(scene: Scene) -> None:
    """What was read and not committed is read again from where it is by now."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.write("a.log", text(21, 22))
    scene.copytruncate("a.log", "a.log.1")
    scene.write("a.log", text(23, 24))
    assert numbered(21, 24) == [line for block in scene.blocks() for line in block.data.split(b"\n")[:-1]]
    scene.rename("a.log.1", "a.log.2")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(25, 25))
    scene.restart()
    assert numbered(21, 25) == scene.look()


def test_a_restart_in_the_middle_of_a_compressed_file(scene: Scene) -> None:
    """Its position is one in its content."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.files.close()
    scene.write("a.log", text(3, 2000))
    scene.rename("a.log", "a.log.1")
    scene.pack("a.log.1")
    scene.write("a.log", text(2001, 2001))
    scene.restart()
    scene.files.discover()
    got = [line for block in scene.files.blocks() for line in block.data.split(b"\n")[:-1]]
    assert 0 < len(got) < 1998
    scene.commit()
    scene.restart()
    assert numbered(3, 2001) == got + scene.look()


def test_what_was_rotated_away_while_down_is_lost_and_counted(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """As far as it was known to be there; then the new file is read, and it is forgotten."""
    caplog.set_level(logging.WARNING)
    scene.write("a.log", text(1, 2) + b"unfinished")
    scene.look()
    scene.files.close()
    scene.write("new", text(3, 3))
    scene.rename("new", "a.log")
    scene.restart()
    assert numbered(3, 3) == scene.look()
    assert ({"rotated_away": 10}, 1) == (scene.lost(), len(caplog.records))
    assert ["a.log"] == scene.kept_names()


def test_rotated_files_that_are_older_than_the_exporter_are_not_read(tmp_path: Path) -> None:
    """Neither at the first start nor at the first rotation, compressed or not."""
    scene = Scene(tmp_path, "a.log")
    scene.select(StartAt.BEGINNING)
    scene.write("a.log.2", text(1, 2))
    scene.pack("a.log.2")
    scene.write("a.log.1", text(3, 4))
    scene.write("a.log", text(5, 6))
    assert numbered(5, 6) == scene.look()
    scene.wait()
    scene.rename("a.log.2.gz", "a.log.3.gz")
    scene.rename("a.log.1", "a.log.2")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(7, 7))
    assert numbered(7, 7) == scene.look()
    scene.files.close()


def test_a_compressed_file_that_is_newer_than_an_empty_log_is_not_read(tmp_path: Path) -> None:
    """It was there at the first start; its writer had lingered."""
    scene = Scene(tmp_path, "a.log")
    scene.write("a.log", b"")
    scene.write("a.log.1", text(1, 2))
    scene.pack("a.log.1")
    assert [] == scene.look()
    scene.restart()
    scene.rename("a.log.1.gz", "a.log.2.gz")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(3, 3))
    assert numbered(3, 3) == scene.look()
    scene.files.close()


def test_a_writer_that_lingers_at_the_first_start_is_heard(tmp_path: Path) -> None:
    """A log that was rotated just before: what is written to the old file from now on is read."""
    scene = Scene(tmp_path, "a.log")
    scene.select(StartAt.END)
    scene.write("a.log", b"")
    scene.write("a.log.1", text(1, 2))
    assert [] == scene.look()
    scene.write("a.log.1", text(3, 3))
    assert numbered(3, 3) == scene.look()
    scene.files.close()


def test_rotated_files_can_be_kept_anywhere(tmp_path: Path) -> None:
    """If the configuration says where."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "archive").mkdir()
    scene = Scene(tmp_path, "logs/a.log", rotated=("archive/*",))
    scene.write("logs/a.log", text(1, 20))
    scene.look()
    scene.files.close()
    scene.write("logs/a.log", text(21, 22))
    scene.rename("logs/a.log", "archive/a-the-old-one.log")
    scene.pack("archive/a-the-old-one.log")
    scene.write("archive/other.log", text(90, 99))
    scene.write("logs/a.log", text(23, 23))
    scene.restart()
    assert numbered(21, 23) == scene.look()
    scene.files.close()


def test_a_log_of_the_same_name_in_a_directory_below_is_another_log(scene: Scene) -> None:
    """Its rotated files are its own, though its names are the same."""
    (scene.directory / "nginx").mkdir()
    scene.write("a.log", text(1, 20))
    scene.write("nginx/a.log", text(50, 50))
    scene.look()
    scene.files.close()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(21, 21))
    scene.write("nginx/a.log.1", text(60, 69))
    scene.restart()
    assert numbered(21, 21) == scene.look()


def test_a_log_that_is_named_like_a_rotated_one_is_another_log(tmp_path: Path) -> None:
    """`worker.1.log` beside `worker.log` need not come from it: only where others of that log have such names."""
    scene = Scene(tmp_path, "worker.log")
    scene.write("worker.log", text(1, 20))
    scene.look()
    scene.files.close()
    scene.rename("worker.log", "worker.log.1")
    scene.write("worker.log", text(21, 21))
    scene.write("worker.1.log", text(60, 69))
    scene.restart()
    assert numbered(21, 21) == scene.look()
    scene.files.close()


# Same-looking files, inodes, links.


def test_generations_that_begin_alike_are_told_apart(scene: Scene) -> None:
    """Each begins with the same header, and only that had been read of the first."""
    header = b"#Software: " + b"h" * 300 + b"\n"
    scene.write("a.log", header)
    assert [header[:-1]] == scene.look()
    scene.files.close()
    scene.write("a.log", text(1, 20))
    scene.rename("a.log", "a.log.2")
    scene.write("a.log", header + text(21, 40))
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", header + text(41, 41))
    scene.pack("a.log.2")
    scene.restart()
    assert [*numbered(1, 20), header[:-1], *numbered(21, 40), header[:-1], *numbered(41, 41)] == scene.look()


@pytest.mark.parametrize("packing", ["", ".gz"])
@pytest.mark.parametrize("waits", [0, 2])
@pytest.mark.parametrize("half", [0, 30])
def test_a_log_that_is_renamed_and_then_copied_is_read_once(scene: Scene, half: int, waits: int, packing: str) -> None:
    """As logrotate's renamecopy does it: for a while there are two of it, of which one may be half done."""
    scene.write("a.log", text(1, 5))
    assert numbered(1, 5) == scene.look()
    scene.rename("a.log", "a.log.tmp")
    scene.write("a.log", text(6, 8))
    assert numbered(6, 8) == scene.look()
    for _ in range(waits):
        scene.wait()
        assert [] == scene.look()
    content = (scene.directory / "a.log.tmp").read_bytes()
    for part in filter(None, (content[:half], content)):
        scene.write("a.log.1", part, "wb")
        assert [] == scene.look()
        scene.wait()
        assert [] == scene.look()
    scene.delete("a.log.tmp")
    assert [] == scene.look()
    if packing:
        scene.pack("a.log.1", packing)
    assert [] == scene.look()
    scene.restart()
    assert [] == scene.look()


def shift(scene: Scene, packing: str = "") -> None:
    """Give every rotated file the next number; the first of them may be compressed."""
    for number in range(5, 0, -1):
        for ending in ("", packing):
            if (scene.directory / f"a.log.{number}{ending}").exists():
                scene.rename(f"a.log.{number}{ending}", f"a.log.{number + 1}{ending}")


@pytest.mark.parametrize("packing", ["", ".gz"])
def test_generations_of_one_and_the_same_line_are_each_read(scene: Scene, packing: str) -> None:
    """A file of which nothing is known is not taken for another one whose first line it shares, nor for one read before."""
    line = b"the same line"
    scene.write("a.log", 3 * (line + b"\n"))
    assert 3 * [line] == scene.look()
    scene.files.close()
    for _ in range(3):
        scene.write("a.log", 5 * (line + b"\n"))
        shift(scene, packing)
        scene.rename("a.log", "a.log.1")
        if packing:
            scene.pack("a.log.1", packing)
        scene.write("a.log", line + b"\n")
    scene.restart()
    assert 3 * 6 * [line] == scene.look()
    assert [] == scene.look()


def test_a_generation_that_says_what_an_earlier_one_said_is_read(scene: Scene) -> None:
    """What is known of a rotated file that is still there, under its own identity, says nothing of another one."""
    line = b"the same line"
    for generation in range(4):
        scene.write("a.log", line + b"\n")
        assert [line] == scene.look()
        scene.write("a.log", 5 * (line + b"\n"))
        shift(scene)
        scene.copytruncate("a.log", "a.log.1")
        assert 5 * [line] == scene.look(), generation
        scene.wait()
    assert [] == scene.look()


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_generation_that_says_what_a_compressed_one_said_is_read(scene: Scene, packing: str) -> None:
    """A file that was compressed is known by its content and its time, and then another one is not it."""
    line = b"the same line"
    for _ in range(4):
        scene.write("a.log", line + b"\n")
        assert [line] == scene.look()
        scene.write("a.log", 5 * (line + b"\n"))
        shift(scene, packing)
        scene.rename("a.log", "a.log.1")
        scene.pack("a.log.1", packing)
        scene.restart()
        scene.write("a.log", b"")
        assert 5 * [line] == scene.look()
        scene.wait()
        scene.look()
    assert [] == scene.look()


def test_a_device_that_has_another_number_holds_the_same_files(scene: Scene) -> None:
    """After a reboot or a remount: the inode and the content are those of the position."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.files.close()
    (row, position), *_ = scene.kept.items()
    ((device, inode), done) = row
    del scene.kept[row]
    moved = type(position)(**{name: getattr(position, name) for name in position.__slots__} | {"device": device + 1})
    scene.kept[(device + 1, inode), done] = moved
    scene.write("a.log", text(3, 3))
    scene.restart()
    assert numbered(3, 3) == scene.look()
    assert [device] == [position.device for position in scene.kept.values()]
    assert {} == scene.lost()


def test_a_log_that_was_copied_to_another_file_goes_on(scene: Scene) -> None:
    """Moved to another disk, restored, or edited in place: a new inode with the old content, if there is enough of it."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.files.close()
    scene.copy("a.log", "x")
    scene.rename("x", "a.log")
    scene.write("a.log", text(21, 21))
    scene.restart()
    assert numbered(21, 21) == scene.look()


def test_a_file_that_is_back_after_a_long_time_goes_on(scene: Scene) -> None:
    """It was let go, and is known again; nothing of it is read twice."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.rename("a.log", "x")
    scene.write("a.log", text(3, 3))
    scene.look()
    scene.wait()
    scene.look()
    scene.delete("a.log")
    scene.look()
    scene.wait()
    scene.look()
    scene.rename("x", "a.log")
    scene.write("a.log", text(4, 4))
    assert numbered(4, 4) == scene.look()


def test_a_reused_inode_in_a_rotation_while_down(scene: Scene) -> None:
    """The new file has the inode of the old one, which is compressed by now."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.files.close()
    scene.write("a.log", text(21, 22))
    shutil.copy(scene.directory / "a.log", scene.directory / "a.log.1")
    scene.stamp("a.log.1")
    scene.pack("a.log.1")
    scene.write("a.log", text(23, 60), "wb")
    scene.restart()
    assert numbered(21, 60) == scene.look()


def test_a_symlink_that_is_turned_while_down(tmp_path: Path) -> None:
    """The old target is known by its inode, whatever it is called; then the new one is read."""
    scene = Scene(tmp_path, "current")
    scene.write("first.txt", text(1, 2))
    (tmp_path / "current").symlink_to("first.txt")
    scene.look()
    scene.files.close()
    scene.write("first.txt", text(3, 4))
    scene.write("second.txt", text(5, 5))
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("second.txt")
    scene.restart()
    assert numbered(3, 5) == scene.look()
    scene.files.close()


def test_a_log_behind_a_symlink_is_rotated_where_it_is(tmp_path: Path) -> None:
    """Its siblings are beside the target, and named after it."""
    (tmp_path / "data").mkdir()
    scene = Scene(tmp_path, "app.log")
    (tmp_path / "app.log").symlink_to("data/real.log")
    scene.write("data/real.log", text(1, 20))
    scene.look()
    scene.files.close()
    scene.write("data/real.log", text(21, 22))
    scene.rename("data/real.log", "data/real.log.1")
    scene.pack("data/real.log.1")
    scene.write("data/real.log", text(23, 23))
    scene.restart()
    assert numbered(21, 23) == scene.look()
    scene.files.close()


def test_two_sources_on_one_file_are_independent(scene: Scene) -> None:
    """Each has its own position, through a rotation too."""
    other = Scene(scene.directory)
    scene.write("a.log", text(1, 2))
    assert numbered(1, 2) == scene.look() == other.look()
    scene.write("a.log", text(3, 3))
    assert numbered(3, 3) == scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(4, 4))
    assert (numbered(4, 4), numbered(3, 4)) == (scene.look(), other.look())
    other.files.close()


# Last lines.


def test_the_last_line_of_a_compressed_file_is_counted_without_a_newline(scene: Scene) -> None:
    """Once its file is finished for good."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.files.close()
    scene.write("a.log", b"last")
    scene.rename("a.log", "a.log.1")
    scene.pack("a.log.1")
    scene.write("a.log", text(21, 21))
    scene.restart()
    got = scene.look()
    scene.wait()
    assert [*numbered(21, 21), b"last"] == got + scene.look()


def test_an_over_long_line_over_a_rotation_is_counted_once(scene: Scene) -> None:
    """Its rest is in the compressed file."""
    scene.select(line_bytes=100)
    scene.write("a.log", b"y" * 5000)
    assert [b"y" * 100] == scene.look()
    scene.files.close()
    scene.write("a.log", b"y" * 5000 + b"\n" + text(1, 1))
    scene.rename("a.log", "a.log.1")
    scene.pack("a.log.1")
    scene.write("a.log", text(2, 2))
    scene.restart()
    assert numbered(1, 2) == scene.look()


# Compressed files that are not what they should be.


def cut_off(scene: Scene) -> bytes:
    """Rotate and compress while down; give the compressed file, and leave only the beginning of it."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.write("a.log", os.urandom(30_000).hex().encode() + b"\n" + text(21, 22))
    scene.block_bytes = 70_000
    scene.files.close()
    scene.rename("a.log", "a.log.1")
    scene.pack("a.log.1")
    scene.write("a.log", text(23, 23))
    whole = (scene.directory / "a.log.1.gz").read_bytes()
    scene.write("a.log.1.gz", whole[:9000], "wb")
    scene.restart()
    return whole


def test_a_compressed_file_that_is_still_being_written_is_read_when_it_is_whole(scene: Scene) -> None:
    """It is not taken for short, and not forgotten."""
    whole = cut_off(scene)
    first = scene.look()
    assert numbered(23, 23) == first
    scene.write("a.log.1.gz", whole[9000:])
    assert numbered(21, 22) == scene.look()[1:]
    scene.wait()
    assert [] == scene.look()
    assert {} == scene.lost()


def test_a_compressed_file_that_stays_cut_off_is_lost_and_counted(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """What can be unpacked is read, the rest is counted, told once, and not tried for ever."""
    caplog.set_level(logging.WARNING)
    cut_off(scene)
    scene.look()
    scene.wait()
    assert 1 == len(scene.look())
    for _ in range(3):
        scene.wait()
        assert [] == scene.look()
    assert ["corrupt"] == list(scene.lost())
    assert 1 == len(caplog.records)


def test_a_damaged_compressed_file_is_given_up(scene: Scene) -> None:
    """Nothing in it can be compared; after the grace time what it may have held is counted as lost."""
    scene.write("a.log", text(1, 20) + b"unfinished")
    scene.look()
    scene.files.close()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(21, 21))
    scene.pack("a.log.1")
    scene.write("a.log.1.gz", b"nonsense" * 100, "wb")
    scene.restart()
    assert [] == scene.look()
    scene.wait()
    assert numbered(21, 21) == scene.look()
    assert {"rotated_away": 10} == scene.lost()
    assert 0 < scene.count(FILE_ERRORS, "ebadmsg")
    errors = scene.count(FILE_ERRORS, "ebadmsg")
    scene.look()
    assert errors == scene.count(FILE_ERRORS, "ebadmsg")


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python can unpack it")
def test_a_format_that_can_not_be_unpacked_is_told_of(scene: Scene) -> None:
    """The files in it are given up after the grace time, and counted as lost by their compressed size."""
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.write("a.log-20261119.zst", bytes(77))
    scene.rename("a.log", "a.log-20261120")
    scene.write("a.log", text(3, 3))
    assert [] == scene.look()
    scene.wait()
    assert numbered(3, 3) == scene.look()
    assert ({"unreadable": 77}, 2) == (scene.lost(), scene.count(FILE_ERRORS, "enotsup"))


def test_a_compressed_file_beside_its_plain_original_is_not_trusted(scene: Scene) -> None:
    """It is not complete before the original is gone."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.files.close()
    scene.write("a.log", text(21, 22))
    scene.rename("a.log", "a.log.1")
    scene.write("a.log.1.gz", gzip.compress((scene.directory / "a.log.1").read_bytes())[:40])
    scene.write("a.log", text(23, 23))
    scene.restart()
    assert numbered(21, 23) == scene.look()
    scene.pack("a.log.1")
    scene.wait()
    assert [] == scene.look()


def test_compressing_without_keeping_the_time_makes_no_new_file(scene: Scene) -> None:
    """A script of one's own may well do so: the content is known."""
    scene.write("a.log", text(1, 20))
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(21, 21))
    assert numbered(21, 21) == scene.look()
    scene.wait()
    scene.look()
    scene.pack("a.log.1")
    scene.stamp("a.log.1.gz")
    scene.rename("a.log.1.gz", "a.log.2.gz")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(22, 22))
    assert numbered(22, 22) == scene.look()


# The world's trouble.


def test_permission_denied_after_a_rotation(tmp_path: Path, failing: FailingSystem) -> None:
    """The new file is tried again, and read from its first byte when it can be."""
    scene = Scene(tmp_path, "a.log", system=failing)
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(3, 4))
    failing.opening[scene.path("a.log")] = EACCES
    for _ in range(3):
        assert [] == scene.look()
        scene.wait()
    failing.opening.clear()
    assert numbered(3, 4) == scene.look()
    scene.files.close()


def test_permission_denied_until_the_file_has_been_rotated(tmp_path: Path, failing: FailingSystem) -> None:
    """It is found and read under its new name; what can't be read there either is counted as lost after a while."""
    for readable in (True, False):
        folder = tmp_path / str(readable)
        folder.mkdir()
        scene = Scene(folder, "a.log", system=failing)
        scene.write("a.log", text(1, 2))
        scene.look()
        scene.rename("a.log", "a.log.2")
        scene.write("a.log", text(3, 4))
        failing.opening[scene.path("a.log")] = EACCES
        scene.look()
        failing.opening.clear()
        scene.rename("a.log", "a.log.1")
        scene.write("a.log", text(5, 5))
        if not readable:
            failing.opening[scene.path("a.log.1")] = EACCES
        got = scene.look()
        scene.wait()
        assert (numbered(3, 5) if readable else numbered(5, 5)) == got + scene.look()
        assert ({} if readable else {"unreadable": len(text(3, 4))}) == scene.lost()
        scene.files.close()


def test_who_lingers_does_not_make_an_unread_file_look_old(tmp_path: Path, failing: FailingSystem) -> None:
    """A file that could not be opened before it was rotated is found after a restart, whatever the file before it got since."""
    scene = Scene(tmp_path, "a.log", system=failing)
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.rename("a.log", "a.log.2")
    scene.write("a.log", text(3, 4))
    failing.opening[scene.path("a.log")] = EACCES
    scene.look()
    scene.write("a.log.2", text(5, 5))
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(6, 6))
    failing.opening[scene.path("a.log.1")] = EACCES
    assert numbered(5, 5) == scene.look()
    failing.opening.clear()
    scene.restart()
    assert numbered(3, 4) + numbered(6, 6) == scene.look()
    scene.files.close()


def test_a_file_that_can_not_be_opened_at_the_first_look_was_there(tmp_path: Path, failing: FailingSystem) -> None:
    """What it held then is passed over, over a restart too; what was written since is read."""
    scene = Scene(tmp_path, "a.log", system=failing)
    scene.select(StartAt.END)
    scene.write("a.log", text(1, 2) + b"begun ")
    failing.opening[scene.path("a.log")] = EACCES
    assert [] == scene.look()
    scene.restart()
    assert [] == scene.look()
    scene.write("a.log", b"ended\n" + text(3, 3))
    failing.opening.clear()
    assert [b"begun ended", *numbered(3, 3)] == scene.look()
    scene.files.close()


def test_a_file_that_can_not_be_seen_at_the_first_look_was_there(tmp_path: Path, failing: FailingSystem) -> None:
    """Its directory was locked; when it is open, the file is followed from its end."""
    (tmp_path / "locked").mkdir()
    scene = Scene(tmp_path, "locked/*.log", system=failing)
    scene.select(StartAt.END)
    scene.write("locked/a.log", text(1, 2))
    failing.listing[scene.path("locked")] = EACCES
    assert [] == scene.look()
    failing.listing.clear()
    assert [] == scene.look()
    scene.write("locked/a.log", text(3, 3))
    assert numbered(3, 3) == scene.look()
    scene.files.close()


def test_a_directory_that_is_removed_and_made_again_while_down(tmp_path: Path) -> None:
    """What was in it is gone; what is in it now is new."""
    scene = Scene(tmp_path, "logs/*.log")
    (tmp_path / "logs").mkdir()
    scene.write("logs/a.log", text(1, 20))
    scene.look()
    scene.files.close()
    shutil.rmtree(tmp_path / "logs")
    (tmp_path / "logs").mkdir()
    scene.write("logs/a.log", text(21, 22))
    scene.restart()
    assert numbered(21, 22) == scene.look()
    scene.files.close()


@pytest.mark.parametrize("number", [ESTALE, EIO])
def test_a_file_system_that_is_gone_and_back(tmp_path: Path, failing: FailingSystem, number: int) -> None:
    """While it is away nothing is given up; then reading goes on where it was."""
    (tmp_path / "logs").mkdir()
    scene = Scene(tmp_path, "logs/*.log", system=failing)
    scene.write("logs/a.log", text(1, 2))
    scene.look()
    path = scene.path("logs/a.log")
    failing.reading[path] = failing.statting[path] = failing.opening[path] = failing.listing[scene.path("logs")] = number
    scene.write("logs/a.log", text(3, 4))
    for _ in range(3):
        assert [] == scene.look()
        scene.wait()
    for errors in (failing.reading, failing.statting, failing.opening, failing.listing):
        errors.clear()
    assert numbered(3, 4) == scene.look()
    assert ({}, {}) == (scene.rotations(), scene.lost())
    scene.files.close()


def test_a_file_system_that_is_not_mounted_and_then_is(tmp_path: Path) -> None:
    """An empty directory in its place loses nothing."""
    scene = Scene(tmp_path, "logs/*.log")
    (tmp_path / "logs").mkdir()
    scene.write("logs/a.log", text(1, 2))
    scene.look()
    scene.files.close()
    scene.rename("logs", "unmounted")
    (tmp_path / "logs").mkdir()
    scene.restart()
    for _ in range(3):
        assert [] == scene.look()
        scene.wait()
    scene.restart()
    scene.look()
    (tmp_path / "logs").rmdir()
    scene.rename("unmounted", "logs")
    scene.write("logs/a.log", text(3, 3))
    assert numbered(3, 3) == scene.look()
    assert {} == scene.lost()
    scene.files.close()


def test_a_clock_that_is_set_back_while_a_search_is_in_trouble(tmp_path: Path, failing: FailingSystem) -> None:
    """The new file is not held for longer than the grace time."""
    scene = Scene(tmp_path, "a.log", system=failing)
    scene.write("a.log", text(1, 2))
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", text(3, 3))
    failing.listing[str(tmp_path)] = EIO
    assert [] == scene.look()
    scene.clock.now -= 3600
    assert numbered(3, 3) == scene.look()
    scene.files.close()
