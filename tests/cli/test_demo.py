"""`demo`: what it writes is counted, all of it, and what it shows moves."""

from __future__ import annotations

import random
import re
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from log2metrics.cli import demo
from log2metrics.cli.demo import Writer, demo_config
from log2metrics.daemon import Daemon
from log2metrics.flow import Family, HistogramValue, Snapshot, Value
from log2metrics.metric import Label, Labels, Metric, MetricType
from log2metrics.telemetry import LINES, LINES_UNMATCHED, ROTATIONS
from tests.cli.conftest import Invoke
from tests.pipelines import Host, run, series

NOW = datetime(2026, 11, 20, 15, 55, 31, tzinfo=UTC)
HITS = Metric("hits_total", MetricType.COUNTER, "Hits.", (Label("of"), Label("to")))
SECONDS = Metric("took_seconds", MetricType.HISTOGRAM, "Time.", buckets=(1.0,))


def test_every_line_it_writes_is_counted(tmp_path: Path) -> None:
    """By the packs it shows: a demo with unmatched lines would show the wrong thing. The web server's log is rotated."""
    host = Host(tmp_path)
    writer = Writer(tmp_path, random.Random(7))  # noqa: S311  # lively, not secret
    pipeline = host.start(*demo_config(tmp_path).sources, keep=False)
    for _ in range(200):
        writer.write(NOW)
        run(pipeline)
    written = sum(len(path.read_bytes().splitlines()) for path in [tmp_path / "auth.log"])
    assert (written, 0) == (host.telemetry.get(LINES, "auth"), host.telemetry.get(LINES_UNMATCHED, "auth"))
    assert host.telemetry.get(LINES, "nginx") > 1000
    assert 0 == host.telemetry.get(LINES_UNMATCHED, "nginx")
    assert host.telemetry.get(ROTATIONS, "nginx", "renamed") >= 3
    assert {"access.log.1", "auth.log"} <= {path.name for path in tmp_path.iterdir()}
    requests = series(pipeline.snapshot, "nginx_http_requests_total")
    assert {"GET", "POST"} == {method for (_, method, _), value in requests.items() if value}
    host.kill()


def test_it_shows_what_it_counts(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe: the address, and at the end the series that are not zero; its folder is gone afterwards."""
    monkeypatch.setattr(demo, "_WRITE_SECONDS", 0.001)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = invoke("demo", "--listen", "127.0.0.1:0", "--seconds", "0.2")
    assert 0 == result.exit_code
    assert re.search(r"^http://localhost:\d+/metrics  what Prometheus reads$", result.stdout, re.MULTILINE)
    assert re.search(r'^nginx_http_requests_total\{class="\dxx",method="\w+",status="\d+"\} \d+$', result.stdout, re.MULTILINE)
    assert [] == list(tmp_path.iterdir())


def test_a_wrong_address_is_refused(invoke: Invoke) -> None:
    """With what would be right."""
    result = invoke("demo", "--listen", "nowhere")
    assert 2 == result.exit_code
    assert "--listen: found 'nowhere'; write HOST:PORT or :PORT" in result.stderr


class Shown:
    """A daemon whose counters grow with every look."""

    def __init__(self, *, broken: bool = False) -> None:
        self.looks = 0
        self.stopped = threading.Event()
        self.on_look: Callable[[], object] = lambda: None
        self._broken = broken

    def scrape(self) -> Snapshot:
        """Count the look."""
        if self._broken:
            raise BrokenPipeError
        self.looks += 1
        self.on_look()
        hits: dict[Labels, Value] = {(("of", "[red]"), ("to", "")): 1000.0 * self.looks, (("of", "b"), ("to", "c")): 0.0}
        return Snapshot((Family(HITS, hits), Family(SECONDS, {(): HistogramValue((1, 1), 3.0)})))

    def stop(self) -> None:
        """Take note."""
        self.stopped.set()

    def show(self, seconds: float | None = None) -> None:
        """Show it until it is stopped."""
        with demo._showing(cast("Daemon", self), "http://localhost:1", seconds):
            assert self.stopped.wait(30)


def test_a_terminal_shows_the_counters_moving(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Series, values and what they grew since the last look; nothing of a label is taken for markup."""
    monkeypatch.setattr(demo, "_REFRESH_SECONDS", 0.0)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for name, value in {"TERM": "xterm", "COLUMNS": "100"}.items():
        monkeypatch.setenv(name, value)
    shown = Shown()
    shown.on_look = lambda: shown.stop() if shown.looks == 3 else None
    shown.show()
    out = re.sub(r"\x1b\[[\d;?]*\w", "", capsys.readouterr().out)
    assert "made-up logs, counted live. Ctrl-C ends it." in out
    assert re.search(r'hits_total\{of="\[red\]"\} +3,000 +\+1,000', out)
    assert re.search(r"took_seconds_count +2\b", out)
    assert 'of="b"' not in out
    assert "http://localhost:1/metrics" in out


def test_a_pipe_shows_the_numbers_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    """When its time is over; then the daemon is stopped."""
    Shown().show(seconds=0)
    lines = capsys.readouterr().out.splitlines()
    assert ['hits_total{of="[red]"} 1000', "took_seconds_count 2"] == lines[-2:]


def test_it_says_how_much_time_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is an end."""
    monkeypatch.setattr(demo, "_REFRESH_SECONDS", 0.0)
    end = threading.Event()
    ticks = demo._ticks(100.0, end)
    assert "100 s left." == next(ticks)
    end.set()
    assert [] == list(ticks)


def test_a_screen_that_goes_away_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`log2metrics demo | head -1`: the daemon is stopped, and there is no traceback."""
    Shown(broken=True).show(seconds=0)
    assert "" == capsys.readouterr().err
