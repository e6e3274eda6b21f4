"""Paths → open files: what is new, and what was renamed or deleted.

    glob patterns ─Discovery─▶ paths ─stat─▶ (device, inode) ─▶ known already, or opened

A file is one (device, inode), however many paths and patterns lead to it. What is found out of the way, rotated, is the
matter of the searches. Reads no lines.
"""

from __future__ import annotations

import os

from log2metrics.flow import Position
from log2metrics.tail.copies import Copies
from log2metrics.tail.discovery import Discovery
from log2metrics.tail.filesystem import check_regular
from log2metrics.tail.followed import Followed
from log2metrics.tail.identity import Key, Rotation, key_of
from log2metrics.tail.opening import Opening
from log2metrics.tail.roster import Roster
from log2metrics.tail.rotated import is_rotation
from log2metrics.tail.searches import Searches
from log2metrics.tail.selection import StartAt
from log2metrics.tail.setting import Setting
from log2metrics.tail.siblings import MISSING, Sibling
from log2metrics.tail.troubles import Troubles

#: With more paths than these, only a share of them is looked at in each pass while their directories do not change, and
#: all of them after so many seconds.
MANY = 256
SHARES = 5
LOOK_SECONDS = 60.0


class Finder:
    """Keeps the roster of one source true to what its patterns lead to."""

    def __init__(self, setting: Setting, roster: Roster, opening: Opening, searches: Searches, *, first_start: bool) -> None:
        self._setting = setting
        self._source = setting.source
        self._roster = roster
        self._opening = opening
        self._searches = searches
        self._copies = Copies(setting, roster, opening, searches)
        self._first_look = first_start
        self._started = False  # whether all paths have been looked at since the start
        self._unseen_at_first: set[str] = set()  # paths, or directories above them, that could not be looked at then
        self._discovery = Discovery(setting.selection.globs, setting.system)
        self._troubles = Troubles("open", setting.source, setting.telemetry)
        self._unsearched = {(p.device, p.inode) for p in roster.ledger.missing()}
        self._places: dict[Key, str] = {}
        self._hidden: set[str] = set()
        self._paths: list[str] = []
        self._keys: dict[str, Key] = {}
        self._unopened: dict[Key, Position] = {}  # what could not be opened, though it was there
        self._looked_at = 0.0  # when all paths were looked at, in Unix seconds
        self._quiet = False  # whether nothing was left to be tried again
        self._turn = 0

    def discover(self) -> None:
        """Expand the patterns, open what is new, notice what was renamed, deleted or is missing."""
        self._searches.refresh()
        derived = [] if self._nothing_changed() else self._look_at_paths()
        self._want_missing()
        for path, _ in derived:
            self._copies.suspect(path)
        self._searches.run()
        for path, status in derived:
            if not self._copies.meet(path, status, self._troubles):
                self._meet(path, status)
        if self._first_look:
            self._unseen_at_first = self._hidden
            self._follow_lingering()
        self._quiet = not (self._troubles.settle() or self._hidden or derived or self._first_look)
        self._first_look = False
        self._started = True

    def directories(self) -> set[str]:
        """Where a new file could appear, as of the last `discover`; some may not exist."""
        return self._discovery.directories()

    def selects(self, path: str) -> bool:
        """Whether a file at this path is, or would be, one of the source."""
        return self._discovery.selects(path)

    def lose(self, position: Position) -> None:
        """A file that was open is to be found again, wherever it is."""
        self._roster.ledger.keep(position)
        self._unsearched.add((position.device, position.inode))

    def _hide(self, path: str, error: OSError) -> None:
        self._hidden.add(path)
        self._troubles.failed(path, error)

    # Paths → files.

    def _nothing_changed(self) -> bool:
        """Whether all paths still lead where they did, as far as directories tell; some of them are looked at all the same.

        With few files that is all of them, so that a file is never opened late.
        """
        now = self._setting.clock()
        if not self._quiet or len(self._paths) <= MANY or not 0 <= now - self._looked_at < LOOK_SECONDS:
            return False
        if not self._discovery.is_unchanged(now):
            return False
        begin, share = self._turn, len(self._paths) // SHARES + 1
        self._turn = 0 if begin + share >= len(self._paths) else begin + share
        return all(map(self._leads_where_it_did, (*self._discovery.links, *self._paths[begin : begin + share])))

    def _leads_where_it_did(self, path: str) -> bool:
        try:
            status = self._setting.system.stat(path)
        except OSError:
            return path not in self._keys
        file = self._roster.get(key_of(status))
        if file is not None:
            file.tailer.note(status)
        return self._keys.get(path) == key_of(status)

    def _look_at_paths(self) -> list[tuple[str, os.stat_result]]:
        """Meet the file at every path; those that are left are named as if they were rotated from another one."""
        self._places, self._keys, self._hidden = {}, {}, set()
        self._looked_at = self._setting.clock()
        derived: list[tuple[str, os.stat_result]] = []
        self._paths = self._discovery.paths(self._hide)
        for path in self._paths:
            try:
                status = self._setting.system.stat(path)
            except OSError as error:
                if error.errno not in MISSING:
                    self._hide(path, error)
                continue
            self._keys[path] = key_of(status)
            file = self._roster.get(key_of(status))
            if file is not None:
                file.tailer.note(status)
            elif not self._first_look and self._copies.origin(path) is not None:
                derived.append((path, status))
            else:
                file = self._meet(path, status)
            if file is not None and (file.tailer.key not in self._places or file.tailer.path == path):
                self._places[file.tailer.key] = path
        self._reconcile()
        self._want_unopened()
        return derived

    def _meet(self, path: str, status: os.stat_result, *, again: bool = False) -> Followed | None:
        """Open and follow a file; None if it is none, can't be read, was read to its end before, or changes all the time."""
        known = self._roster.ledger.get(key_of(status))
        unchanged = known is not None and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns)
        if known is not None and known.done and unchanged:
            return None
        if known is not None and not known.offset and not unchanged:
            known = None  # nothing was read of it, so that nothing but its inode would tell; and that may have been reused
        try:
            check_regular(status)
        except OSError as error:
            if path in self._discovery.literals:  # a pattern may well match directories
                self._troubles.failed(path, error)
            return None
        log_path = known.path if known is not None and is_rotation(path, known.path) else path
        try:
            opened = self._setting.system.open(path)
            if key_of(opened.stat()) != key_of(status):  # where the path leads has changed since
                opened.close()
                return None if again else self._meet(path, self._setting.system.stat(path), again=True)
            file = self._opening.follow(opened, log_path, known, at_end=self._passes_over(path))
        except OSError as error:
            self._troubles.failed(path, error)
            self._remember(path, status)
            size, mtime_ns = status.st_size, status.st_mtime_ns
            beginning = Position(self._source, log_path, *key_of(status), 0, size=size, mtime_ns=mtime_ns)
            self._unopened[key_of(status)] = beginning
            return None
        self._unopened.pop(key_of(status), None)
        self._await_older(file)
        return file

    def _passes_over(self, path: str) -> bool:
        """Whether what this file holds is to be left out: it was there at the very first look."""
        first = self._first_look or _is_below(path, self._unseen_at_first)
        return first and self._setting.selection.start_at is StartAt.END

    def _remember(self, path: str, status: os.stat_result) -> None:
        """A file that can't be opened at the very first look was there all the same."""
        if self._passes_over(path) and status.st_size:
            size, mtime_ns = status.st_size, status.st_mtime_ns
            position = Position(self._source, path, *key_of(status), size, size=size, mtime_ns=mtime_ns)
            self._roster.ledger.keep(position)

    def _await_older(self, file: Followed) -> None:
        """Hold a file until what came before it in its log has been looked for."""
        path = file.tailer.path
        if file.tailer.cut:
            self._searches.hold(file, renamed=False)
        elif not file.tailer.mtime_ns and (len(self._roster.of(path)) > 1 or self._roster.ledger.of(path)):
            self._searches.hold(file, renamed=True, unseen=self._is_successor(file))

    def _is_successor(self, file: Followed) -> bool:
        """Whether this file has taken the path of a followed one since the last look before the start."""
        missing = [] if self._started else [p for p in self._roster.ledger.of(file.tailer.path) if not p.done]
        return bool(missing) and file.tailer.key not in {(p.device, p.inode) for p in missing}

    def _follow_lingering(self) -> None:
        """Rotated files are not read at the very first start; but somebody may still be writing to the last one."""
        for file in list(self._roster):
            try:
                newest = self._searches.siblings(file.tailer.path)[-1:]
                mtime_ns = file.tailer.file.stat().st_mtime_ns
                oldest_ns = min(mtime_ns, int((self._setting.clock() - self._setting.limits.grace_seconds) * 1e9))
                for sibling in newest:
                    if sibling.mtime_ns >= oldest_ns and self._roster.get(sibling.key) is None:
                        self._linger(file.tailer.path, sibling)
            except OSError as error:
                self._troubles.failed(file.tailer.path, error)

    def _linger(self, path: str, sibling: Sibling) -> None:
        if sibling.packing:  # nobody writes to it, but it must not be taken for a new one later
            position = Position(*(self._source, path, *sibling.key, 0), size=sibling.size, mtime_ns=sibling.mtime_ns, done=True)
            self._roster.ledger.keep(position)
        else:
            self._roster.depart(self._opening.follow(self._setting.system.open(sibling.path), path, at_end=True))

    # Files → where they are.

    def _reconcile(self) -> None:
        """Compare where the followed files are with where they were."""
        for file in list(self._roster):
            old, new = file.tailer.path, self._places.get(file.tailer.key)
            if new == old:
                if file.departed:
                    self._roster.arrive(file)
            elif new is not None and not is_rotation(new, old):
                self._roster.arrive(file)
                self._setting.rotated(old, Rotation.RENAMED)
                self._roster.move(file, new)
            elif not file.departed and not _is_below(old, self._hidden):
                self._roster.depart(file)
                self._setting.rotated(old, Rotation.RENAMED if file.is_linked() else Rotation.DELETED)
                self._searches.want(old, renamed=True)

    def _want_unopened(self) -> None:
        """Search the logs whose file could not be opened, and is not at its path any more."""
        for key, position in list(self._unopened.items()):
            path = position.path
            if self._keys.get(path) == key or path in self._hidden:
                continue
            del self._unopened[key]
            if self._roster.get(key) is None and (self._roster.of(path) or self._roster.ledger.of(path)):
                self._searches.want(path, renamed=True)
                if self._roster.ledger.get(key) is None:
                    self._roster.ledger.miss(position)

    def _want_missing(self) -> None:
        """Search the logs whose files are not known to be anywhere: at the start, and when another file has their path."""
        for position in self._roster.ledger.missing():
            present = self._roster.present(position.path)
            key = (position.device, position.inode)
            if self._discovery.selects(position.path):
                if present is not None:
                    self._searches.hold(present, renamed=True)
                elif key in self._unsearched:
                    self._searches.want(position.path, renamed=True)
            self._unsearched.discard(key)


def _is_below(path: str, others: set[str]) -> bool:
    """Whether this path is one of the others, or leads through one of them."""
    return any(path == other or path.startswith(f"{other.rstrip('/')}/") for other in others)
