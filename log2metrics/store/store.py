"""The Store: series → value. Takes Tallies in, gives Snapshot families out.

Captures are interpreted once per distinct tuple and remembered: the series they lead to, and where they stood in the fold.
Knows nothing of files, formats or sinks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol

from log2metrics.flow import Family
from log2metrics.metric import Labels, Metric
from log2metrics.store.series import MetricSeries, SeriesRow, merge
from log2metrics.telemetry import FOLDED, RULE_TIMEOUTS, SERIES, VALUE_ERRORS, Telemetry

MAX_REMEMBERED = 150_000
MAX_REMEMBERED_CHARS = 512
MAX_TIMEOUTS = 10  # of one rule in one Block; what else is new to it there is given up on unseen

Captures = tuple[str | None, ...]


class Interpreter(Protocol):
    """What the Store needs of a Rule."""

    @property
    def metric(self) -> Metric:
        """The metric it counts for."""

    @property
    def label_slots(self) -> int:
        """How many of the captures, from the first, decide about the labels."""

    def labels_of(self, captures: Captures) -> Labels:
        """The label set that captures lead to. Raises TimeoutError."""

    def value_of(self, captures: Captures) -> float | None:
        """The number that captures stand for; None if it is not a usable one."""


Key = tuple[Interpreter, Captures, Labels]  # the last are the file's own


class Counted(Protocol):
    """What the Store needs of a Tally."""

    def items(self) -> Iterator[tuple[Interpreter, Captures, int]]:
        """All (rule, captures, how often)."""


class Store:
    """All series, by metric."""

    def __init__(self, metrics: Iterable[Metric], telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._series: dict[str, MetricSeries] = {metric.name: MetricSeries(metric) for metric in metrics}
        self._remembered: dict[Key, tuple[Labels, bool]] = {}

    def declare(self, metrics: Iterable[Metric], extra: Labels = ()) -> None:
        """Expose the known label values of these metrics as 0, with these labels besides."""
        for metric in metrics:
            self._series[metric.name].declare(extra)

    def restore(self, rows: Iterable[SeriesRow]) -> list[SeriesRow]:
        """Go on from what was kept; gives back the rows of metrics that are not defined now."""
        unknown = []
        for row in rows:
            if row.metric in self._series:
                self._series[row.metric].restore(row)
            else:
                unknown.append(row)
        return unknown

    def apply(self, tally: Counted, now: float, extra: Labels = ()) -> None:
        """Add what a Block of one file counted. `now` is in Unix seconds, `extra` are the file's own labels."""
        timeouts: Counter[Interpreter] = Counter()
        for rule, captures, times in tally.items():
            name, number = rule.metric.name, rule.value_of(captures)
            if number is None:
                self._telemetry.add(VALUE_ERRORS, times, name)
                continue
            key = (rule, captures[: rule.label_slots], extra)
            found = self._remembered.get(key) or self._admitted(key, timeouts)
            if found is None:
                self._telemetry.add(RULE_TIMEOUTS, times, name)
                continue
            labels, folded = found
            if not self._series[name].add(labels, number, times, now):
                self._telemetry.add(VALUE_ERRORS, times, name)
                continue
            self._remember(key, found)
            if folded:
                self._telemetry.add(FOLDED, times, name)

    def _admitted(self, key: Key, timeouts: Counter[Interpreter]) -> tuple[Labels, bool] | None:
        """The series for captures that are not remembered, and whether they were folded; None if it takes too long."""
        rule, captures, extra = key
        if timeouts[rule] >= MAX_TIMEOUTS:
            return None
        try:
            labels = rule.labels_of(captures)
        except TimeoutError:
            timeouts[rule] += 1
            return None
        return self._series[rule.metric.name].admit(merge(labels, extra))

    def _remember(self, key: Key, found: tuple[Labels, bool]) -> None:
        if key in self._remembered:
            return
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        if sum(len(text or "") for text in key[1]) <= MAX_REMEMBERED_CHARS:
            self._remembered[key] = found

    def take_changes(self) -> list[SeriesRow]:
        """The series that changed since the last call, for the state."""
        return [row for series in self._series.values() for row in series.take_changes()]

    def rows(self) -> list[SeriesRow]:
        """All series, idle ones included."""
        return [row for series in self._series.values() for row in series.rows()]

    def families(self, now: float) -> tuple[Family, ...]:
        """What readers see now (Unix seconds), metric by metric in the order of definition."""
        for name, series in self._series.items():
            self._telemetry.set(SERIES, len(series), name)
        return tuple(series.family(now) for series in self._series.values())
