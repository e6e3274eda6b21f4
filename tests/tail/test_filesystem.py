from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack
from errno import EINVAL, EISDIR, EMFILE
from pathlib import Path

import pytest

from log2metrics.tail.filesystem import FileSystem, allow_open_files


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    """The limits of open files, as they are again after the test."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield limits
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_file_is_read_where_one_asks(tmp_path: Path) -> None:
    """Reading has no place of its own, and ends where the file does."""
    (tmp_path / "a").write_bytes(b"0123456789")
    file = FileSystem().open(str(tmp_path / "a"))
    assert (10, b"234", b"89", b"") == (file.stat().st_size, file.read(3, 2), file.read(5, 8), file.read(5, 10))
    file.close()


def test_nothing_but_a_regular_file_is_opened(tmp_path: Path) -> None:
    """A FIFO would block, a directory holds no lines; no descriptor is left over."""
    os.mkfifo(tmp_path / "fifo")
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 - the names alone
    for name, number in [("", EISDIR), ("fifo", EINVAL)]:
        with pytest.raises(OSError) as caught:  # noqa: PT011 - the number is what counts
            FileSystem().open(str(tmp_path / name))
        assert number == caught.value.errno
    assert before == os.listdir("/proc/self/fd")  # noqa: PTH208 - the names alone


def open_without_end(path: Path, stack: ExitStack) -> None:
    """Open a file again and again."""
    while True:
        stack.callback(FileSystem().open(str(path)).close)


def test_some_descriptors_are_left_to_others(tmp_path: Path, limits: tuple[int, int]) -> None:
    """However many files there are, a directory can still be listed, and a client answered."""
    (tmp_path / "a").write_bytes(b"")
    highest = max(map(int, os.listdir("/proc/self/fd")))  # noqa: PTH208 - the names alone
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * highest + 40, limits[1]))
    with ExitStack() as stack:
        with pytest.raises(OSError, match="Too many open files") as caught:
            open_without_end(tmp_path / "a", stack)
        assert EMFILE == caught.value.errno
        assert ["a"] == os.listdir(tmp_path)  # noqa: PTH208 - as a file system lists it
        for _ in range(8):
            stack.enter_context((tmp_path / "a").open())


def test_as_many_files_as_allowed_may_be_open(limits: tuple[int, int]) -> None:
    """A service begins with a limit of 1,024, and may raise it."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[0] - 1, limits[1]))
    allow_open_files()
    assert (limits[1], limits[1]) == resource.getrlimit(resource.RLIMIT_NOFILE)
