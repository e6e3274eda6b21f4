"""The files beside a log that were rotated from it, as far as their names say: `log.1`, `log-20261120.gz`, `old/log.2.xz`.

Looked for in the log's directory and the directories in it (for `olddir`), where a symlink at its path leads, and where
the configuration says. A directory is read at most once until `refresh`. Refuses to know what the files say.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from errno import ENOENT, ENOTDIR

from log2metrics.tail.discovery import Discovery
from log2metrics.tail.filesystem import FileSystem
from log2metrics.tail.identity import Key, key_of
from log2metrics.tail.rotated import origins, packing_of, parse

#: How many directories in the directory of a log are looked through for an `olddir`.
MAX_DIRECTORIES = 64

MISSING = {ENOENT, ENOTDIR}


@dataclass(frozen=True, slots=True)
class Sibling:
    """A file that may have been rotated from a log. `certain`: its name and place leave no doubt of that.

    It is `named` after the log, unless it is there for nothing but its inode.
    """

    path: str
    key: Key
    size: int
    mtime_ns: int
    packing: str
    place: tuple[str, bool]
    certain: bool
    named: bool = True


class _Listing:
    """The names in one directory: files by inode and by the logs they may come from, and directories."""

    def __init__(self, entries: Iterable[os.DirEntry[str]]) -> None:
        self.names: set[str] = set()
        self.directories: list[str] = []
        self.inodes: dict[int, str] = {}
        self.rotated: dict[str, list[tuple[str, bool]]] = {}
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                self.directories.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                self.names.add(entry.name)
                self.inodes[entry.inode()] = entry.name
                for name in parse(entry.name):
                    self.rotated.setdefault(name.base, []).append((entry.name, name.doubtful))


class Siblings:
    """Finds the siblings of logs."""

    def __init__(self, system: FileSystem, elsewhere: Sequence[str] = ()) -> None:
        self._system = system
        self._elsewhere = Discovery(elsewhere, system, settled=True) if elsewhere else None
        self._listings: dict[str, _Listing] = {}

    def refresh(self) -> None:
        """Forget what was read of directories."""
        self._listings.clear()

    def of(self, path: str, inodes: set[int], also: Iterable[str] = ()) -> list[Sibling]:
        """The siblings of the log at this path, oldest first; also files of other names with one of these inodes.

        And the files at the paths `also`.

        A compressed file whose plain original is still beside it is left out: it is not complete. Raises OSError, with
        ENOENT also if a name is changed at this moment.
        """
        found: dict[Key, Sibling] = {}
        for log in dict.fromkeys((path, self._system.real(path))):
            directory, base = os.path.split(log)
            for sibling in self._beside(directory or "/", base, inodes):
                if sibling.path != path:
                    found.setdefault(sibling.key, sibling)
        base = os.path.basename(path)  # noqa: PTH119 - paths are strings in this room
        for sibling in (*self._far(base), *self._named(also)):
            found[sibling.key] = sibling
        return sorted(found.values(), key=_age)

    def _beside(self, directory: str, base: str, inodes: set[int]) -> Iterator[Sibling]:
        try:
            here = self._list(directory)
        except OSError as error:
            if error.errno in MISSING:
                return
            raise
        yield from self._in(here, directory, base, inodes, own=True)
        for inner in here.directories[:MAX_DIRECTORIES]:
            try:
                listing = self._list(inner)
            except OSError:  # not to be read by everybody: not where this log's files are
                continue
            if base not in listing.names:
                yield from self._in(listing, inner, base, inodes, own=False)

    def _in(self, listing: _Listing, directory: str, base: str, inodes: set[int], *, own: bool) -> Iterator[Sibling]:
        root = directory.rstrip("/")
        names = dict(listing.rotated.get(base, ()))
        for name, doubtful in names.items():
            packing = packing_of(name)
            if not packing or name.removesuffix(packing) not in listing.names:
                yield self._look(f"{root}/{name}", packing, doubtful=doubtful, certain=own and not doubtful)
        for inode in inodes & listing.inodes.keys():
            name = listing.inodes[inode]
            if name not in names and not packing_of(name):
                yield replace(self._look(f"{root}/{name}", "", doubtful=True, certain=False), named=False)

    def _far(self, base: str) -> Iterator[Sibling]:
        stem = base.partition(".")[0]
        for path in self._elsewhere.paths(_ignore) if self._elsewhere else ():
            name = os.path.basename(path)  # noqa: PTH119 - paths are strings in this room
            if base in origins(name) or stem in origins(name):
                yield self._look(path, packing_of(name), doubtful=False, certain=True)

    def _named(self, paths: Iterable[str]) -> Iterator[Sibling]:
        for path in paths:
            try:
                yield self._look(path, "", doubtful=False, certain=True)
            except OSError as error:
                if error.errno not in MISSING:
                    raise

    def _look(self, path: str, packing: str, *, doubtful: bool, certain: bool) -> Sibling:
        status = self._system.stat(path)
        place = (os.path.dirname(path), doubtful)  # noqa: PTH120 - paths are strings in this room
        return Sibling(path, key_of(status), status.st_size, status.st_mtime_ns, packing, place, certain)

    def _list(self, directory: str) -> _Listing:
        if directory not in self._listings:
            self._listings[directory] = _Listing(self._system.list(directory))
        return self._listings[directory]


def _age(sibling: Sibling) -> tuple[int, str]:
    return sibling.mtime_ns, sibling.path


def _ignore(path: str, error: OSError) -> None:
    """What can't be listed holds nothing just now."""
