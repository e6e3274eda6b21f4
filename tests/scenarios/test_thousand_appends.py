"""A scrape is a barrier: what was written before it began is in its answer."""

from __future__ import annotations

import threading

from tests.harness import Program, append

LINE = b"Nov 20 15:55:32 alder sshd[320]: Failed password for mara from 127.0.0.1 port 40710 ssh2\n"


def test_a_line_is_counted_by_the_scrape_that_follows_it(program: Program) -> None:
    """A line is appended and /metrics read at once, a thousand times in a row: every answer has every line."""
    log = program.folder / "auth.log"
    log.touch()
    exporter = program.start(program.config({"name": "auth", "files": [str(log)], "patterns": ["sshd"]})).ready()
    counted = []
    for _ in range(1000):
        append(log, LINE)
        counted.append(exporter.scrape().total("sshd_logins_total", outcome="failed"))
    assert list(range(1, 1001)) == counted


def test_scrapes_of_others_change_nothing(program: Program) -> None:
    """While a pass for others is under way, through many files, a line is counted by the scrape that follows it."""
    log = program.folder / "0.log"
    for number in range(300):
        (program.folder / f"{number}.log").touch()
    exporter = program.start(program.config({"name": "auth", "files": ["*.log"], "patterns": ["sshd"]})).ready()
    end = threading.Event()

    def scrape() -> None:
        while not end.wait(0.001):
            exporter.get("/metrics")

    others = [threading.Thread(target=scrape) for _ in range(2)]
    for other in others:
        other.start()
    counted = []
    for _ in range(100):
        append(log, LINE)
        counted.append(exporter.scrape().total("sshd_logins_total", outcome="failed"))
    end.set()
    for other in others:
        other.join()
    assert list(range(1, 101)) == counted


def test_a_new_file_is_counted_by_the_scrape_that_follows_it(program: Program) -> None:
    """A file that appears under a watched glob is read from its first byte, by the next scrape."""
    exporter = program.start(
        program.config({"name": "auth", "files": [f"{program.folder}/**/*.log"], "patterns": ["sshd"]})
    ).ready()
    counted = []
    for number in range(50):
        folder = program.folder / f"host{number % 10}"
        folder.mkdir(exist_ok=True)
        append(folder / f"{number}.log", LINE * 2)
        counted.append(exporter.scrape().total("sshd_logins_total", outcome="failed"))
    assert list(range(2, 102, 2)) == counted


def test_a_line_is_not_counted_before_it_is_finished(program: Program) -> None:
    """The first half of a line counts nothing, however often it is looked at; the second half makes it one line."""
    log = program.folder / "auth.log"
    log.touch()
    exporter = program.start(program.config({"name": "auth", "files": [str(log)], "patterns": ["sshd"]})).ready()
    append(log, LINE[:50])
    halves = [exporter.scrape().total("sshd_logins_total") for _ in range(3)]
    append(log, LINE[50:])
    assert [0, 0, 0] == halves
    assert 1 == exporter.scrape().total("sshd_logins_total")
