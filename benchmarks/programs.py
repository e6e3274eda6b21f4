"""The programs that read a log and exit: how each is started on a task, and how to read from its output what it counted.

mtail runs in its whole-file mode: it reads the file from its first byte, prints its metrics and exits. `rg -c` counts the
lines that any of the regexes is found in and `wc -l` counts newlines: they do less, and stand for the limit.
"""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.cases import Case, Kind
from benchmarks.logs import Truth, series_text, written_log
from benchmarks.rules import mtail_text, pack_text


class WrongCountError(Exception):
    """A program has counted something else than what is in the log; str() says which and what."""


class Run(NamedTuple):
    """What one run took: wall seconds, CPU seconds of user and system together, and bytes at the peak where that is known."""

    wall: float
    cpu: float
    peak: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A case with its files in place."""

    case: Case
    log: Path
    pack: Path
    mtail: Path
    truth: Truth

    @property
    def amount(self) -> int:
        """How much there is to do: lines, or the series of a scrape."""
        return len(self.truth.series) if self.case.kind is Kind.SCRAPE else self.truth.lines

    def check(self, name: str, got: object, expected: object) -> None:
        """Raise WrongCountError unless a program of this name has counted what is right."""
        if got != expected:
            found, right = (_abridged(counts) for counts in (got, expected))
            raise WrongCountError(f"{self.case.name}: {name} counted {found}, where {right} is right")


class Measured(Protocol):
    """Whoever takes part in a case."""

    @property
    def name(self) -> str:
        """The name in the table."""

    def installed(self, task: Task) -> bool:
        """Whether it can be started here."""

    def run(self, task: Task) -> Run:
        """Do the work once. Raises WrongCountError, and CalledProcessError where the program fails."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is timed from its start to its exit. Its output must read as what `expected` takes from the task."""

    name: str
    command: Callable[[Task], list[str]]
    read: Callable[[str], object]
    expected: Callable[[Truth], object]
    good_codes: tuple[int, ...] = (0,)

    def installed(self, task: Task) -> bool:
        """Whether it can be started here."""
        return shutil.which(self.command(task)[0]) is not None

    def run(self, task: Task) -> Run:
        """Run it, and look at what it says."""
        cpu, start = _children_cpu(), time.perf_counter()
        done = subprocess.run(self.command(task), capture_output=True, text=True, check=False)
        run = Run(time.perf_counter() - start, _children_cpu() - cpu)
        if done.returncode not in self.good_codes:
            raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
        task.check(self.name, self.read(done.stdout), self.expected(task.truth))
        return run


def make_task(case: Case, lines: int, folder: Path) -> Task:
    """Write the files of a case; the log only if the folder doesn't have it."""
    log, truth = written_log(case.log, lines, folder)
    pack, mtail = folder / f"{case.name}.yml", folder / f"{case.name}.mtail"
    pack.write_text(pack_text(case.rules, case.format), encoding="utf-8")
    mtail.write_text(mtail_text(case.rules), encoding="utf-8")
    return Task(case, log, pack, mtail, truth)


def once_options(task: Task) -> list[str]:
    """The command line after `log2metrics`."""
    packs = [] if task.case.kind is Kind.LIBRARY else ["--patterns", str(task.pack)]
    return ["once", str(task.log), *packs, *task.case.options]


def series_of(exposition: str) -> dict[str, float]:
    """All series that are not zero, by their text."""
    return dict(_samples(exposition))


def mtail_options(task: Task) -> list[str]:
    """What mtail is always told."""
    return ["mtail", "--logtostderr", "--emit_prog_label=false", "--address=127.0.0.1", f"--progs={task.mtail}"]


def _log2metrics(task: Task) -> list[str]:
    return [sys.executable, "-m", "log2metrics", *once_options(task)]


def _one_process(task: Task) -> list[str]:
    return [*_log2metrics(task), "--jobs", "1"]


def _mtail(task: Task) -> list[str]:
    return [*mtail_options(task), "--one_shot", "--one_shot_format=prometheus", "--port=0", f"--logs={task.log}"]


def _rg(task: Task) -> list[str]:
    # rg allows a name once in all regexes
    nameless = [re.sub(r"\(\?P<\w+>", "(?:", rule.line_regex) for rule in task.case.rules]
    return ["rg", "--no-config", "--count", "--include-zero", *(f"--regexp={regex}" for regex in nameless), str(task.log)]


def _wc(task: Task) -> list[str]:
    return ["wc", "-l", str(task.log)]


def _library_series(exposition: str) -> dict[str, float]:
    """The series of the metrics that a mixed log has a truth for."""
    told = ("sshd_logins_total", "sshd_invalid_users_total", "cron_jobs_total")
    return {series: value for series, value in _samples(exposition) if series.startswith(told)}


def _samples(exposition: str) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            if sample.value:
                yield series_text(sample.name, **sample.labels), sample.value


def _first_number(output: str) -> int:
    return int(output.split(maxsplit=1)[0])


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _abridged(counts: object, most: int = 500) -> str:
    text = str(counts)
    return text if len(text) <= most else f"{text[:most]}…"


OURS = Program("log2metrics", _log2metrics, series_of, lambda truth: truth.series)
ONE_PROCESS = Program("one process", _one_process, series_of, lambda truth: truth.series)
LIBRARY = Program("log2metrics", _log2metrics, _library_series, lambda truth: truth.series)
MTAIL = Program("mtail", _mtail, series_of, lambda truth: truth.series)
RG = Program("rg -c", _rg, _first_number, lambda truth: truth.matched, good_codes=(0, 1))  # 1: nothing was found
WC = Program("wc -l", _wc, _first_number, lambda truth: truth.lines)
