"""The programs that follow a log and answer over HTTP: how long a scrape takes, and how long a backlog.

Both start with an empty log that is filled once they run, since mtail reads only what is written after its start; of a
backlog, ours has all before it starts. Times are seen from outside, by HTTP; CPU and memory are those that the system tells
of the process, threads and all. Ours is given a state file, as in service.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import yaml

from benchmarks.programs import Run, Task, mtail_options, series_of

_SCRAPES = 5
_CHANGED_LINES = 1000  # before every scrape, so that no answer is that of the one before
_PATIENCE_SECONDS = 300.0
_POLL_SECONDS = 0.05
_TICKS = os.sysconf("SC_CLK_TCK")

Command = Callable[[Task, Path, Path, int], list[str]]  # of task, log, folder for its own files, port


class Running:
    """A program that answers on a port of this machine."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, messages: Path) -> None:
        self._process = process
        self._base = f"http://127.0.0.1:{port}"
        self._messages = messages

    def get(self, path: str) -> str:
        """What it answers, uncompressed. Raises OSError while it does not answer."""
        with urllib.request.urlopen(self._base + path, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310  # http, to this machine
            return str(answer.read(), "utf-8")

    def wait_until(self, good: Callable[[str], bool], path: str = "/metrics") -> str:
        """Ask until the answer is good, or time is out: then give the last one. Raises CalledProcessError if it has ended."""
        end = time.monotonic() + _PATIENCE_SECONDS
        text = ""
        while time.monotonic() < end:
            if (code := self._process.poll()) is not None:
                said = self._messages.read_text(encoding="utf-8", errors="replace")
                raise subprocess.CalledProcessError(code, self._process.args, stderr=said)
            try:
                text = self.get(path)
            except OSError:
                pass
            else:
                if good(text):
                    break
            time.sleep(_POLL_SECONDS)
        return text

    @property
    def cpu(self) -> float:
        """CPU seconds until now."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def peak(self) -> int:
        """The most memory it has had until now, in bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@contextmanager
def _running(command: Command, task: Task, log: Path, folder: Path) -> Iterator[Running]:
    port, messages = _free_port(), folder / "messages"
    with messages.open("wb") as file:
        process = subprocess.Popen(command(task, log, folder, port), stdout=file, stderr=file)
    try:
        yield Running(process, port, messages)
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True, slots=True)
class Scraped:
    """A program that has counted a log and is scraped: the time of one scrape, numbers having changed since the last."""

    name: str
    executable: str
    command: Command

    def installed(self, task: Task) -> bool:  # noqa: ARG002  # it is the same for every task
        """Whether it can be started here."""
        return shutil.which(self.executable) is not None

    def run(self, task: Task) -> Run:
        """Let it count the log, then scrape a few times and take the median."""
        with TemporaryDirectory() as folder:
            log = Path(folder) / "log"
            log.touch()
            with _running(self.command, task, log, Path(folder)) as running:
                running.wait_until(bool)
                _append(task.log.read_bytes(), log)
                text = running.wait_until(lambda text: _counted(text, task) == task.truth.series)
                task.check(self.name, _counted(text, task), task.truth.series)
                return _scrapes(running, task, log)


def _scrapes(running: Running, task: Task, log: Path) -> Run:
    with task.log.open("rb") as file:
        more = b"".join(islice(file, _CHANGED_LINES))
    walls, cpu = [], running.cpu
    for _ in range(_SCRAPES):
        _append(more, log)
        start = time.perf_counter()
        running.get("/metrics")
        walls.append(time.perf_counter() - start)
    return Run(median(walls), (running.cpu - cpu) / _SCRAPES, running.peak)


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """Ours from its start until the backlog is counted, committed and visible."""

    name: str
    scraped: bool = False

    def installed(self, task: Task) -> bool:  # noqa: ARG002  # ours always is
        """Whether it can be started here."""
        return True

    def run(self, task: Task) -> Run:
        """Let it count all there is."""
        with TemporaryDirectory() as folder:
            start = time.perf_counter()
            with _running(_ours, task, task.log, Path(folder)) as running:
                with _somebody_scraping(running, wanted=self.scraped):
                    running.wait_until(lambda status: _lines(status) >= task.truth.lines, "/api/v1/status")
                    run = Run(time.perf_counter() - start, running.cpu, running.peak)
                task.check(self.name, _counted(running.get("/metrics"), task), task.truth.series)
                return run


@contextmanager
def _somebody_scraping(running: Running, *, wanted: bool) -> Iterator[None]:
    """Another scrape one second after the last, until the block ends."""
    done = threading.Event()

    def scrape() -> None:
        while not done.wait(1):
            with suppress(OSError):
                running.get("/metrics")

    scraper = threading.Thread(target=scrape)
    if wanted:
        scraper.start()
    try:
        yield
    finally:
        done.set()
        if wanted:
            scraper.join()


def _lines(status: str) -> int:
    return sum(source["lines"] for source in json.loads(status)["sources"])


def _counted(exposition: str, task: Task) -> dict[str, float]:
    names = tuple(rule.metric for rule in task.case.rules)
    return {series: value for series, value in series_of(exposition).items() if series.startswith(names)}


def _append(data: bytes, log: Path) -> None:
    with log.open("ab") as file:
        file.write(data)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _ours(task: Task, log: Path, folder: Path, port: int) -> list[str]:
    config = {
        "sources": [
            {"name": "benchmark", "files": [str(log)], "patterns": [str(task.pack.resolve())], "start_at": "beginning"}
        ],
        "state": str(folder / "state.db"),
        "web": {"listen": f"127.0.0.1:{port}"},
    }
    (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return [sys.executable, "-m", "log2metrics", "run", "--config", str(folder / "config.yml")]


def _mtail(task: Task, log: Path, _: Path, port: int) -> list[str]:
    return [*mtail_options(task), f"--port={port}", f"--logs={log}"]


OURS_SCRAPED = Scraped("log2metrics", sys.executable, _ours)
MTAIL_SCRAPED = Scraped("mtail", "mtail", _mtail)
CATCHING_UP = CatchingUp("run")
CATCHING_UP_SCRAPED = CatchingUp("run, scraped", scraped=True)
