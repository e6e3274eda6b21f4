"""System calls that fail, and a full disk: the exporter goes on, says so once, recovers by itself, and counts stay exact."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from signal import SIGKILL

import pytest

from tests.chaos.mischief import fill, mount_small
from tests.chaos.subjects import Ours
from tests.harness import Exporter, append, until

LINE = b"Nov 20 15:55:32 alder sshd[320]: Failed password for mara from 127.0.0.1 port 40710 ssh2\n"
LOGINS = "sshd_logins_total"
FAULTS = [
    ("pread", errno.EIO),
    ("pread", errno.ESTALE),
    ("fstat", errno.EIO),
    ("fstat", errno.ESTALE),
    ("open", errno.EACCES),
    ("open", errno.EMFILE),
    ("stat", errno.EACCES),
    ("stat", errno.ESTALE),
    ("scandir", errno.EACCES),
    ("scandir", errno.EIO),
]


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Ours]:
    """An exporter that can be given troubles, and a log with three lines; the state is on a small disk where that can be."""
    state = tmp_path / "state"
    mounted = mount_small(state)
    (tmp_path / "logs").mkdir()
    append(tmp_path / "logs" / "auth-x.log", LINE * 3)
    ours = Ours(tmp_path, state)
    yield ours
    ours.program.end()
    if mounted:
        subprocess.run(("umount", state), check=True)


def started(ours: Ours) -> Exporter:
    """A new process, when it is ready."""
    ours.start()
    assert ours.exporter
    return ours.exporter.ready()


def warnings(exporter: Exporter) -> int:
    """How often it has complained."""
    return exporter.err.count("level=warning") + exporter.err.count("level=error")


def logins(exporter: Exporter) -> float:
    """What it has counted."""
    return exporter.scrape().total(LOGINS)


@pytest.mark.parametrize(
    ("call", "number"), FAULTS, ids=lambda value: value if isinstance(value, str) else errno.errorcode[value]
)
def test_what_fails_is_told_once_and_made_good(ours: Ours, call: str, number: int) -> None:
    """A rotation under a failing system call: told in the log once, in a metric each time, and made good after it."""
    log = ours.folder / "logs" / "auth-x.log"
    exporter = started(ours)
    assert 3 == logins(exporter)
    ours.trouble({"call": call, "path": "/logs", "errno": number})
    append(log, LINE)
    log.rename(f"{log}.1")
    append(Path(f"{log}.1"), LINE)
    append(log, LINE * 2)
    for _ in range(3):
        assert 3 <= logins(exporter) <= 7
    told = warnings(exporter)
    for _ in range(5):
        samples = exporter.scrape()
    assert told == warnings(exporter)
    assert told > 0
    assert samples.total("log2metrics_file_errors_total", source="auth", reason=errno.errorcode[number].lower()) > 2
    ours.trouble()
    until(lambda: logins(exporter) == 7, "all is counted")
    append(log, LINE)
    assert 8 == logins(exporter)
    assert told == warnings(exporter)


def test_a_start_while_everything_fails_recovers(ours: Ours) -> None:
    """Killed, and started while no file can be read: it serves what was committed, and catches up."""
    started(ours).stop(SIGKILL)
    append(ours.folder / "logs" / "auth-x.log", LINE)
    ours.trouble({"call": "open", "path": "/logs", "errno": errno.EACCES})
    exporter = started(ours)
    assert 3 == logins(exporter)
    ours.trouble()
    until(lambda: logins(exporter) == 4, "all is counted")


def test_a_full_disk_shows_what_is_committed(ours: Ours) -> None:
    """While the state can't be written the numbers stand still; then they go on, and a kill shows that they were kept."""
    if not ours.state.is_mount():
        pytest.skip("nothing may be mounted here")
    log = ours.folder / "logs" / "auth-x.log"
    exporter = started(ours)
    ballast = fill(ours.state)
    append(log, LINE * 4)
    assert [3, 3, 3] == [logins(exporter) for _ in range(3)]
    assert exporter.scrape().total("log2metrics_state_errors_total", reason="full") > 2
    assert 1 == warnings(exporter)
    ballast.unlink()
    assert 7 == logins(exporter)
    assert 1 == exporter.err.count("state is written again")
    exporter.stop(SIGKILL)
    assert 7 == logins(started(ours))


def test_a_kill_while_the_disk_is_full_loses_nothing(ours: Ours) -> None:
    """What was read and could not be committed is read again."""
    exporter = started(ours)
    ours.trouble({"call": "commit", "path": "", "errno": errno.ENOSPC})
    append(ours.folder / "logs" / "auth-x.log", LINE * 4)
    assert 3 == logins(exporter)
    exporter.stop(SIGKILL)
    ours.trouble()
    assert 7 == logins(started(ours))


@pytest.mark.parametrize("moment", ["begin", "within", "commit", "after"])
def test_a_kill_inside_a_commit_tears_nothing(ours: Ours, moment: str) -> None:
    """Wherever in its transaction the process dies: positions and numbers belong together."""
    log = ours.folder / "logs" / "auth-x.log"
    for round_ in range(1, 4):
        exporter = started(ours)
        ours.trouble({"kill": moment, "commits": 1, "micros": 0})
        append(log, LINE * 2)
        with suppress(OSError, HTTPException):  # who scrapes has it committed at once
            exporter.scrape()
        assert -SIGKILL == exporter.wait()
        ours.trouble()
        exporter = started(ours)
        assert 3 + 2 * round_ == logins(exporter)
        exporter.stop(SIGKILL)
