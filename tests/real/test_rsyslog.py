"""Debian's rsyslog writes the log, logrotate rotates it, and every message is counted once."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count, islice
from pathlib import Path

import pytest

from tests.harness import PATIENCE_SECONDS, Exporter, Process, Program, until
from tests.real.logrotate import Logrotate

pytestmark = pytest.mark.real
CONFIG = """
global(workDirectory="{folder}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{folder}/socket" RateLimit.Interval="0")
action(type="omfile" file="{folder}/auth.log" template="{template}")
"""
FAILED = "Failed password for invalid user mara from 127.0.0.1 port {} ssh2"
SUDO = "    mara : PWD=/home/mara ; USER=root ; COMMAND=/usr/bin/id"


class Rsyslog(Process):
    """An rsyslog that writes what comes to its socket into auth.log."""

    def __init__(self, binary: str, folder: Path, template: str) -> None:
        folder.mkdir(mode=0o755)
        self.path, self.socket, self.pid_file = folder / "auth.log", folder / "socket", folder / "pid"
        config = folder / "rsyslog.conf"
        config.write_text(CONFIG.format(folder=folder, template=template), encoding="ascii")
        super().__init__([binary, "-n", "-f", config, "-i", self.pid_file], folder)
        until(lambda: self.socket.exists() and self.pid_file.exists(), "rsyslog listens")

    def log(self, program: str, *messages: str) -> None:
        """Log messages as this program does."""
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sending:
            sending.connect(str(self.socket))
            for message in messages:
                sending.send(f"<86>Nov 20 15:55:32 {program}: {message}".encode())


Start = Callable[[str], Rsyslog]


@pytest.fixture
def start(installed: Callable[[str], str], tmp_path: Path) -> Iterator[Start]:
    """Start an rsyslog that writes its log by this template."""
    started: list[Rsyslog] = []

    def start(template: str) -> Rsyslog:
        started.append(Rsyslog(installed("rsyslogd"), tmp_path / "rsyslog", template))
        return started[-1]

    yield start
    assert all(rsyslog.end() for rsyslog in started)


def follow(program: Program, rsyslog: Rsyslog) -> Exporter:
    """An exporter that follows the log from its first byte."""
    source = {"name": "auth", "files": [str(rsyslog.path)], "patterns": ["sshd", "sudo", "syslog"], "start_at": "beginning"}
    return program.start(program.config(source)).ready()


def wait_for(exporter: Exporter, lines: int) -> None:
    """Wait until so many lines are counted: rsyslog writes them when it likes."""
    until(lambda: exporter.scrape().total("log2metrics_lines_total") >= lines, f"{lines} lines")


@pytest.mark.parametrize("template", ["RSYSLOG_TraditionalFileFormat", "RSYSLOG_FileFormat", "RSYSLOG_SyslogProtocol23Format"])
def test_messages_are_counted_in_every_format(program: Program, start: Start, template: str) -> None:
    """What programs log is counted exactly, in each of rsyslog's own formats."""
    rsyslog = start(template)
    exporter = follow(program, rsyslog)
    rsyslog.log("sshd[42]", *(FAILED.format(port) for port in range(200)))
    rsyslog.log("sudo", *[SUDO] * 30)
    wait_for(exporter, 230)
    samples = exporter.scrape()
    assert 230 == samples.total("log2metrics_lines_total")
    assert 200 == samples.total("sshd_logins_total", outcome="failed", method="password")
    assert 30 == samples.total("sudo_commands_total", outcome="allowed")
    assert {("sshd",): 200, ("sudo",): 30} == samples.by("syslog_messages_total", "program")


def test_the_logger_command_is_counted(program: Program, start: Start, installed: Callable[[str], str]) -> None:
    """A line that `logger` sends is counted under the name and the severity it was sent with."""
    rsyslog = start("RSYSLOG_SyslogProtocol23Format")
    exporter = follow(program, rsyslog)
    words = ["--socket", str(rsyslog.socket), "--tag", "backup", "--priority", "daemon.err", "it failed"]
    subprocess.run([installed("logger"), *words], timeout=PATIENCE_SECONDS, check=True)
    wait_for(exporter, 1)
    assert {("backup", "err"): 1} == exporter.scrape().by("syslog_messages_total", "program", "severity")


def test_a_rotation_loses_nothing(program: Program, start: Start, installed: Callable[[str], str]) -> None:
    """Four times `create` and a HUP by logrotate, while messages keep coming: each is counted once, and each rotation.

    logrotate may be back before rsyslog has acted on the HUP, so messages are sent until the first is in the new file.
    """
    rsyslog = start("RSYSLOG_TraditionalFileFormat")
    rsyslog.log("sshd[42]", FAILED.format(0))
    exporter = follow(program, rsyslog)
    wait_for(exporter, 1)
    hangup = f"kill -HUP $(cat {rsyslog.pid_file})"
    logrotate = Logrotate(installed("logrotate"), rsyslog.path, f"rotate 9\ncreate\npostrotate\n{hangup}\nendscript")
    ports = count(1)

    def in_the_new_file() -> bool:
        rsyslog.log("sshd[42]", FAILED.format(next(ports)))
        return rsyslog.path.stat().st_size > 0

    for _ in range(4):
        rsyslog.log("sshd[42]", *(FAILED.format(port) for port in islice(ports, 50)))
        logrotate.rotate()
        until(in_the_new_file, "a message in the new file")
        rsyslog.log("sshd[42]", *(FAILED.format(port) for port in islice(ports, 50)))
    sent = next(ports)
    wait_for(exporter, sent)
    assert sent == exporter.scrape().total("sshd_logins_total", outcome="failed")
    assert 4 == exporter.scrape().total("log2metrics_rotations_total", kind="renamed")
