"""The Store: series → value. Takes Tallies in, gives Snapshot families out.

Captures are interpreted once per distinct tuple and remembered: the series they lead to, and where they stood in the fold.
Knows nothing of files, formats or sinks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from log2metrics.flow import Family
from log2metrics.metric import Labels, Metric
from log2metrics.store.series import MetricSeries, SeriesRow, merge
from log2metrics.telemetry import FOLDED, RULE_TIMEOUTS, SERIES, VALUE_ERRORS, Telemetry

MAX_REMEMBERED = 20_000
MAX_REMEMBERED_CHARS = 512

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


class Counted(Protocol):
    """What the Store needs of a Tally."""

    def items(self) -> Iterator[tuple[Interpreter, Captures, int]]:
        """All (rule, captures, how often)."""


class Store:
    """All series, by metric."""

    def __init__(self, metrics: Iterable[Metric], telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._series: dict[str, MetricSeries] = {metric.name: MetricSeries(metric) for metric in metrics}
        self._remembered: dict[tuple[Interpreter, Captures, Labels], tuple[Labels, bool]] = {}

    def declare(self, metrics: Iterable[Metric], extra: Labels = ()) -> None:
        """Expose the known label values of these metrics as 0, with these labels besides."""
        for metric in metrics:
            self._series[metric.name].declare(extra)

    def restore(self, rows: Iterable[SeriesRow]) -> None:
        """Go on from what the state holds. Series of metrics that are not defined now stay in the state, unseen."""
        for row in rows:
            if row.metric in self._series:
                self._series[row.metric].restore(row)

    def apply(self, tally: Counted, now: float, extra: Labels = ()) -> None:
        """Add what a Block of one file counted. `now` is in Unix seconds, `extra` are the file's own labels."""
        for rule, captures, times in tally.items():
            number = rule.value_of(captures)
            if number is None:
                self._telemetry.add(VALUE_ERRORS, times, rule.metric.name)
                continue
            found = self._series_for(rule, captures[: rule.label_slots], extra)
            if found is None:
                self._telemetry.add(RULE_TIMEOUTS, times, rule.metric.name)
                continue
            labels, folded = found
            if not self._series[rule.metric.name].add(labels, number, times, now):
                self._telemetry.add(VALUE_ERRORS, times, rule.metric.name)
            elif folded:
                self._telemetry.add(FOLDED, times, rule.metric.name)

    def _series_for(self, rule: Interpreter, captures: Captures, extra: Labels) -> tuple[Labels, bool] | None:
        key = (rule, captures, extra)
        found = self._remembered.get(key)
        if found is None:
            try:
                labels = rule.labels_of(captures)
            except TimeoutError:
                return None
            found = self._series[rule.metric.name].admit(merge(labels, extra))
            self._remember(key, found)
        return found

    def _remember(self, key: tuple[Interpreter, Captures, Labels], found: tuple[Labels, bool]) -> None:
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
