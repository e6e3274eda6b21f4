"""What is done to the exporter: it is killed, stopped, reloaded, and denied its files and its disk.

Whatever it is, it is over when the call returns, and a process runs again. Knows nothing of logs.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from signal import SIGHUP, SIGKILL, SIGTERM

from tests.chaos.subjects import Ours, Subject
from tests.chaos.watcher import Watcher

MOMENTS = ("begin", "within", "commit", "commit", "commit", "after")
FAULTS = (
    ("pread", errno.EIO),
    ("pread", errno.ESTALE),
    ("fstat", errno.ESTALE),
    ("open", errno.EACCES),
    ("open", errno.EMFILE),
    ("stat", errno.EACCES),
    ("stat", errno.EIO),
    ("scandir", errno.EACCES),
    ("scandir", errno.EIO),
)
STATE_SIZE = "64m"
COMMIT_SECONDS = 5.0  # by then it has committed, or is killed elsewhere

Deed = Callable[[], str]


def mount_small(folder: Path) -> bool:
    """Put a small file system there, which can be filled; False where that is not allowed."""
    folder.mkdir()
    command = ("mount", "-t", "tmpfs", "-o", f"size={STATE_SIZE}", "tmpfs", folder)
    return os.getuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0


def fill(folder: Path) -> Path:
    """Fill the file system of this folder; the file that does it is to be removed."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))
    return ballast


class Mischief:
    """Does something to the subject, and says what. `wait` lets so many seconds pass."""

    def __init__(self, subject: Subject, watcher: Watcher, random: Random, wait: Callable[[float], object]) -> None:
        self._subject = subject
        self._watcher = watcher
        self._random = random
        self._wait = wait
        self.small_disk = False
        self.problems: list[str] = []

    def do(self) -> str:
        """Do one thing at random, and give its name."""
        deeds: list[Deed] = [self.kill, self.kill, self.stop]
        if isinstance(self._subject, Ours):
            deeds += [self.kill, self.kill_in_commit, self.kill_in_commit, self.reload, self.deny, self.deny, self.fill_disk]
        return self._random.choice(deeds)()

    def kill(self) -> str:
        """SIGKILL, some microseconds after a scrape has been answered."""
        seen = self._watcher.scrapes
        for _ in range(100):
            if self._watcher.scrapes != seen:
                break
            self._wait(0.001)
        self._wait(self._random.uniform(0, 0.003))
        self._end_now()
        return "kill"

    def stop(self) -> str:
        """SIGTERM: the last pass is done in time, and the exit code is 0."""
        process = self._subject.process
        assert process
        code = process.stop(SIGTERM)
        if code != 0 and not (code == -SIGTERM and "serving" not in process.err):  # it had hardly begun
            self.problems.append(f"exit code after SIGTERM: {code}")
        self._end_now()
        return "stop"

    def kill_in_commit(self) -> str:
        """SIGKILL by its own hand, somewhere in a transaction."""
        subject = self._ours
        micros = self._random.choice((0, self._random.randrange(2000)))
        subject.trouble({"kill": self._random.choice(MOMENTS), "commits": self._random.randint(1, 5), "micros": micros})
        assert subject.process
        subject.process.wait(COMMIT_SECONDS)
        subject.trouble()
        self._end_now()
        return "kill in a commit"

    def reload(self) -> str:
        """SIGHUP, with a source more or less that has nothing to do with the others."""
        more = {"name": "more", "files": ["logs/more.log"], "patterns": ["sudo"]}
        self._ours.configure(*self._random.choice(((), (more,))))
        process = self._ours.process
        assert process
        if "serving" in process.err:  # before that SIGHUP would end it
            process.send(SIGHUP)
        return "reload"

    def deny(self) -> str:
        """One system call fails for some of the files, for a while."""
        call, number = self._random.choice(FAULTS)
        path = self._random.choice(("/logs", "/logs/auth-", "/logs/access-", ".log.1"))
        self._ours.trouble({"call": call, "path": path, "errno": number})
        self._suffer()
        self._ours.trouble()
        return f"{call} {errno.errorcode[number]}"

    def fill_disk(self) -> str:
        """The disk of the state is full for a while."""
        if self.small_disk:
            ballast = fill(self._ours.state)
            self._suffer()
            ballast.unlink()
        else:
            self._ours.trouble({"call": "commit", "path": "", "errno": errno.ENOSPC})
            self._suffer()
            self._ours.trouble()
        return "disk full"

    def _suffer(self) -> None:
        """Let it go on for a while, and perhaps have it killed meanwhile."""
        self._wait(self._random.uniform(0.2, 1.5))
        if self._random.random() < 0.2:
            process = self._subject.process
            assert process
            process.stop(SIGKILL)
        self._wait(self._random.uniform(0, 0.5))

    def revive(self) -> None:
        """Start it if it does not run."""
        if self._subject.process is None or not self._subject.process.running:
            self._subject.start()

    def _end_now(self) -> None:
        assert self._subject.process
        self._subject.process.stop(SIGKILL)
        self._wait(self._random.choice((0, 0, self._random.uniform(0, 0.2), self._random.uniform(0, 3))))
        self._subject.start()

    @property
    def _ours(self) -> Ours:
        assert isinstance(self._subject, Ours)
        return self._subject
