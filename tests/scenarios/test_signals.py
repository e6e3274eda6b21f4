"""Signals and reload: an end is quick and loses nothing, and a configuration is replaced without touching a counter."""

from __future__ import annotations

import os
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM, Signals

import pytest

from tests.harness import Program, append, until

BACKLOG_BYTES = 1 << 42
LINE = b"Nov 20 15:55:32 alder sshd[320]: Failed password for mara from 127.0.0.1 port 40710 ssh2\n"
SUDO = b"Nov 20 15:55:28 alder sudo:     mara : PWD=/home/mara ; USER=root ; COMMAND=/usr/bin/id\n"
AUTH = {"name": "auth", "files": ["auth.log"], "patterns": ["sshd"], "start_at": "beginning"}


@pytest.fixture
def log(program: Program) -> Path:
    """A log with three lines."""
    path = program.folder / "auth.log"
    path.write_bytes(LINE * 3)
    return path


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_the_last_pass_counts_what_is_there(program: Program, log: Path, number: Signals) -> None:
    """What was written just before the signal is counted and committed, and the exit code is 0."""
    config = program.config(AUTH)
    exporter = program.start(config).ready()
    append(log, LINE * 4)
    assert 0 == exporter.stop(number)
    assert "" == exporter.out
    log.unlink()
    assert 7 == program.start(config).ready().scrape().total("sshd_logins_total")


def test_a_backlog_does_not_delay_the_end(program: Program, log: Path) -> None:
    """In the middle of what takes minutes to read, the end is as quick."""
    os.truncate(log, BACKLOG_BYTES)  # takes no place: it is a hole
    assert 0 == program.start(program.config(AUTH)).ready().stop()


def test_the_next_start_goes_on_in_a_backlog(program: Program, log: Path) -> None:
    """Wherever the end was, nothing is lost or counted twice."""
    for _ in range(60):
        append(log, LINE * 10_000)
    config = program.config(AUTH)
    assert 0 == program.start(config).ready().stop()
    exporter = program.start(config).ready()
    first = exporter.scrape().total("sshd_logins_total")
    until(lambda: exporter.scrape().total("log2metrics_lines_total") >= 600_003, "everything is counted")
    assert 0 < first <= 600_003
    assert 600_003 == exporter.scrape().total("sshd_logins_total")


def test_an_end_before_the_first_pass_is_an_end(program: Program, log: Path) -> None:
    """A signal that comes as soon as the port is known ends the exporter in order, too."""
    config = program.config(AUTH)
    exporter = program.start(config)
    assert exporter.port
    assert 0 == exporter.stop()
    assert log.read_bytes().count(b"\n") == program.start(config).ready().scrape().total("sshd_logins_total")


def test_a_hangup_takes_a_good_file(program: Program, log: Path) -> None:
    """After SIGHUP a pack that was added counts what comes from then on, and the counters there were go on."""
    exporter = program.start(program.config(AUTH)).ready()
    program.config({**AUTH, "patterns": ["sshd", "sudo"]})
    exporter.send(SIGHUP)
    until(lambda: "configuration loaded" in exporter.err, "loaded")
    append(log, LINE + SUDO)
    samples = exporter.scrape()
    assert 4 == samples.total("sshd_logins_total")
    assert 1 == samples.total("sudo_commands_total")
    assert 1 == samples.total("log2metrics_config_last_reload_successful")


def test_a_hangup_refuses_a_bad_file(program: Program, log: Path) -> None:
    """After SIGHUP with a bad file the log says what is wrong and where, a metric says so too, and the old one goes on."""
    config = program.config(AUTH)
    exporter = program.start(config).ready()
    config.write_text("sources:\n- nam: auth\n", encoding="utf-8")
    exporter.send(SIGHUP)
    until(lambda: "configuration refused" in exporter.err, "refused")
    append(log, LINE)
    samples = exporter.scrape()
    assert f"{config}:2" in exporter.err
    assert 4 == samples.total("sshd_logins_total")
    assert 0 == samples.total("log2metrics_config_last_reload_successful")


def test_a_reload_answers_with_all_problems(program: Program, log: Path) -> None:
    """POST /-/reload of a bad file is refused with every problem and its place; mended, it is taken."""
    config = program.config(AUTH)
    exporter = program.start(config).ready()
    good = config.read_text(encoding="utf-8")
    config.write_text("sources:\n- name: auth\n  fils: [auth.log]\n  patterns: [sshd]\n  start_at: now\n", encoding="utf-8")
    refused = exporter.reload()
    config.write_text(good, encoding="utf-8")
    append(log, LINE)
    assert 400 == refused.status
    assert f"{config}:3" in refused.body.decode()
    assert f"{config}:5" in refused.body.decode()
    assert "files" in refused.body.decode()
    assert 4 == exporter.scrape().total("sshd_logins_total")
    assert 200 == exporter.reload().status
    assert 1 == exporter.scrape().total("log2metrics_config_last_reload_successful")


def test_a_reload_adds_and_removes_sources(program: Program, log: Path) -> None:
    """A source that is added is followed; one that is removed is not, and goes on where it was when it comes back."""
    other = program.folder / "sudo.log"
    other.write_bytes(SUDO)
    sudo = {"name": "sudo", "files": ["sudo.log"], "patterns": ["sudo"], "start_at": "beginning"}
    program.config(AUTH)
    exporter = program.start(program.config(AUTH)).ready()
    program.config(AUTH, sudo)
    assert 200 == exporter.reload().status
    both = exporter.scrape()
    program.config(sudo)
    assert 200 == exporter.reload().status
    append(log, LINE)
    append(other, SUDO)
    one = exporter.scrape()
    program.config(AUTH, sudo)
    assert 200 == exporter.reload().status
    again = exporter.scrape()
    assert (3, 1) == (both.total("sshd_logins_total"), both.total("sudo_commands_total"))
    assert 2 == one.total("sudo_commands_total")
    assert {} == one.by("sshd_logins_total")
    assert (4, 2) == (again.total("sshd_logins_total"), again.total("sudo_commands_total"))


def test_a_reload_while_lines_are_written_counts_each_once(program: Program, log: Path) -> None:
    """Reload after reload between lines: the count is that of the lines."""
    exporter = program.start(program.config(AUTH)).ready()
    for patterns in (["sshd"], ["sshd", "sudo"]) * 10:
        program.config({**AUTH, "patterns": patterns})
        append(log, LINE)
        assert 200 == exporter.reload().status
    assert 23 == exporter.scrape().total("sshd_logins_total")
    assert 23 == exporter.scrape().total("log2metrics_lines_total", source="auth")


def test_a_config_that_is_gone_is_refused(program: Program, log: Path) -> None:
    """A reload that finds its own config file gone is refused, and what was followed goes on."""
    config = program.config(AUTH)
    exporter = program.start(config).ready()
    config.unlink()
    refused = exporter.reload()
    append(log, LINE)
    assert 400 == refused.status
    assert str(config) in refused.body.decode()
    assert 4 == exporter.scrape().total("sshd_logins_total")
