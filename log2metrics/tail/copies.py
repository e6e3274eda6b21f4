"""New files that are named after a followed log: copies of it, as copytruncate makes them, or logs of their own.

A pattern may well match both. A file that says nothing but what the log says, from its first byte on, is a copy in the
making: it is left alone until the log is truncated, and then it is one of the places where the rest is searched.
"""

from __future__ import annotations

import os
from stat import S_ISREG

from log2metrics.flow import Position
from log2metrics.tail.filesystem import OpenFile
from log2metrics.tail.identity import Fingerprint, Key, Times, begins_with, key_of, times_of
from log2metrics.tail.opening import Opening
from log2metrics.tail.roster import Roster
from log2metrics.tail.rotated import origins
from log2metrics.tail.searches import Searches
from log2metrics.tail.setting import Setting
from log2metrics.tail.troubles import Troubles


class Copies:
    """Tells the copies of logs from logs."""

    def __init__(self, setting: Setting, roster: Roster, opening: Opening, searches: Searches) -> None:
        self._system = setting.system
        self._roster = roster
        self._opening = opening
        self._searches = searches
        self._seen: dict[Key, Times] = {}

    def origin(self, path: str) -> str | None:
        """The log that this path is named after, if there is one of that name."""
        directory, name = os.path.split(path)
        for other in origins(name):
            log = f"{directory.rstrip('/')}/{other}"
            if self._roster.of(log) or self._roster.ledger.of(log):
                return log
        return None

    def suspect(self, path: str) -> None:
        """A file that is new at this path, while what was rotated from a log is searched: if it is older, it is old."""
        log = self.origin(path)
        if log is not None and self._searches.is_under_way(log):
            self._searches.copies.setdefault(log, set()).add(path)

    def meet(self, path: str, status: os.stat_result, troubles: Troubles) -> bool:
        """Look at a file that is new at this path and named after a log; False if it is a log of its own."""
        key, log = key_of(status), self.origin(path)
        known = self._roster.ledger.get(key)
        known = known if known is not None and known.path == log else None  # an inode that was that of another log
        if self._roster.get(key) is not None or self._seen.get(key) == times_of(status):
            return True
        if log is None or (known is not None and not known.done) or not S_ISREG(status.st_mode):
            return False
        if known is None and status.st_mtime_ns <= self._roster.horizon_ns(log):
            return True  # it was there when the log was looked at last, and has been read or left out
        if known is not None and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
            return True
        try:
            copy = self._judge(self._system.open(path), log, known)
        except OSError as error:
            troubles.failed(path, error)
            return True
        if copy:
            self._seen[key] = times_of(status)
            self._searches.copies.setdefault(log, set()).add(path)
        return copy is not False

    def _judge(self, file: OpenFile, log: str, known: Position | None) -> bool | None:
        """Whether an open file is a copy of this log; None if it is a file of the log itself, which is followed then.

        Raises OSError. It is closed, or followed.
        """
        kept = False
        try:
            if self._is_truncated(log):
                return True
            found = self._known(file, log)
            if found is None:
                copy = self._is_copy(file, log)
                if copy or known is None or known.head:
                    return copy
                found = known  # it was empty when it was done
            kept = True
        finally:
            if not kept:
                file.close()
        self._roster.depart(self._opening.follow(file, log, found))
        return None

    def _is_truncated(self, log: str) -> bool:
        """Whether the log has been truncated; then the search for the rest says what this file is."""
        truncated = [file for file in self._roster.of(log) if file.tailer.check()]
        for file in truncated:
            self._searches.hold(file, renamed=False)
        return bool(truncated)

    def _known(self, file: OpenFile, log: str) -> Position | None:
        """Which position of a file of this log that is not open is one in this file."""
        return next((p for p in self._roster.ledger.of(log) if p.head and Fingerprint.read(file, p.offset).agrees(p)), None)

    def _is_copy(self, file: OpenFile, log: str) -> bool:
        """Whether the file says what an open file of the log says; of an empty one that can't be told yet."""
        size = file.size()
        return not size or any(begins_with(other.tailer.file, file, size) for other in self._roster.of(log))
