"""The files of one source that are open, by identity and by the log they belong to; and what the state has to be told.

A log is a path; its present file is the one that the path leads to, the others have departed. Finds and reads nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from log2metrics.flow import Position
from log2metrics.metric import Labels
from log2metrics.tail.followed import Followed
from log2metrics.tail.identity import Key
from log2metrics.tail.ledger import Ledger


class Roster:
    """The open files of one source, and the ledger of those that are not."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.touched: set[str] = set()  # logs of which something has changed since this was last cleared
        self._files: dict[Key, Followed] = {}
        self._logs: dict[str, list[Followed]] = {}
        self._departed: dict[Key, Followed] = {}
        self._moved: dict[Key, Followed] = {}
        self._labels: set[Labels] | None = None

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[Followed]:
        """All files, the departed ones first and the oldest of them first."""
        departed = sorted(self._departed.values(), key=_age)
        return chain(departed, (file for file in self._files.values() if not file.departed))

    def get(self, key: Key) -> Followed | None:
        """The open file with this identity."""
        return self._files.get(key)

    def keys(self) -> set[Key]:
        """The identities of all open files."""
        return set(self._files)

    def of(self, path: str) -> list[Followed]:
        """The open files of a log."""
        return self._logs.get(path, [])

    def present(self, path: str) -> Followed | None:
        """The file that the path of a log leads to."""
        return next((file for file in self.of(path) if not file.departed), None)

    def horizon_ns(self, path: str) -> int:
        """The time up to which the files of a log are known: the newest modification seen, in Unix nanoseconds."""
        times = [position.mtime_ns for position in self.ledger.of(path)]
        return max([*times, *(file.horizon_ns for file in self.of(path) if not file.doubtful)], default=0)

    def add(self, file: Followed) -> None:
        """Take a file that has been opened, instead of what the ledger may know of it."""
        self._files[file.tailer.key] = file
        self._logs.setdefault(file.tailer.path, []).append(file)
        self._labels = None
        self.moved(file)

    def move(self, file: Followed, path: str) -> None:
        """A file belongs to another log from now on."""
        self._leave(file)
        file.tailer.move_to(path)
        self._logs.setdefault(path, []).append(file)
        self._labels = None
        self.moved(file)

    def depart(self, file: Followed) -> None:
        """The path does not lead to this file any more."""
        file.depart()
        self._departed[file.tailer.key] = file

    def arrive(self, file: Followed) -> None:
        """The path leads to this file, perhaps again."""
        file.arrive()
        self._departed.pop(file.tailer.key, None)

    def remove(self, file: Followed) -> None:
        """Close a file and forget it; what is to be remembered of it, the ledger is told by others."""
        self._leave(file)
        del self._files[file.tailer.key]
        self._departed.pop(file.tailer.key, None)
        self._moved.pop(file.tailer.key, None)
        self._labels = None
        file.tailer.close()

    def moved(self, file: Followed) -> None:
        """The position of this file may have changed."""
        self._moved[file.tailer.key] = file
        self.touched.add(file.tailer.path)

    def labels(self) -> set[Labels]:
        """The labels of all files."""
        if self._labels is None:
            self._labels = {file.tailer.labels for file in self._files.values()}
        return self._labels

    def written(self) -> list[Position]:
        """The positions that have changed since they were last committed; of what nobody has been given, none is told."""
        moved = [file for file in self._moved.values() if file.is_begun and file.tailer.moves != file.committed]
        return [*self.ledger.written(), *(file.position for file in moved)]

    def deleted(self) -> list[Position]:
        """The positions that are to be forgotten."""
        kept = {key for key, file in self._files.items() if not file.doubtful}
        return [p for p in self.ledger.deleted() if p.done or (p.device, p.inode) not in kept]

    def committed(self) -> None:
        """Everything that was to be told has been committed; nothing may be read in between."""
        self.ledger.committed()
        for file in [file for file in self._moved.values() if file.is_settled]:
            file.committed = file.tailer.moves
            del self._moved[file.tailer.key]

    def _leave(self, file: Followed) -> None:
        log = self._logs[file.tailer.path]
        log.remove(file)
        if not log:
            del self._logs[file.tailer.path]
        self.touched.add(file.tailer.path)


def _age(file: Followed) -> int:
    return file.age_ns or file.tailer.mtime_ns
