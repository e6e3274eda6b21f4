"""Who is put to the test: log2metrics under the launcher, or mtail.

A subject can be started, found and read, whatever it counts; what is done to it is decided elsewhere.
"""

from __future__ import annotations

import json
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from log2metrics.telemetry import PREFIX, VOCABULARY
from tests.chaos.logs import LINE_BYTES, METRICS
from tests.harness import Exporter, Process, Program, ask, free_port

ROOT = Path(__file__).parents[2]
_DURABLE = {PREFIX + own.name for own in VOCABULARY if own.durable}
_MTAIL = """\
counter chaos_lines_total by log, generation
/(?P<log>[a-z0-9-]+)_(?P<generation>\\d+)_\\d+/ {
  chaos_lines_total[$log][$generation]++
}
"""

Numbers = dict[str, float]  # by series, as it is written in the exposition


class Subject(ABC):
    """A program that follows the logs, one process at a time."""

    process: Process | None = None

    @abstractmethod
    def start(self) -> None:
        """Start a process."""

    @abstractmethod
    def text(self) -> str:
        """What it says on /metrics; empty if there is nobody who could say it."""

    @abstractmethod
    def is_counter(self, series: str) -> bool:
        """Whether this series must never become less."""

    def numbers(self) -> Numbers:
        """Its counters now."""
        pairs = (line.rpartition(" ") for line in self.text().splitlines() if not line.startswith("#"))
        return {series: float(value) for series, _, value in pairs if self.is_counter(series)}


class _Launched(Program):
    """log2metrics, started by the launcher."""

    def arguments(self, *words: str | Path) -> list[str]:
        return [sys.executable, "-m", "tests.chaos.launcher", str(self.folder / "troubles.json"), *map(str, words)]

    def env(self, **more: str) -> dict[str, str]:
        return super().env(PYTHONPATH=str(ROOT), **more)


@dataclass
class Ours(Subject):
    """log2metrics, with its home in `folder` and its state in `state`."""

    folder: Path
    state: Path
    program: Program = field(init=False)
    exporter: Exporter | None = None
    _served: tuple[Exporter | None, int] = (None, 0)

    def __post_init__(self) -> None:
        self.program = _Launched(self.folder)
        self.program.pack("chaos.yml", *METRICS)
        self.trouble()
        self.configure()

    def configure(self, *more: Mapping[str, Any]) -> None:
        """Write the configuration, with more sources than the two that count."""
        common = {"start_at": "beginning", "line_bytes": LINE_BYTES, "file_labels": r"/(?P<log>[^/]+)\.log$"}
        auth = {"name": "auth", "files": ["logs/auth-*.log"], "patterns": ["sshd", "chaos.yml"], **common}
        access = {"name": "access", "files": ["logs/access-*"], "patterns": ["nginx-access", "chaos.yml"], **common}
        self.program.config(auth, access, *more, name="next.yml", state=str(self.state / "state.db"))
        (self.folder / "next.yml").replace(self.folder / "config.yml")

    def trouble(self, *entries: Mapping[str, object]) -> None:
        """Tell the launcher what is to go wrong from now on: nothing, without entries."""
        new = self.folder / "troubles.new"
        new.write_text(json.dumps(entries), encoding="utf-8")
        new.replace(self.folder / "troubles.json")

    def start(self) -> None:
        """Start it with the configuration as it is now."""
        self.process = self.exporter = self.program.start(self.folder / "config.yml")

    def text(self) -> str:
        """The exposition, if there is a process, and it lives long enough to answer."""
        exporter = self.exporter
        if exporter is None:
            return ""
        try:
            if self._served[0] is not exporter:
                self._served = exporter, exporter.port
            return ask(self._served[1], "/metrics").body.decode()
        except (OSError, HTTPException, AssertionError):  # it was killed before it could answer, or before it said its port
            return ""

    def is_counter(self, series: str) -> bool:
        """All that our packs count, and what the exporter keeps of its own."""
        return series.startswith(("sshd_", "nginx_", "chaos_")) or series.partition("{")[0] in _DURABLE


@dataclass
class Mtail(Subject):
    """mtail on the same logs; it keeps nothing over a restart."""

    folder: Path
    port: int = field(default_factory=free_port)
    _starts: int = 0

    def __post_init__(self) -> None:
        (self.folder / "chaos.mtail").write_text(_MTAIL, encoding="utf-8")

    def start(self) -> None:
        """Start it anew."""
        self._starts += 1
        self.process = Process(self._arguments(), self.folder / f"run-{self._starts}", dict(os.environ))

    def _arguments(self) -> Sequence[str]:
        logs, progs = f"--logs={self.folder}/logs/*.log", f"--progs={self.folder}/chaos.mtail"
        return ("mtail", "--logtostderr", "--emit_prog_label=false", "--address=127.0.0.1", f"--port={self.port}", logs, progs)

    def text(self) -> str:
        """The exposition, if it is there to answer."""
        try:
            return ask(self.port, "/metrics").body.decode()
        except (OSError, HTTPException):
            return ""

    def is_counter(self, series: str) -> bool:
        """What its program counts."""
        return series.startswith("chaos_lines_total")


def total(numbers: Numbers, metrics: Iterable[str] = ("chaos_lines_total",)) -> float:
    """The sum of all series of these metrics."""
    return sum(value for series, value in numbers.items() if series.partition("{")[0] in metrics)
