"""What is known of files that are not open: those to be found again, and those that were read to their ends.

The second kind is kept so that such a file is known again by its content when it comes back, renamed, compressed or grown
after all; a bounded number of them, the newest. Also notes what of it the state has yet to be told. Opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from log2metrics.flow import Position
from log2metrics.tail.identity import Key

#: How many files that were read to their ends are remembered of one path, and how many in all.
DONE_PER_PATH = 8
DONE_IN_ALL = 50_000

Row = tuple[Key, bool]


class Ledger:
    """The positions of one source whose files are not open."""

    def __init__(self, positions: Iterable[Position] = ()) -> None:
        self._missing: dict[Row, Position] = {}
        self._done: dict[Row, Position] = {}
        self._paths: dict[str, dict[Row, Position]] = {}
        self._written: dict[Row, Position] = {}
        self._deleted: dict[Row, Position] = {}
        for position in positions:
            self._put(position)

    def get(self, key: Key) -> Position | None:
        """The position of the file with this identity, whether it is to be found again or done."""
        return self._missing.get((key, False)) or self._done.get((key, True))

    def of(self, path: str) -> list[Position]:
        """All positions of the log at this path, whatever names their files have now."""
        return list(self._paths.get(path, {}).values())

    def missing(self) -> list[Position]:
        """The positions of the files that are to be found again."""
        return list(self._missing.values())

    def keep(self, position: Position) -> None:
        """Remember a position, instead of another of the same file; `done` says which kind it is."""
        self._put(position)
        self._written[row_of(position)] = position
        self._deleted.pop(row_of(position), None)
        if position.done:
            self._trim([other for other in self.of(position.path) if other.done], DONE_PER_PATH)
            if len(self._done) > DONE_IN_ALL:
                self._trim(list(self._done.values()), DONE_IN_ALL)

    def miss(self, position: Position) -> None:
        """A file of which nothing was read is to be found; the state, if it is asked, will find it by its time."""
        self._put(position)

    def forget(self, position: Position) -> None:
        """Its file is gone, or is known by another position from now on."""
        row = row_of(position)
        if (found := self._rows(position).pop(row, None)) is not None:
            of_path = self._paths[found.path]
            del of_path[row]
            if not of_path:
                del self._paths[found.path]
            self._written.pop(row, None)
            self._deleted[row] = position

    def close(self, position: Position) -> None:
        """The file of this position was open, was read to its end, and is let go."""
        self._deleted[row_of(position)] = position
        self.keep(replace(position, done=True))

    def disown(self, position: Position) -> None:
        """The file of this position was open, and is a copy of another one."""
        self._deleted[row_of(position)] = position

    def written(self) -> list[Position]:
        """The positions that the state has yet to be told."""
        return list(self._written.values())

    def deleted(self) -> list[Position]:
        """The positions that the state has yet to forget."""
        return list(self._deleted.values())

    def committed(self) -> None:
        """The state was told everything."""
        self._written.clear()
        self._deleted.clear()

    def _rows(self, position: Position) -> dict[Row, Position]:
        return self._done if position.done else self._missing

    def _put(self, position: Position) -> None:
        self.forget(position)
        self._rows(position)[row_of(position)] = position
        self._paths.setdefault(position.path, {})[row_of(position)] = position

    def _trim(self, done: list[Position], most: int) -> None:
        for position in sorted(done, key=_age)[: max(0, len(done) - most)]:
            self.forget(position)


def row_of(position: Position) -> Row:
    """What tells the positions of one source apart, in the state too."""
    return (position.device, position.inode), position.done


def _age(position: Position) -> int:
    return position.mtime_ns
