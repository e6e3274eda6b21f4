from __future__ import annotations

import os
from errno import EACCES, ENOENT
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.tail.discovery import Discovery, is_settled
from log2metrics.tail.filesystem import FileSystem
from tests.tail.scene import FailingSystem


def make(root: Path, *names: str) -> None:
    """Make empty files, and the directories they need."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def find(root: Path, *globs: str) -> list[str]:
    """The paths below `root` that these patterns find."""
    return below(root, Discovery([f"{root}/{glob}" for glob in globs], FileSystem()).paths(never))


def below(root: Path, paths: list[str]) -> list[str]:
    """The same paths, without the root."""
    return [path.removeprefix(f"{root}/") for path in paths]


def never(path: str, error: OSError) -> None:
    """Be called at no time."""
    raise AssertionError(path, error)


def test_wildcards_stand_for_names_in_one_directory(tmp_path: Path) -> None:
    """A star does not reach into subdirectories, and what it finds comes in order of name."""
    make(tmp_path, "b.log", "a.log", "sub/c.log", "a.txt")
    assert ["a.log", "b.log"] == find(tmp_path, "*.log")
    assert ["sub/c.log"] == find(tmp_path, "s?b/[a-c].log")


def test_two_stars_stand_for_any_number_of_directories(tmp_path: Path) -> None:
    """`**` finds files at every depth, none included; at the end of a pattern it means every file."""
    make(tmp_path, "a.log", "x/b.log", "x/y/c.log", "x/y/d.txt")
    assert ["a.log", "x/b.log", "x/y/c.log"] == find(tmp_path, "**/*.log")
    assert ["x/y/c.log"] == find(tmp_path, "**/**/y/*.log")
    assert ["x/b.log", "x/y", "x/y/c.log", "x/y/d.txt"] == find(tmp_path, "x/**")


def test_recursion_does_not_run_in_circles(tmp_path: Path) -> None:
    """A symlink to a directory above is no way down; one that a pattern names is."""
    make(tmp_path, "x/a.log")
    (tmp_path / "x" / "loop").symlink_to(tmp_path)
    assert ["x/a.log"] == find(tmp_path, "**/*.log")
    assert ["x/loop/x/a.log"] == find(tmp_path, "x/l*/x/*.log")


def test_a_symlink_that_leads_to_itself_is_told_of(tmp_path: Path) -> None:
    """What can't even be looked at is reported by the attempt to list it."""
    (tmp_path / "self").symlink_to(tmp_path / "self")
    told: list[str] = []
    discovery = Discovery([f"{tmp_path}/*/a.log", f"{tmp_path}/*/*.log"], FileSystem())
    assert ["self/a.log"] == below(tmp_path, discovery.paths(lambda path, _: told.append(path)))
    assert [f"{tmp_path}/self"] == told


def test_hidden_names_have_to_be_asked_for(tmp_path: Path) -> None:
    """As in a shell, no wildcard stands for a leading dot."""
    make(tmp_path, ".a.log", ".git/b.log", "c.log")
    assert ["c.log"] == find(tmp_path, "**/*.log")
    assert [".a.log"] == find(tmp_path, ".*.log")


@pytest.mark.parametrize(
    "name",
    [
        *("a.log.gz", "a.bz2", "a.xz", "a.zst", "a.zip", "a.Z", "a.lz4", "a.log.1", "a.log.23", "a-20261120"),
        *("a-20261120-12", "a.old", "a.bak", "a~", "a.swp", "a.tmp", "a.dpkg-old", "a.dpkg-dist"),
    ],
)
def test_rotated_names_are_left_out_unless_the_pattern_ends_in_one(tmp_path: Path, name: str) -> None:
    """A wildcard leads to no compressed, rotated or temporary file; a path or a pattern that names one does."""
    make(tmp_path, name, "a.log")
    assert ["a.log"] == find(tmp_path, "*")
    assert [name] == find(tmp_path, name)
    assert [name] == find(tmp_path, f"?{name[1:]}")


@pytest.mark.parametrize("name", ["a.log", "access.log", "app-20261120.log", "messages", "a1", "error.log.2026-11-20"])
def test_names_that_are_written_to_are_not_left_out(name: str) -> None:
    """Digits alone make no rotated file: some programs write to dated names."""
    assert not is_settled(name)


def test_a_character_class_can_end_in_a_rotated_name(tmp_path: Path) -> None:
    """`[0-9]` at the end of a pattern asks for rotated files."""
    make(tmp_path, "a.log.1", "a.log.2")
    assert ["a.log.1", "a.log.2"] == find(tmp_path, "a.log.[0-9]")


def test_a_path_without_wildcards_is_given_back_as_it_is(tmp_path: Path) -> None:
    """Whether it exists is seen by who opens it; two patterns give a path once."""
    make(tmp_path, "a.log")
    assert ["missing.log", "a.log"] == find(tmp_path, "missing.log", "a.log", "*.log")


def test_a_missing_directory_holds_nothing(tmp_path: Path) -> None:
    """Neither a directory that does not exist nor a file in its place is an error."""
    make(tmp_path, "file")
    assert [] == find(tmp_path, "missing/*.log", "file/*.log")


def test_a_directory_that_cannot_be_listed_is_told_of_once(tmp_path: Path, failing: FailingSystem) -> None:
    """Two patterns over one directory read it once and report it once; the others go on."""
    make(tmp_path, "locked/a.log", "open/b.log")
    failing.listing[f"{tmp_path}/locked"] = EACCES
    told: list[tuple[str, int | None]] = []
    discovery = Discovery([f"{tmp_path}/*/*.log", f"{tmp_path}/locked/*"], failing)
    assert ["open/b.log"] == below(tmp_path, discovery.paths(lambda path, error: told.append((path, error.errno))))
    assert [(f"{tmp_path}/locked", EACCES)] == told


def test_the_directories_are_those_where_a_file_could_appear(tmp_path: Path) -> None:
    """Of a path its directory, of a pattern every directory that was looked through."""
    make(tmp_path, "x/y/a.log")
    discovery = Discovery([f"{tmp_path}/**/*.log", "/a.log", "/var/none/b.log"], FileSystem())
    discovery.paths(never)
    assert {str(tmp_path), f"{tmp_path}/x", f"{tmp_path}/x/y", "/", "/var/none"} == discovery.directories()


def test_the_root_can_be_listed() -> None:
    """A pattern right below the root works."""
    assert "/etc" in Discovery(["/e*"], FileSystem()).paths(never)


@given(
    st.lists(st.lists(st.sampled_from(["a.log", "b", ".h", "b.gz"]), min_size=1, max_size=3), max_size=4),
    st.lists(st.sampled_from(["**", "*", "a*", ".*", "b", "*.gz", "a.log"]), min_size=1, max_size=4),
)
def test_a_pattern_selects_the_paths_it_finds(tree: list[list[str]], parts: list[str]) -> None:
    """`selects` says of a path, without looking, what `paths` would say if it existed."""
    root = Tree(tree)
    discovery = Discovery(["/" + "/".join(parts)], root)
    found = set(discovery.paths(lambda *_: None))
    assert found & root.paths == {path for path in root.paths if discovery.selects(path)}


class Tree(FileSystem):
    """A tree of directories in memory."""

    def __init__(self, branches: list[list[str]]) -> None:
        self.paths = {"/" + "/".join(branch[:depth]) for branch in branches for depth in range(1, len(branch) + 1)}

    def stat(self, path: str) -> os.stat_result:
        """Know nothing of times."""
        raise OSError(ENOENT, "is in memory", path)

    def list(self, path: str) -> list[Entry]:  # type: ignore[override]
        """Give what lies right below."""
        return [Entry(other, self) for other in sorted(self.paths) if other.rpartition("/")[0] == path.rstrip("/")]


class Entry:
    """An entry of such a directory."""

    def __init__(self, path: str, tree: Tree) -> None:
        self.name = path.rpartition("/")[2]
        self._directory = any(other.startswith(f"{path}/") for other in tree.paths)

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether something lies below; there are no symlinks."""
        assert follow_symlinks in {True, False}
        return self._directory

    def is_symlink(self) -> bool:
        """There are none."""
        return False
