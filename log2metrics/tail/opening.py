"""Opening a file at the right place: where its position says, or where the selection says to begin.

Knows nothing of paths' comings and goings.
"""

from __future__ import annotations

import logging
import os
from dataclasses import replace

from log2metrics.flow import Position
from log2metrics.shape.shape import HEAD_BYTES
from log2metrics.tail.filesystem import OpenFile
from log2metrics.tail.followed import Followed
from log2metrics.tail.identity import Fingerprint, Key, key_of
from log2metrics.tail.lines import last_line_start
from log2metrics.tail.roster import Roster
from log2metrics.tail.setting import Setting
from log2metrics.tail.tailer import Tailer

log = logging.getLogger(__name__)


class Opening:
    """Makes followed files of open ones, and puts them into the roster."""

    def __init__(self, setting: Setting, roster: Roster) -> None:
        self._setting = setting
        self._roster = roster

    def follow(self, file: OpenFile, path: str, known: Position | None = None, *, at_end: bool = False) -> Followed:
        """Follow an open file of the log at `path`: from the known position, or from its end, or from its first byte.

        A file that was done, or that of another log, and says something else by now, is a new one. Raises OSError, and the
        file is closed then.
        """
        try:
            status = file.stat()
            key = key_of(status)
            if (already := self._roster.get(key)) is not None:  # where the path leads has changed since it was looked at
                file.close()
                return already
            if known is not None and (known.done or known.path != path):
                known = known if Fingerprint.read(file, known.offset).agrees(known) else None
            passed_over = known.offset if known and not known.head else status.st_size if at_end and not known else 0
            position = _moved_to(known, key) if known and not passed_over else self._beginning(file, path, status, passed_over)
            followed = Followed(self._tailer(file, position))
        except OSError:
            file.close()
            raise
        if known is not None:
            self._roster.ledger.forget(known)
            followed.committed = 0 if not known.done and not passed_over and (known.device, known.inode) == key else -1
        self._roster.add(followed)
        log.info(
            "following",
            extra={"source": self._setting.source, "file": path, "offset": followed.tailer.position.offset},
        )
        return followed

    def resume(self, file: Followed, known: Position) -> None:
        """Go on from this position in a file of which nothing has been read. Raises OSError."""
        file.restart(self._tailer(file.tailer.file, _moved_to(known, file.tailer.key)))
        self._roster.ledger.forget(known)
        self._roster.moved(file)

    def _tailer(self, file: OpenFile, position: Position) -> Tailer:
        setting = self._setting
        return Tailer(file, position, setting.selection, setting.telemetry, setting.limits.block_bytes)

    def _beginning(self, file: OpenFile, path: str, status: os.stat_result, passed_over: int) -> Position:
        """Where to begin in a file of which nothing was read, and so many bytes are to be left out."""
        size = min(passed_over, status.st_size)
        selection = self._setting.selection
        newline = selection.shape.of(file.read(HEAD_BYTES, 0)).newline
        offset, skipping = last_line_start(file, size, selection.line_bytes, newline) if size else (0, 0)
        return Position(self._setting.source, path, *key_of(status), offset, skipping=skipping)


def _moved_to(position: Position, key: Key) -> Position:
    return replace(position, device=key[0], inode=key[1], done=False)
