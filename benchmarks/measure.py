"""Letting programs take turns, and what comes of it.

Every program runs once per round, A B A B, and is compared with ours of the same round: what else the machine does slows
both of a pair.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from benchmarks.programs import Measured, Run, Task


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
    """The runs of one task by program, one per round; none of a program that is not installed. Ours is the last."""

    task: Task
    runs: dict[Measured, list[Run]]

    @property
    def ours(self) -> Measured:
        """The program that the others are compared with."""
        return list(self.runs)[-1]

    @property
    def speed(self) -> float:
        """How much of its task ours does in a second on the processor: what else the machine does then matters least."""
        return self.task.amount / self.cpu(self.ours)

    def named(self, name: str) -> Measured | None:
        """The program of this name, if it has run."""
        return next((program for program, runs in self.runs.items() if program.name == name and runs), None)

    def wall(self, program: Measured) -> float:
        """The median wall time, in seconds."""
        return median(run.wall for run in self.runs[program])

    def cpu(self, program: Measured) -> float:
        """The median CPU time, in seconds."""
        return median(run.cpu for run in self.runs[program])

    def peak(self, program: Measured) -> int | None:
        """The most memory that any run has had, in bytes, where it is known."""
        return max((run.peak for run in self.runs[program] if run.peak is not None), default=None)

    def wall_ratio(self, program: Measured) -> Spread:
        """How many times our wall time this program takes, pair by pair."""
        return spread(one.wall / ours.wall for one, ours in zip(self.runs[program], self.runs[self.ours], strict=True))

    def cpu_ratio(self, program: Measured) -> Spread | None:
        """How many times our CPU time this program takes, pair by pair; None where ours is too short to tell."""
        pairs = list(zip(self.runs[program], self.runs[self.ours], strict=True))
        return spread(one.cpu / ours.cpu for one, ours in pairs) if all(ours.cpu for _, ours in pairs) else None


def measure(task: Task, programs: Sequence[Measured], rounds: int) -> Result:
    """Let the programs take turns. Raises WrongCountError, and CalledProcessError where one fails."""
    runs: dict[Measured, list[Run]] = {program: [] for program in programs}
    present = [program for program in programs if program.installed(task)]
    for _ in range(rounds):
        for program in present:
            runs[program].append(program.run(task))
    return Result(task, runs)
