"""`log2metrics demo`: a made-up log, live, so that one sees it work within seconds of installing it.

Two logs are written into a temporary folder, one of them rotated now and then; they are followed like any other, served on
/metrics, and the counters that move are shown.
"""

from __future__ import annotations

import logging
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from log2metrics.cli.serve import parse_listen, serve
from log2metrics.config.packs import library_folder, load_packs
from log2metrics.config.settings import Config, Source
from log2metrics.flow import HistogramValue, Snapshot
from log2metrics.sinks.samples import number_text
from log2metrics.tail.selection import Selection, StartAt

if TYPE_CHECKING:
    from rich.table import Table

    from log2metrics.daemon import Daemon

_REFRESH_SECONDS = 0.5
_WRITE_SECONDS = 0.2
_ROTATE_LINES = 300
_USERS = ("root", "admin", "mara", "olek", "git", "oracle", "test")
_PATHS = ("/", "/login", "/api/orders", "/static/app.js", "/.env", "/wp-login.php")
_STATUSES = (200, 200, 200, 200, 204, 301, 304, 404, 404, 500, 502)


@dataclass(slots=True)
class Writer:
    """Writes lively logs into a folder, and rotates the web server's by renaming it."""

    folder: Path
    random: random.Random = field(default_factory=random.Random)
    requests: int = 0

    def write(self, now: datetime) -> None:
        """Write a few lines to each log."""
        with (self.folder / "auth.log").open("a", encoding="ascii") as file:
            file.writelines(f"{now.isoformat()} demo {message}\n" for message in self._auth_messages(first=file.tell() == 0))
        with (self.folder / "access.log").open("a", encoding="ascii") as file:
            lines = [self._access_line(now) for _ in range(self.random.randint(2, 12))]
            file.writelines(lines)
        self.requests += len(lines)
        if self.requests >= _ROTATE_LINES:
            (self.folder / "access.log").replace(self.folder / "access.log.1")
            self.requests = 0

    def _auth_messages(self, *, first: bool) -> list[str]:
        """A few of the messages; the first time all of them, so that there is something to see at once."""
        user, pid = self.random.choice(_USERS), self.random.randint(1000, 9999)
        address, port = f"192.0.2.{self.random.randint(1, 254)}", self.random.randint(30000, 60000)
        messages = [
            f"sshd[{pid}]: Failed password for {user} from {address} port {port} ssh2",
            f"sshd[{pid}]: Failed password for invalid user {user} from {address} port {port} ssh2",
            f"sshd[{pid}]: Accepted publickey for {user} from {address} port {port} ssh2: ED25519 SHA256:example",
            f"sudo: {user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND=/usr/bin/id",
            f"CRON[{pid}]: (root) CMD (run-parts /etc/cron.hourly)",
        ]
        return messages if first else self.random.sample(messages, self.random.randint(0, 3))

    def _access_line(self, now: datetime) -> str:
        method = self.random.choice(("GET", "GET", "GET", "POST"))
        request = f"{method} {self.random.choice(_PATHS)} HTTP/1.1"
        seconds = self.random.expovariate(8)
        return (
            f'198.51.100.{self.random.randint(1, 254)} - - [{now:%d/%b/%Y:%H:%M:%S} +0000] "{request}" '
            f'{self.random.choice(_STATUSES)} {self.random.randint(100, 9000)} "-" "demo/1.0" {seconds:.3f}\n'
        )


@click.command("demo")
@click.option(
    "--listen", default="127.0.0.1:10414", show_default=True, help="Where to serve: [HOST]:PORT; port 0 takes a free one."
)
@click.option("--seconds", type=click.FloatRange(min=0), help="End after so long.  [default: on Ctrl-C]")
def command(listen: str, seconds: float | None) -> None:
    """See it work: a made-up log is written, followed, counted and served, and the counters are shown moving."""
    logging.basicConfig(level="ERROR")
    with TemporaryDirectory(prefix="log2metrics-demo-") as name:
        folder = Path(name)
        config = demo_config(folder)
        with (
            serve(lambda: config, parse_listen(listen)) as (daemon, port),
            _writing(Writer(folder)),
            _showing(daemon, f"http://localhost:{port}", seconds),
        ):
            daemon.run()


def demo_config(folder: Path) -> Config:
    """Follow the demo's logs with the shipped packs, without a state."""
    auth = Selection("auth", (str(folder / "auth.log"),), StartAt.BEGINNING)
    access = Selection("nginx", (str(folder / "access.log"),), StartAt.BEGINNING)
    packs = load_packs(["sshd", "sudo", "cron", "nginx-access"], library_folder())
    return Config(None, (Source(auth, packs[:3]), Source(access, packs[3:])), None)


@contextmanager
def _beside(name: str, work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Do some work in a thread of this name; the event tells it that it is to end."""
    end = threading.Event()
    thread = threading.Thread(target=work, args=(end,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def _writing(writer: Writer) -> AbstractContextManager[None]:
    """Write the logs, at once and then in a thread."""

    def write(end: threading.Event) -> None:
        while not end.wait(_WRITE_SECONDS):
            writer.write(datetime.now(UTC))

    writer.write(datetime.now(UTC))
    return _beside("demo-writer", write)


def _showing(daemon: Daemon, address: str, seconds: float | None) -> AbstractContextManager[None]:
    """Show the counters in a thread until the daemon stops, which after `seconds` it is told to."""
    show = _show_live if sys.stdout.isatty() else _show_plainly

    def show_and_stop(end: threading.Event) -> None:
        try:
            with suppress(BrokenPipeError):  # nobody looks any more
                show(daemon, address, seconds, end)
        finally:
            daemon.stop()

    return _beside("demo-screen", show_and_stop)


def _show_live(daemon: Daemon, address: str, seconds: float | None, end: threading.Event) -> None:
    from rich.console import Group  # noqa: PLC0415  # only where it draws
    from rich.live import Live  # noqa: PLC0415  # the same

    before: dict[str, float] = {}
    with Live(auto_refresh=False) as live:
        for left in _ticks(seconds, end):
            now = _rows(daemon.scrape())
            live.update(
                Group(f"log2metrics demo: made-up logs, counted live. {left}\n", _table(now, before), _footer(address)),
                refresh=True,
            )
            before = now


def _show_plainly(daemon: Daemon, address: str, seconds: float | None, end: threading.Event) -> None:
    click.echo(_footer(address))
    for _ in _ticks(seconds, end):
        pass
    for series, value in _rows(daemon.scrape()).items():
        click.echo(f"{series} {number_text(value)}")


def _ticks(seconds: float | None, end: threading.Event) -> Iterator[str]:
    """One tick per refresh until the end of the time, saying what is left of it."""
    start = time.monotonic()
    while not end.is_set():
        gone = time.monotonic() - start
        if seconds is not None and gone >= seconds:
            break
        yield "Ctrl-C ends it." if seconds is None else f"{seconds - gone:.0f} s left."
        end.wait(_REFRESH_SECONDS)


def _rows(snapshot: Snapshot) -> dict[str, float]:
    """The series that are not zero, histograms by their count, as they read on /metrics."""
    rows = {}
    for family in snapshot.families:
        for labels, value in sorted(family.series.items()):
            number = value.observations if isinstance(value, HistogramValue) else value
            if number:
                inside = ",".join(f'{name}="{text}"' for name, text in labels if text)
                suffix = "_count" if isinstance(value, HistogramValue) else ""
                rows[f"{family.metric.name}{suffix}" + (f"{{{inside}}}" if inside else "")] = number
    return rows


def _table(now: dict[str, float], before: dict[str, float]) -> Table:
    from rich.table import Table  # noqa: PLC0415  # only where it draws
    from rich.text import Text  # noqa: PLC0415  # the same

    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("series")
    table.add_column("value", justify="right")
    table.add_column("", justify="right")
    for series, value in now.items():
        grown = value - before.get(series, 0)
        table.add_row(Text(series), f"{value:,.0f}", Text(f"+{grown:,.0f}", style="green") if grown else "")
    return table


def _footer(address: str) -> str:
    return f"\n{address}/metrics  what Prometheus reads\n{address}/         the status page"
