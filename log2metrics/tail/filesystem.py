"""What the tail room asks of the operating system; a test hands in one that fails.

Knows nothing of lines, sources or positions.
"""

from __future__ import annotations

import os
import resource
import stat
from contextlib import suppress
from errno import EINVAL, EISDIR, EMFILE

# Without O_NONBLOCK, a path that has become a FIFO since it was looked at would block the pass until somebody writes.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

#: How many descriptors are left to the rest of the program (directories, clients, the state), or a share of a low limit.
_SPARE = 128
_SPARE_SHARE = 4


class OpenFile:
    """One open regular file. Every method raises OSError as the system does."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def stat(self) -> os.stat_result:
        """Size, times and identity as of now."""
        return os.fstat(self._descriptor)

    def size(self) -> int:
        """How long it is; five times as fast as `stat`."""
        return os.lseek(self._descriptor, 0, os.SEEK_END)

    def read(self, size: int, offset: int) -> bytes:
        """At most `size` bytes from `offset` on; fewer at the end of the file."""
        return os.pread(self._descriptor, size, offset)

    def close(self) -> None:
        """Give the descriptor back; to be called once."""
        os.close(self._descriptor)


class FileSystem:
    """Paths: their status, their files, their entries."""

    def stat(self, path: str) -> os.stat_result:
        """Follow symlinks to the status of a file."""
        return os.stat(path)  # noqa: PTH116 - paths are strings here: a thousand of them are looked at in each pass

    def list(self, path: str) -> list[os.DirEntry[str]]:
        """Read the entries of a directory, in no order."""
        with os.scandir(path) as entries:
            return list(entries)

    def is_link(self, path: str) -> bool:
        """Whether a path is a symlink itself."""
        return os.path.islink(path)  # noqa: PTH114 - as above

    def real(self, path: str) -> str:
        """Where a path leads when all symlinks are followed, whether there is something or not."""
        return os.path.realpath(path)

    def open(self, path: str) -> OpenFile:
        """Open a regular file for reading; OSError with EISDIR or EINVAL for anything else, EMFILE before none is left."""
        descriptor = os.open(path, _FLAGS)
        try:
            check_regular(os.fstat(descriptor))
            _check_spare(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        return OpenFile(descriptor)


def check_regular(status: os.stat_result) -> None:
    """Raise OSError (EISDIR, EINVAL) unless this is the status of a regular file."""
    if stat.S_ISDIR(status.st_mode):
        raise OSError(EISDIR, "is a directory, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(EINVAL, "is not a regular file")


def _check_spare(descriptor: int) -> None:
    """Raise OSError (EMFILE) if the last descriptors would be taken: the lowest that is free is always given."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and descriptor >= limit - min(_SPARE, limit // _SPARE_SHARE):
        raise OSError(EMFILE, os.strerror(EMFILE))


def allow_open_files() -> None:
    """Raise the limit of open files to the highest that is allowed: every followed file is open."""
    _, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))
