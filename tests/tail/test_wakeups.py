from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EMFILE, ENOSPC
from pathlib import Path

import pytest
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, EventEmitter

from log2metrics.tail.wakeups import MAX_DIRECTORIES, WakeUps
from tests.harness import PATIENCE_SECONDS


class Bell:
    """Counts how often it was rung, and lets one wait for it."""

    def __init__(self) -> None:
        self.rings = 0
        self._rung = threading.Semaphore(0)

    def ring(self) -> None:
        """Be the `wake` of a WakeUps."""
        self.rings += 1
        self._rung.release()

    def heard(self) -> bool:
        """Wait until it rings; False if it does not."""
        return self._rung.acquire(timeout=PATIENCE_SECONDS)


@contextmanager
def waking(bell: Bell, observer: Callable[[], BaseObserver] = Observer) -> Iterator[WakeUps]:
    """Wake-ups that end with the test."""
    wake_ups = WakeUps(bell.ring, observer)
    try:
        yield wake_ups
    finally:
        wake_ups.close()


def test_a_file_that_appears_is_renamed_or_deleted_wakes(tmp_path: Path) -> None:
    """Every change of names in a watched directory is told."""
    bell = Bell()
    with waking(bell) as wake_ups:
        wake_ups.watch([str(tmp_path)])
        (tmp_path / "a").touch()
        assert bell.heard()
        (tmp_path / "a").rename(tmp_path / "b")
        assert bell.heard()
        (tmp_path / "b").unlink()
        assert bell.heard()


def test_a_line_that_is_written_wakes_nobody(tmp_path: Path) -> None:
    """Neither do opening, closing and new permissions; the next new file is the first that is heard of."""
    (tmp_path / "a").touch()
    bell = Bell()
    with waking(bell) as wake_ups:
        wake_ups.watch([str(tmp_path)])
        with (tmp_path / "a").open("ab") as file:
            file.write(b"line\n")
        (tmp_path / "a").chmod(0o600)
        (tmp_path / "b").touch()
        assert bell.heard()
        assert 1 == bell.rings


def test_a_directory_behind_a_symlink_is_watched(tmp_path: Path) -> None:
    """/var/log may be one."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    bell = Bell()
    with waking(bell) as wake_ups:
        wake_ups.watch([str(tmp_path / "link")])
        (tmp_path / "real" / "a").touch()
        assert bell.heard()


@pytest.mark.parametrize("looked_between", [True, False])
def test_a_directory_made_again_is_watched_again(tmp_path: Path, *, looked_between: bool) -> None:
    """Whether or not anybody looked while it was away."""
    logs = tmp_path / "logs"
    logs.mkdir()
    bell = Bell()
    with waking(bell) as wake_ups:
        wake_ups.watch([str(logs)])
        logs.rmdir()
        assert bell.heard()
        if looked_between:
            wake_ups.watch([str(logs)])
        logs.mkdir()
        wake_ups.watch([str(logs)])
        (logs / "a").touch()
        assert bell.heard()


def test_directories_come_and_go_with_the_configuration(tmp_path: Path) -> None:
    """What is not asked for any more is not watched; what does not exist is left out."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    bell = Bell()
    with waking(bell) as wake_ups:
        wake_ups.watch([str(tmp_path / "old"), str(tmp_path / "missing")])
        wake_ups.watch([str(tmp_path / "new")])
        (tmp_path / "old" / "a").touch()
        (tmp_path / "new" / "b").touch()
        assert bell.heard()
        assert 1 == bell.rings


def test_what_never_began_can_be_ended() -> None:
    """Closing without having watched anything makes no observer."""
    observer = Refusing()
    with waking(Bell(), observer.make):
        pass
    assert 0 == observer.made


def test_a_big_tree_is_watched_in_part(tmp_path: Path) -> None:
    """The number of threads is bounded."""
    for number in range(MAX_DIRECTORIES + 5):
        (tmp_path / str(number)).mkdir()
    observer = Silent()
    with waking(Bell(), lambda: observer) as wake_ups:
        wake_ups.watch([str(path) for path in tmp_path.iterdir()])
        assert MAX_DIRECTORIES == len(observer.emitters)


class Silent(BaseObserver):
    """An observer that never sees anything."""

    def __init__(self) -> None:
        super().__init__(EventEmitter)

    def start(self) -> None:
        """Start no thread."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for no thread."""


def test_a_system_without_watches_is_told_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Going on without, again at every call; and telling it again when it begins again."""
    caplog.set_level(logging.WARNING)
    observer = Refusing()
    with waking(Bell(), observer.make) as wake_ups:
        for number in (EMFILE, ENOSPC):
            observer.making = number
            wake_ups.watch([str(tmp_path)])
        observer.making, observer.scheduling = 0, ENOSPC
        wake_ups.watch([str(tmp_path)])
        assert 1 == len(caplog.records)
        observer.scheduling = 0
        wake_ups.watch([str(tmp_path)])
        observer.scheduling = ENOSPC
        (tmp_path / "sub").mkdir()
        wake_ups.watch([str(tmp_path), str(tmp_path / "sub")])
        assert 2 == len(caplog.records)


class Refusing(Silent):
    """An observer that can't be made, or can't watch."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self.making = 0
        self.scheduling = 0

    def make(self) -> BaseObserver:
        """Be made, or not."""
        self.made += 1
        if self.making:
            raise OSError(self.making, "inotify instance limit reached")
        return self

    def schedule(self, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN201 - as in watchdog
        """Watch, or not."""
        if self.scheduling:
            raise OSError(self.scheduling, "inotify watch limit reached")
        return super().schedule(*args, **kwargs)
