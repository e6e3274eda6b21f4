"""The daemon: when passes happen, which threads there are, what signals do, and how the configuration is replaced.

The main thread does the passes, and nothing else writes: passes come from scrapes, from wake-ups when a file appears or
is renamed, and from a slow beat. The web server and the Graphite sender have threads of their own and only read snapshots.

Refuses to know what a pass does.
"""

from __future__ import annotations

import logging
import queue
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from types import FrameType

from log2metrics import telemetry as own
from log2metrics.barrier import Barrier
from log2metrics.blocks import Tools
from log2metrics.config.problems import ConfigError
from log2metrics.config.settings import Config
from log2metrics.flow import Snapshot
from log2metrics.pipeline import Pipeline
from log2metrics.sinks.graphite_sender import GraphiteSender
from log2metrics.sinks.schedule import Schedule
from log2metrics.status import describe
from log2metrics.tail.wakeups import WakeUps
from log2metrics.web.exporter import Status

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
COMMIT_SECONDS = 5.0  # while nobody asks: what is not committed is read again after a crash, and each commit wears the disk
PASS_SECONDS = 0.5  # then numbers are committed and published, backlog or not
LAST_PASS_SECONDS = 0.5
SCRAPE_WAIT_SECONDS = 1.0
SCRAPE_PATIENCE_SECONDS = 3.0  # more, where it is not for a backlog that it waits, but for a disk or a busy machine
RELOAD_WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how long, in seconds."""

    beat: float = BEAT_SECONDS
    pass_: float = PASS_SECONDS
    commit: float = COMMIT_SECONDS
    last_pass: float = LAST_PASS_SECONDS
    scrape_wait: float = SCRAPE_WAIT_SECONDS
    scrape_patience: float = SCRAPE_PATIENCE_SECONDS
    reload_wait: float = RELOAD_WAIT_SECONDS


def ignore_hangups() -> None:
    """Do not let a reload that comes before `handle_signals` end the process: the configuration is read anyway."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


class Daemon:
    """Runs a pipeline until it is told to stop. It is the Exporter that the web server shows."""

    def __init__(
        self, config: Config, pipeline: Pipeline, tools: Tools, load: Callable[[], Config], pace: Pace | None = None
    ) -> None:
        self._config = config
        self._pipeline = pipeline
        self._tools = tools
        self._load = load
        self._pace = pace or Pace()
        self._wakes: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._reloads: queue.SimpleQueue[Future[str | None]] = queue.SimpleQueue()
        self._barrier = Barrier(self.wake)
        self._wakeups = WakeUps(self.wake)
        self._stopping = threading.Event()
        self._next_commit = 0.0
        self._started = tools.clock()
        self._loaded_well()

    # What the web server asks for, from its own threads.

    @property
    def ready(self) -> bool:
        """Whether there are numbers to show."""
        return self._pipeline.snapshot.timestamp > 0 and not self._stopping.is_set()

    def scrape(self) -> Snapshot:
        """The numbers after a pass that began now, or after the wait that a scrape is worth."""
        self._barrier.wait(self._pace.scrape_wait, self._pace.scrape_patience)
        return self._pipeline.snapshot

    def reload(self) -> str | None:
        """Read the configuration again; what is wrong with it as text, or None. A wrong one changes nothing."""
        asked: Future[str | None] = Future()
        self._reloads.put(asked)
        self.wake()
        try:
            return asked.result(self._pace.reload_wait)
        except FutureTimeoutError:
            return "the exporter is too busy to reload now; it will do so as soon as it can"

    def status(self) -> Status:
        """What the exporter is doing, as of the last pass."""
        return describe(self._pipeline, self._started)

    # What the main thread does.

    def wake(self) -> None:
        """Ask for a pass, from any thread or signal handler."""
        self._wakes.put(None)

    def stop(self) -> None:
        """Ask for the end: one last pass, one last commit."""
        self._stopping.set()
        self.wake()

    def handle_signals(self) -> None:
        """SIGTERM and SIGINT end the daemon, at once the second time; SIGHUP reloads."""
        signal.signal(signal.SIGTERM, self._on_end)
        signal.signal(signal.SIGINT, self._on_end)
        signal.signal(signal.SIGHUP, self._on_hangup)

    def _on_end(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # a signal handler's signature
        signal.signal(number, signal.SIG_DFL)
        self.stop()

    def _on_hangup(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # a signal handler's signature
        self._reloads.put(Future())
        self.wake()

    def run(self) -> None:
        """Do passes until `stop`, then the last one."""
        sender = self._start_sender()
        try:
            while not self._stopping.is_set():
                self._answer_reloads(self._reload)
                caught_up = self._pass(self._pace.pass_)
                self._wait(self._pace.beat if caught_up else 0)
            self._pass(self._pace.last_pass)
        finally:
            self._barrier.close()
            self._answer_reloads(lambda: "the exporter is ending")
            self._wakeups.close()
            if sender:
                sender.join(self._pace.last_pass)

    def _pass(self, seconds: float) -> bool:
        ticket = self._barrier.begin()
        start = time.monotonic()
        end = start + seconds
        due = self._stopping.is_set() or self._barrier.is_awaited(ticket) or start >= self._next_commit
        caught_up = self._pipeline.run(lambda: time.monotonic() >= end, commit=due)
        if due:
            self._next_commit = start + self._pace.commit
        self._wakeups.watch(self._pipeline.directories())
        if due:
            self._barrier.serve(ticket) if caught_up else self._barrier.fall_behind(ticket)
        return caught_up

    def _wait(self, seconds: float) -> None:
        """Wait for a wake-up, at most so long; several at once are one."""
        try:
            self._wakes.get(timeout=seconds) if seconds else self._wakes.get_nowait()
            while True:
                self._wakes.get_nowait()
        except queue.Empty:
            pass

    def _answer_reloads(self, reload: Callable[[], str | None]) -> None:
        """Reload once for all who have asked."""
        asked: list[Future[str | None]] = []
        while not self._reloads.empty():
            asked.append(self._reloads.get())
        if asked:
            problems = reload()
            for each in asked:
                each.set_result(problems)

    def _reload(self) -> str | None:
        try:
            config = self._load()
        except ConfigError as error:
            self._tools.telemetry.set(own.RELOAD_SUCCESSFUL, 0)
            for problem in error.problems:
                log.error("configuration refused, the old one goes on", extra={"problem": str(problem)})
            return str(error)
        for name in ("state", "web", "graphite"):
            if getattr(config, name) != getattr(self._config, name):
                log.warning("changed in the configuration; takes effect at the next start", extra={"key": name})
        self._pipeline.configure(config.sources)
        self._next_commit = 0.0
        self._config = config
        self._loaded_well()
        log.info("configuration loaded")
        return None

    def _loaded_well(self) -> None:
        self._tools.telemetry.set(own.RELOAD_SUCCESSFUL, 1)
        self._tools.telemetry.set(own.RELOAD_TIMESTAMP, self._tools.clock())

    # The Graphite sender's thread.

    def _start_sender(self) -> threading.Thread | None:
        settings = self._config.graphite
        if settings is None:
            return None
        sender = GraphiteSender(settings, self._tools.telemetry, self._pipeline.snapshot)
        schedule = Schedule.of(settings.hostname, settings.interval_seconds)
        thread = threading.Thread(target=self._send, args=(sender, schedule), name="graphite", daemon=True)
        thread.start()
        return thread

    def _send(self, sender: GraphiteSender, schedule: Schedule) -> None:
        clock = self._tools.clock
        due = schedule.first(clock())
        while not self._stopping.wait(due - clock()):
            sender.push(self.scrape(), due)
            due = schedule.after(due, clock())
        sender.push(self.scrape(), due)
        sender.close()
