"""Results as one table, for the terminal or as Markdown. Knows nothing of how they were measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence

from rich.table import Table

from benchmarks.measure import Result, Spread
from benchmarks.programs import MTAIL, OURS, Program

_HEADINGS = ("case", "lines", "program", "wall", "CPU", "lines/s", "wall ÷ ours", "CPU ÷ ours")
_WORDS = {"case", "program"}  # the other columns are numbers

Row = tuple[str, ...]


def table(results: Sequence[Result]) -> Table:
    """The table for a terminal."""
    drawn = Table(caption="\n".join(_notes(results)), caption_justify="left")
    for heading in _HEADINGS:
        drawn.add_column(heading, justify="left" if heading in _WORDS else "right")
    for result in results:
        drawn.add_section()
        for row in _rows(result):
            drawn.add_row(*row)
    return drawn


def markdown(results: Sequence[Result]) -> str:
    """The same table as Markdown."""
    rule = [":--" if heading in _WORDS else "--:" for heading in _HEADINGS]
    rows = [_HEADINGS, rule, *(row for result in results for row in _rows(result))]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), *(f"\n{note}" for note in _notes(results))])


def _rows(result: Result) -> Iterator[Row]:
    """A row for every program, ours first."""
    case = result.task.case.name, f"{result.task.truth.lines:,}"
    yield *case, OURS.name, *_times(result, OURS), "", ""
    for program in result.runs:
        if program is not OURS:
            yield "", "", program.name, *_beside_ours(result, program)


def _beside_ours(result: Result, program: Program) -> Row:
    if not result.runs[program]:
        return "not installed", "", "", "", ""
    return *_times(result, program), _ratio(result.wall_ratio(program)), _ratio(result.cpu_ratio(program))


def _times(result: Result, program: Program) -> Row:
    wall = result.wall(program)
    return f"{wall:.2f} s", f"{result.cpu(program):.2f} s", f"{result.task.truth.lines / wall:,.0f}"


def _ratio(ratio: Spread) -> str:
    return f"{ratio.least:.2f} / {ratio.middle:.2f} / {ratio.greatest:.2f}"


def _notes(results: Iterable[Result]) -> Iterator[str]:
    """How to read the numbers, what they were measured on, and whether they are what we claim."""
    yield "wall, CPU: median of all rounds, whole process; ÷ ours: pair by pair, least / median / greatest."
    yield f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors."
    for result in results:
        yield from (f"{result.task.case.name}: {verdict}" for verdict in verdicts(result))


def verdicts(result: Result) -> Iterator[str]:
    """The targets of a case that could be looked at, and whether each was met."""
    case = result.task.case
    whole = result.task.truth.lines >= case.lines  # on a smaller log it is mostly start-up that is compared
    if case.times_mtail is not None and result.runs.get(MTAIL) and whole:
        met = result.wall_ratio(MTAIL).middle >= case.times_mtail
        yield f"at least {case.times_mtail:g} times the speed of mtail: {_verdict(met)}"
    if case.wall_seconds is not None:
        yield f"at most {case.wall_seconds:g} s: {_verdict(result.wall(OURS) <= case.wall_seconds)}"


def _verdict(met: bool) -> str:  # noqa: FBT001  # nothing else could be meant
    return "met" if met else "MISSED"
