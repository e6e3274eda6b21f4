"""`kill -9` at any moment loses nothing, counts nothing twice, and shows nobody a counter that goes backwards."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from signal import SIGKILL

from log2metrics.telemetry import PREFIX, VOCABULARY
from tests.harness import Exporter, Program, Samples, append, until

KILLS = 10
BURSTS = (1, 1, 1, 1, 3, 3, 40, 40, 400)  # lines
DURABLE = {PREFIX + own.name for own in VOCABULARY if own.durable}
Change = tuple[str, float, float]


@dataclass
class Writer:
    """Writes to a log all the time, in pieces that are no whole lines, and knows what it wrote."""

    path: Path
    random: random.Random
    outcomes: Counter[str] = field(default_factory=Counter)
    written_bytes: int = 0

    def write(self, lines: int) -> None:
        """Write so many lines, and tear the last piece off somewhere."""
        data = b"".join(self._line() for _ in range(lines))
        self.written_bytes += len(data)
        tear = self.random.randrange(len(data))
        append(self.path, data[:tear])
        append(self.path, data[tear:])

    def _line(self) -> bytes:
        outcome = self.random.choice(("accepted", "failed"))
        self.outcomes[outcome] += 1
        port = self.random.randint(1024, 65535)
        said = f"{outcome.capitalize()} password for root from 192.0.2.7 port {port} ssh2"
        return f"Nov 15 03:36:56 web1 sshd[{port}]: {said}\n".encode()


@dataclass
class Watcher:
    """Scrapes all the time, whichever process is there, and keeps what went backwards."""

    exporter: Exporter | None = None
    scrapes: int = 0
    decreases: list[Change] = field(default_factory=list)
    _last: dict[tuple[str, frozenset[tuple[str, str]]], float] = field(default_factory=dict)

    def scrape(self) -> None:
        """Compare the numbers, if there are any to be had, with the last ones."""
        if self.exporter is None:
            return
        try:
            samples = self.exporter.scrape()
        except (OSError, HTTPException, AssertionError):  # it was killed before it could answer, or before it said its port
            return
        self.compare(samples)

    def compare(self, samples: Samples) -> None:
        """Note every counter that is less than it was, or gone."""
        self.scrapes += 1
        before, self._last = self._last, {key: value for key, value in samples.values.items() if _lasts(key[0])}
        for (name, labels), value in before.items():
            now = self._last.get((name, labels), -1.0)
            if now < value:
                self.decreases.append((name, value, now))


def _lasts(name: str) -> bool:
    return name in DURABLE or name.startswith("sshd_")


@contextmanager
def _in_a_thread(work: threading.Thread, end: threading.Event) -> Iterator[None]:
    work.start()
    try:
        yield
    finally:
        end.set()
        work.join()


def test_counters_go_on_exactly_after_every_kill(program: Program) -> None:
    """Killed ten times while a log is written and /metrics is read: no decrease was seen, and the totals are exact."""
    chance = random.Random(20261115)  # noqa: S311  # the same moments each time
    writer = Writer(program.folder / "auth.log", random.Random(1))  # noqa: S311  # the same lines
    watcher = Watcher()
    end = threading.Event()

    def write() -> None:
        while not end.wait(0.005):
            writer.write(writer.random.choice(BURSTS))

    def watch() -> None:
        while not end.wait(0.001):
            watcher.scrape()

    writer.write(1)
    config = program.config({"name": "auth", "files": ["auth.log"], "patterns": ["sshd"], "start_at": "beginning"})
    with _in_a_thread(threading.Thread(target=write), end), _in_a_thread(threading.Thread(target=watch), end):
        for number in range(KILLS):
            scrapes = watcher.scrapes
            watcher.exporter = program.start(config)
            assert watcher.exporter.wait(chance.uniform(0.2, 1.4)) is None
            if number % 2:
                until(lambda: watcher.scrapes > scrapes, "a scrape")  # noqa: B023  # it is asked at once
            watcher.exporter.send(SIGKILL)
            watcher.exporter.wait()
    exporter = program.start(config).ready()
    samples = until(lambda: _caught_up(exporter.scrape(), writer), "everything is counted")
    watcher.compare(samples)
    assert [] == watcher.decreases
    assert {(outcome,): count for outcome, count in writer.outcomes.items()} == samples.by("sshd_logins_total", "outcome")
    assert writer.outcomes.total() == samples.total("log2metrics_lines_total", source="auth")
    assert writer.outcomes.total() == samples.total("log2metrics_lines_matched_total", source="auth")
    assert writer.written_bytes == samples.total("log2metrics_bytes_total", source="auth")


def _caught_up(samples: Samples, writer: Writer) -> Samples | None:
    return samples if samples.total("log2metrics_bytes_total") >= writer.written_bytes else None
