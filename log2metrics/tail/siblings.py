"""Where a file went that was renamed while nobody looked: searched beside its old path, by device, inode and content."""

from __future__ import annotations

import os

from log2metrics.flow import Position
from log2metrics.tail.filesystem import FileSystem, OpenFile
from log2metrics.tail.identity import Fingerprint, key_of


def open_renamed(position: Position, system: FileSystem) -> OpenFile | None:
    """The file that this position belongs to, opened under whatever name it has now in its old directory.

    None if it is not there, if it still has its old name, or if what it says has changed. Raises OSError if the
    directory or the file can't be read.
    """
    directory, name = os.path.split(position.path)
    for entry in system.list(directory or "/"):
        if entry.inode() == position.inode and entry.name != name and entry.is_file(follow_symlinks=False):
            return _open_same(entry.path, position, system)
    return None


def _open_same(path: str, position: Position, system: FileSystem) -> OpenFile | None:
    file = system.open(path)
    try:
        if key_of(file.stat()) == (position.device, position.inode) and _agrees(file, position):
            return file
    except OSError:
        file.close()
        raise
    file.close()
    return None


def _agrees(file: OpenFile, position: Position) -> bool:
    return Fingerprint.read(file, position.offset).agrees(position)
