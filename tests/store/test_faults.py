"""A disk that is full, or fails: a commit is all or nothing, says so, and the next one is as good as ever."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from log2metrics.flow import Position
from log2metrics.store.series import SeriesRow
from log2metrics.store.state import Changes, State
from tests.chaos.mischief import fill, mount_small

Fault = Callable[[State], AbstractContextManager[None]]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a small file system of its own, where it may be mounted."""
    folder = tmp_path / "disk"
    if not mount_small(folder):
        pytest.skip("nothing may be mounted here")
    yield folder
    subprocess.run(("umount", folder), check=True)


def changes(number: int) -> Changes:
    """A commit that needs some room, all of it with one number."""
    series = [SeriesRow("x_total", (("a", f"{each:0100}"),), float(number), 0.0) for each in range(500)]
    return Changes([Position("auth", "/var/log/auth.log", 1, 2, number)], series=series)


@contextmanager
def full_disk(state: State) -> Iterator[None]:
    """Nothing more can be written on the file system."""
    ballast = fill(state.path.parent)
    yield
    ballast.unlink()


@contextmanager
def failing_write(state: State) -> Iterator[None]:
    """The system refuses to write: no file may get longer than this one is, which SQLite takes for an error of the disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = Path(f"{state.path}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def check_faulty_commit(path: Path, fault: Fault, error: str) -> None:
    """Commit before, during and after the fault; what a process that is killed would find is right each time."""
    state = State(path)
    state.commit(changes(1))
    with fault(state):
        for _ in range(3):
            with pytest.raises(sqlite3.Error) as refused:
                state.commit(changes(2))
            assert error == refused.value.sqlite_errorname
            assert {1} == numbers(state)
    state.commit(changes(3))
    assert {3} == numbers(state)
    state.close()
    again = State(path)
    assert {3} == numbers(again)
    again.close()


def numbers(state: State) -> set[float]:
    """The numbers in the state: positions and values agree if it is one."""
    kept = state.read()
    return {float(position.offset) for position in kept.positions} | {row.value for row in kept.series if row.value}  # type: ignore[misc]  # there are no histograms


def test_a_full_disk_tears_no_commit(small_disk: Path) -> None:
    """ENOSPC: the commit fails as a whole, as often as it is tried; with room again the next one succeeds."""
    check_faulty_commit(small_disk / "state.db", full_disk, "SQLITE_FULL")


def test_a_failing_disk_tears_no_commit(tmp_path: Path) -> None:
    """A write that the system refuses: the same."""
    check_faulty_commit(tmp_path / "state.db", failing_write, "SQLITE_IOERR_WRITE")
