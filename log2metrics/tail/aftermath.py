"""What is done when a log has been searched, and with what was not found: resumed elsewhere, given up and counted.

Refuses to know how files are searched.
"""

from __future__ import annotations

import logging
import os

from log2metrics.flow import Position
from log2metrics.tail.filesystem import OpenFile
from log2metrics.tail.followed import Followed
from log2metrics.tail.identity import HEAD_BYTES, Fingerprint, begins_with, key_of
from log2metrics.tail.opening import Opening
from log2metrics.tail.roster import Roster
from log2metrics.tail.search import Search
from log2metrics.tail.setting import Setting
from log2metrics.tail.troubles import Troubles
from log2metrics.telemetry import LOST_BYTES, Loss

log = logging.getLogger(__name__)


class Aftermath:
    """The ends of all searches of one source."""

    def __init__(self, setting: Setting, roster: Roster, opening: Opening, troubles: Troubles) -> None:
        self._setting = setting
        self._source = setting.source
        self._roster = roster
        self._opening = opening
        self._troubles = troubles

    def give_up(self, path: str, search: Search, *, renewed: bool) -> None:
        """What was not found is not looked for any more. `renewed`: files were found that had not been read at all."""
        unreadable = {sibling.key for sibling in search.troubled}
        lost = False
        for position in search.leftover():
            if not position.head and (renewed or (position.device, position.inode) in unreadable):
                self._roster.ledger.forget(position)  # it is one of those
            else:
                self._settle(path, position)
                lost = True
        if not lost:
            self._count_unreadable(search)
        self._resume_done(path)

    def lose(self, position: Position, reason: Loss) -> None:
        """Count the bytes that were known to be there after a position, and are not to be had."""
        lost = position.size - position.offset
        if lost > 0:
            self._setting.telemetry.add(LOST_BYTES, lost, self._source, reason)
            log.warning(
                "bytes are lost, at least so many",
                extra={"source": self._source, "file": position.path, "bytes": lost, "reason": reason},
            )

    def retire(self, path: str, log_path: str) -> bool:
        """Remember a copy that nothing was missing from: what it says has been read. False: it is still being made."""
        try:
            file = self._setting.system.open(path)
        except OSError:  # it is gone
            return True
        try:
            status = file.stat()
            if any(begins_with(other.tailer.file, file, status.st_size) for other in self._roster.of(log_path)):
                return False
            if self._roster.get(key_of(status)) is None:
                self._roster.ledger.keep(self._done(file, log_path, status))
        except OSError as error:
            self._troubles.failed(path, error)
        finally:
            file.close()
        return True

    def _done(self, file: OpenFile, path: str, status: os.stat_result) -> Position:
        mark, size = Fingerprint.read(file, status.st_size), status.st_size
        whole = (self._source, path, *key_of(status), size, mark.head_bytes, mark.head, mark.marker)
        return Position(*whole, size=size, mtime_ns=status.st_mtime_ns, done=True)

    def _settle(self, path: str, position: Position) -> None:
        """A file was not found. While nothing is at its path it may come back with its file system."""
        present = self._roster.present(path)
        if present is None or (present.tailer.cut and present.tailer.position == position):  # that is counted as truncated
            return
        if self._is_same(present, position):
            self._opening.resume(present, position)
            return
        self._roster.ledger.forget(position)
        if position.offset or (position.device, position.inode) != present.tailer.key:
            self.lose(position, Loss.ROTATED_AWAY)

    def _resume_done(self, path: str) -> None:
        """What is at the path may be a file that was read to its end long ago, and has come back."""
        present = self._roster.present(path)
        for position in self._roster.ledger.of(path) if present is not None and present.held else ():
            if present is not None and position.done and self._is_same(present, position):
                self._opening.resume(present, position)
                return

    def _is_same(self, file: Followed, position: Position) -> bool:
        """Whether a new file is a known one after all, under another identity: its device has another number by now.

        Or it is a copy of itself; then nothing but its content tells, and there has to be enough of it.
        """
        if not file.held or not position.head or (position.inode != file.tailer.key[1] and position.head_bytes < HEAD_BYTES):
            return False
        try:
            return Fingerprint.read(file.tailer.file, position.offset).agrees(position)
        except OSError:
            return False

    def _count_unreadable(self, search: Search) -> None:
        for sibling in search.troubled:
            if search.known.is_new(sibling):
                self._setting.telemetry.add(LOST_BYTES, sibling.size, self._source, Loss.UNREADABLE)
                log.warning("can't be read, and is given up", extra={"source": self._source, "file": sibling.path})
