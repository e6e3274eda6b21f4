"""Debian's carbon receives the points, and the whisper files hold them."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness import HOST, PATIENCE_SECONDS, Process, Program, append, free_port, until

pytestmark = pytest.mark.real
LINE = b"Nov 20 15:55:32 alder sshd[320]: Failed password for mara from 127.0.0.1 port 40710 ssh2\n"
CONFIG = """
[cache]
STORAGE_DIR = {folder}
CONF_DIR = {folder}
LOG_DIR = {folder}
PID_DIR = {folder}
LOCAL_DATA_DIR = {folder}/whisper
USER =
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = inf
LINE_RECEIVER_INTERFACE = {host}
LINE_RECEIVER_PORT = {port}
PICKLE_RECEIVER_INTERFACE = {host}
PICKLE_RECEIVER_PORT = 0
CACHE_QUERY_INTERFACE = {host}
CACHE_QUERY_PORT = 0
ENABLE_TAGS = False
TAG_HASH_FILENAMES = False
CARBON_METRIC_INTERVAL = 0
"""
SCHEMAS = "[all]\npattern = .*\nretentions = 1s:1h\n"
# Debian's whisper belongs to Debian's Python.
READ = """
import json, sys, whisper
(start, end, step), values = whisper.fetch(sys.argv[1], 0)
print(json.dumps([[at, value] for at, value in zip(range(start, end, step), values) if value is not None]))
"""


class Carbon:
    """A carbon-cache with its own storage, which can be away and come back."""

    def __init__(self, binary: str, folder: Path) -> None:
        folder.mkdir()
        self._binary, self._folder = binary, folder
        self._process: Process | None = None
        self.port = free_port()
        self._config = folder / "carbon.conf"
        self._config.write_text(CONFIG.format(folder=folder, host=HOST, port=self.port), encoding="ascii")
        (folder / "storage-schemas.conf").write_text(SCHEMAS, encoding="ascii")

    def start(self) -> None:
        """Come back."""
        words = [self._binary, f"--config={self._config}", "--debug", "start"]
        self._process = Process(words, self._folder / "process")
        until(self._listening, "carbon listens")

    def _listening(self) -> bool:
        assert self._process is not None
        assert self._process.running, self._process.err
        return f"CarbonReceiverFactory starting on {self.port}" in self._process.out

    def stop(self) -> None:
        """Go away, once everything is written."""
        if self._process is not None:
            assert self._process.end()
            self._process = None

    def points(self, name: str) -> dict[int, float]:
        """The values of one series by their timestamps; none while its file isn't there."""
        files = [path for path in self._folder.rglob("*.wsp") if str(path).endswith(f"/{name}.wsp")]
        if not files:
            return {}
        done = subprocess.run(
            ["/usr/bin/python3", "-c", READ, files[0]], capture_output=True, timeout=PATIENCE_SECONDS, check=True
        )
        return dict(json.loads(done.stdout))

    def wait_for(self, name: str, value: float) -> None:
        """Wait until this is the last value of a series."""
        until(lambda: max(self.points(name).items(), default=(0, None))[1] == value, f"{name} is {value}")


@pytest.fixture
def carbon(installed: Callable[[str], str], tmp_path: Path) -> Iterator[Carbon]:
    """A carbon that is not running yet."""
    carbon = Carbon(installed("carbon-cache"), tmp_path / "carbon")
    yield carbon
    carbon.stop()


@pytest.mark.parametrize(
    ("style", "failed", "lines"),
    [
        ("dotted", "hosts/web1/logs/sshd/failed", "hosts/web1/log2metrics_lines_total/source/auth"),
        ("tagged", "hosts/web1/logs/sshd/failed", "hosts_DOT_web1_DOT_log2metrics_lines_total;source=auth"),
    ],
)
def test_the_points_are_in_whisper(program: Program, carbon: Carbon, style: str, failed: str, lines: str) -> None:
    """Every second's value is kept under its path, with the labels as parts or as tags, and the last is what was counted."""
    carbon.start()
    log = program.folder / "auth.log"
    log.touch()
    graphite = {"address": f"{HOST}:{carbon.port}", "interval": "1s", "prefix": "hosts.web1.", "style": style}
    config = program.config({"name": "auth", "files": ["auth.log"], "patterns": ["sshd"]}, graphite=graphite)
    exporter = program.start(config).ready()
    for total in (2, 4, 6):
        append(log, LINE * 2)
        carbon.wait_for(failed, total)
    append(log, LINE)
    assert 0 == exporter.stop()
    carbon.wait_for(failed, 7)
    values = list(carbon.points(failed).values())
    assert values == sorted(values)
    assert {2, 4, 6, 7} <= set(values)
    carbon.wait_for(lines, 7)


def test_points_wait_while_carbon_is_away(program: Program, carbon: Carbon) -> None:
    """While carbon is away points are queued; when it is back they arrive with the timestamps of their own time."""
    log = program.folder / "auth.log"
    log.touch()
    graphite = {"address": f"{HOST}:{carbon.port}", "interval": "1s"}
    config = program.config({"name": "auth", "files": ["auth.log"], "patterns": ["sshd"]}, graphite=graphite)
    exporter = program.start(config).ready()

    def total(result: str) -> float:
        return exporter.scrape().total("log2metrics_graphite_points_total", result=result)

    def wait_for_more(result: str, than: float) -> None:
        until(lambda: total(result) > than, f"more than {than} points {result}")

    def wait_for_a_push() -> None:
        for _ in range(2):  # the first may have begun before
            wait_for_more("queued", total("queued"))

    for _ in range(2):
        append(log, LINE)
        wait_for_a_push()
    waiting = exporter.scrape().total("log2metrics_graphite_queue_points")
    assert 0 == total("sent")
    back = time.time()
    carbon.start()
    wait_for_more("sent", waiting - 1)
    until(lambda: exporter.scrape().total("log2metrics_graphite_queue_points") == 0, "nothing is waiting")
    assert 0 == total("dropped")
    append(log, LINE)
    carbon.wait_for("logs/sshd/failed", 3)
    points = carbon.points("logs/sshd/failed")
    assert {1.0, 2.0} <= {value for at, value in points.items() if at <= back}
    assert 3.0 not in {value for at, value in points.items() if at <= back}
    assert 1 == exporter.err.count("points are kept")
