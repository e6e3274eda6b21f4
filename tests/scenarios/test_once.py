"""`once`: reads what is there, prints nothing but the output asked for, and tells by its exit code how it went."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import PATIENCE_SECONDS, Program, Samples, append

LINE = b"Nov 20 15:55:32 alder sshd[320]: Failed password for mara from 127.0.0.1 port 40710 ssh2\n"
OTHER = b"Nov 20 15:55:31 alder sshd[312]: Accepted password for mara from 127.0.0.1 port 40702 ssh2\n"
AUTH = {"name": "auth", "files": ["auth.log"], "patterns": ["sshd"], "start_at": "beginning"}
INFLUX = re.compile(r"\w+(?:,\w+=(?:[^ ,=\\\n]|\\.)+)* \w+=[-+.\deE]+i?(?:,\w+=[-+.\deE]+i?)* \d+")
GRAPHITE = re.compile(r"[\w.:-]+ \S+ \d+")


@pytest.fixture
def log(program: Program) -> Path:
    """A log with five lines: four failures, one success."""
    path = program.folder / "auth.log"
    path.write_bytes(LINE * 3 + OTHER + LINE)
    return path


def failures(done: subprocess.CompletedProcess[str]) -> float:
    """How many failed logins its output tells of; it must have gone well, without a word besides."""
    assert (0, "") == (done.returncode, done.stderr)
    return Samples.parse(done.stdout).total("sshd_logins_total", outcome="failed")


def by_prometheus(text: str) -> float:
    """The failed password logins in Prometheus text."""
    return Samples.parse(text).total("sshd_logins_total", outcome="failed", method="password")


def by_openmetrics(text: str) -> float:
    """The same in OpenMetrics."""
    return Samples.parse(text, openmetrics=True).total("sshd_logins_total", outcome="failed", method="password")


def by_graphite(text: str) -> float:
    """The same in Graphite's plaintext: three words a line, no path twice."""
    assert all(map(GRAPHITE.fullmatch, text.splitlines()))
    points = [line.split() for line in text.splitlines()]
    assert len(points) == len({path for path, _, _ in points})
    return next(float(value) for path, value, _ in points if path == "logs.sshd.failed")


def by_influx(text: str) -> float:
    """The same in Influx's line protocol."""
    assert all(map(INFLUX.fullmatch, text.splitlines()))
    wanted = "sshd_logins_total,method=password,outcome=failed "
    line = next(line for line in text.splitlines() if line.startswith(wanted))
    return float(line.split()[1].partition("=")[2].rstrip("i"))


def by_json(text: str) -> float:
    """The same in JSON, wherever it stands."""
    wanted = {"method": "password", "outcome": "failed"}
    found: list[float] = []

    def look(value: object) -> object:
        if isinstance(value, dict) and value.get("labels") == wanted:
            found.append(value["value"])
        return value

    json.loads(text, object_hook=look)
    assert 1 == len(found)
    return found[0]


@pytest.mark.parametrize("read", [by_prometheus, by_openmetrics, by_graphite, by_influx, by_json])
def test_every_output_has_the_number(program: Program, log: Path, read: Callable[[str], float]) -> None:
    """All five outputs are what their readers expect, and hold the same number."""
    done = program.run("once", log, "-p", "sshd", "-o", read.__name__.removeprefix("by_"))
    assert (0, "") == (done.returncode, done.stderr)
    assert 4 == read(done.stdout)


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (3, 2), (1000, 4)])
@pytest.mark.parametrize("end", [b"\n", b""], ids=["ended", "unended"])
def test_the_last_lines_are_counted(program: Program, log: Path, count: int, expected: int, end: bytes) -> None:
    """`--last N` counts the last N lines, be they in a file or a pipe, with a final newline or without; too many are all."""
    data = log.read_bytes().removesuffix(b"\n") + end
    log.write_bytes(data)
    words = ("-p", "sshd", "--last", str(count))
    assert expected == failures(program.run("once", log, *words))
    assert expected == failures(program.run("once", "-", *words, stdin=data))


def test_a_last_line_without_a_newline_counts(program: Program) -> None:
    """Standard input is read to its end, an unfinished line included."""
    assert 2 == failures(program.run("once", "-", "-p", "sshd", stdin=LINE + LINE.rstrip()))


def test_nothing_is_zero(program: Program) -> None:
    """Of an empty input the known series are printed as 0."""
    assert 0 == failures(program.run("once", "-", "-p", "sshd"))


def test_a_state_makes_numbers_cumulative(program: Program, log: Path) -> None:
    """With `-c` every run goes on where the last one ended, as Telegraf's exec input needs it."""
    config = program.config(AUTH)
    counted = [failures(program.run("once", "-c", config))]
    for _ in range(2):
        append(log, LINE * 2)
        counted.append(failures(program.run("once", "-c", config)))
    counted.append(failures(program.run("once", "-c", config)))
    assert [4, 6, 8, 8] == counted


def test_a_state_is_shared_with_run(program: Program, log: Path) -> None:
    """`run` goes on where `once -c` ended, and the other way round."""
    config = program.config(AUTH)
    assert 4 == failures(program.run("once", "-c", config))
    append(log, LINE)
    exporter = program.start(config).ready()
    assert 5 == exporter.scrape().total("sshd_logins_total", outcome="failed")
    exporter.stop()
    append(log, LINE)
    assert 6 == failures(program.run("once", "-c", config))


def test_beside_the_daemon_its_numbers_are_printed(program: Program, log: Path) -> None:
    """`once -c` beside a `run` of the same config prints what that has committed, and leaves the state to it."""
    config = program.config(AUTH)
    exporter = program.start(config).ready()
    before = failures(program.run("once", "-c", config))
    append(log, LINE)
    exporter.scrape()
    assert before + 1 == failures(program.run("once", "-c", config))


def test_a_file_is_replaced_as_a_whole(program: Program, log: Path) -> None:
    """`--to` puts a new file in the place of the old one: who has the old one open reads it to its end unchanged."""
    out = program.folder / "textfile" / "logs.prom"
    out.parent.mkdir()
    assert "" == program.run("once", log, "-p", "sshd", "--to", out).stdout
    with out.open(encoding="utf-8") as before:
        append(log, LINE)
        done = program.run("once", log, "-p", "sshd", "--to", out)
        assert os.fstat(before.fileno()).st_ino != out.stat().st_ino
        assert 4 == by_prometheus(before.read())
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
    assert 5 == by_prometheus(out.read_text(encoding="utf-8"))
    assert 0o644 == out.stat().st_mode & 0o777
    assert [out] == list(out.parent.iterdir())


def test_a_file_that_cannot_be_written_is_told(program: Program, log: Path) -> None:
    """`--to` a folder that isn't there exits with 1 and names it."""
    done = program.run("once", log, "--to", program.folder / "missing" / "logs.prom")
    assert (1, "") == (done.returncode, done.stdout)
    assert "missing" in done.stderr


def test_an_unreadable_file_stops_no_other(program: Program, log: Path) -> None:
    """A file that can't be read is named and the exit code is 1; the numbers of the others are printed all the same."""
    missing = program.folder / "missing.log"
    done = program.run("once", missing, log, program.folder, "-p", "sshd")
    assert 1 == done.returncode
    assert 4 == by_prometheus(done.stdout)
    assert f"{missing}: No such file" in done.stderr
    assert f"{program.folder}: Is a directory" in done.stderr


def test_an_unknown_pack_is_the_operators_mistake(program: Program, log: Path) -> None:
    """A misspelt pack exits with 2, prints no numbers, and says which one was meant."""
    done = program.run("once", log, "-p", "shd")
    assert (2, "") == (done.returncode, done.stdout)
    assert "did you mean `sshd`?" in done.stderr


def test_what_was_not_counted_is_told(program: Program, log: Path) -> None:
    """A line that was cut is told on standard error, and is no failure."""
    append(log, b"x" * 100_000 + b"\n")
    done = program.run("once", log, "-p", "sshd")
    assert 0 == done.returncode
    assert 4 == by_prometheus(done.stdout)
    assert "1 line cut" in done.stderr


def test_a_reader_that_leaves_is_no_trouble(program: Program, log: Path) -> None:
    """In a pipe to a reader that has gone (`| head -1`) nothing is said on standard error."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as out:
        done = subprocess.run(
            program.arguments("once", log),
            stdout=out,
            stderr=subprocess.PIPE,
            env=program.env(),
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    assert b"" == done.stderr
    assert 1 == done.returncode
