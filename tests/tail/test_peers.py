"""The cases in which other exporters were measured to lose lines, or to count them twice: here all are counted, once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.tail.scene import Scene


class Tape:
    """Numbered lines, and a count of what came out."""

    def __init__(self, scene: Scene, name: str = "a.log") -> None:
        self.scene = scene
        self.name = name
        self.written = 0
        self.counted: list[bytes] = []

    def write(self, count: int, name: str = "", end: bytes = b"\n") -> None:
        """Write so many lines to the log, or to where it has gone."""
        numbers = range(self.written, self.written + count)
        self.scene.write(name or self.name, b"\n".join(b"line %d" % number for number in numbers) + end)
        self.written += count

    def look(self) -> None:
        """Read what is there."""
        self.counted += self.scene.look()

    def totals(self) -> tuple[int, int, int]:
        """Lines written, lines counted, and different ones among those."""
        self.look()
        return self.written, len(self.counted), len(set(self.counted))


@pytest.fixture
def tape(scene: Scene) -> Tape:
    """A log that nobody has written to yet."""
    return Tape(scene)


def test_a_new_file_appears_under_a_watched_pattern(tape: Tape) -> None:
    """With 100 lines in it, then one more."""
    tape.look()
    tape.write(100)
    tape.look()
    tape.write(1)
    assert (101, 101, 101) == tape.totals()


@pytest.mark.parametrize("looks", [True, False])
def test_rename_a_gap_and_a_new_file_with_lines_in_it(tape: Tape, *, looks: bool) -> None:
    """Ten lines, renamed; ten in a new file, then one; whether or not somebody looks in the gap."""
    tape.write(10)
    tape.look()
    tape.scene.rename("a.log", "a.log.1")
    if looks:
        tape.look()
        tape.scene.clock.now += 1.2
    tape.write(10)
    tape.look()
    tape.write(1)
    assert (21, 21, 21) == tape.totals()


def test_the_writer_stays_on_the_renamed_file_for_a_second(tape: Tape) -> None:
    """As rsyslog and nginx do until they are told."""
    tape.write(10)
    tape.look()
    tape.scene.rename("a.log", "a.log.1")
    tape.scene.write("a.log", b"")
    tape.look()
    tape.write(5, "a.log.1")
    tape.scene.clock.now += 1
    tape.look()
    tape.write(5)
    assert (20, 20, 20) == tape.totals()


def test_truncated_and_regrown_past_the_old_offset_between_two_looks(tape: Tape) -> None:
    """Ten lines read, then thirty new ones in their place."""
    tape.write(10)
    tape.look()
    tape.scene.write("a.log", b"", "wb")
    tape.write(30)
    assert (40, 40, 40) == tape.totals()


def test_the_last_line_without_a_newline_at_rotation(tape: Tape) -> None:
    """Four lines and one unfinished, then two in the new file."""
    tape.write(5, end=b"")
    tape.look()
    tape.scene.rename("a.log", "a.log.1")
    tape.write(2)
    tape.look()
    tape.scene.wait()
    assert (7, 7, 7) == tape.totals()


@pytest.mark.parametrize("copy", ["a.log.1", "a.log-20261120", "a-20261120.log"])
def test_copytruncate_with_a_pattern_that_also_matches_the_copy(tmp_path: Path, copy: str) -> None:
    """Ten lines, copied and truncated, then five; the pattern is asked for rotated names too."""
    scene = Scene(tmp_path, "a*.log", "a.log.[0-9]", "a.log-[0-9]*")
    tape = Tape(scene)
    tape.write(10)
    tape.look()
    scene.copytruncate("a.log", copy)
    tape.look()
    tape.write(5)
    assert (15, 15, 15) == tape.totals()
    scene.wait()
    assert (15, 15, 15) == tape.totals()
    scene.files.close()


def test_restart(tape: Tape) -> None:
    """Ten before, ten while down, one after."""
    tape.write(10)
    tape.look()
    tape.scene.files.close()
    tape.write(10)
    tape.scene.restart()
    tape.look()
    tape.write(1)
    assert (21, 21, 21) == tape.totals()


def test_the_log_directory_is_removed_and_made_again(tmp_path: Path) -> None:
    """Ten lines, then five in the new directory."""
    logs = tmp_path / "logs"
    logs.mkdir()
    scene = Scene(tmp_path, "logs/*.log")
    tape = Tape(scene, "logs/a.log")
    tape.write(10)
    tape.look()
    shutil.rmtree(logs)
    tape.look()
    logs.mkdir()
    tape.write(5)
    assert (15, 15, 15) == tape.totals()
    scene.files.close()
