"""What is done with one Block: its lines are counted, what was counted is applied to the series, and it is told.

The same for every command; where Blocks come from and when is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from log2metrics import telemetry as own
from log2metrics.config.settings import Source
from log2metrics.flow import Block
from log2metrics.match.guard import Guard
from log2metrics.match.ruleset import Group, Ruleset
from log2metrics.match.tally import Tally
from log2metrics.metric import Labels, Metric
from log2metrics.store.store import Store
from log2metrics.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Tools:
    """What every pass needs from outside: telemetry, guard, and a clock that gives Unix seconds."""

    telemetry: Telemetry
    guard: Guard
    clock: Callable[[], float]


def make_ruleset(source: Source) -> Ruleset:
    """All rules of a source, compiled together."""
    groups = [Group(source.format or pack.format, frozenset(pack.programs), pack.rules) for pack in source.packs]
    return Ruleset(groups, source.timezone)


def metrics_of(sources: Iterable[Source]) -> list[Metric]:
    """The metrics of all packs, each once, in the order of the sources."""
    return list({metric.name: metric for source in sources for pack in source.packs for metric in pack.metrics}.values())


@dataclass(frozen=True, slots=True)
class Counted:
    """A tally, and what it was counted of: lines of a source, with the labels of their file.

    `lag_seconds` is how long before it was read the last line says that it was written, if it says so.
    """

    tally: Tally
    source: str
    bytes: int
    truncated: int
    labels: Labels = ()
    lag_seconds: float | None = None


def count_block(block: Block, ruleset: Ruleset, store: Store, tools: Tools) -> Tally:
    """Count one Block, apply what was counted, and give it."""
    lag_seconds = lag(block, ruleset, tools.guard, tools.clock())
    tally = tools.guard.count(ruleset, block.data)
    apply(Counted(tally, block.source, len(block.data), block.truncated, block.labels, lag_seconds), store, tools)
    return tally


def lag(block: Block, ruleset: Ruleset, guard: Guard, now: float) -> float | None:
    """How long before now (Unix seconds) the last line of a Block was written, in seconds; None if it does not say."""
    written = guard.last_time(ruleset, block.data, now)
    return None if written is None else now - written


def apply(counted: Counted, store: Store, tools: Tools) -> None:
    """Add what was counted to the series, and to what the exporter says of itself."""
    tally, source = counted.tally, counted.source
    store.apply(tally, tools.clock(), counted.labels)
    add = tools.telemetry.add
    add(own.LINES, tally.lines, source)
    add(own.BYTES, counted.bytes, source)
    add(own.LINES_MATCHED, tally.matched, source)
    add(own.LINES_UNMATCHED, tally.lines - tally.matched, source)
    if counted.truncated:
        add(own.LINES_TRUNCATED, counted.truncated, source)
    if counted.lag_seconds is not None:
        tools.telemetry.set(own.EVENT_LAG, counted.lag_seconds, source)
    for name, times in tally.timeouts.items():
        add(own.RULE_TIMEOUTS, times, name)
    for name, times in tally.skipped.items():
        add(own.RULE_SKIPPED, times, name)


def announce(metrics: Iterable[Metric], telemetry: Telemetry) -> None:
    """Make what can be counted of these metrics exist as 0: silence is not an answer."""
    for metric in metrics:
        telemetry.add(own.RULE_TIMEOUTS, 0, metric.name)
        telemetry.add(own.VALUE_ERRORS, 0, metric.name)
        if not all(label.closed for label in metric.labels):
            telemetry.add(own.FOLDED, 0, metric.name)
