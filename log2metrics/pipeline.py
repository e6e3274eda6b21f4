"""One pass: read a Block of every file that has grown, count it, apply it, commit, publish.

What is published is what was committed, the exporter's own durable counters included: other threads count in those while a
commit is under way. When a commit fails, its changes are kept and written with the next one, and readers go on seeing the
numbers of the last that succeeded.

Owns the order of things, and no time, thread or signal.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from log2metrics import telemetry as own
from log2metrics.blocks import Counts, Tools, announce, make_ruleset, metrics_of
from log2metrics.config.settings import Source
from log2metrics.flow import Family, Position, Snapshot
from log2metrics.metric import Labels
from log2metrics.rates import Rates
from log2metrics.samples import Sample, Samples
from log2metrics.store.series import SeriesRow
from log2metrics.store.state import Changes, Kept, State
from log2metrics.store.store import Store
from log2metrics.tail.discovery import Discovery
from log2metrics.tail.files import SourceFiles
from log2metrics.tail.filesystem import FileSystem
from log2metrics.tail.selection import Selection

log = logging.getLogger(__name__)

File = tuple[str, int, int, bool]  # source, device, inode, whether it is done

_DURABLE = {entry.metric.name for entry in own.VOCABULARY if entry.durable}


@dataclass(slots=True)
class Pending:
    """What has changed and is not committed yet, the latest of each; positions with whether their files are gone."""

    series: dict[tuple[str, Labels], SeriesRow] = field(default_factory=dict)
    own: dict[tuple[str, Labels], float] = field(default_factory=dict)
    positions: dict[File, tuple[Position, bool]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.series or self.own or self.positions)

    def changes(self) -> Changes:
        """The same, as the state takes it."""
        return Changes(
            positions=[position for position, gone in self.positions.values() if not gone],
            gone=[position for position, gone in self.positions.values() if gone],
            series=self.series.values(),
            own=[(name, labels, value) for (name, labels), value in self.own.items()],
        )


class FollowedSource:
    """One source at work: its compiled rules and its files."""

    def __init__(self, source: Source, files: SourceFiles, samples: Samples) -> None:
        self.source = source
        self.files = files
        self.samples = samples
        self.ruleset = make_ruleset(source)
        self.metrics = metrics_of([source])
        self._labels: set[Labels] = set()

    def new_labels(self) -> set[Labels]:
        """The constant labels of files that were not there at the last call."""
        new = self.files.labels() - self._labels
        self._labels |= new
        return new


class Pipeline:
    """All sources of one configuration, with the store and the state behind them."""

    def __init__(self, sources: Iterable[Source], state: State | None, tools: Tools) -> None:
        self._tools = tools
        self._state = state
        kept = state.read() if state else Kept()
        for name, labels, value in kept.own:
            tools.telemetry.restore(name, labels, value)
        self._committed_own = {(name, labels): value for name, labels, value in kept.own}
        self._unseen = kept.series
        self._positions = {_file(position): position for position in kept.positions}
        self._pending = Pending()
        self._failing = False
        self._committed_once = False
        self.rates = Rates()
        self.followed: list[FollowedSource] = []
        self.store = Store((), tools.telemetry)
        self._counts = Counts(self.store, tools)
        self.configure(sources)
        self.snapshot = Snapshot(self.store.families(tools.clock()), self._own())

    def configure(self, sources: Iterable[Source]) -> None:
        """Follow these sources from now on; what is the same as before goes on untouched.

        Series of metrics that are not defined any more are kept, unseen, for when they are again.
        """
        self._collect()
        sources = list(sources)
        metrics = metrics_of(sources)
        rows = [*self._unseen, *self.store.rows()]
        self.store = Store(metrics, self._tools.telemetry)
        self._counts = Counts(self.store, self._tools)
        self._unseen = self.store.restore(rows)
        for gauge in (own.SERIES, own.RULE_SUSPENDED):
            self._tools.telemetry.clear(gauge)
        announce(metrics, self._tools.telemetry)
        self._inherit([source.selection for source in sources])
        for gone in {followed.source.name for followed in self.followed} - {source.name for source in sources}:
            self._tools.telemetry.clear(own.EVENT_LAG, gone)
        before = {followed.source.selection: followed.files for followed in self.followed}
        self.followed = [self._follow(source, before.pop(source.selection, None)) for source in sources]
        for files in before.values():
            files.close()
        self._declare()

    def _declare(self) -> None:
        """Have the series that are known beforehand exist as 0, as far as the labels of files are known by now."""
        for followed in self.followed:
            for labels in followed.new_labels():
                self.store.declare(followed.metrics, labels)

    def _inherit(self, selections: Iterable[Selection]) -> None:
        """Give the positions of files that their source does not follow any more to the sources that do.

        So a line is not counted again because its source was renamed or split.
        """
        following = {selection.source: Discovery(selection.globs, FileSystem()) for selection in selections}
        for file, position in list(self._positions.items()):
            if position.source in following and following[position.source].selects(position.path):
                continue
            heirs = [replace(position, source=name) for name, found in following.items() if found.selects(position.path)]
            heirs = [heir for heir in heirs if _file(heir) not in self._positions]
            self._pending.positions |= {_file(heir): (heir, False) for heir in heirs}
            self._positions |= {_file(heir): heir for heir in heirs}
            if heirs:
                self._pending.positions[file] = position, True
                del self._positions[file]

    def _follow(self, source: Source, files: SourceFiles | None) -> FollowedSource:
        telemetry, name = self._tools.telemetry, source.name
        first_start = not telemetry.has(own.LINES, name)
        for counter in (own.LINES, own.BYTES, own.LINES_MATCHED, own.LINES_UNMATCHED, own.LINES_TRUNCATED):
            telemetry.add(counter, 0, name)
        if source.selection.shape.multiline:
            telemetry.add(own.MULTILINE_TIMEOUTS, 0, name)
        if files is None:
            positions = [position for position in self._positions.values() if position.source == name]
            files = SourceFiles(source.selection, telemetry, positions, first_start=first_start, clock=self._tools.clock)
        return FollowedSource(source, files, Samples(self._tools.guard, self._tools.clock, source.selection.shape.head_bytes))

    def run(self, out_of_time: Callable[[], bool], *, commit: bool = True) -> bool:
        """Do one pass; True when it ended because all files were read to their ends.

        Files are read in rounds of one Block each, until there is nothing more or time is out. Without `commit` what was
        counted waits, unpublished, for a pass with it; if the process dies before, the lines are read again.
        """
        for followed in self.followed:
            followed.files.discover()
        self._declare()
        while (more := self._round()) and not out_of_time():
            pass
        if commit:
            self._commit()
        return not more

    def finish(self) -> None:
        """Count the last lines too, though nobody has finished them, and commit: for one who does not come back."""
        for followed in self.followed:
            for block in followed.files.finish():
                self._counts.count(block, followed.ruleset)
        self._commit()

    def _round(self) -> bool:
        """Read one Block of every file; whether there may be more to read."""
        more = False
        for followed in self.followed:
            for block in followed.files.blocks():
                missed = self._counts.count(block, followed.ruleset)
                followed.samples.offer(block.data, followed.ruleset, missed)
            more |= followed.files.more
        return more

    def _collect(self) -> None:
        """Gather what has changed since the last time; it waits here until it is committed."""
        pending = self._pending
        self._counts.apply()
        pending.series |= {(row.metric, row.labels): row for row in self.store.take_changes()}
        self._collect_own()
        for followed in self.followed:
            pending.positions |= {_file(position): (position, False) for position in followed.files.positions()}
            pending.positions |= {_file(position): (position, True) for position in followed.files.gone()}
            followed.files.committed()
        for file, (position, gone) in pending.positions.items():
            if gone:
                self._positions.pop(file, None)
            else:
                self._positions[file] = position

    def _collect_own(self) -> None:
        self._pending.own |= {(name, labels): value for name, labels, value in self._tools.telemetry.take_changes()}

    def _commit(self) -> None:
        self._report()
        self._collect()
        changed = self._pending or not self._committed_once
        self._publish(committed=self._write() if changed else True)

    def _write(self) -> bool:
        """One transaction with all that is pending; False if it failed. It counts itself in what it writes."""
        if self._state:
            self._tools.telemetry.add(own.STATE_COMMITS)
            self._collect_own()
            try:
                self._state.commit(self._pending.changes())
            except sqlite3.Error as error:
                self._tools.telemetry.add(own.STATE_COMMITS, -1)
                self._fail(error)
                return False
        if self._failing:
            log.info("state is written again")
        self._failing, self._committed_once = False, True
        self._committed_own |= self._pending.own
        self._pending = Pending()
        return True

    def _fail(self, error: sqlite3.Error) -> None:
        self._tools.telemetry.add(own.STATE_ERRORS, 1, _reason(error))
        if not self._failing:
            log.error("state can't be written: numbers stay as they were committed", extra={"error": str(error)})
        self._failing = True

    def _report(self) -> None:
        telemetry, guard = self._tools.telemetry, self._tools.guard
        for name, seconds in guard.take_seconds().items():
            telemetry.add(own.RULE_SECONDS, seconds, name)
        suspended = guard.suspended
        for followed in self.followed:
            followed.files.report()
            for metric in followed.metrics:
                telemetry.set(own.RULE_SUSPENDED, int(metric.name in suspended), metric.name)

    def _publish(self, *, committed: bool) -> None:
        now = self._tools.clock()
        self.rates.note(
            now, {each.source.name: self._tools.telemetry.get(own.LINES, each.source.name) for each in self.followed}
        )
        families = self.store.families(now) if committed else self.snapshot.families
        self.snapshot = Snapshot(families, self._own(), now)

    def _own(self) -> tuple[Family, ...]:
        return tuple(map(self._committed_part, self._tools.telemetry.families()))

    def _committed_part(self, family: Family) -> Family:
        """A family of the exporter's own, its series as they were committed if it is durable."""
        name, committed = family.metric.name, self._committed_own
        if name not in _DURABLE:
            return family
        found = {labels: committed.get((name, labels)) for labels in family.series}
        return Family(family.metric, {labels: value for labels, value in found.items() if value is not None})

    @property
    def committed(self) -> bool:
        """Whether all that has been counted was committed; the state's trouble is told in the log."""
        return not self._failing

    def positions(self) -> list[Position]:
        """How far every file is counted that is not done, as of the last pass; any thread may ask."""
        return [position for position in list(self._positions.values()) if not position.done]

    def samples(self) -> dict[str, tuple[Sample, ...]]:
        """The latest lines of each source that no rule counts; any thread may ask."""
        return {followed.source.name: followed.samples.latest for followed in list(self.followed)}

    def directories(self) -> set[str]:
        """Where new files could appear."""
        return set().union(*(followed.files.directories() for followed in self.followed))

    def close(self) -> None:
        """Let go of all files and of the state."""
        for followed in self.followed:
            followed.files.close()
        if self._state:
            self._state.close()


def _file(position: Position) -> File:
    return position.source, position.device, position.inode, position.done


def _reason(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", "") or type(error).__name__).removeprefix("SQLITE_").lower()
