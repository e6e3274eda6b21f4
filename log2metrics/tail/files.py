"""All files of one source: what is new in them, what the state has to keep of them, what is shown of them.

    Finder ─▶ Roster of open files ─read─▶ Blocks
    Searches ─▶ (rotated files)

A file is followed from the moment it is met until its path leads elsewhere *and* it has been read to its end *and* nobody
writes to it any more; so a writer that lingers on a renamed file loses nothing, and a deleted file does not fill the disk.
Within a log, what is older is read first.

Trouble with one file never leaves a call and never stops the others. Refuses to know what lines mean, and when it is time
to look again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from errno import ESTALE

from log2metrics.flow import Block, Position
from log2metrics.metric import Labels, safe_text
from log2metrics.tail.filesystem import FileSystem
from log2metrics.tail.finder import Finder
from log2metrics.tail.followed import Followed
from log2metrics.tail.identity import Rotation
from log2metrics.tail.ledger import Ledger
from log2metrics.tail.opening import Opening
from log2metrics.tail.roster import Roster
from log2metrics.tail.searches import Searches
from log2metrics.tail.selection import Selection
from log2metrics.tail.setting import Limits, Setting
from log2metrics.tail.troubles import USUAL, Troubles
from log2metrics.telemetry import (
    FILE_BEHIND,
    FILE_ERRORS,
    FILE_LAST_LINE,
    FILES,
    LOST_BYTES,
    ROTATIONS,
    Loss,
    Telemetry,
)

log = logging.getLogger(__name__)


class SourceFiles:
    """The files of one source; after each `discover`, `blocks` is to be called until there is no `more`.

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
        setting = Setting(selection, telemetry, clock, limits or Limits(), system or FileSystem())
        self._setting = setting
        self._source = selection.source
        self._reading = Troubles("read", self._source, telemetry)
        self._roster = Roster(Ledger(position for position in positions if position.source == self._source))
        opening = Opening(setting, self._roster)
        self._searches = Searches(setting, self._roster, opening)
        self._finder = Finder(setting, self._roster, opening, self._searches, first_start=first_start)
        self._due: list[Followed] = []
        _announce(self._source, telemetry)

    def discover(self) -> None:
        """Expand the patterns, open what is new, notice what was renamed or deleted, find what is out of the way."""
        self._finder.discover()
        self._due = list(self._roster)

    def directories(self) -> set[str]:
        """Where a new file could appear, as of the last `discover`; some may not exist."""
        return self._finder.directories()

    def selects(self, path: str) -> bool:
        """Whether a file at this path is one of this source."""
        return self._finder.selects(path)

    def blocks(self) -> Iterator[Block]:
        """What is new, at most one Block of each file, so that no file keeps the others waiting.

        A file that had nothing more is looked at again after the next `discover`.
        """
        due, self._due = self._due, []
        yield from self._round(due)
        if self._searches.wanted:
            due, self._due = self._due, []
            keys, logs = {file.tailer.key for file in due}, self._searches.run()
            yield from self._round([file for file in self._roster if file.tailer.key in keys or file.tailer.path in logs])

    @property
    def more(self) -> bool:
        """Whether `blocks` may have more to give at once."""
        return bool(self._due) or self._searches.wanted

    def finish(self) -> Iterator[Block]:
        """The last lines that nobody has finished, for one who reads what is there and does not come back."""
        for file in list(self._roster):
            block = self._attempt(file, _finish)
            if block is not None:
                yield block

    def positions(self) -> list[Position]:
        """The positions that have changed since they were last committed."""
        return self._roster.written()

    def gone(self) -> list[Position]:
        """The positions that are to be forgotten; some of the same files may be among `positions` in another way."""
        return self._roster.deleted()

    def committed(self) -> None:
        """Take note that what `positions` and `gone` said has been committed; nothing may be read in between."""
        self._roster.committed()

    def labels(self) -> set[Labels]:
        """The labels of the files that are followed; before there is any, those that all would have, or those known have."""
        if len(self._roster):
            return self._roster.labels()
        selection = self._setting.selection
        if selection.file_labels is None:
            return {selection.labels}
        return {selection.labels_of(position.path) for position in self._roster.ledger.missing()}

    def behind_bytes(self) -> int:
        """How many bytes had been written and not read, at the last looks; unfinished lines are among them."""
        return sum(file.tailer.behind_bytes() for file in self._roster)

    def report(self) -> None:
        """Set the gauges of the files that are followed, and clear those of the files that are not any more."""
        for path in self._roster.touched:
            files, name = self._roster.of(path), safe_text(path)
            if files:
                behind = sum(file.tailer.behind_bytes() for file in files)
                self._setting.telemetry.set(FILE_BEHIND, behind, self._source, name)
            else:
                self._clear(name)
        self._roster.touched.clear()
        self._setting.telemetry.set(FILES, len(self._roster), self._source)

    def close(self) -> None:
        """Let go of all files, to go on from their positions another time; the gauges go with them."""
        self._searches.close()
        for file in list(self._roster):
            self._roster.remove(file)
        self._due = []
        self._clear()

    def _clear(self, *name: str) -> None:
        for gauge in (FILE_BEHIND, FILE_LAST_LINE) if name else (FILES, FILE_BEHIND, FILE_LAST_LINE):
            self._setting.telemetry.clear(gauge, self._source, *name)

    # Reading: files → Blocks.

    def _round(self, files: Iterable[Followed]) -> Iterator[Block]:
        """Look at each file once; a newer file of a log only when the older ones are at their ends, as far as they are.

        While an older one can't be read, the newer ones wait for the grace time.
        """
        unfinished: set[str] = set()
        blocked: set[str] = set()
        for file in files:
            tailer = file.tailer
            if file.held or (not file.departed and file.kept is None and tailer.is_idle()):  # nearly all, nearly always
                continue
            if unfinished and tailer.path in unfinished:
                self._due.append(file)
                continue
            if blocked and tailer.path in blocked:
                continue
            block = self._attempt(file, self._read)
            if tailer.asks:  # whether what was in it before is to be had elsewhere
                self._searches.hold(file, renamed=False)
            elif not tailer.at_end and not self._reading.has(tailer.key) and not file.done:
                self._due.append(file)
                unfinished |= {tailer.path} if file.departed else set()
            if file.failing_since is not None and file.departed and self._is_recent(file.failing_since):
                blocked.add(tailer.path)
            if block is not None:
                yield block

    def _attempt(self, file: Followed, read: Callable[[Followed], Block | None]) -> Block | None:
        """One try to read; its failure is counted, and the file tried again the next time."""
        tailer = file.tailer
        before = (tailer.size_bytes, tailer.moves)
        try:
            block = read(file)
        except OSError as error:
            self._reading.failed(tailer.path, error, tailer.key)
            file.failing_since = file.failing_since or self._setting.clock()
            if error.errno == ESTALE:  # this descriptor will never work again; another one may, by whatever path
                position = tailer.position
                self._roster.remove(file)
                self._finder.lose(position)
            return None
        self._reading.over(tailer.path, tailer.key)
        file.failing_since = None
        if (tailer.size_bytes, tailer.moves) != before and not file.done:
            self._roster.moved(file)
        if block is not None:
            self._setting.telemetry.set(FILE_LAST_LINE, self._setting.clock(), self._source, safe_text(tailer.path))
        return block

    def _is_recent(self, since: float) -> bool:
        return 0 <= self._setting.clock() - since < self._setting.limits.grace_seconds

    def _read(self, file: Followed) -> Block | None:
        setting = self._setting
        block = file.read(setting.clock, setting.limits.grace_seconds, succeeded=self._is_succeeded(file))
        if file.doubtful and block is not None and self._searches.is_copy(file):
            return None
        if file.done:
            self._let_go(file)
        return block

    def _is_succeeded(self, file: Followed) -> bool:
        """Whether somebody has written to a newer file of the log; of empty ones, none but the newest is kept."""
        if not file.departed:
            return False
        size, mtime_ns = file.tailer.size_bytes, file.tailer.mtime_ns
        others = [other for other in self._roster.of(file.tailer.path) if other is not file]
        return any(
            other.tailer.size_bytes > 0 if not other.departed else not size and other.tailer.mtime_ns > mtime_ns
            for other in others
        )

    def _let_go(self, file: Followed) -> None:
        position = file.tailer.position
        log.info("done with a file", extra={"source": self._source, "file": position.path, "offset": position.offset})
        lost, reason = file.lost_bytes()
        if lost:
            self._setting.telemetry.add(LOST_BYTES, lost, self._source, reason)
            log.warning(
                "bytes are lost, at least so many",
                extra={"source": self._source, "file": position.path, "bytes": lost, "reason": reason},
            )
        self._roster.remove(file)
        self._roster.ledger.close(position)


def _announce(source: str, telemetry: Telemetry) -> None:
    """Make what may happen to files exist as 0: the first loss of a source is to be seen as a rise."""
    for counter, reasons in ((LOST_BYTES, Loss), (ROTATIONS, Rotation), (FILE_ERRORS, USUAL)):
        for reason in reasons:
            telemetry.add(counter, 0, source, reason)


def _finish(file: Followed) -> Block | None:
    return file.finish()
