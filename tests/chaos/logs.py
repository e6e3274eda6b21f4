"""The logs that are written: numbered lines, at full speed, and what a perfect exporter would say of them.

A line is counted here as its series the moment it is written, under the lock of its log. Refuses to know how logs are
rotated, and who reads them.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.chaos.ways import Way

Series = tuple[str, frozenset[tuple[str, str]]]  # as `harness.Samples` names them

LINE_BYTES = 4096  # longer lines are cut
METRICS = (
    {
        "name": "chaos_lines_total",
        "labels": ["generation"],
        "limit": 1_000_000,
        "rules": [{"match": r"[a-z0-9-]+_(?P<generation>\d+)_\d+"}],
    },
    {"name": "chaos_numbers_total", "rules": [{"match": r"[a-z0-9-]+_\d+_(?P<number>\d+)", "value": "{number}"}]},
)


def series(name: str, **labels: str) -> Series:
    """A series by name and labels."""
    return name, frozenset(labels.items())


@dataclass(eq=False)
class Writer:
    """One program that writes to a log: it keeps its file open until it is told otherwise, and then for a while longer."""

    log: Log
    random: Random
    generation: int = -1
    reopen_at: float = 0.0
    _file: int = -1
    _offset: int = 0

    def open(self) -> None:
        """Open the log at its path, made anew if there is none."""
        self.close()
        flags = os.O_WRONLY | os.O_CREAT | (0 if self.log.way.sparse else os.O_APPEND)
        self._file = os.open(self.log.path, flags, 0o644)
        self.generation, self._offset = self.log.generation, 0

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def write(self, now: float, most_lines: int) -> None:
        """Write some lines in two pieces that are no whole lines; to the old file for as long as this writer lingers."""
        if self.generation != self.log.generation and now >= self.reopen_at:
            self.open()
        data = b"".join(self.log.line(self) for _ in range(self.random.randint(1, most_lines)))
        tear = self.random.randrange(len(data))
        self._put(data[:tear])
        self._put(data[tear:])

    def write_unfinished(self) -> None:
        """Write a line that will never have an end: the file is finished."""
        self._put(self.log.line(self).removesuffix(b"\n"))

    def _put(self, data: bytes) -> None:
        self._offset += os.pwrite(self._file, data, self._offset) if self.log.way.sparse else os.write(self._file, data)


@dataclass(eq=False)
class Log:
    """One log with its writers, and the truth about it. `lock` is to be held by whoever calls it."""

    path: Path
    way: Way
    random: Random
    lock: threading.Lock = field(default_factory=threading.Lock)
    rotating: threading.Lock = field(default_factory=threading.Lock)  # held for as long as its files get new names
    generation: int = 0  # how often it was rotated
    unsettled: int = 0  # rotations since all was known to be counted
    truth: Counter[Series] = field(default_factory=Counter)
    lines: int = 0
    truncated: int = 0
    writers: list[Writer] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The name of the source that follows it: what its name begins with."""
        return self.path.name.partition("-")[0]

    def line(self, writer: Writer) -> bytes:
        """One more line, which is true from now on."""
        self.lines += 1
        name, number = self.path.stem, self.lines
        self.truth[series("chaos_lines_total", log=name, generation=str(writer.generation))] += 1
        self.truth[series("chaos_numbers_total", log=name)] += number
        token = f"{name}_{writer.generation}_{number}"
        return (self._auth if self.source == "auth" else self._access)(token, name)

    def _auth(self, token: str, name: str) -> bytes:
        outcome = self.random.choice(("accepted", "failed"))
        method = self.random.choice(("password", "publickey"))
        self.truth[series("sshd_logins_total", log=name, outcome=outcome, method=method)] += 1
        said = f"{outcome.capitalize()} {method} for {token} from 192.0.2.7 port 40710 ssh2"
        return f"Nov 20 03:36:56 web1 sshd[312]: {said}\n".encode()

    def _access(self, token: str, name: str) -> bytes:
        method, status = self.random.choice(("GET", "POST")), self.random.choice(("200", "404", "502"))
        size = self.random.randrange(10_000)
        labels = {"method": method, "status": status, "class": f"{status[0]}xx"}
        self.truth[series("nginx_http_requests_total", log=name, **labels)] += 1
        self.truth[series("nginx_http_response_bytes_total", log=name)] += size
        padding = ""
        if self.random.randrange(2000) == 0:
            padding = "x" * self.random.randint(LINE_BYTES, 10 * LINE_BYTES)
            self.truncated += 1
        request = f'"{method} /{token} HTTP/1.1" {status} {size}'
        return f'192.0.2.9 - - [20/Nov/2026:15:56:50 +0000] {request} "-" "{padding}"\n'.encode()

    def truncate(self) -> None:
        """The writers go on with the same file, which is empty now."""
        self.generation += 1
        for writer in self.writers:
            writer.generation = self.generation

    def renew(self, now: float, most_linger_seconds: float) -> None:
        """Tell the writers that there is a new file; each of them takes its time."""
        self.generation += 1
        for writer in self.writers:
            writer.reopen_at = now + self.random.choice((0.0, self.random.uniform(0, most_linger_seconds)))

    def reopen(self) -> None:
        """Have the writers that linger go to the new file now."""
        for writer in self.writers:
            if writer.generation != self.generation:
                writer.open()
