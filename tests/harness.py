"""The program as its users run it: a command, or a process with a config, a port and a log on standard error.

Nothing but its output is looked at. What takes time is waited for in `until` and `Process.wait` alone, and always within
bounds.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus

HOST = "127.0.0.1"
PATIENCE_SECONDS = 60.0  # a busy machine may take so long; nothing is asserted of it
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
TRACEBACK = "Traceback (most recent call last)"

T = TypeVar("T")

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_ports = iter(range(12_000 + 300 * _WORKER, 32_000))


def until(condition: Callable[[], T | None], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """Ask again and again until the answer is true, and give it; fail if that takes longer than this."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        pause.wait(0.02)
    return answer


def free_port() -> int:
    """A port that nobody has now, and nobody else gets before it is used.

    It is none of those that systems give to who asks for any, and no other process of the tests tries the same ones.
    """
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise AssertionError("no free port")


def append(path: Path, data: bytes) -> None:
    """Write to the end of a file, as a program does that logs."""
    with path.open("ab") as file:
        file.write(data)


@dataclass(frozen=True)
class Samples:
    """The samples of one exposition, by name and labels."""

    values: Mapping[tuple[str, frozenset[tuple[str, str]]], float]

    @classmethod
    def parse(cls, text: str, *, openmetrics: bool = False) -> Samples:
        """Read exposition text. Raises ValueError where it is none, and fails where a series stands twice."""
        parse = parse_openmetrics if openmetrics else parse_prometheus
        families: Iterable[Metric] = parse(text)
        samples = [sample for family in families for sample in family.samples]
        values = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
        assert len(samples) == len(values)
        return cls(values)

    def total(self, metric: str, /, **labels: str) -> float:
        """The sum of the series that have these labels; at least one must exist."""
        wanted = labels.items()
        found = [value for (name, pairs), value in self.values.items() if name == metric and wanted <= pairs]
        assert found, f"no {metric} with {labels}"
        return sum(found)

    def by(self, metric: str, /, *labels: str) -> dict[tuple[str, ...], float]:
        """The sums of a metric by the values of these labels; what is zero is left out."""
        sums: dict[tuple[str, ...], float] = {}
        for (name, pairs), value in self.values.items():
            if name == metric and value:
                key = tuple(dict(pairs).get(label, "") for label in labels)
                sums[key] = sums.get(key, 0) + value
        return sums


@dataclass(frozen=True)
class Answer:
    """What an HTTP server said, and how long it took."""

    status: int
    body: bytes
    content_type: str
    seconds: float


def ask(port: int, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
    """One request on a connection of its own. Raises OSError and HTTPException."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)
    start = time.monotonic()
    try:
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        body = answer.read()
        return Answer(answer.status, body, answer.headers.get("Content-Type", ""), time.monotonic() - start)
    finally:
        connection.close()


class Process:
    """A program at work, in a session of its own; what it says goes to two files in `folder`."""

    def __init__(self, arguments: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._alone: bool | None = None  # once it has ended: whether nothing was left of what it had started
        self._out, self._err = folder / "stdout", folder / "stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._popen = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env, cwd=folder, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._popen.pid

    @property
    def out(self) -> str:
        """Everything it has said on standard output."""
        return self._out.read_text(encoding="utf-8", errors="replace")

    @property
    def err(self) -> str:
        """Everything it has said on standard error."""
        return self._err.read_text(encoding="utf-8", errors="replace")

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        if self._popen.poll() is None:
            return True
        self._end_group()
        return False

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._popen.send_signal(number)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int | None:
        """Wait until it ends, and give its exit code; None if it is still there after so long."""
        try:
            code = self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._end_group()
        return code

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = PATIENCE_SECONDS) -> int | None:
        """Ask it to end, and give its exit code; None if it has not ended after so long."""
        if self.running:
            self.send(number)
        return self.wait(seconds)

    def end(self) -> bool:
        """Make sure that it has ended, with all that it started; False if something of that was left."""
        if self.stop(seconds=5) is None:
            self.stop(signal.SIGKILL)
        return self._alone is True

    def _end_group(self) -> None:
        """Kill what is left, once and at once: some time later the number may be that of somebody else's group."""
        if self._alone is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                self._alone = True
            else:
                self._alone = False


class Exporter(Process):
    """`log2metrics run` at work."""

    @property
    def port(self) -> int:
        """Where it serves, as it says itself."""
        return int(until(self._port_said, "serving")[1])

    def _port_said(self) -> re.Match[str] | None:
        said = re.search(r"msg=serving port=(\d+)\n", self.err)
        assert said or self.running, self.err
        return said

    def ready(self) -> Exporter:
        """Wait until it has numbers to show."""
        until(lambda: self.get("/-/ready").status == http.HTTPStatus.OK, "ready")
        return self

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET this path."""
        return ask(self.port, path, headers=headers)

    def scrape(self) -> Samples:
        """The numbers after a pass that began now, as Prometheus text."""
        return Samples.parse(self.get("/metrics").body.decode())

    def scrape_openmetrics(self) -> Samples:
        """The same as OpenMetrics."""
        return Samples.parse(self.get("/metrics", OPENMETRICS).body.decode(), openmetrics=True)

    def reload(self) -> Answer:
        """Have the configuration read again."""
        return ask(self.port, "/-/reload", "POST")

    def peak_kib(self) -> int:
        """The most memory it has had so far, in KiB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0])


@dataclass
class Program:
    """The command line of log2metrics, in a home of its own below `folder`."""

    folder: Path
    started: list[Exporter] = field(default_factory=list)

    @property
    def temporary(self) -> Path:
        """Where it puts temporary files."""
        return self.folder / "tmp"

    def env(self, **more: str) -> dict[str, str]:
        """The environment of its processes: nothing outside the folder is written."""
        self.temporary.mkdir(exist_ok=True)
        own = {"HOME": str(self.folder), "TMPDIR": str(self.temporary), "STATE_DIRECTORY": str(self.folder / "state")}
        return {**os.environ, **own, "PYTHONUNBUFFERED": "1", **more}

    def config(self, *sources: Mapping[str, Any], name: str = "config.yml", **keys: Any) -> Path:  # noqa: ANN401  # YAML
        """Write a config with these sources; it serves on a free port and keeps `state.db` unless `keys` say otherwise."""
        path = self.folder / name
        document = {"sources": sources, "state": "state.db", "web": {"listen": f"{HOST}:0"}, **keys}
        path.write_text(json.dumps(document, indent=2), encoding="utf-8")
        return path

    def pack(self, name: str, *metrics: Mapping[str, Any], **keys: Any) -> Path:  # noqa: ANN401  # YAML
        """Write a pack with these metrics."""
        path = self.folder / name
        described = [{"help": "What a test counts.", **metric} for metric in metrics]
        path.write_text(json.dumps({"title": name, "metrics": described, **keys}, indent=2), encoding="utf-8")
        return path

    def arguments(self, *words: str | Path) -> list[str]:
        """The command line of a process with these words."""
        return [sys.executable, "-m", "log2metrics", *map(str, words)]

    def start(self, config: Path | None = None, *words: str | Path, **env: str) -> Exporter:
        """Start `log2metrics run`, with a config or without."""
        given = ("-c", config) if config else ()
        folder = self.folder / f"run-{len(self.started)}"
        exporter = Exporter(self.arguments("run", *given, *words), folder, self.env(**env))
        self.started.append(exporter)
        return exporter

    def run(self, *words: str | Path, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; no command may ever show a traceback."""
        done = subprocess.run(
            self.arguments(*words),
            input=stdin,
            capture_output=True,
            env=self.env(**env),
            cwd=self.folder,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert TRACEBACK.encode() not in done.stderr, done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    def end(self) -> None:
        """End what was started, and see that nothing is left: no process, no temporary file, no traceback."""
        alone = [exporter.end() for exporter in self.started]
        for exporter in self.started:
            assert TRACEBACK not in exporter.err, exporter.err
        assert all(alone)
        assert [] == list(self.temporary.glob("*"))
