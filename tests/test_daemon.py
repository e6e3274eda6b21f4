"""The daemon: when it does passes, what it says to others, and how it ends; over a pipeline that does what a test says."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import cast

import pytest

from log2metrics import telemetry as own
from log2metrics.blocks import Tools
from log2metrics.config.problems import ConfigError, Problem
from log2metrics.config.settings import Config, Source, Web
from log2metrics.config.values import Address
from log2metrics.daemon import Daemon, Pace
from log2metrics.flow import Family, Position, Snapshot
from log2metrics.match.guard import Guard
from log2metrics.metric import Metric, MetricType
from log2metrics.pipeline import Pipeline
from log2metrics.rates import Rates
from log2metrics.samples import Sample
from log2metrics.sinks.graphite import GraphiteSettings
from log2metrics.tail.selection import Selection
from log2metrics.telemetry import Telemetry
from tests.pipelines import Clock, Untimed

LONG = 30.0  # seconds; no test waits so long unless it fails
PASSES = Metric("passes", MetricType.GAUGE, "The number of the pass.")
CONFIG = Config(None, (), None)


class Passes:
    """A pipeline whose passes are calls of a test; each publishes its number."""

    def __init__(self) -> None:
        self.number = 0
        self.snapshot = Snapshot()
        self.during: Callable[[int], bool | None] = lambda _: None
        self.out_of_time: list[bool] = []
        self.commits: list[int] = []
        self.configured: list[tuple[Source, ...]] = []
        self.folders: set[str] = set()
        self.rates = Rates()

    def run(self, out_of_time: Callable[[], bool], *, commit: bool = True) -> bool:
        """Do what the test says; it has caught up unless that was False."""
        self.number += 1
        caught_up = self.during(self.number) is not False
        self.out_of_time.append(out_of_time())
        if commit:
            self.commits.append(self.number)
            self.snapshot = Snapshot((Family(PASSES, {(): float(self.number)}),), timestamp=1.0)
        return caught_up

    def configure(self, sources: tuple[Source, ...]) -> None:
        """Take note."""
        self.configured.append(sources)

    def directories(self) -> set[str]:
        """What is to be watched."""
        return self.folders

    def positions(self) -> list[Position]:
        """No files."""
        return []

    def samples(self) -> dict[str, tuple[Sample, ...]]:
        """Everything is counted."""
        return {}


class Watched(Daemon):
    """A daemon that says when it was asked for a pass, and how long it would wait for one."""

    asked = threading.Event()
    waits: list[float]

    def wake(self) -> None:
        """Ask, and say so."""
        super().wake()
        self.asked.set()

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        super()._wait(seconds)


class Plant:
    """A daemon over such a pipeline, and the configuration it would load."""

    def __init__(self) -> None:
        self.passes = Passes()
        self.telemetry = Telemetry()
        self.clock = Clock()
        self.loaded = 0
        self.config: Config | ConfigError = CONFIG
        self.daemon: Watched = self.make()

    def make(self, config: Config = CONFIG, **pace: float) -> Watched:
        """A daemon that waits for ever unless it is woken."""
        tools = Tools(self.telemetry, Guard(Untimed(), self.clock), self.clock)
        settings = Pace(**{"beat": LONG, "scrape_wait": LONG, "reload_wait": LONG, **pace})
        self.daemon = Watched(config, cast("Pipeline", self.passes), tools, self.load, settings)
        self.daemon.asked = threading.Event()
        self.daemon.waits = []
        return self.daemon

    def load(self) -> Config:
        """Give the configuration, or what is wrong with it."""
        self.loaded += 1
        if isinstance(self.config, ConfigError):
            raise self.config
        return self.config

    def ask(self, question: Callable[[], object]) -> Future[object]:
        """Ask in another thread, and return when the daemon has heard it."""
        answer: Future[object] = Future()
        self.daemon.asked.clear()
        threading.Thread(target=lambda: answer.set_result(question()), daemon=True).start()
        assert self.daemon.asked.wait(LONG)
        return answer

    def run(self, *steps: Callable[[], object]) -> None:
        """Run; during the n-th pass the n-th step is done. Another pass follows at once; after the last step it ends."""

        def during(number: int) -> None:
            if number <= len(steps):
                steps[number - 1]()
                self.daemon.wake()
            if number == len(steps):
                self.daemon.stop()

        self.passes.during = during
        self.daemon.run()


@pytest.fixture
def plant() -> Plant:
    """A daemon at rest."""
    return Plant()


def number(snapshot: object) -> float:
    """Which pass published this."""
    assert isinstance(snapshot, Snapshot)
    (value,) = snapshot.families[0].series.values()
    assert isinstance(value, float)
    return value


def nothing() -> None:
    """A step without anything."""


def test_it_ends_with_a_last_pass(plant: Plant) -> None:
    """What was written until it was told to stop is counted."""
    plant.run(nothing, nothing)
    assert 3 == plant.passes.number


def test_told_to_stop_before_it_began_it_does_one_pass(plant: Plant) -> None:
    """The signal came early; nothing is lost for that."""
    plant.daemon.stop()
    plant.daemon.run()
    assert 1 == plant.passes.number


def test_many_wake_ups_are_one_pass(plant: Plant) -> None:
    """A directory in which a thousand files appear costs no thousand passes."""
    woken = []

    def wake() -> None:
        for _ in range(5):
            plant.daemon.wake()

    plant.run(wake, lambda: woken.append(plant.daemon._wakes.empty()))
    assert [True] == woken


def test_without_wake_ups_there_is_a_slow_beat(plant: Plant) -> None:
    """Correctness never rests on being woken."""
    daemon = plant.make(beat=0.001)
    plant.passes.during = lambda number: daemon.stop() if number == 3 else None
    daemon.run()
    assert 4 == plant.passes.number


def test_nobody_asks_so_nothing_is_committed_for_a_while(plant: Plant) -> None:
    """Passes read and count; the first and the last commit, and in between one that somebody waits for."""
    answers: list[Future[object]] = []
    given: list[float] = []
    plant.run(
        nothing,
        nothing,
        lambda: answers.append(plant.ask(plant.daemon.scrape)),
        nothing,
        lambda: given.append(number(answers[0].result(LONG))),
    )
    assert [1, 4, 6] == plant.passes.commits
    assert [4] == given


def test_a_backlog_is_not_waited_with(plant: Plant) -> None:
    """While a pass ends for want of time the next one follows at once."""

    def during(number: int) -> bool:
        if number == 4:
            plant.daemon.stop()
        return False

    plant.make(beat=0.001)
    plant.passes.during = during
    plant.daemon.run()
    assert (5, [0] * 4) == (plant.passes.number, plant.daemon.waits)


def test_a_pass_has_its_time(plant: Plant) -> None:
    """Numbers are published within half a second or so; the last pass has a time of its own."""
    plant.make(pass_=0.0, last_pass=LONG)
    plant.run(nothing)
    plant.make(pass_=LONG, last_pass=0.0)
    plant.passes.number = 0
    plant.run(nothing)
    assert [True, False, False, True] == plant.passes.out_of_time


def test_a_scrape_gets_a_pass_that_began_after_it(plant: Plant) -> None:
    """One that comes during a pass waits for the next; what was written before it is counted in its answer."""
    answers: list[Future[object]] = []
    given = []
    plant.run(
        lambda: answers.append(plant.ask(plant.daemon.scrape)), nothing, lambda: given.append(number(answers[0].result(LONG)))
    )
    assert [2] == given


def test_a_scrape_is_not_served_with_half_of_the_lines(plant: Plant) -> None:
    """A pass that ended for want of time may not have read what was written before the scrape."""
    answers: list[Future[object]] = []
    served = []

    def during(number: int) -> bool:
        if number == 1:
            answers.append(plant.ask(plant.daemon.scrape))
        served.append(plant.daemon._barrier._served)
        if number == 4:
            answers[0].result(LONG)
            plant.daemon.stop()
        plant.daemon.wake()
        return number == 3

    plant.passes.during = during
    plant.daemon.run()
    assert [0, 0, 0, 1] == served[:4]


def test_a_scrape_waits_no_longer_than_it_may(plant: Plant) -> None:
    """While there is a backlog it gets the numbers there are."""
    daemon = plant.make(scrape_wait=0.001, scrape_patience=0)
    answers = []

    def during(number: int) -> bool:
        if number == 2:
            answers.append(plant.ask(daemon.scrape).result(LONG))
            daemon.stop()
        return False

    plant.passes.during = during
    daemon.run()
    assert [1] == [number(answer) for answer in answers]


def test_after_the_end_a_scrape_gets_the_last_numbers(plant: Plant) -> None:
    """Nobody is kept waiting by a daemon that does no more passes; one that waits is let go."""
    answers: list[Future[object]] = []

    def during(number: int) -> bool:
        if number == 1:
            plant.daemon.stop()
        else:
            answers.append(plant.ask(plant.daemon.scrape))
        return True

    plant.passes.during = during
    plant.daemon.run()
    assert 2 == number(answers[0].result(LONG))
    assert 2 == number(plant.daemon.scrape())


def test_it_is_ready_from_the_first_pass_to_the_end(plant: Plant) -> None:
    """A load balancer, or a test, knows when there are numbers."""
    ready = [plant.daemon.ready]
    plant.run(lambda: ready.append(plant.daemon.ready), lambda: ready.append(plant.daemon.ready))
    assert [False, False, True, False] == [*ready, plant.daemon.ready]


def test_a_crash_lets_everybody_go(plant: Plant) -> None:
    """What goes wrong ends the process, and no thread waits for what will not come."""
    answers: list[Future[object]] = []

    def crash() -> None:
        answers.append(plant.ask(plant.daemon.scrape))
        raise MemoryError

    with pytest.raises(MemoryError):
        plant.run(crash)
    assert Snapshot() == answers[0].result(LONG)


def test_a_new_file_wakes_it(plant: Plant, tmp_path: Path) -> None:
    """The folders that the pipeline names are watched."""
    plant.passes.folders = {str(tmp_path)}
    start = time.monotonic()

    def during(number: int) -> None:
        if number == 1:
            plant.daemon.wake()
        elif number == 2:
            (tmp_path / "new.log").touch()
        else:
            plant.daemon.stop()

    plant.passes.during = during
    plant.daemon.run()
    assert time.monotonic() - start < LONG


SOURCES = (Source(Selection("a", ("/x",)), ()),)


def test_a_reload_replaces_the_configuration(plant: Plant, caplog: pytest.LogCaptureFixture) -> None:
    """It is in force when the answer is given, and it is told when that was."""
    caplog.set_level(logging.INFO, "log2metrics.daemon")
    plant.config = Config(None, SOURCES, None)
    plant.clock.now += 60
    answers: list[Future[object]] = []
    plant.run(lambda: answers.append(plant.ask(plant.daemon.reload)), nothing)
    assert (None, [SOURCES]) == (answers[0].result(LONG), plant.passes.configured)
    assert 1 == plant.telemetry.get(own.RELOAD_SUCCESSFUL)
    assert plant.clock.now == plant.telemetry.get(own.RELOAD_TIMESTAMP)
    assert ["configuration loaded"] == [record.getMessage() for record in caplog.records]


def test_a_wrong_configuration_changes_nothing(plant: Plant, caplog: pytest.LogCaptureFixture) -> None:
    """Its problems are the answer, and stand in the log one by one; the old one goes on."""
    loaded = plant.telemetry.get(own.RELOAD_TIMESTAMP)
    plant.config = ConfigError([Problem("c.yml", 1, "this", "that"), Problem("c.yml", 2, "these", "those")])
    plant.clock.now += 60
    answers: list[Future[object]] = []
    plant.run(lambda: answers.append(plant.ask(plant.daemon.reload)), nothing)
    assert "c.yml:1: this; that\nc.yml:2: these; those" == answers[0].result(LONG)
    assert [] == plant.passes.configured
    assert (0, loaded) == (plant.telemetry.get(own.RELOAD_SUCCESSFUL), plant.telemetry.get(own.RELOAD_TIMESTAMP))
    assert ["c.yml:1: this; that", "c.yml:2: these; those"] == [record.__dict__["problem"] for record in caplog.records]


def test_many_reloads_at_once_are_one(plant: Plant) -> None:
    """All who asked get its answer."""
    answers: list[Future[object]] = []
    plant.run(lambda: answers.extend(plant.ask(plant.daemon.reload) for _ in range(3)), nothing)
    assert ([None] * 3, 1) == ([answer.result(LONG) for answer in answers], plant.loaded)


def test_a_reload_says_what_needs_a_restart(plant: Plant, caplog: pytest.LogCaptureFixture) -> None:
    """State, web server and Graphite are set up once; a change is told once, and not kept quiet."""
    plant.config = Config(None, (), Path("/other"), Web(Address("", 1)), GraphiteSettings(("g", 2003)))
    again = [lambda: plant.ask(plant.daemon.reload)] * 2
    plant.run(*again, nothing)
    assert ["state", "web", "graphite"] == [record.__dict__["key"] for record in caplog.records]


def test_a_reload_that_comes_too_late_is_answered(plant: Plant) -> None:
    """Whoever asks during the last pass is not kept waiting."""
    answers: list[Future[object]] = []

    def during(number: int) -> bool:
        if number == 1:
            plant.daemon.stop()
        else:
            answers.append(plant.ask(plant.daemon.reload))
        return True

    plant.passes.during = during
    plant.daemon.run()
    assert ("the exporter is ending", 0) == (answers[0].result(LONG), plant.loaded)


def test_a_reload_is_not_waited_for_without_end(plant: Plant) -> None:
    """A busy exporter says so, and reloads all the same."""
    daemon = plant.make(reload_wait=0.001)
    assert "the exporter is too busy to reload now; it will do so as soon as it can" == daemon.reload()
    plant.run(nothing)
    assert 1 == plant.loaded


def test_the_status_is_as_of_the_last_pass(plant: Plant) -> None:
    """It tells since when the exporter runs."""
    started = plant.clock.now
    plant.clock.now += 60
    assert started == plant.daemon.status().started


@pytest.fixture
def _signals() -> Iterator[None]:
    """Put the handlers of the process back."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(plant: Plant, number: signal.Signals) -> None:
    """With a last pass; the second time the system's own way."""
    plant.daemon.handle_signals()
    plant.passes.during = lambda count: os.kill(os.getpid(), number) if count == 1 else None
    plant.daemon.run()
    assert 2 == plant.passes.number
    assert signal.SIG_DFL == signal.getsignal(number)


@pytest.mark.usefixtures("_signals")
def test_a_hangup_reloads(plant: Plant) -> None:
    """As often as it comes; a wrong configuration does not end it."""
    plant.daemon.handle_signals()
    plant.config = ConfigError([])
    hangup = [lambda: os.kill(os.getpid(), signal.SIGHUP)] * 2
    plant.run(*hangup, nothing)
    assert 2 == plant.loaded


@pytest.fixture
def carbon() -> Iterator[socket.socket]:
    """A socket that listens like carbon."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(LONG)
        yield listening


def graphite(carbon: socket.socket, interval_seconds: float) -> Config:
    """A configuration that sends there."""
    settings = GraphiteSettings(carbon.getsockname(), prefix="p.", interval_seconds=interval_seconds, hostname="alder")
    return Config(None, (), None, graphite=settings)


def test_numbers_are_pushed_on_schedule(plant: Plant, carbon: socket.socket) -> None:
    """In a thread of its own; each push asks for a pass of its own and carries the time that it was due at.

    The clock jumps with every look at it, so every push is late.
    """
    daemon = plant.make(graphite(carbon, 10))
    plant.clock.step = 23.0
    lines: list[bytes] = []

    def receive() -> None:
        connection, _ = carbon.accept()
        with connection, connection.makefile("rb") as file:
            lines.extend(line for line in (file.readline() for _ in range(40)) if line.startswith(b"p.passes "))
            daemon.stop()

    receiver = threading.Thread(target=receive, daemon=True)
    receiver.start()
    daemon.run()
    receiver.join(LONG)
    numbers, times = zip(*([int(word) for word in line.split()[1:]] for line in lines), strict=True)
    assert sorted(set(numbers)) == list(numbers)
    assert 1 < len(numbers)
    assert sorted(set(times)) == list(times)
    assert {times[0] % 10} == {time % 10 for time in times}


def test_the_last_numbers_are_pushed_at_the_end(plant: Plant, carbon: socket.socket) -> None:
    """What was counted in the last pass gets to Graphite before the process ends, for the time that would have come next."""
    plant.make(graphite(carbon, 3600.0), last_pass=LONG)
    plant.run(nothing)
    connection, _ = carbon.accept()
    with connection, connection.makefile("rb") as file:
        (line,) = (line for line in file.read().splitlines() if line.startswith(b"p.passes "))
    assert b"2" == line.split()[1]
    assert 1_003_600 < int(line.split()[2]) <= 1_007_200
