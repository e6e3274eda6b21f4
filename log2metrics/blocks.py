"""What is done with Blocks: their lines are counted, what was counted is applied to the series, and it is told.

The same for every command; where Blocks come from and when is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from log2metrics import telemetry as own
from log2metrics.config.settings import Source
from log2metrics.flow import Block
from log2metrics.match.guard import Guard
from log2metrics.match.rule import Rule
from log2metrics.match.ruleset import Group, Ruleset
from log2metrics.match.tally import Tally
from log2metrics.match.timestamp import read_time
from log2metrics.metric import Labels, Metric
from log2metrics.store.store import Store
from log2metrics.telemetry import Telemetry

MAX_WAITING = 100_000
MAX_WAITING_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tools:
    """What every pass needs from outside: telemetry, guard, and a clock that gives Unix seconds."""

    telemetry: Telemetry
    guard: Guard
    clock: Callable[[], float]


def groups_of(source: Source) -> list[Group]:
    """The rules of a source, pack by pack."""
    wrapped = bool(source.selection.shape.head_bytes)
    return [Group(source.format or pack.format, frozenset(pack.programs), pack.rules, wrapped) for pack in source.packs]


def make_ruleset(source: Source) -> Ruleset:
    """All rules of a source, compiled together."""
    return Ruleset(groups_of(source), source.timezone)


def metrics_of(sources: Iterable[Source]) -> list[Metric]:
    """The metrics of all packs, each once, in the order of the sources."""
    return list({metric.name: metric for source in sources for pack in source.packs for metric in pack.metrics}.values())


@dataclass(slots=True)
class Counted:
    """A tally, and what it was counted of: lines of a source, with the labels of their file.

    `lag_seconds` is how long before it was read the last line says that it was written, if it says so. `timeouts` are searches
    for what lines are one that were given up.
    """

    tally: Tally
    source: str
    bytes: int = 0
    truncated: int = 0
    labels: Labels = ()
    lag_seconds: float | None = None
    timeouts: int = 0

    def note(self, block: Block) -> None:
        """A Block has been counted into the tally."""
        self.bytes += len(block.data)
        self.truncated += block.truncated
        self.timeouts += block.timeouts

    def __iadd__(self, later: Counted) -> Self:
        """Take in what was counted after it, of the same source and labels."""
        self.tally += later.tally
        self.bytes += later.bytes
        self.truncated += later.truncated
        self.timeouts += later.timeouts
        self.lag_seconds = self.lag_seconds if later.lag_seconds is None else later.lag_seconds
        return self


class Last(NamedTuple):
    """The last Block of a file that has been counted: into what, by which rules, and when it was read (Unix seconds)."""

    counted: Counted
    block: Block
    ruleset: Ruleset
    read: float


class Counts:
    """What has been counted and is not applied yet: what many Blocks have in common is interpreted once.

    It is bounded: at `MAX_WAITING` different captures, or after so many bytes of log, what waits is applied.
    """

    def __init__(self, store: Store, tools: Tools) -> None:
        self._store = store
        self._tools = tools
        self._waiting: dict[tuple[str, Labels], Counted] = {}
        self._last: dict[tuple[str, str], Last] = {}
        self._distinct = self._bytes = 0

    def count(self, block: Block, ruleset: Ruleset) -> int:
        """Count one Block of a source, whose ruleset is the same every time; how many of its lines no rule counts."""
        counted = self._counted(block.source, block.labels, ruleset.rules)
        file = block.source, block.position.path
        self._last.pop(file, None)  # those read last stand at the end
        self._last[file] = Last(counted, block, ruleset, self._tools.clock())
        unmatched = counted.tally.unmatched
        self._distinct -= counted.tally.distinct
        self._tools.guard.count(ruleset, block.data, counted.tally)
        self._distinct += counted.tally.distinct
        self._bytes += len(block.data)
        counted.note(block)
        unmatched = counted.tally.unmatched - unmatched
        self._apply_much()
        return unmatched

    def add(self, later: Counted) -> None:
        """Take in what was counted elsewhere, after all that is here."""
        counted = self._counted(later.source, later.labels, later.tally.rules)
        self._distinct -= counted.tally.distinct
        counted += later
        self._distinct += counted.tally.distinct
        self._bytes += later.bytes
        self._apply_much()

    def _counted(self, source: str, labels: Labels, rules: Sequence[Rule]) -> Counted:
        found = self._waiting.get((source, labels))
        if found is None:
            found = self._waiting[source, labels] = Counted(Tally(rules), source, labels=labels)
        return found

    def _apply_much(self) -> None:
        if self._bytes > MAX_WAITING_BYTES or self._distinct > MAX_WAITING:
            self.apply()

    def apply(self) -> None:
        """Add all that waits to the series."""
        self._note_lags()
        waiting, self._waiting = self._waiting, {}
        self._distinct = self._bytes = 0
        for counted in waiting.values():
            apply(counted, self._store, self._tools)

    def _note_lags(self) -> None:
        """Of each source the lag of the Block that was read last, among those that say when they were written."""
        last, self._last = self._last, {}
        noted: set[str] = set()
        for counted, block, ruleset, now in reversed(last.values()):
            if block.source not in noted:
                counted.lag_seconds = lag(block, ruleset, self._tools.guard, now)
                if counted.lag_seconds is not None:
                    noted.add(block.source)


def lag(block: Block, ruleset: Ruleset, guard: Guard, now: float) -> float | None:
    """How long before now (Unix seconds) the last line of a Block was written, in seconds; None if nothing says so.

    What it was wrapped in is asked first: there, every line has a time, and that has a zone.
    """
    written = read_time(block.stamp, None, now)
    if written is None:
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
    add(own.LINES_UNMATCHED, tally.unmatched, source)
    if counted.truncated:
        add(own.LINES_TRUNCATED, counted.truncated, source)
    if counted.timeouts:
        add(own.MULTILINE_TIMEOUTS, counted.timeouts, source)
    if counted.lag_seconds is not None:
        tools.telemetry.set(own.EVENT_LAG, counted.lag_seconds, source)
    for name, times in tally.timeouts.items():
        add(own.RULE_TIMEOUTS, times, name)
    for name, times in tally.skipped.items():
        add(own.RULE_SKIPPED, times, name)


def announce(metrics: Iterable[Metric], telemetry: Telemetry) -> None:
    """Make what can be counted of these metrics exist as 0: silence is not an answer."""
    for metric in metrics:
        for counter in (own.RULE_TIMEOUTS, own.RULE_SKIPPED, own.RULE_SECONDS, own.VALUE_ERRORS):
            telemetry.add(counter, 0, metric.name)
        if not all(label.closed for label in metric.labels):
            telemetry.add(own.FOLDED, 0, metric.name)
