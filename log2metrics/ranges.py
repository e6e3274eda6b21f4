"""Big files, counted by several processes: byte ranges that end at line ends, each counted on its own.

The tallies come back in the order of the ranges, so that what is put together is the same to the last count, gauges
included, as if one process had read the file. Knows neither series nor output.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, time

from log2metrics.alarm import SignalTimer
from log2metrics.blocks import Counted, lag
from log2metrics.flow import Position
from log2metrics.match.guard import Guard
from log2metrics.match.ruleset import Ruleset
from log2metrics.match.tally import Tally
from log2metrics.tail.selection import Selection
from log2metrics.tail.whole import Section, next_start, whole_blocks

RANGE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes of a file from the beginning of a line to the end of one."""

    path: str
    start: int
    end: int


def split(path: str, selection: Selection, range_bytes: int = RANGE_BYTES) -> list[Range]:
    """The ranges of a file as long as it is now, none of which begins within lines that are one. Raises OSError."""
    multiline, line_bytes = selection.shape.multiline, selection.line_bytes
    with Path(path).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        starts = sorted({next_start(file, nominal, multiline, line_bytes) for nominal in range(0, size, range_bytes)})
    return [Range(path, start, end) for start, end in pairwise([*starts, size]) if start < end]


def count_ranges(ranges: list[Range], ruleset: Ruleset, selection: Selection, jobs: int) -> Iterator[Counted]:
    """Count ranges of a source's files in so many processes, and give what they counted in order. Raises OSError."""
    context = get_context("fork")  # the ruleset is there already, and nobody has started a thread yet
    with ProcessPoolExecutor(jobs, context, _begin, (ruleset, selection)) as pool:
        for counted in pool.map(_count, ranges):
            counted.tally.rules = ruleset.rules
            yield counted


class _Worker:
    """What a worker process counts with. Its timer is armed for as long as it lives."""

    def __init__(self, ruleset: Ruleset, selection: Selection) -> None:
        self._ruleset = ruleset
        self._selection = selection
        self._guard = Guard(SignalTimer().__enter__(), perf_counter)

    def count(self, part: Range) -> Counted:
        return count_range(part, self._ruleset, self._guard, self._selection)


_workers: list[_Worker] = []  # of a worker process: itself


def _begin(ruleset: Ruleset, selection: Selection) -> None:
    _workers.append(_Worker(ruleset, selection))


def _count(part: Range) -> Counted:
    return _workers[0].count(part)


def count_range(part: Range, ruleset: Ruleset, guard: Guard, selection: Selection) -> Counted:
    """Count one range in this process; its tally is without the rules, which need not travel. Raises OSError."""
    counted, last = Counted(Tally(ruleset.rules), selection.source), None
    position = Position(selection.source, part.path, 0, 0, part.start)
    with Path(part.path).open("rb") as file:
        section = Section(file, part.start, part.end)
        for block in whole_blocks(section, position, selection.line_bytes, shape=selection.shape):
            guard.count(ruleset, block.data, counted.tally)
            counted.note(block)
            last = block, time()
    counted.lag_seconds = lag(last[0], ruleset, guard, last[1]) if last else None
    counted.tally.rules = ()
    return counted
