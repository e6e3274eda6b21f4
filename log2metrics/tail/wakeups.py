"""Wakes the one who waits when a file appears, is renamed or deleted in a directory; a thin layer over watchdog.

Nothing rests on it: what it misses is seen at the next look. So where the system has no more watches to give, that is
said once, and the exporter goes on without. Refuses to know which files matter.

The only module of this room that has threads, all of them watchdog's; import it where something waits, and not before.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from log2metrics.tail.identity import Key, key_of

log = logging.getLogger(__name__)

#: watchdog keeps a thread for each directory; a tree with more of them is looked at in its own time.
MAX_DIRECTORIES = 64

# Without modifications: a busy log would wake the process at every line.
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]


class WakeUps(FileSystemEventHandler):
    """Calls `wake`, in a thread of watchdog's, at every change of names in the directories watched."""

    def __init__(self, wake: Callable[[], None], observer: Callable[[], BaseObserver] = Observer) -> None:
        self._wake = wake
        self._new_observer = observer
        self._observer: BaseObserver | None = None
        self._watches: dict[str, tuple[Key, ObservedWatch]] = {}
        self._stale: set[str] = set()
        self._told = False

    def watch(self, directories: Iterable[str]) -> None:
        """Watch these directories and no others; those that do not exist are left out until they do."""
        wanted = _existing(directories)
        for path, (key, _) in list(self._watches.items()):
            if wanted.get(path) != key or path in self._stale:
                self._forget(path)
        try:
            for path in wanted.keys() - self._watches.keys():
                self._add(path, wanted[path])
            self._told = False
        except OSError as error:
            if not self._told:
                log.warning("no wake-ups for new files, they are met at the next look", extra={"error": str(error)})
            self._told = True

    def dispatch(self, event: FileSystemEvent) -> None:
        """Take an event from watchdog."""
        if isinstance(event, DirDeletedEvent):  # if it is the directory watched, its watch has died with it
            self._stale.add(os.fsdecode(event.src_path))
        self._wake()

    def close(self) -> None:
        """End watching, and watchdog's threads."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None
        self._watches.clear()

    def _add(self, path: str, key: Key) -> None:
        if self._observer is None:
            observer = self._new_observer()
            observer.start()
            self._observer = observer
        self._watches[path] = key, self._observer.schedule(self, path, event_filter=_EVENTS)

    def _forget(self, path: str) -> None:
        _, watch = self._watches.pop(path)
        self._stale.discard(path)
        if self._observer is not None:
            self._observer.unschedule(watch)


def _existing(directories: Iterable[str]) -> dict[str, Key]:
    """The identities of those directories that there are, by their real paths: inotify does not follow a symlink here."""
    found: dict[str, Key] = {}
    for directory in sorted(directories):
        path = os.path.realpath(directory)
        try:
            found[path] = key_of(os.stat(path))  # noqa: PTH116 - paths are strings in this room
        except OSError:
            continue
        if len(found) == MAX_DIRECTORIES:
            break
    return found
