"""What became of the files of one log: its siblings are compared by content with what is known of it, oldest first.

A sibling that says what a known position says is that file. One that says nothing known and is newer than all that is known
has come and gone between two looks, and has not been read at all. The rest is old.

What is compressed is compared in bounded steps: a search is a generator that yields where it can be interrupted. Opens
siblings and reads them; refuses to know what is done with what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from errno import EBADMSG, ENOENT

from log2metrics.flow import Position
from log2metrics.tail.filesystem import FileSystem, OpenFile
from log2metrics.tail.identity import HEAD_BYTES, MARKER_BYTES, Fingerprint, Key, begins_with, key_of
from log2metrics.tail.ledger import Row, row_of
from log2metrics.tail.siblings import MISSING, Sibling
from log2metrics.tail.unpacked import STEP_BYTES, Unpacked


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a log when its siblings are compared.

    `wanted` are the positions whose files are not where they were, `others` those of files that need not be found. What
    was modified up to `horizon_ns` has been seen; `inclusive` if a file of just that time may yet be a new one. `open` are
    the open files of the log, of which a new one must not be a copy, `followed` the identities of all that are open.
    """

    wanted: list[Position]
    others: list[Position]
    open: dict[Key, OpenFile]
    followed: set[Key]
    horizon_ns: int
    inclusive: bool

    def is_of_interest(self, sibling: Sibling) -> bool:
        """Whether it may be a wanted file, one that has grown since it was done, or a new one.

        A file is never older than when it was last seen; and as long as its time is the same, so is what it says.
        """
        times = {position.mtime_ns for position in self.others if position.done}
        wanted = [position.mtime_ns for position in self.wanted]
        oldest = min([*wanted, *times, self.horizon_ns])
        return sibling.mtime_ns >= oldest and (bool(wanted) or sibling.mtime_ns not in times)

    def is_new(self, sibling: Sibling) -> bool:
        """Whether a sibling that agrees with nothing has come and gone between two looks."""
        if sibling.mtime_ns != self.horizon_ns or not self.inclusive:
            return sibling.mtime_ns > self.horizon_ns
        # Of a file in which nothing was read, the content can't tell that it is not this one.
        return all(position.head for position in (*self.wanted, *self.others) if position.mtime_ns == sibling.mtime_ns)


@dataclass(frozen=True, slots=True)
class Found:
    """An open sibling that has something to be read: from `position` on, or from its first byte."""

    sibling: Sibling
    file: OpenFile
    position: Position | None


@dataclass(slots=True)
class Search:
    """One comparison of all siblings; `failed` is told of those that can't be read."""

    known: Known
    system: FileSystem
    failed: Callable[[Sibling, OSError], None]
    found: list[Found] = field(default_factory=list)
    troubled: list[Sibling] = field(default_factory=list)
    _places: set[tuple[str, bool]] = field(default_factory=set)
    _homes: dict[Row, Sibling] = field(default_factory=dict)

    def run(self, siblings: list[Sibling]) -> Generator[None, None, None]:
        """Compare them. Raises OSError with ENOENT if one has just been renamed; nothing stays open then."""
        known = self.known
        self._places |= {sibling.place for sibling in siblings if sibling.key in known.followed}
        self._homes = _homes(known, siblings)
        # After a truncation there are copies about, and the inode alone is no proof that one is a file that was empty.
        others = [position for position in known.others if position.head or not position.done or known.inclusive]
        by_key = {_key(position): position for position in known.wanted}
        rest = [sibling for sibling in siblings if sibling.key not in known.followed]
        try:
            for sibling in [sibling for sibling in rest if sibling.key in by_key]:
                yield from self._examine(sibling, [by_key[sibling.key]], only=True)
            taken = {sibling.key for sibling in (*(found.sibling for found in self.found), *self.troubled)}
            for sibling in [sibling for sibling in rest if sibling.key not in taken]:
                if known.is_of_interest(sibling):
                    yield from self._examine(sibling, [*self.leftover(), *others])
        except BaseException:
            self.close()
            raise
        self._sort_out()

    def leftover(self) -> list[Position]:
        """The wanted positions whose files have not been found."""
        claimed = {_key(found.position) for found in self.found if found.position is not None}
        return [position for position in self.known.wanted if _key(position) not in claimed]

    def put_back(self, found: Found) -> None:
        """Let go of one that was found."""
        found.file.close()
        self.found.remove(found)

    def close(self) -> None:
        """Let go of everything that was found."""
        for found in self.found:
            found.file.close()
        self.found.clear()

    def _examine(self, sibling: Sibling, positions: list[Position], *, only: bool = False) -> Generator[None, None, None]:
        """Compare one sibling with these positions; it is of no interest if it has to be one of them `only`, and is not."""
        try:
            file = open_sibling(sibling, self.system)
        except OSError as error:
            self._fail(sibling, error)
            return
        kept = False
        try:
            position = yield from self._recognise(file, sibling, positions)
            if position is not None:
                self._places.add(sibling.place)
            elif isinstance(file, Unpacked) and file.broken and self.leftover():
                self._fail(sibling, OSError(EBADMSG, "is cut off or damaged"))
                return
            kept = (position is not None or not only) and (yield from self._is_unread(sibling, file, position))
            if kept:
                self.found.append(Found(sibling, file, position))
        except OSError as error:
            self._fail(sibling, error)
        finally:
            if not kept:
                file.close()

    def _recognise(
        self, file: OpenFile, sibling: Sibling, positions: Iterable[Position]
    ) -> Generator[None, None, Position | None]:
        """Which of these positions is one in this file. What is known to be another file is not, alike as they may be."""
        candidates = [position for position in positions if not self._is_elsewhere(row_of(position), sibling)]
        found = yield from recognise(file, sibling, candidates)
        if found is None or not self._is_open(found):
            return found
        others = yield from recognise(file, sibling, [position for position in candidates if not self._is_open(position)])
        if others in self.known.wanted or not (yield from self._is_copy(file, found)):
            return others
        return found

    def _is_elsewhere(self, row: Row, sibling: Sibling) -> bool:
        """Whether this file is known to be another sibling, and an older one: nobody copies a rotated file."""
        home = self._homes.get(row)
        return home is not None and home.key != sibling.key and home.mtime_ns < sibling.mtime_ns

    def _is_open(self, position: Position) -> bool:
        return not position.done and _key(position) in self.known.open and position not in self.known.wanted

    def _is_copy(self, file: OpenFile, position: Position) -> Generator[None, None, bool]:
        """Whether a file that begins like an open one is a copy of it: of what it says now, or said before it was cut."""
        other = self.known.open[_key(position)]
        if isinstance(other, Unpacked):
            return True
        size = yield from self._size(file)
        return begins_with(other, file, size) or not Fingerprint.read(other, position.offset).agrees(position)

    def _is_unread(self, sibling: Sibling, file: OpenFile, position: Position | None) -> Generator[None, None, bool]:
        """Whether it has something to be read; a new one not if it is a copy of what is open anyway."""
        if position in self.known.wanted:
            return True
        if position is not None and (position.head or not position.done):
            return position.done and bool(file.read(1, position.offset))
        if position is None and not (sibling.named and self.known.is_new(sibling)):
            return False
        size = yield from self._size(file)
        if not size:  # a file that was given its name before anybody wrote to it; or a copy in the making of what is looked for
            return position is None and self.known.inclusive and not self.known.wanted
        others = [other for key, other in self.known.open.items() if not self._is_elsewhere((key, False), sibling)]
        return not any(begins_with(other, file, size) for other in others)

    def _size(self, file: OpenFile) -> Generator[None, None, int]:
        """How much it says, as far as it has to be known: what begins with another head is no copy."""
        if not isinstance(file, Unpacked):
            return file.size()
        head = file.read(HEAD_BYTES, 0)
        size = len(head)
        if any(other.read(size, 0) == head for other in self.known.open.values()):
            while piece := len(file.read(STEP_BYTES, size)):
                size += piece
                yield
        return size

    def _fail(self, sibling: Sibling, error: OSError) -> None:
        if error.errno in MISSING:
            raise error
        self.failed(sibling, error)
        self.troubled.append(sibling)

    def _sort_out(self) -> None:
        """Leave out the new files whose names are no proof where no other file of this log has such a name."""
        for found in self.found:
            if found.position is None and not found.sibling.certain and found.sibling.place not in self._places:
                found.file.close()
                self.found = [other for other in self.found if other is not found]
        self.found.sort(key=_age)


def open_sibling(sibling: Sibling, system: FileSystem) -> OpenFile:
    """Open it, and unpack it if it is compressed. Raises OSError, with ENOENT if another file has its name by now."""
    file = system.open(sibling.path)
    try:
        same = key_of(file.stat()) == sibling.key
        opened = Unpacked(file, sibling.packing) if sibling.packing else file
    except OSError:
        file.close()
        raise
    if not same:
        file.close()
        raise OSError(ENOENT, "has just been renamed")
    return opened


def recognise(file: OpenFile, sibling: Sibling, positions: Iterable[Position]) -> Generator[None, None, Position | None]:
    """Which of these positions is one in this file: of several, the last. Raises OSError."""
    found = None
    for position in sorted(positions, key=_offset):
        if not position.head:
            found = position if _may_be(sibling, position) else found
        elif Fingerprint(file.read(position.head_bytes, 0)).head == position.head:
            while isinstance(file, Unpacked) and not file.advance(max(0, position.offset - MARKER_BYTES)):
                yield
            found = position if Fingerprint.read(file, position.offset).agrees(position) else found
    return found


def _homes(known: Known, siblings: Iterable[Sibling]) -> dict[Row, Sibling]:
    """Where known files are that were rotated: those that are open, and of those that are done the ones that did not change.

    One that was compressed has another identity, and the time that it had.
    """
    done = {(position.size, position.mtime_ns, _key(position)) for position in known.others if position.done}
    by_time = {mtime_ns: key for _, mtime_ns, key in done}
    homes: dict[Row, Sibling] = {}
    for sibling in siblings:
        if sibling.key in known.open:
            homes[sibling.key, False] = sibling
        elif (sibling.size, sibling.mtime_ns, sibling.key) in done:
            homes[sibling.key, True] = sibling
        elif sibling.packing and sibling.mtime_ns in by_time:
            homes[by_time[sibling.mtime_ns], True] = sibling
    return homes


def _may_be(sibling: Sibling, position: Position) -> bool:
    """Whether it may be the file of a position before which nothing was read, so that the content can't tell.

    If it was modified since, and nothing was to be left out of it, it is as good as new.
    """
    if position.offset or position.done:
        same = sibling.named and _key(position) == sibling.key
        return same and (not position.done or (not position.size and not sibling.packing))
    return position.size > 0 and position.mtime_ns == sibling.mtime_ns


def _key(position: Position) -> Key:
    return position.device, position.inode


def _offset(position: Position) -> int:
    return position.offset


def _age(found: Found) -> int:
    return found.sibling.mtime_ns
