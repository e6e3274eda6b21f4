"""One chaos run: writers, a rotator, a watcher and mischief, all at once; then peace, and the count.

The rotator and the mischief are at work at the same time, each in its own thread and with its own chance, drawn from the seed.
`gate` is held by whoever needs the exporter to be alive, or wants it dead.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.chaos import leftovers
from tests.chaos.logs import Log, Series, Writer
from tests.chaos.mischief import Mischief
from tests.chaos.rotators import LINGER_SECONDS, Real, Steps, delete, prune, rotated_folder
from tests.chaos.subjects import Ours, Subject, total
from tests.chaos.watcher import Watcher
from tests.chaos.ways import Way
from tests.harness import Samples

SETTLE_SECONDS = 30.0
ROTATORS = 3
QUIET_SECONDS = 7.0  # longer than an exporter holds on to a file that has left its path


@dataclass(frozen=True)
class Plan:
    """What is to be done, for how long, or until there were so many deeds and rotations, if that is sooner.

    `most_unsettled`: how often a log is rotated before all is known to be counted.
    """

    seconds: float
    seed: int
    ways: tuple[Way, ...]
    lines_per_second: int = 4000
    most_unsettled: int = 7
    unfinished: bool = True
    mischief: bool = True
    logrotate: str = ""  # the program; empty for our own steps
    enough_deeds: float = math.inf
    enough_rotations: float = math.inf

    def random(self, name: str) -> Random:
        """The chance of one of those who act."""
        return Random(f"{self.seed}/{name}")  # noqa: S311  # to be drawn again


@dataclass
class Report:
    """What came of it."""

    written: int = 0
    counted: float = 0.0
    lost: float = 0.0
    double: float = 0.0
    scrapes: int = 0
    decreases: list[str] = field(default_factory=list)
    deeds: Counter[str] = field(default_factory=Counter)
    rotations: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is off."""
        return not (self.lost or self.double or self.decreases or self.problems)

    def __str__(self) -> str:
        kills = sum(count for name, count in self.deeds.items() if name.startswith("kill"))
        lines = f"{self.written} lines written, {self.counted:.0f} counted, {self.lost:.0f} lost, {self.double:.0f} double"
        seen = f"{self.scrapes} scrapes, {len(self.decreases)} decreases, {kills} kills, {self.rotations.total()} rotations"
        rotations = ", ".join(f"{name} {count}" for name, count in sorted(self.rotations.items()))
        deeds = ", ".join(f"{name} {count}" for name, count in sorted(self.deeds.items()))
        return f"{lines}; {seen}\n  rotations: {rotations}\n  mischief: {deeds}"


class Run:
    """One run in a folder of its own, against one subject; the folder's `logs` are made here."""

    def __init__(self, plan: Plan, folder: Path, subject: Subject, *, small_disk: bool = False) -> None:
        self.plan = plan
        self.report = Report()
        self._end = threading.Event()
        self._pause = threading.Event()  # never set
        self._gate = threading.RLock()
        self._events = (folder / "events.log").open("w", encoding="utf-8", buffering=1)
        self._began = time.monotonic()
        self._subject = subject
        self._logs = self._make_logs(folder / "logs")
        self._watcher = Watcher(subject, lambda: sum(log.lines for log in self._logs))
        self._mischief = Mischief(subject, self._watcher, plan.random("mischief"), self._end.wait)
        self._chance = plan.random("prune")
        self._mischief.small_disk = small_disk

    def _make_logs(self, folder: Path) -> list[Log]:
        logs: list[Log] = []
        for number, way in enumerate(self.plan.ways):
            path = folder / f"{('auth', 'access')[number % 2]}-{way.name}.log"
            log = Log(path, way, self.plan.random(path.name))
            rotated_folder(log).mkdir(parents=True, exist_ok=True)
            chances = [self.plan.random(f"{path.name}/{each}") for each in range(1 if way.sparse else 2)]
            log.writers = [Writer(log, chance) for chance in chances]
            logs.append(log)
        return logs

    def run(self) -> Report:
        """Do it all."""
        for log in self._logs:
            log.reopen()
            log.writers[0].write(0, 1)
        self._subject.start()
        writers = [writer for log in self._logs for writer in log.writers]
        threads = [self._thread(lambda writer=writer: self._write(writer, len(writers))) for writer in writers]  # type: ignore[misc]  # a bound argument
        others = [self._thread(self._cause_mischief)]
        others += [self._thread(lambda first=first: self._rotate(first)) for first in range(ROTATORS)]  # type: ignore[misc]  # the same
        watching = threading.Event()
        watcher = self._thread(lambda: self._watch(watching))
        while not self._is_enough() and not self._end.wait(0.1):
            pass
        self._end.set()
        for thread in (*threads, *others):
            thread.join()
        for log in self._logs:
            self._move_on(log)
        self._say("writers and rotator have ended")
        try:
            self._judge()
        finally:
            watching.set()
        watcher.join()
        self._conclude()
        return self.report

    def _is_enough(self) -> bool:
        plan, report = self.plan, self.report
        done = report.deeds.total() >= plan.enough_deeds and report.rotations.total() >= plan.enough_rotations
        return done or time.monotonic() - self._began >= plan.seconds

    def _thread(self, work: Callable[[], None]) -> threading.Thread:
        def attempt() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  # whatever it is, the run is over, and says so
                self._blame(f"{type(error).__name__}: {error}")

        thread = threading.Thread(target=attempt)
        thread.start()
        return thread

    def _say(self, text: str) -> None:
        self._events.write(f"{time.time():.3f} {time.monotonic() - self._began:8.3f} {text}\n")

    def _blame(self, problem: str) -> None:
        self._say(f"PROBLEM {problem}")
        self.report.problems.append(problem)
        self._end.set()

    # What goes on at the same time.

    def _write(self, writer: Writer, writers: int) -> None:
        mean_seconds = 20 * writers / self.plan.lines_per_second
        while not self._end.wait(writer.random.expovariate(1 / mean_seconds)):
            with writer.log.lock:
                writer.write(time.monotonic(), most_lines=40)
            if writer.random.random() < 0.003:
                self._end.wait(2)

    def _watch(self, end: threading.Event) -> None:
        while not end.wait(0.02):
            self._watcher.scrape()

    def _rotate(self, first: int) -> None:
        """Rotate some of the logs, one after the other."""
        chance, wait, logs = self.plan.random(f"rotator {first}"), self._end.wait, self._logs[first::ROTATORS]
        rotator = Real(self.plan.logrotate, wait) if self.plan.logrotate else Steps(chance, wait, self.plan.unfinished)
        self._meet()
        while logs and not wait(chance.choice((0.05, 0.2, 0.5, 1.0))):
            log = chance.choice(logs)
            self._say(f"rotate {log.path.name} {log.generation}")
            if log.way.delete:
                self._delete(log)
            else:
                if log.unsettled >= self.plan.most_unsettled:
                    self.settle()
                with log.rotating:
                    log.unsettled += 1
                    rotator.rotate(log)
            self._say(f"rotated {log.path.name}")
            self.report.rotations[log.way.name] += 1

    def _meet(self) -> None:
        """Wait until the subject has met the logs: what is gone before that was never there."""
        while total(self._watcher.scrape()) < len(self._logs) and not self._end.wait(0.1):
            pass
        self.settle()

    def _delete(self, log: Log) -> None:
        """Remove a log that the exporter has open, and let it live until it has read what is still written there."""
        with self._gate:
            if self.settle():
                delete(log)
                self._end.wait(LINGER_SECONDS)
                self.settle()

    def _cause_mischief(self) -> None:
        chance = self.plan.random("lives")
        self._meet()
        while self.plan.mischief:
            if self._end.wait(chance.choice((chance.uniform(0, 0.2), chance.uniform(0.2, 1), chance.uniform(1, 6)))):
                return
            with self._gate:
                deed = self._mischief.do()
                self._mischief.revive()
            self._say(deed)
            self.report.deeds[deed] += 1

    # Peace.

    def settle(self) -> bool:
        """Hold all writers until everything is counted, and compare; then what was rotated may go."""
        with self._gate, ExitStack() as held:
            for log in self._logs:
                held.enter_context(log.rotating)
                held.enter_context(log.lock)
                self._move_on(log)
            if isinstance(self._subject, Ours):
                self._mischief.revive()
                if not self._is_counted():
                    return False
            self._say("settled")
            for log in self._logs:
                log.unsettled = 0
                prune(log, self._chance.randrange(4))
        return True

    def _move_on(self, log: Log) -> None:
        """Have all writers in the new file, and something in it: an empty one proves nothing of the one before."""
        log.reopen()
        log.writers[0].write(0, 1)

    def _is_counted(self) -> bool:
        """Whether the counts are those of the truth, within some time; anything else is a problem."""
        deadline = time.monotonic() + SETTLE_SECONDS
        written = sum(log.lines for log in self._logs)
        while total(self._watcher.scrape()) < written and time.monotonic() < deadline:
            self._pause.wait(0.02)
        wrong = self._wrong()
        for problem in wrong[:20]:
            self._blame(problem)
        return not wrong

    def _wrong(self) -> list[str]:
        samples = Samples.parse(self._subject.text()).values
        truth: Counter[Series] = sum((log.truth for log in self._logs), Counter())
        return [
            f"{name}{dict(sorted(labels))}: {samples.get((name, labels), 0):.0f} is not {value}"
            for (name, labels), value in sorted(truth.items(), key=lambda each: each[0][0])
            if samples.get((name, labels), 0) != value
        ]

    def _judge(self) -> None:
        """See that the counts are right, stay right, and are right after a restart; and that nothing is left over."""
        subject = self._subject
        if self.report.problems or not isinstance(subject, Ours):
            self._pause.wait(QUIET_SECONDS)
            return
        self._mischief.revive()
        self._is_counted()
        self._pause.wait(QUIET_SECONDS)
        self._is_counted()
        for path in self._superfluous():
            self._blame(f"left open or not open: {path}")
        self._mischief.stop()
        self._is_counted()
        assert subject.process
        assert subject.process.stop() is not None
        self.report.problems += [f"left beside the state: {name}" for name in leftovers.left_in(subject.state)]

    def _superfluous(self) -> list[str]:
        """What is open that should not be, or not open that should, however long one waits."""
        assert self._subject.process
        pid, paths, deadline = self._subject.process.pid, [log.path for log in self._logs], time.monotonic() + SETTLE_SECONDS
        while (found := leftovers.superfluous(pid, paths)) and time.monotonic() < deadline:
            self._pause.wait(0.1)
        return found

    def _conclude(self) -> None:
        report, watcher = self.report, self._watcher
        assert self._subject.process
        self._subject.process.end()
        for log in self._logs:
            for writer in log.writers:
                writer.close()
        report.written = sum(log.lines for log in self._logs)
        report.counted = watcher.increase
        report.lost = max(0, report.written - report.counted)
        report.double = max(0, report.counted - report.written)
        report.scrapes, report.decreases = watcher.scrapes, watcher.decreases
        report.problems += [*watcher.excesses[:1], *watcher.invalid[:1], *self._mischief.problems]
        if isinstance(self._subject, Ours):
            try:
                self._subject.program.end()
            except AssertionError as error:
                report.problems.append(f"left over at the end: {error}")
        self._events.close()
