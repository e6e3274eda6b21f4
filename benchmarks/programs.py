"""The programs that are measured: how each is started on a task, and how to read from its output what it counted.

mtail runs in its whole-file mode: it reads the file from its first byte, prints its metrics and exits. `rg -c` counts the
lines that any of the regexes is found in and `wc -l` counts newlines: they do less, and stand for the limit.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.cases import Case
from benchmarks.logs import Truth, series_text, written_log
from benchmarks.rules import mtail_text, pack_text


class WrongCountError(Exception):
    """A program has counted something else than what is in the log; str() says which and what."""


@dataclass(frozen=True, slots=True)
class Task:
    """A case with its files in place."""

    case: Case
    log: Path
    pack: Path
    mtail: Path
    truth: Truth


@dataclass(frozen=True, slots=True)
class Program:
    """One program. Its output must read as what `expected` takes from the truth."""

    name: str
    command: Callable[[Task], list[str]]
    read: Callable[[str], object]
    expected: Callable[[Truth], object]

    def installed(self, task: Task) -> bool:
        """Whether it can be started here."""
        return shutil.which(self.command(task)[0]) is not None

    def check(self, task: Task, output: str) -> None:
        """Raise WrongCountError unless the output has the counts that are true of the task's log."""
        got, expected = self.read(output), self.expected(task.truth)
        if got != expected:
            raise WrongCountError(f"{task.case.name}: {self.name} counted {got}, where {expected} is right")


def make_task(case: Case, lines: int, folder: Path) -> Task:
    """Write the files of a case; the log only if the folder doesn't have it."""
    log, truth = written_log(case.log, lines, folder)
    pack, mtail = folder / f"{case.name}.yml", folder / f"{case.name}.mtail"
    pack.write_text(pack_text(case.rules, case.format), encoding="utf-8")
    mtail.write_text(mtail_text(case.rules), encoding="utf-8")
    return Task(case, log, pack, mtail, truth)


def once_options(task: Task) -> list[str]:
    """The command line after `log2metrics`."""
    return ["once", str(task.log), "--patterns", str(task.pack), *task.case.options]


def _log2metrics(task: Task) -> list[str]:
    return [sys.executable, "-m", "log2metrics", *once_options(task)]


def _mtail(task: Task) -> list[str]:
    quiet = ["--logtostderr", "--emit_prog_label=false", "--address=127.0.0.1", "--port=0"]
    return ["mtail", "--one_shot", "--one_shot_format=prometheus", *quiet, f"--logs={task.log}", f"--progs={task.mtail}"]


def _rg(task: Task) -> list[str]:
    nameless = [re.sub(r"\(\?P<\w+>", "(?:", rule.regex) for rule in task.case.rules]  # rg allows a name once in all of them
    return ["rg", "--no-config", "--count", *(f"--regexp={regex}" for regex in nameless), str(task.log)]


def _wc(task: Task) -> list[str]:
    return ["wc", "-l", str(task.log)]


def _series(exposition: str) -> dict[str, float]:
    return dict(_samples(exposition))


def _samples(exposition: str) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            if sample.value:
                yield series_text(sample.name, **sample.labels), sample.value


def _first_number(output: str) -> int:
    return int(output.split(maxsplit=1)[0])


OURS = Program("log2metrics", _log2metrics, _series, lambda truth: truth.series)
MTAIL = Program("mtail", _mtail, _series, lambda truth: truth.series)
RG = Program("rg -c", _rg, _first_number, lambda truth: truth.matched)
WC = Program("wc -l", _wc, _first_number, lambda truth: truth.lines)

#: In the order in which they take turns: the cheap ones first, so that the file is in memory for all that are compared.
PROGRAMS = (WC, RG, MTAIL, OURS)
