"""What is read of files that come, grow, move and go: one scenario, one test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from log2metrics.tail.selection import StartAt
from tests.tail.scene import GRACE, Scene


def test_growth_is_read_line_by_line(scene: Scene) -> None:
    """Every line once, whenever one looks."""
    scene.write("a.log", b"one\n")
    assert [b"one"] == scene.look()
    scene.write("a.log", b"two\nthree\n")
    assert [b"two", b"three"] == scene.look()
    assert [] == scene.look()


def test_a_line_written_in_pieces_is_read_once(scene: Scene) -> None:
    """However long it takes, and over a restart."""
    for piece in range(10):
        scene.write("a.log", str(piece).encode())
        scene.clock.now += 60
        assert [] == scene.look()
        scene.restart()
    scene.write("a.log", b"\n")
    assert [b"0123456789"] == scene.look()


def test_a_new_file_is_read_from_its_first_byte(tmp_path: Path) -> None:
    """Only the very first look passes over what is there."""
    scene = Scene(tmp_path, "**/*.log")
    scene.select(StartAt.END)
    scene.write("a.log", b"old\npart")
    assert [] == scene.look()
    scene.write("a.log", b"ial\n")
    (tmp_path / "sub").mkdir()
    scene.write("sub/b.log", b"new\n")
    assert [b"partial", b"new"] == scene.look()
    scene.write("c.log", b"newer\n")
    scene.restart()
    assert [b"newer"] == scene.look()
    scene.files.close()


def test_the_place_where_the_first_look_began_is_kept(tmp_path: Path) -> None:
    """A restart after a first start that read nothing goes on from there, not from the end."""
    scene = Scene(tmp_path)
    scene.select(StartAt.END)
    scene.write("a.log", b"old\n")
    scene.look()
    scene.restart()
    scene.write("a.log", b"new\n")
    scene.restart()
    assert [b"new"] == scene.look()
    scene.files.close()


def test_the_beginning_can_be_where_the_first_look_begins(tmp_path: Path) -> None:
    """`start_at: beginning` reads what was there before."""
    scene = Scene(tmp_path)
    scene.select(StartAt.BEGINNING)
    scene.write("a.log", b"old\n")
    assert [b"old"] == scene.look()
    scene.files.close()


def test_a_writer_that_lingers_on_a_renamed_file_loses_nothing(scene: Scene) -> None:
    """Lines go to the old file, then to both, and all are read."""
    with (scene.directory / "a.log").open("ab", buffering=0) as writer:
        writer.write(b"1\n")
        assert [b"1"] == scene.look()
        writer.write(b"2\n")
        scene.rename("a.log", "a.log.1")
        writer.write(b"3\n")
        assert [b"2", b"3"] == scene.look()
        scene.write("a.log", b"5\n")
        writer.write(b"4\n")
        assert [b"4", b"5"] == scene.look()
        scene.clock.now += GRACE - 1
        writer.write(b"6\n")
        assert [b"6"] == scene.look()
        scene.clock.now += GRACE - 1
        writer.write(b"7\n")
        assert [b"7"] == scene.look()
    assert {"renamed": 1} == scene.rotations()


def test_a_renamed_file_is_let_go_when_it_is_quiet(scene: Scene) -> None:
    """After the grace time its descriptor is closed, and it is remembered as done; not before."""
    scene.write("a.log", b"1\n")
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b"2\n")
    assert [b"2"] == scene.look()
    assert 2 == len(scene.kept)
    scene.wait()
    assert [] == scene.look()
    assert ["a.log"] == scene.kept_names()
    assert [scene.path("a.log")] == opened(scene.directory)


def opened(directory: Path) -> list[str]:
    """The files below a directory that this process holds open."""
    links = [Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 - some vanish
    targets = [str(link.readlink()) for link in links if link.is_symlink()]
    return sorted(target for target in targets if target.startswith(str(directory)))


def test_the_last_line_without_a_newline_is_counted_when_its_file_is_let_go(scene: Scene) -> None:
    """It is held while it may still grow."""
    scene.write("a.log", b"1\nla")
    assert [b"1"] == scene.look()
    scene.rename("a.log", "a.log.1")
    assert [] == scene.look()
    scene.write("a.log.1", b"st")
    scene.wait()
    assert [] == scene.look()
    scene.wait()
    assert [] == scene.look()
    scene.write("a.log", b"2\n")
    assert [b"last", b"2"] == scene.look()
    assert (["a.log"], ["a.log"]) == (scene.kept_names(), scene.kept_names(done=True))
    assert {"renamed": 1} == scene.rotations()


def test_a_file_that_is_back_at_its_path_is_not_let_go(scene: Scene) -> None:
    """Moved away and back within the grace time, it goes on as if nothing had been."""
    scene.write("a.log", b"1\n")
    scene.look()
    scene.rename("a.log", "x")
    scene.look()
    scene.rename("x", "a.log")
    scene.wait()
    scene.look()
    scene.wait()
    scene.write("a.log", b"2\n")
    assert [b"2"] == scene.look()


def test_a_file_renamed_to_another_selected_name_goes_on_there(tmp_path: Path) -> None:
    """It is the same file: nothing is read twice, and its labels follow the name."""
    scene = Scene(tmp_path)
    scene.select(file_labels=r"(?P<name>\w+)\.log$")
    scene.write("a.log", b"1\n")
    assert [(("name", "a"),)] == [block.labels for block in scene.blocks()]
    scene.rename("a.log", "b.log")
    scene.write("b.log", b"2\n")
    assert [(b"2\n", (("name", "b"),))] == [(block.data, block.labels) for block in scene.blocks()]
    assert {"renamed": 1} == scene.rotations()
    scene.files.close()


def test_a_truncated_file_is_read_from_its_first_byte(scene: Scene) -> None:
    """Shorter than before, as long as before, or longer: what was written since is read."""
    scene.write("a.log", b"old1\nold2\n")
    scene.look()
    for content in (b"new\n", b"other\n", b"new3\nnew4\nnew5\n", b""):
        scene.write("a.log", content, "wb")
        assert content.split(b"\n")[:-1] == scene.look()
    assert {"truncated": 4} == scene.rotations()


def test_a_copy_made_by_rotation_is_not_followed(tmp_path: Path) -> None:
    """Under a pattern that would match the copy, copytruncate counts nothing twice."""
    scene = Scene(tmp_path, "a.log*")
    scene.write("a.log", b"1\n2\n")
    assert [b"1", b"2"] == scene.look()
    scene.write("a.log.1", b"1\n2\n")
    scene.write("a.log", b"3\n", "wb")
    assert [b"3"] == scene.look()
    scene.files.close()


def test_a_deleted_file_is_read_to_its_end_and_let_go(scene: Scene) -> None:
    """What was written before and after the deletion is read; then the disk gets its space back."""
    with (scene.directory / "a.log").open("ab", buffering=0) as writer:
        writer.write(b"1\n")
        scene.look()
        writer.write(b"2\n")
        scene.delete("a.log")
        assert [b"2"] == scene.look()
        writer.write(b"3\nend")
        assert [b"3"] == scene.look()
    scene.wait()
    assert [b"end"] == scene.look()
    assert [] == opened(scene.directory)
    assert {"deleted": 1} == scene.rotations()


def test_a_directory_removed_and_made_again_is_met_again(tmp_path: Path) -> None:
    """Its files are new files."""
    scene = Scene(tmp_path, "logs/*.log")
    (tmp_path / "logs").mkdir()
    scene.write("logs/a.log", b"1\n")
    assert [b"1"] == scene.look()
    scene.delete("logs/a.log")
    (tmp_path / "logs").rmdir()
    scene.look()
    scene.wait()
    assert [] == scene.look()
    (tmp_path / "logs").mkdir()
    scene.write("logs/a.log", b"2\n")
    assert [b"2"] == scene.look()
    scene.files.close()


def test_one_file_under_many_names_is_read_once(tmp_path: Path) -> None:
    """Symlinks, hard links and overlapping patterns lead to one (device, inode)."""
    scene = Scene(tmp_path, "*.log", "a.*", "b.log")
    scene.write("b.log", b"1\n")
    (tmp_path / "a.log").symlink_to("b.log")
    (tmp_path / "c.log").hardlink_to(tmp_path / "b.log")
    assert [b"1"] == scene.look()
    scene.write("c.log", b"2\n")
    assert [b"2"] == scene.look()
    scene.delete("a.log")
    scene.write("c.log", b"3\n")
    assert [b"3"] == scene.look()
    scene.files.close()


def test_a_symlink_that_is_turned_to_another_file_is_a_rotation(scene: Scene) -> None:
    """The old target is read to its end, the new one from its beginning."""
    scene.write("1.txt", b"1\n")
    link = scene.directory / "a.log"
    link.symlink_to("1.txt")
    assert [b"1"] == scene.look()
    scene.write("1.txt", b"2\n")
    scene.write("2.txt", b"3\n")
    link.unlink()
    link.symlink_to("2.txt")
    assert [b"2", b"3"] == scene.look()
    assert {"renamed": 1} == scene.rotations()


def test_a_restart_goes_on_where_the_last_commit_was(scene: Scene) -> None:
    """Lines read and not committed are read again; committed ones are not."""
    scene.write("a.log", b"1\n")
    assert [b"1"] == scene.look()
    scene.write("a.log", b"2\n")
    scene.blocks()
    scene.restart()
    scene.write("a.log", b"3\n")
    assert [b"2", b"3"] == scene.look()


def test_a_file_renamed_while_down_is_read_to_its_end(scene: Scene) -> None:
    """It is found beside its old path by inode and content, before the new file's lines are read twice or its own lost."""
    scene.write("a.log", b"1\n")
    scene.look()
    scene.write("a.log", b"2\nlast")
    scene.rename("a.log", "a.log-20261120")
    scene.write("a.log", b"3\n")
    scene.restart()
    assert {b"2", b"3"} == set(scene.look())
    scene.restart()
    assert [] == scene.look()
    scene.wait()
    assert [b"last"] == scene.look()
    assert ["a.log"] == scene.kept_names()


def test_a_position_whose_file_is_nowhere_is_forgotten(scene: Scene) -> None:
    """Once another file has its path; until then the file may come back, with its file system."""
    scene.write("a.log", b"1\n")
    scene.look()
    scene.rename("a.log", "elsewhere")
    (scene.directory / "elsewhere").rename(scene.directory.parent / "elsewhere")
    scene.restart()
    assert [] == scene.look()
    (scene.directory.parent / "elsewhere").rename(scene.directory / "a.log")
    assert [] == scene.look()
    (scene.directory / "a.log").rename(scene.directory.parent / "elsewhere")
    scene.write("a.log", b"2\n")
    scene.restart()
    assert [b"2"] == scene.look()
    assert ["a.log"] == scene.kept_names()


def test_a_position_in_a_directory_that_is_gone_is_kept(tmp_path: Path) -> None:
    """A file system that is not mounted yet has lost nothing."""
    scene = Scene(tmp_path, "logs/*.log")
    (tmp_path / "logs").mkdir()
    scene.write("logs/a.log", b"1\n")
    scene.look()
    scene.rename("logs", "unmounted")
    scene.restart()
    assert [] == scene.look()
    scene.rename("unmounted", "logs")
    scene.write("logs/a.log", b"2\n")
    assert [b"2"] == scene.look()
    scene.files.close()


def test_a_reused_inode_is_another_file(scene: Scene) -> None:
    """A position is not taken for that of a file that only happens to have the same inode."""
    scene.write("a.log", b"old1\nold2\n")
    scene.look()
    scene.files.close()
    scene.write("a.log", b"new1\nnew2\nnew3\n", "wb")  # the inode stays: what reuse looks like from outside
    scene.restart()
    assert [b"new1", b"new2", b"new3"] == scene.look()


def test_an_inode_reused_beside_the_path_is_not_drained(scene: Scene) -> None:
    """A sibling with the right inode and the wrong content is not the renamed file."""
    scene.write("a.log", b"old1\nold2\n")
    scene.look()
    scene.write("a.log", b"something else\n", "wb")
    scene.rename("a.log", "a.db")
    scene.write("a.log", b"new\n")
    scene.restart()
    assert [b"new"] == scene.look()


def test_files_that_begin_alike_are_told_apart(scene: Scene) -> None:
    """`messages` and `syslog` with the same first lines each go on from their own place."""
    for name in ("a.log", "b.log"):
        scene.write(name, b"same\n")
    scene.look()
    scene.write("b.log", b"b\n")
    scene.restart()
    assert [b"b"] == scene.look()


def test_a_file_that_is_no_longer_selected_is_left_alone(scene: Scene) -> None:
    """Its position is kept, and neither it nor what was rotated from it is read."""
    scene.write("a.txt", b"1\n")
    other = Scene(scene.directory, "a.txt")
    other.look()
    scene.kept = dict(other.kept)
    other.files.close()
    scene.write("a.txt", b"2\n")
    scene.rename("a.txt", "a.txt.1")
    scene.restart()
    assert [] == scene.look()
    assert 1 == len(scene.kept)


def test_over_long_lines_are_cut_and_counted_once_over_a_restart(tmp_path: Path) -> None:
    """What is passed over is not taken for a line after the restart."""
    scene = Scene(tmp_path)
    scene.select(line_bytes=5000)
    scene.write("a.log", b"x" * 20_000)
    assert [(5001, 1)] == [(len(block.data), block.truncated) for block in scene.blocks()]
    scene.commit()
    scene.restart()
    scene.write("a.log", b"xxx\nnext\n")
    assert [(b"next\n", 0)] == [(block.data, block.truncated) for block in scene.blocks()]
    scene.files.close()


@pytest.mark.parametrize("back", [3600.0, -3600.0])
def test_a_clock_that_jumps_keeps_no_file_open(scene: Scene, back: float) -> None:
    """Set back or forth by an hour, the clock delays nothing."""
    scene.write("a.log", b"1\n")
    scene.look()
    scene.delete("a.log")
    scene.look()
    scene.clock.now -= back
    scene.look()
    assert [] == opened(scene.directory)
