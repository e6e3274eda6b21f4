"""Results as one table, for the terminal or as Markdown, and the verdicts on what is claimed. Knows nothing of measuring."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence

from rich.table import Table

from benchmarks.cases import Target
from benchmarks.measure import Result, Spread
from benchmarks.programs import Measured

_HEADINGS = ("case", "amount", "program", "wall", "CPU", "peak", "per second", "wall ÷ ours", "CPU ÷ ours")
_WORDS = {"case", "program"}  # the other columns are numbers
_MEGA = 1_000_000

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
    yield result.task.case.name, f"{result.task.amount:,}", result.ours.name, *_times(result, result.ours), "", ""
    for program in result.runs:
        if program is not result.ours:
            yield "", "", program.name, *_beside_ours(result, program)


def _beside_ours(result: Result, program: Measured) -> Row:
    if not result.runs[program]:
        return "not installed", "", "", "", "", ""
    return *_times(result, program), _ratio(result.wall_ratio(program)), _ratio(result.cpu_ratio(program))


def _times(result: Result, program: Measured) -> Row:
    wall, peak = result.wall(program), result.peak(program)
    memory = "" if peak is None else f"{peak / _MEGA:.0f} MB"
    return f"{wall:.3g} s", f"{result.cpu(program):.3g} s", memory, f"{result.task.amount / wall:,.0f}"


def _ratio(ratio: Spread | None) -> str:
    return f"{ratio.least:.2f} / {ratio.middle:.2f} / {ratio.greatest:.2f}" if ratio else ""


def _notes(results: Sequence[Result]) -> Iterator[str]:
    """How to read the numbers, what they were measured on, and whether they are what we claim."""
    yield "amount: lines, of `scrape` series. wall, CPU: median of all rounds; ÷ ours: pair by pair, least / median / greatest."
    yield f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors."
    for result in results:
        yield from (f"{result.task.case.name}: {verdict}" for verdict in verdicts(result, results))


def verdicts(result: Result, results: Sequence[Result] = ()) -> Iterator[str]:
    """The claims of a case that could be looked at, and whether each was met; other cases are looked for in `results`."""
    case = result.task.case
    if case.wall_seconds is not None:
        wall = result.wall(result.ours)
        yield f"at most {case.wall_seconds:g} s: {_verdict(case.wall_seconds / wall, f'{wall:.2g} s')}"
    if result.task.truth.lines < case.lines:
        return  # on a smaller log it is mostly start-up that is compared
    for target in case.targets:
        times = _times_of(target, result, results)
        if times is not None:
            yield f"at least {target.times:g} times the speed of {target.of}: {_verdict(times / target.times, f'{times:.2f}')}"
    peak = result.peak(result.ours)
    if case.peak_megabytes is not None and peak is not None:
        share = case.peak_megabytes * _MEGA / peak
        yield f"at most {case.peak_megabytes:g} MB: {_verdict(share, f'{peak / _MEGA:.0f} MB')}"


def _times_of(target: Target, result: Result, results: Sequence[Result]) -> float | None:
    program = result.named(target.of)
    if program:
        return result.wall_ratio(program).middle
    other = next((each for each in results if each.task.case.name == target.of), None)
    return result.speed / other.speed if other else None


def _verdict(share: float, found: str) -> str:
    """How much of what is claimed there is: 1 is just enough."""
    return f"met, {found}" if share >= 1 else f"MISSED by {1 - share:.0%}, {found}"
