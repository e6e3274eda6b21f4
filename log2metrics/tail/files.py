"""All files of one source: which are followed, from where on, and until when.

    glob patterns ─discover─▶ paths ─stat─▶ (device, inode) ─open─▶ Tailer ─▶ Blocks

A file is one (device, inode), however many paths and patterns lead to it. It is followed from the moment it is met until
no path leads to it any more *and* it has been read to its end *and* it has been quiet for the grace time; so a writer that
lingers on a renamed file loses nothing, and a deleted file does not fill the disk.

Trouble with one file never leaves a call and never stops the others. Refuses to know what lines mean, and when it is time
to look again.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from errno import ENOENT, ENOTDIR, ESTALE

from log2metrics.flow import Block, Position
from log2metrics.metric import Labels, safe_text
from log2metrics.tail.discovery import Discovery
from log2metrics.tail.filesystem import FileSystem, OpenFile, check_regular
from log2metrics.tail.followed import GRACE_SECONDS, Followed
from log2metrics.tail.identity import Key, Rotation, key_of
from log2metrics.tail.selection import Selection, StartAt
from log2metrics.tail.siblings import open_renamed
from log2metrics.tail.tailer import BLOCK_BYTES, Tailer, last_line_start
from log2metrics.tail.troubles import Troubles
from log2metrics.telemetry import FILE_BEHIND, FILE_LAST_LINE, FILES, ROTATIONS, Telemetry

log = logging.getLogger(__name__)

_MISSING = {ENOENT, ENOTDIR}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read at once, and how long a file that has left its path is kept open after its last line."""

    block_bytes: int = BLOCK_BYTES
    grace_seconds: float = GRACE_SECONDS


class SourceFiles:
    """The files of one source; `discover` and `blocks` are to be called in turn, as often as one likes.

    `positions` is what the state holds; `first_start` whether it has never been written. `clock` gives Unix seconds.
    """

    def __init__(  # noqa: PLR0913 - all but two are given by name, and the last two by tests alone
        self,
        selection: Selection,
        telemetry: Telemetry,
        positions: Iterable[Position] = (),
        *,
        first_start: bool,
        clock: Callable[[], float],
        limits: Limits | None = None,
        system: FileSystem | None = None,
    ) -> None:
        self._selection = selection
        self._source = selection.source
        self._telemetry = telemetry
        self._first_look = first_start
        self._clock = clock
        self._limits = limits or Limits()
        self._system = system or FileSystem()
        self._discovery = Discovery(selection.globs, self._system)
        self._finding = Troubles("open", self._source, telemetry)
        self._reading = Troubles("read", self._source, telemetry)
        self._files: dict[Key, Followed] = {}
        self._known = {(p.device, p.inode): p for p in positions if p.source == self._source}
        self._unsearched = set(self._known)
        self._gone: dict[Key, Position] = {}
        self._reported: set[str] = set()

    def discover(self) -> None:
        """Expand the patterns, open what is new, notice what was renamed or deleted."""
        hidden: set[str] = set()
        places = self._places(hidden)
        self._reconcile(places, hidden)
        for key in list(self._unsearched):
            self._search(key, places)
        self._finding.settle()
        self._first_look = False

    def directories(self) -> set[str]:
        """Where a new file could appear, as of the last `discover`; some may not exist."""
        return self._discovery.directories()

    def blocks(self) -> Iterator[Block]:
        """What is new, at most one Block of each file, so that no file keeps the others waiting."""
        for file in list(self._files.values()):
            block = self._attempt(file, self._read)
            if block is not None:
                yield block

    def finish(self) -> Iterator[Block]:
        """The last lines that nobody has finished, for one who reads what is there and does not come back."""
        for file in list(self._files.values()):
            block = self._attempt(file, _finish)
            if block is not None:
                yield block

    def positions(self) -> list[Position]:
        """The positions that have changed since they were last committed."""
        return [file.tailer.position for file in self._files.values() if file.tailer.moves != file.committed]

    def gone(self) -> list[Position]:
        """The last positions of the files that were let go for good since the last commit: to be forgotten."""
        return [position for key, position in self._gone.items() if key not in self._files]

    def committed(self) -> None:
        """Take note that what `positions` and `gone` said has been committed; nothing may be read in between."""
        self._gone.clear()
        for file in self._files.values():
            file.committed = file.tailer.moves

    def labels(self) -> set[Labels]:
        """The labels of the files that are followed; before there is any, those that all would have."""
        followed = {self._selection.labels_of(file.tailer.path) for file in self._files.values()}
        return followed if followed or self._selection.file_labels else {self._selection.labels}

    def behind_bytes(self) -> int:
        """How many bytes had been written and not read, at the last looks; unfinished lines are among them."""
        return sum(file.tailer.behind_bytes() for file in self._files.values())

    def report(self) -> None:
        """Set the gauges of the files that are followed, and clear those of the files that are not any more."""
        behind: dict[str, int] = {}
        for file in self._files.values():
            name = safe_text(file.tailer.path)
            behind[name] = behind.get(name, 0) + file.tailer.behind_bytes()
        for name in self._reported - behind.keys():
            self._clear(name)
        for name, behind_bytes in behind.items():
            self._telemetry.set(FILE_BEHIND, behind_bytes, self._source, name)
        self._telemetry.set(FILES, len(self._files), self._source)
        self._reported = set(behind)

    def close(self) -> None:
        """Let go of all files, to go on from their positions another time; the gauges go with them."""
        for file in self._files.values():
            file.tailer.close()
        self._files.clear()
        self._clear()

    def _clear(self, *name: str) -> None:
        for gauge in (FILE_BEHIND, FILE_LAST_LINE) if name else (FILES, FILE_BEHIND, FILE_LAST_LINE):
            self._telemetry.clear(gauge, self._source, *name)

    # Finding: paths → files.

    def _places(self, hidden: set[str]) -> dict[Key, str]:
        """The path of every file that can be found, all of them being followed; `hidden` takes what can't be seen."""
        places: dict[Key, str] = {}

        def hide(path: str, error: OSError) -> None:
            hidden.add(path)
            self._finding.failed(path, error)

        for path in self._discovery.paths(hide):
            try:
                status = self._system.stat(path)
            except OSError as error:
                if error.errno not in _MISSING:
                    hide(path, error)
                continue
            file = self._files.get(key_of(status)) or self._open(path, status)
            if file is not None and (file.tailer.key not in places or file.tailer.path == path):
                places[file.tailer.key] = path
        return places

    def _open(self, path: str, status: os.stat_result) -> Followed | None:
        """Open and follow what this path leads to; None if it is no file, or can't be read."""
        try:
            check_regular(status)
        except OSError as error:
            if path in self._discovery.literals:  # a pattern may well match directories
                self._finding.failed(path, error)
            return None
        try:
            return self._follow(self._system.open(path), path)
        except OSError as error:
            self._finding.failed(path, error)
            return None

    def _follow(self, file: OpenFile, path: str) -> Followed:
        """Follow an open file from where it has to begin. Raises OSError, and the file is closed then."""
        try:
            status = file.stat()
            key = key_of(status)
            if key in self._files:  # where the path leads has changed since it was looked at
                file.close()
                return self._files[key]
            position = self._known.get(key) or self._beginning(file, path, status)
            tailer = Tailer(file, position, self._selection, self._telemetry, self._limits.block_bytes)
        except OSError:
            file.close()
            raise
        resumed = self._known.pop(key, None) is not None and tailer.moves == 0
        self._files[key] = Followed(tailer, committed=0) if resumed else Followed(tailer)
        log.info("source %s: following %r from byte %d", self._source, path, tailer.position.offset)
        return self._files[key]

    def _beginning(self, file: OpenFile, path: str, status: os.stat_result) -> Position:
        """Where to begin with a file that no position is known of. Raises OSError."""
        offset, skipping = 0, False
        if self._first_look and self._selection.start_at is StartAt.END:
            offset, skipping = last_line_start(file, status.st_size, self._selection.line_bytes)
        return Position(self._source, path, *key_of(status), offset, skipping=skipping)

    def _reconcile(self, places: dict[Key, str], hidden: set[str]) -> None:
        """Compare where the followed files are with where they were."""
        for key, file in self._files.items():
            path = places.get(key)
            if path == file.tailer.path:
                file.departed = False
            elif path is not None:
                file.departed = False
                self._rotated(file, Rotation.RENAMED)
                file.tailer.move_to(path)
            elif not file.departed and not _is_hidden(file.tailer.path, hidden):
                self._depart(file)

    def _search(self, key: Key, places: dict[Key, str]) -> None:
        """Look for a file that was renamed since its position was kept, to read it to its end; retried while in trouble."""
        position = self._known.get(key)
        if position is not None and self._discovery.selects(position.path):
            try:
                file = open_renamed(position, self._system)
                if file is not None:
                    self._depart(self._follow(file, position.path))
            except OSError as error:
                if error.errno not in _MISSING:
                    self._finding.failed(position.path, error)
                    return
            # While nothing has taken its path, the file may come back: a file system is not mounted yet.
            if key in self._known and position.path in places.values():
                self._gone[key] = self._known.pop(key)
        self._unsearched.discard(key)

    def _depart(self, file: Followed) -> None:
        """Go on with a file that is not where it was, for as long as somebody may still write to it."""
        file.depart()
        self._rotated(file, Rotation.RENAMED if file.tailer.is_linked() else Rotation.DELETED)

    def _rotated(self, file: Followed, kind: Rotation) -> None:
        self._telemetry.add(ROTATIONS, 1, self._source, kind)
        log.info("source %s: %r was %s", self._source, file.tailer.path, kind)

    # Reading: files → Blocks.

    def _attempt(self, file: Followed, read: Callable[[Followed], Block | None]) -> Block | None:
        """One try to read; its failure is counted, and the file tried again the next time."""
        path, key = file.tailer.path, file.tailer.key
        try:
            block = read(file)
        except OSError as error:
            self._reading.failed(path, error, key)
            if error.errno == ESTALE:  # this descriptor will never work again; another one may, by whatever path
                self._known[key] = file.tailer.position
                self._unsearched.add(key)
                self._drop(file)
            return None
        self._reading.over(path, key)
        if block is not None:
            self._reported.add(name := safe_text(path))
            self._telemetry.set(FILE_LAST_LINE, self._clock(), self._source, name)
        return block

    def _read(self, file: Followed) -> Block | None:
        block = file.read(self._clock, self._limits.grace_seconds)
        if file.done:
            self._gone[file.tailer.key] = file.tailer.position
            log.info("source %s: done with %r at byte %d", self._source, file.tailer.path, file.tailer.position.offset)
            self._drop(file)
        return block

    def _drop(self, file: Followed) -> None:
        del self._files[file.tailer.key]
        file.tailer.close()


def _finish(file: Followed) -> Block | None:
    return file.tailer.finish()


def _is_hidden(path: str, hidden: set[str]) -> bool:
    """Whether this path, or a directory above it, could not be looked at."""
    return any(path == other or path.startswith(f"{other.rstrip('/')}/") for other in hidden)
