"""The searches for rotated files that are under way, and what is done with what they find.

A log is searched when something has happened to it: its path leads to another file, it was truncated, its file is missing
at the start. Until its search is over, the files that are read last are held. What has not been found in the end is lost,
and counted. Refuses to know how files are compared.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from dataclasses import dataclass

from log2metrics.flow import Position
from log2metrics.tail.aftermath import Aftermath
from log2metrics.tail.followed import Followed
from log2metrics.tail.identity import Rotation, begins_with
from log2metrics.tail.opening import Opening
from log2metrics.tail.roster import Roster
from log2metrics.tail.search import Found, Known, Search
from log2metrics.tail.setting import Setting
from log2metrics.tail.siblings import MISSING, Sibling, Siblings
from log2metrics.tail.troubles import Troubles
from log2metrics.telemetry import Loss

log = logging.getLogger(__name__)

_OVER = object()


@dataclass(slots=True)
class Pending:
    """One search under way. `since` is in Unix seconds."""

    path: str
    horizon_ns: int
    inclusive: bool
    since: float
    confirmed: bool = False
    renewed: bool = False  # files were found that had not been read at all
    unseen: bool = False  # the path leads to another file than before the start; if that is a known one, nothing was rotated
    work: tuple[Search, Generator[None, None, None]] | None = None

    @property
    def kind(self) -> Rotation:
        """How the files of this log are rotated, as far as one knows."""
        return Rotation.RENAMED if self.inclusive else Rotation.TRUNCATED

    def stop(self) -> None:
        """Let go of what it holds open."""
        if self.work is not None:
            search, steps = self.work
            steps.close()
            search.close()
        self.work = None


class Searches:
    """All searches of one source."""

    def __init__(self, setting: Setting, roster: Roster, opening: Opening) -> None:
        self._setting = setting
        self._source = setting.source
        self._roster = roster
        self._opening = opening
        self._siblings = Siblings(setting.system, setting.selection.rotated)
        self._troubles = Troubles("search", setting.source, setting.telemetry)
        self._aftermath = Aftermath(setting, roster, opening, self._troubles)
        self._pending: dict[str, Pending] = {}
        self._wanted = False
        self.copies: dict[str, set[str]] = {}  # by log: paths of files that are copies of it, as far as one can see

    @property
    def wanted(self) -> bool:
        """Whether `run` would get ahead, if it were called now."""
        return self._wanted or any(pending.work is not None for pending in self._pending.values())

    def is_under_way(self, path: str) -> bool:
        """Whether a log is being searched, or about to be."""
        return path in self._pending

    def want(self, path: str, *, renamed: bool) -> None:
        """Begin to search a log, at the next `run`: because its path leads to another file, or because it was cut."""
        if path not in self._pending:
            self._pending[path] = Pending(path, self._roster.horizon_ns(path), renamed, self._setting.clock())
            self._wanted = True

    def hold(self, file: Followed, *, renamed: bool, unseen: bool = False) -> None:
        """The same, and do not read this file of the log before. `unseen`: nobody saw it take the path."""
        file.held = True
        self.want(file.tailer.path, renamed=renamed)
        self._pending[file.tailer.path].unseen |= unseen

    def siblings(self, path: str) -> list[Sibling]:
        """The siblings of a log, as of the last `run` or `refresh`. Raises OSError."""
        return self._siblings.of(path, set())

    def refresh(self) -> None:
        """Look at directories anew."""
        self._siblings.refresh()

    def run(self) -> set[str]:
        """Get ahead with all searches; most are over at once. What was not found is looked for a second time.

        The paths of the logs are given of which files were found, or need not be held any more.
        """
        self._wanted = False
        again, budget, before = list(self._pending.values()), self._setting.limits.search_steps, set(self._pending)
        for _ in range(2):
            self._look_ahead(again)
            turn, again = again, []
            for pending in turn:
                used, retry = self._advance(pending, max(1, budget))
                budget -= used
                again += [pending] if retry else []
        self._troubles.settle()
        return before

    def close(self) -> None:
        """Let go of everything."""
        for pending in self._pending.values():
            pending.stop()
        self._pending.clear()

    def _advance(self, pending: Pending, budget: int) -> tuple[int, bool]:
        """How many steps were used, and whether it should be begun anew at once: names were being changed, or not all found."""
        used = 0
        try:
            pending.work = pending.work or self._begin(pending)
            search, steps = pending.work
            for used in range(budget):
                if next(steps, _OVER) is _OVER:
                    pending.work = None
                    return used, self._end(pending, search)
        except OSError as error:
            pending.stop()
            if error.errno not in MISSING:
                self._troubles.failed(pending.path, error)
            if self._is_patient(pending):
                return used, error.errno in MISSING
            self._release(pending)
        return used, False

    def _look_ahead(self, searches: list[Pending]) -> None:
        """Read what is there, and then look who else is: so a file that is truncated in between is known by what was read."""
        for pending in searches:
            for file in list(self._roster.of(pending.path)):
                try:
                    if file.doubtful and file.tailer.file.size():
                        self._disown(file)  # what it is, is seen when it is found again
                        continue
                    file.tailer.check()
                    file.look_ahead()
                except OSError as error:
                    self._troubles.failed(pending.path, error)
        if searches:
            self._siblings.refresh()

    def is_copy(self, file: Followed) -> bool:
        """Whether a doubtful file is a copy of its log, and is let go for that: a search finds it if it is missed.

        Raises OSError.
        """
        size = file.tailer.file.size()
        others = [other for other in self._roster.of(file.tailer.path) if other is not file]
        for other in [other for other in others if other.tailer.check()]:
            self.hold(other, renamed=False)
        copy = self.is_under_way(file.tailer.path) or any(
            begins_with(other.tailer.file, file.tailer.file, size) for other in others
        )
        if copy:
            self._disown(file)
        file.doubtful = False
        return copy

    def _disown(self, file: Followed) -> None:
        file.done = True
        self._roster.remove(file)
        self._roster.ledger.disown(file.tailer.position)

    def _begin(self, pending: Pending) -> tuple[Search, Generator[None, None, None]]:
        files = self._roster.of(pending.path)
        ledger = self._roster.ledger.of(pending.path)
        known = Known(
            wanted=[p for p in ledger if not p.done] + [file.tailer.position for file in files if file.tailer.cut],
            others=[p for p in ledger if p.done]
            + [file.tailer.position for file in files if not file.tailer.cut]
            + [file.ahead.position for file in files if file.ahead is not None],
            open={file.tailer.key: file.tailer.file for file in files},
            followed=self._roster.keys(),
            horizon_ns=pending.horizon_ns,
            inclusive=pending.inclusive,
        )
        inodes = {position.inode for position in known.wanted}
        siblings = self._siblings.of(pending.path, inodes, self.copies.get(pending.path, ()))
        for sibling in siblings:  # it may have been followed as a log of its own before it was compressed
            own_path = sibling.path.removesuffix(sibling.packing)
            known.others.extend(self._roster.ledger.of(own_path))
            known.others.extend(file.tailer.position for file in self._roster.of(own_path))
        search = Search(known, self._setting.system, self._failed)
        return search, search.run(siblings)

    def _failed(self, sibling: Sibling, error: OSError) -> None:
        self._troubles.failed(sibling.path, error)

    def _end(self, pending: Pending, search: Search) -> bool:
        """Follow what was found; whether the rest should be looked for again."""
        patient = self._is_patient(pending)
        for found in list(search.found):
            unread = found.position is None or not found.position.head
            if unread and search.troubled and patient:  # or what is older would be taken for old after a restart
                search.put_back(found)
            elif not self._follow(pending, found):
                search.found.remove(found)
                search.troubled.append(found.sibling)
        pending.renewed |= any(found.position is None for found in search.found)
        leftover = search.leftover()
        if leftover and not pending.confirmed:
            pending.confirmed = True
            return True
        if search.troubled and patient:
            return False
        self._aftermath.give_up(pending.path, search, renewed=pending.renewed)
        self._count_unseen(pending)
        self._release(pending, search.known.wanted)
        del self._pending[pending.path]
        return False

    def _count_unseen(self, pending: Pending) -> None:
        """Count the rotation at whose end the present file came to its path before the start, unless it is a known one."""
        present = self._roster.present(pending.path)
        if pending.unseen and present is not None and present.held and not present.tailer.position.offset:
            self._setting.rotated(pending.path, Rotation.RENAMED)

    def _follow(self, pending: Pending, found: Found) -> bool:
        """Whether it could be opened as it was found."""
        cut = next((f for f in self._roster.of(pending.path) if f.tailer.cut and f.tailer.position == found.position), None)
        try:
            file = self._opening.follow(found.file, pending.path, found.position)
        except OSError as error:
            self._failed(found.sibling, error)
            return False
        file.due_bytes = found.position.size if found.position else 0
        file.age_ns = found.sibling.mtime_ns
        file.doubtful = found.position is None and not found.sibling.size
        self._roster.depart(file)
        if found.position is None and not file.doubtful:  # it has come and gone between two looks
            self._setting.rotated(pending.path, pending.kind)
        if cut is not None:
            cut.proceed()
            self._roster.moved(cut)
        return True

    def _release(self, pending: Pending, wanted: list[Position] | None = None) -> None:
        """Let the files of a log be read, whatever was found of it.

        One that has been truncated since the `wanted` positions were taken asks again, and is searched for itself.
        """
        for file in self._roster.of(pending.path):
            cut = file.tailer.cut
            if cut and (wanted is None or file.tailer.position in wanted):
                self._aftermath.lose(file.tailer.position, Loss.TRUNCATED)
                file.proceed()
            elif not cut and (file.tailer.asks or file.ahead is not None):
                file.proceed()
            file.held = False
            self._roster.moved(file)
        if not any(map(self._is_cut, self._roster.of(pending.path))):
            copies = self.copies.pop(pending.path, set())
            if unfinished := {path for path in copies if not self._aftermath.retire(path, pending.path)}:
                self.copies[pending.path] = unfinished

    def _is_cut(self, file: Followed) -> bool:
        """Whether it has been truncated meanwhile, as far as one can see: then copies are to be looked at once more."""
        try:
            return file.tailer.check()
        except OSError:
            return True

    def _is_patient(self, pending: Pending) -> bool:
        return 0 <= self._setting.clock() - pending.since < self._setting.limits.grace_seconds
