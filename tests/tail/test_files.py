from __future__ import annotations

import logging
import os
import sys
from collections import Counter
from errno import EACCES, EIO, EMFILE, ENOENT, ESTALE
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from log2metrics.tail.files import SourceFiles
from log2metrics.tail.filesystem import OpenFile
from log2metrics.tail.selection import Selection
from log2metrics.telemetry import FILE_BEHIND, FILE_ERRORS, FILE_LAST_LINE, FILES, ROTATIONS, Telemetry
from tests.tail.scene import Clock, FailingSystem, Scene, lines


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def messages(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    """What was logged at this level."""
    return [record.getMessage() for record in caplog.records if record.levelno == level]


def test_the_log_says_source_and_file_apart(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """What happened is the message, the same for every file; where it happened stands in keys that one can search for."""
    scene.write("a.log", b"a\n")
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"b\n")
    scene.look()
    told = [(record.getMessage(), vars(record)["source"], vars(record)["file"]) for record in caplog.records]
    path = scene.path("a.log")
    assert [("following", "src", path), ("following", "src", path), ("rotated", "src", path)] == told


def test_no_file_keeps_the_others_waiting(scene: Scene) -> None:
    """Each call gives at most one bounded Block of each file, the big one no more often than the small one."""
    scene.block_bytes = 100
    scene.select(line_bytes=100)
    scene.write("big.log", b"0123456789\n" * 1000)
    scene.write("small.log", b"one\n")
    scene.files.discover()
    first = [(os.path.basename(block.position.path), len(block.data)) for block in scene.files.blocks()]  # noqa: PTH119 - strings
    assert [("big.log", 99), ("small.log", 4)] == first
    second = [os.path.basename(block.position.path) for block in scene.files.blocks()]  # noqa: PTH119 - strings
    assert ["big.log"] == second
    assert 11_000 - 198 == scene.files.behind_bytes()


@pytest.mark.parametrize(("number", "reason"), [(EACCES, "eacces"), (EMFILE, "emfile"), (ENOENT, "enoent"), (9999, "unknown")])
def test_a_file_that_cannot_be_opened_stops_no_other(
    tmp_path: Path, failing: FailingSystem, caplog: pytest.LogCaptureFixture, number: int, reason: str
) -> None:
    """It is counted at each attempt, logged when it begins and when it is over, and read when it can be."""
    scene = Scene(tmp_path, system=failing)
    scene.write("a.log", b"a\n")
    scene.write("b.log", b"b\n")
    failing.opening[scene.path("a.log")] = number
    assert [b"b"] == scene.look()
    assert [] == scene.look()
    assert 2 == scene.count(FILE_ERRORS, reason)
    assert 1 == len(messages(caplog, logging.WARNING))
    assert not [text for text in messages(caplog, logging.INFO) if "over" in text]
    failing.opening.clear()
    assert [b"a"] == scene.look()
    assert 1 == len([text for text in messages(caplog, logging.INFO) if "over" in text])
    scene.files.close()


def test_a_file_whose_beginning_cannot_be_read_is_tried_again(tmp_path: Path, failing: FailingSystem) -> None:
    """A known position survives the trouble, and no descriptor is left over."""
    scene = Scene(tmp_path, system=failing)
    scene.write("a.log", b"1\n")
    scene.look()
    scene.restart()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the names alone
    failing.reading[scene.path("a.log")] = EIO
    assert [] == scene.look()
    assert before == len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the names alone
    assert (0, 1) == (len(scene.files.positions()), scene.count(FILE_ERRORS, "eio"))
    failing.reading.clear()
    scene.write("a.log", b"2\n")
    assert [b"2"] == scene.look()
    scene.files.close()


def test_a_read_error_is_counted_and_tried_again(
    tmp_path: Path, failing: FailingSystem, caplog: pytest.LogCaptureFixture
) -> None:
    """The other files are read; nothing is lost or read twice."""
    scene = Scene(tmp_path, system=failing)
    scene.write("a.log", b"1\n")
    scene.look()
    failing.reading[scene.path("a.log")] = EIO
    scene.write("a.log", b"2\n")
    scene.write("b.log", b"3\n")
    assert [b"3"] == scene.look()
    assert 1 == len(messages(caplog, logging.WARNING))
    failing.reading.clear()
    assert [b"2"] == scene.look()
    assert {} == scene.rotations()
    scene.files.close()


def test_a_stale_handle_is_opened_anew(tmp_path: Path, failing: FailingSystem) -> None:
    """A network file system that came back makes old descriptors useless; the position still holds."""
    scene = Scene(tmp_path, system=failing)
    scene.write("a.log", b"1\n")
    scene.look()
    failing.reading[scene.path("a.log")] = ESTALE
    scene.write("a.log", b"2\n")
    assert [] == scene.look()
    failing.reading.clear()
    assert [b"2"] == scene.look()
    scene.files.close()


@pytest.mark.parametrize("where", ["statting", "listing"])
def test_a_file_that_cannot_be_seen_is_not_gone(tmp_path: Path, failing: FailingSystem, where: str) -> None:
    """While its path or directory can't be looked at, what is open is read on and not let go."""
    scene = Scene(tmp_path, system=failing)
    scene.write("a.log", b"1\n")
    scene.look()
    errors: dict[str, int] = getattr(failing, where)
    errors[scene.path("a.log") if where == "statting" else str(tmp_path)] = EACCES
    for line in (b"2", b"3"):
        scene.write("a.log", line + b"\n")
        assert [line] == scene.look()
        scene.wait()
        scene.look()
        scene.wait()
    assert {} == scene.rotations()
    errors.clear()
    scene.write("a.log", b"4\n")
    assert [b"4"] == scene.look()
    scene.files.close()


def test_a_search_that_fails_is_repeated(tmp_path: Path, failing: FailingSystem) -> None:
    """A renamed file is not given up because its directory can't be listed just now."""
    scene = Scene(tmp_path, "a.log", system=failing)
    scene.write("a.log", b"1\n")
    scene.look()
    scene.write("a.log", b"2\n")
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"3\n")
    scene.restart()
    failing.listing[str(tmp_path)] = EMFILE
    assert [] == scene.look()
    failing.listing.clear()
    failing.reading[scene.path("a.log.1")] = EIO
    assert [] == scene.look()
    failing.reading.clear()
    assert [b"2", b"3"] == scene.look()
    scene.files.close()


def test_what_is_no_file_is_told_of_only_if_it_was_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A pattern may match directories and sockets; a path that is given is meant to be a file."""
    (tmp_path / "dir.log").mkdir()
    os.mkfifo(tmp_path / "fifo.log")
    scene = Scene(tmp_path, "*.log")
    assert [] == scene.look()
    assert [] == messages(caplog, logging.WARNING)
    named = Scene(tmp_path, "dir.log", "fifo.log")
    named.look()
    assert (1, 1) == (named.count(FILE_ERRORS, "eisdir"), named.count(FILE_ERRORS, "einval"))
    assert 2 == len(messages(caplog, logging.WARNING))


def test_a_path_that_changes_while_it_is_opened_leads_to_one_file(tmp_path: Path) -> None:
    """Between looking and opening, a path may come to lead to a file that is followed already."""
    system = Turning()
    scene = Scene(tmp_path, "a.log", "b.log", system=system)
    scene.write("a.log", b"1\n")
    assert [b"1"] == scene.look()
    scene.write("b.log", b"2\n")
    system.instead = {scene.path("b.log"): scene.path("a.log")}
    assert [] == scene.look()
    system.instead = {}
    assert [b"2"] == scene.look()
    scene.files.close()


class Turning(FailingSystem):
    """A file system in which some paths lead elsewhere once they are opened."""

    def __init__(self) -> None:
        super().__init__()
        self.instead: dict[str, str] = {}

    def open(self, path: str) -> OpenFile:
        """Open what the path leads to by now."""
        return super().open(self.instead.get(path, path))


def test_only_changed_positions_are_to_be_committed(scene: Scene) -> None:
    """An idle file writes nothing to the state; one that is new does, though nothing was read of it."""
    scene.write("a.log", b"1\n")
    scene.write("b.log", b"")
    scene.blocks()
    assert [("a.log", 2), ("b.log", 0)] == [(p.path.rpartition("/")[2], p.offset) for p in scene.files.positions()]
    scene.commit()
    assert [] == scene.files.positions()
    scene.write("a.log", b"2\n")
    scene.blocks()
    assert [4] == [position.offset for position in scene.files.positions()]
    scene.commit()
    scene.restart()
    scene.blocks()
    assert [] == scene.files.positions()


def test_a_truncation_changes_the_position_though_nothing_is_read(scene: Scene) -> None:
    """A restart after it must not look for the old offset."""
    scene.write("a.log", b"1\n")
    scene.look()
    scene.write("a.log", b"", "wb")
    scene.blocks()
    assert [0] == [position.offset for position in scene.files.positions()]


def test_a_file_that_was_let_go_is_to_be_forgotten_once(scene: Scene) -> None:
    """`gone` says it until it is committed."""
    scene.write("a.log", b"1\n")
    scene.look()
    scene.delete("a.log")
    scene.look()
    scene.wait()
    scene.blocks()
    assert [scene.path("a.log")] == [position.path for position in scene.files.gone()]
    scene.commit()
    assert [] == scene.files.gone()


def test_positions_of_other_sources_mean_nothing_here(scene: Scene) -> None:
    """The same file in two sources is read once for each."""
    scene.write("a.log", b"1\n")
    scene.look()
    selection = Selection("other", scene.selection.globs)
    other = SourceFiles(selection, Telemetry(), scene.kept.values(), first_start=False, clock=Clock())
    other.discover()
    assert [b"1"] == lines(list(other.blocks()))
    other.close()


def test_unfinished_lines_can_be_had_by_who_does_not_come_back(scene: Scene) -> None:
    """`finish` gives the last lines of all files, each with a newline."""
    scene.write("a.log", b"1\nend")
    scene.write("b.log", b"2\n")
    assert [b"1", b"2"] == lines(scene.blocks())
    assert [b"end"] == lines(list(scene.files.finish()))
    assert 0 == scene.files.behind_bytes()


def test_the_gauges_show_what_is_followed(scene: Scene) -> None:
    """Files, lag and the time of the last line; a file that is let go takes its gauges with it."""
    scene.write("a.log", b"1\npartial")
    scene.look()
    scene.files.report()
    path = scene.path("a.log")
    assert (1, 7, 1_800_000_000) == (scene.count(FILES), scene.count(FILE_BEHIND, path), scene.count(FILE_LAST_LINE, path))
    scene.delete("a.log")
    scene.look()
    scene.wait()
    scene.look()
    scene.files.report()
    assert scene.telemetry.has(FILES, "src")
    assert not scene.telemetry.has(FILE_BEHIND, "src", path)
    assert not scene.telemetry.has(FILE_LAST_LINE, "src", path)


def test_the_lag_of_a_path_is_that_of_all_files_from_there(scene: Scene) -> None:
    """A renamed file that is still read and the one in its place share the path."""
    scene.write("a.log", b"one")
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"12345")
    scene.look()
    scene.files.report()
    assert (2, 8) == (scene.count(FILES), scene.count(FILE_BEHIND, scene.path("a.log")))


def test_a_source_knows_the_labels_of_its_files(scene: Scene) -> None:
    """Those that would be all files' before there is one, if they do not come from paths."""
    assert {()} == scene.files.labels()
    scene.select(file_labels=r"(?P<name>\w+)\.log$")
    assert set() == scene.files.labels()
    scene.write("a.log", b"1\n")
    scene.look()
    assert {(("name", "a"),)} == scene.files.labels()
    scene.rename("a.log", "b.log")
    scene.look()
    assert {(("name", "b"),)} == scene.files.labels()
    scene.commit()
    scene.restart()
    assert {(("name", "b"),)} == scene.files.labels()


def test_closing_clears_the_gauges(scene: Scene) -> None:
    """A source that was removed by a reload has no files."""
    scene.write("a.log", b"1\n")
    scene.look()
    scene.files.report()
    scene.files.close()
    assert not scene.telemetry.has(FILES, "src")
    assert not scene.telemetry.has(FILE_BEHIND, "src", scene.path("a.log"))


def test_new_files_could_appear_where_was_looked(scene: Scene) -> None:
    """The directories to be watched are those of the patterns."""
    assert {str(scene.directory)} == scene.files.directories()


def test_rotations_are_counted_for_the_source(scene: Scene) -> None:
    """Once at the moment they are seen, however often one looks."""
    scene.write("a.log", b"1\n")
    scene.look()
    scene.rename("a.log", "a.log.1")
    for _ in range(3):
        scene.look()
    assert 1 == scene.telemetry.get(ROTATIONS, "src", "renamed")


def test_a_thousand_idle_files_cost_little(scene: Scene) -> None:
    """A look asks the system once for each file, and about every fifth a second time; it calls few functions beside."""
    for number in range(1000):
        scene.write(f"{number}.log", b"1\n")
    assert 1000 == len(scene.look())
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, arg: Any) -> None:  # noqa: ANN401, ARG001  # as sys.setprofile has it
        if event == "call":
            calls["function"] += 1
        elif event == "c_call" and arg.__module__ == "posix":
            calls["system"] += 1

    sys.setprofile(note)
    scene.files.discover()
    blocks = list(scene.files.blocks())
    sys.setprofile(None)
    assert [] == blocks
    assert 1000 <= calls["system"] <= 1250
    assert calls["function"] <= 5000
