"""Glob patterns → paths that may be followed, anew at each call, so that no new file is missed.

`*`, `?` and `[…]` stand for characters of one name, `**` for any number of directories; as in a shell, none of them stands
for a leading dot. `**` does not descend into symlinks, so it can't run in circles.

A path without wildcards is given back as it is. Of the names found through a wildcard, compressed and rotated ones are
left out, unless the pattern itself ends in such a name. Refuses to know what the paths lead to: they may be missing, or
be no files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from errno import ENOENT, ENOTDIR
from fnmatch import translate
from typing import Final

from log2metrics.tail.filesystem import FileSystem

#: What is called with a path that can't be listed, and why.
Failed = Callable[[str, OSError], None]

_SETTLED_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".zip", ".Z", ".lz4", ".old", ".bak", ".swp", ".tmp", "~")
_SETTLED_NAME = re.compile(r".*(?:\.\d+|-\d{8}(?:-\d+)?|\.dpkg-[a-z]+)\Z", re.DOTALL)
_WILDCARD = re.compile(r"[*?[]")
_CHARACTER_CLASS = re.compile(r"\[[^]]+\]")


def is_settled(name: str) -> bool:
    """Whether a file of this name is one that nobody logs to any more: compressed, rotated, a copy or temporary."""
    return name.endswith(_SETTLED_ENDINGS) or _SETTLED_NAME.match(name) is not None


class _AnyDepth:
    """The part `**` of a pattern."""


class _Names:
    """One part of a pattern that has wildcards: which names it stands for."""

    def __init__(self, part: str, *, settled: bool) -> None:
        self._match = re.compile(translate(part)).match
        self._hidden = part.startswith(".")
        # `app.[0-9]` ends in a rotated name as `app.0` does.
        self._settled = settled or is_settled(_CHARACTER_CLASS.sub("0", part))

    def accept(self, name: str) -> bool:
        """Whether this part of the pattern stands for this name."""
        if self._match(name) is None or (name.startswith(".") and not self._hidden):
            return False
        return self._settled or not is_settled(name)


#: Device, inode and time of the last change of names, in Unix nanoseconds.
_Stamp = tuple[int, int, int]

_SETTLING_SECONDS = 2.0

_Part = str | _Names | _AnyDepth
_ANY_DEPTH: Final = _AnyDepth()


def _parse(glob: str, *, settled: bool) -> tuple[_Part, ...]:
    """The parts of a pattern below the root. `**` at its end means every file there; compressed ones too if `settled`."""
    names = [name for name in glob.split("/") if name]
    if names and names[-1] == "**":
        names.append("*")
    parts: list[_Part] = []
    for number, name in enumerate(names, start=1):
        if name == "**":
            if not parts or parts[-1] is not _ANY_DEPTH:
                parts.append(_ANY_DEPTH)
        elif _WILDCARD.search(name):
            parts.append(_Names(name, settled=settled or number < len(names)))
        else:
            parts.append(name)
    return tuple(parts)


class Discovery:
    """Some absolute glob patterns. They lead to compressed and rotated files only if `settled`."""

    def __init__(self, globs: Sequence[str], system: FileSystem, *, settled: bool = False) -> None:
        self.literals = frozenset(glob for glob in globs if not _WILDCARD.search(glob))
        self._globs = globs
        self._patterns = {glob: _parse(glob, settled=settled) for glob in globs}
        self._system = system
        self._listed: dict[str, list[os.DirEntry[str]]] = {}
        self._stamps: dict[str, _Stamp] = {}
        #: The paths, as of the last `paths()`, that are symlinks: where they lead can change though no name does.
        self.links: set[str] = set()

    def paths(self, failed: Failed) -> list[str]:
        """All paths, each once: pattern by pattern, those of one pattern in order of name.

        A directory that can't be listed is told to `failed`; one that does not exist holds nothing.
        """
        self._listed.clear()
        self._stamps.clear()
        self.links.clear()
        found: dict[str, None] = {}
        for glob in self._globs:
            if glob in self.literals:
                found[glob] = None
                self.links |= {glob} if self._system.is_link(glob) else set()
            else:
                found.update(dict.fromkeys(sorted(self._expand("", self._patterns[glob], failed))))
        for path in found:
            self._mark(os.path.dirname(path) or "/")  # noqa: PTH120 - strings here
        return list(found)

    def is_unchanged(self, now: float) -> bool:
        """Whether no name can have come, gone or been given to another file since the last `paths()`, at `now`.

        So say the times of the directories. One that was changed only just before it was read is not believed, as it may
        have been changed again in the same moment.
        """
        latest = max((stamp[2] for stamp in self._stamps.values()), default=0)
        if latest / 1e9 > now - _SETTLING_SECONDS:
            return False
        return all(self._stamp(directory) == stamp for directory, stamp in self._stamps.items())

    def directories(self) -> set[str]:
        """The directories in which a new file could be met, as of the last `paths()`; some may not exist."""
        return {os.path.dirname(path) or "/" for path in self.literals}.union(self._listed)  # noqa: PTH120 - strings here

    def selects(self, path: str) -> bool:
        """Whether some pattern stands for this path, should it exist or not."""
        names = [name for name in path.split("/") if name]
        return any(_stands_for(parts, names) for parts in self._patterns.values())

    def _expand(self, directory: str, parts: tuple[_Part, ...], failed: Failed) -> Iterator[str]:
        """The paths below `directory` (which is "" for the root) that these parts stand for."""
        part, rest = parts[0], parts[1:]
        if isinstance(part, str):
            inner = [f"{directory}/{part}"]
            self.links.update(path for path in inner if not rest and self._system.is_link(path))
        elif isinstance(part, _Names):
            entries = [entry for entry in self._list(directory or "/", failed) if part.accept(entry.name)]
            inner = [f"{directory}/{entry.name}" for entry in entries if not rest or _is_directory(entry)]
            self.links.update(f"{directory}/{entry.name}" for entry in entries if not rest and entry.is_symlink())
        else:
            yield from self._expand(directory, rest, failed)
            entries = [entry for entry in self._list(directory or "/", failed) if not entry.name.startswith(".")]
            inner = [f"{directory}/{entry.name}" for entry in entries if entry.is_dir(follow_symlinks=False)]
            rest = parts
        for path in inner:
            if rest:
                yield from self._expand(path, rest, failed)
            else:
                yield path

    def _mark(self, directory: str) -> None:
        """Take the stamp of a directory before anything in it is looked at."""
        if directory not in self._stamps:
            self._stamps[directory] = self._stamp(directory)

    def _stamp(self, directory: str) -> _Stamp:
        try:
            status = self._system.stat(directory)
        except OSError:
            return 0, 0, 0
        return status.st_dev, status.st_ino, status.st_mtime_ns

    def _list(self, directory: str, failed: Failed) -> list[os.DirEntry[str]]:
        """The entries of a directory, read at most once per `paths()`."""
        if directory not in self._listed:
            self._mark(directory)
            self._listed[directory] = []
            try:
                self._listed[directory] = self._system.list(directory)
            except OSError as error:
                if error.errno not in {ENOENT, ENOTDIR}:
                    failed(directory, error)
        return self._listed[directory]


def _is_directory(entry: os.DirEntry[str]) -> bool:
    """Whether a path may go on below this entry; what can't be looked at is tried, so that listing it says why."""
    try:
        return entry.is_dir()
    except OSError:
        return True


def _stands_for(parts: Sequence[_Part], names: Sequence[str]) -> bool:
    if not parts or not names:
        return not parts and not names
    part = parts[0]
    if isinstance(part, _AnyDepth):
        return _stands_for(parts[1:], names) or (not names[0].startswith(".") and _stands_for(parts, names[1:]))
    accepted = part == names[0] if isinstance(part, str) else part.accept(names[0])
    return accepted and _stands_for(parts[1:], names[1:])
