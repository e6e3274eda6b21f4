"""Who rotates: our own rotator, which takes logrotate's steps one by one with pauses in between, or logrotate itself.

Both know how to lose nothing themselves: no writer is left on a file that is to be compressed, and nothing is written between
the copy and the truncation. Everything else may happen at any moment.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.chaos.logs import Log
from tests.real.logrotate import Logrotate

LINGER_SECONDS = 1.0
_LOGROTATE = threading.Lock()  # it refuses to run twice on one state
_PACKED: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def rotated_folder(log: Log) -> Path:
    """Where the rotated files of a log are."""
    return log.path.parent / "old" if log.way.olddir else log.path.parent


def rotated_files(log: Log) -> list[Path]:
    """The rotated files of a log, oldest first."""
    found = [path for path in rotated_folder(log).iterdir() if re.match(re.escape(log.path.name) + r"[.-]\d", path.name)]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def prune(log: Log, most: int) -> None:
    """Remove the oldest rotated files, so that at most so many remain."""
    for path in rotated_files(log)[: -most or None]:
        path.unlink()


def delete(log: Log) -> None:
    """Remove a log that is being written to and followed; a new one takes its place."""
    with log.lock:
        log.path.unlink()
        log.renew(time.monotonic(), LINGER_SECONDS)


@dataclass
class Steps:
    """Rotates as logrotate does. `wait` pauses for so many seconds; `unfinished` lets files end without a newline."""

    random: Random
    wait: Callable[[float], object]
    unfinished: bool
    _uncompressed: dict[Log, Path] = field(default_factory=dict)
    _day: int = 0

    def rotate(self, log: Log) -> None:
        """Rotate one log."""
        way = log.way
        if way.delaycompress:
            self._compress(log)
        target = self._free_name(log)
        (self._copy if way.copytruncate else self._rename)(log, target)
        self._uncompressed[log] = target
        self._pause()
        if way.compress and not way.delaycompress:
            self._compress(log)

    def _pause(self) -> None:
        self.wait(self.random.choice((0, 0, self.random.uniform(0, 0.02), self.random.uniform(0, 0.3))))

    def _free_name(self, log: Log) -> Path:
        """The name that the log is about to get; for `.1`, all others move one number up."""
        folder, name = rotated_folder(log), log.path.name
        if log.way.dateext:
            self._day += 1
            return folder / f"{name}-{time.strftime('%Y%m%d')}-{int(time.time()) + self._day}"
        numbered = [re.fullmatch(re.escape(name) + r"\.(\d+)(.*)", path.name) for path in folder.iterdir()]
        for number, ending in sorted(((int(match[1]), match[2]) for match in numbered if match), reverse=True):
            (folder / f"{name}.{number}{ending}").rename(folder / f"{name}.{number + 1}{ending}")
        self._pause()
        return folder / f"{name}.1"

    def _rename(self, log: Log, target: Path) -> None:
        unfinished = self.unfinished and self.random.random() < 0.1
        with log.lock:
            if unfinished:
                log.reopen()
                log.writers[0].write_unfinished()
            log.path.rename(target)
            if unfinished:
                log.path.touch()
                log.renew(0, 0)
                log.reopen()
        self._pause()
        if not unfinished:
            log.path.touch()
            with log.lock:
                log.renew(time.monotonic(), LINGER_SECONDS)

    def _copy(self, log: Log, target: Path) -> None:
        with log.path.open("r+b", buffering=0) as source, target.open("xb", buffering=0) as copy:
            copy.write(source.read(log.path.stat().st_size // 2))
            self._pause()
            with log.lock:
                if self.unfinished and self.random.random() < 0.1:
                    log.writers[0].write_unfinished()
                copy.write(source.read())
                os.ftruncate(source.fileno(), 0)
                log.truncate()
                if self.random.random() < 0.3:  # grown past the old position before anybody looks
                    for _ in range(20):
                        log.writers[0].write(0, 100)

    def _compress(self, log: Log) -> None:
        """Compress the file that was rotated last, when nobody writes to it any more; the original goes last."""
        with log.lock:
            log.reopen()
        plain = self._uncompressed.pop(log, None)
        if plain is None or not plain.exists():
            return
        status, packed = plain.stat(), plain.with_name(f"{plain.name}.{log.way.compress}")
        data = _PACKED[log.way.compress](plain.read_bytes())
        with packed.open("xb", buffering=0) as file:
            file.write(data[: len(data) // 2])
            self._pause()
            file.write(data[len(data) // 2 :])
        os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
        self._pause()
        plain.unlink()


@dataclass
class Real:
    """Debian's logrotate. A second passes between two dates, as their names need."""

    binary: str
    wait: Callable[[float], object]

    def rotate(self, log: Log) -> None:
        """Rotate one log."""
        if log.way.dateext:
            self.wait(1.1)
        with log.lock, _LOGROTATE:
            if log.way.delaycompress:
                log.reopen()
            Logrotate(self.binary, log.path, log.way.directives).rotate()
            if log.way.copytruncate:
                log.truncate()
                return
            log.renew(time.monotonic(), LINGER_SECONDS)
            if log.way.compress and not log.way.delaycompress:
                log.reopen()
