"""Running programs in turn and timing them.

Every program runs once per round, A B A B, and is compared with ours of the same round: what else the machine does slows
both of a pair. Times are those of the whole process, from its start to its exit.
"""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from benchmarks.programs import OURS, Program, Task


class Run(NamedTuple):
    """One process: wall seconds, and CPU seconds of user and system together."""

    wall: float
    cpu: float


class Spread(NamedTuple):
    """The least, the middle and the greatest of some numbers."""

    least: float
    middle: float
    greatest: float


def spread(numbers: Iterable[float]) -> Spread:
    """The spread of at least one number."""
    ordered = sorted(numbers)
    return Spread(ordered[0], median(ordered), ordered[-1])


@dataclass(frozen=True, slots=True)
class Result:
    """The runs of one task by program, one per round; none of a program that is not installed."""

    task: Task
    runs: dict[Program, list[Run]]

    def wall(self, program: Program) -> float:
        """The median wall time, in seconds."""
        return median(run.wall for run in self.runs[program])

    def cpu(self, program: Program) -> float:
        """The median CPU time, in seconds."""
        return median(run.cpu for run in self.runs[program])

    def wall_ratio(self, program: Program) -> Spread:
        """How many times our wall time this program takes, pair by pair."""
        return spread(one.wall / ours.wall for one, ours in zip(self.runs[program], self.runs[OURS], strict=True))

    def cpu_ratio(self, program: Program) -> Spread:
        """How many times our CPU time this program takes, pair by pair."""
        return spread(one.cpu / ours.cpu for one, ours in zip(self.runs[program], self.runs[OURS], strict=True))


def measure(task: Task, programs: Sequence[Program], rounds: int) -> Result:
    """Let the programs take turns. Raises WrongCountError, and CalledProcessError where one fails."""
    runs: dict[Program, list[Run]] = {program: [] for program in programs}
    present = [program for program in programs if program.installed(task)]
    for _ in range(rounds):
        for program in present:
            runs[program].append(_run(program, task))
    return Result(task, runs)


def _run(program: Program, task: Task) -> Run:
    cpu, start = _children_cpu(), time.perf_counter()
    done = subprocess.run(program.command(task), capture_output=True, text=True, check=True)
    run = Run(time.perf_counter() - start, _children_cpu() - cpu)
    program.check(task, done.stdout)
    return run


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
