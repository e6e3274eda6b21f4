"""The series of one metric: their values, the limits on their number, and which of them readers see.

A label set beyond a limit is folded: every label without a closed set of values becomes `other`, so that totals stay right
and the number of series is bounded. No series is ever evicted; an idle one is hidden from readers where the metric says
`expire`, and goes on from its value when it returns.

Knows nothing of rules, files or Prometheus.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from log2metrics.flow import Family, HistogramValue, Value
from log2metrics.metric import OTHER, Labels, Metric, MetricType


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One series as the state keeps it. `updated` is in Unix seconds."""

    metric: str
    labels: Labels
    value: Value
    updated: float


@dataclass(slots=True, eq=False)
class Series:
    """One series in memory.

    `updated` is when it was last counted in, in Unix seconds, None if never. `known` ones exist from the start.
    """

    labels: Labels
    value: Value
    updated: float | None = None
    known: bool = False


class MetricSeries:
    """All series of one metric."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self._series: dict[Labels, Series] = {}
        self._changed: dict[Series, None] = {}  # since they were last taken
        self._unseen: dict[Series, None] = {}  # changed since readers were last shown them
        self._family: Family | None = None
        self._next_expiry = math.inf
        self._zero: Value = 0.0
        if metric.type is MetricType.HISTOGRAM:
            self._zero = HistogramValue((0,) * (len(metric.buckets) + 1), 0.0)
        self._open = {label.name for label in metric.labels if not label.closed}
        self._others = {label.name: label.other or OTHER for label in metric.labels}
        self._label_limits = {label.name: label.limit for label in metric.labels if label.limit is not None}
        self._distinct: dict[str, set[str]] = {name: set() for name in self._label_limits}

    def __len__(self) -> int:
        return len(self._series)

    def declare(self, extra: Labels) -> None:
        """Make the series whose labels are known beforehand exist, as 0, with these labels besides."""
        for labels in self.metric.known_series():
            series = self._at(merge(labels, extra))
            series.known = True
            self._keep(series)

    def restore(self, row: SeriesRow) -> bool:
        """Take a series over from the state; False if its shape is no longer the metric's."""
        is_histogram = self.metric.type is MetricType.HISTOGRAM
        if isinstance(row.value, HistogramValue) != is_histogram:
            return False
        if isinstance(row.value, HistogramValue) and len(row.value.counts) != len(self.metric.buckets) + 1:
            return False
        series = self._at(row.labels)
        series.value, series.updated = row.value, row.updated
        self._keep(series)
        return True

    def _at(self, labels: Labels) -> Series:
        return self._series.get(labels) or Series(labels, self._zero)

    def _keep(self, series: Series) -> None:
        labels = series.labels
        if labels not in self._series:
            self._series[labels] = series
            for name, text in labels if self._distinct else ():
                if name in self._distinct and text != self._others[name]:
                    self._distinct[name].add(text)
        self._unseen[series] = None

    def admit(self, labels: Labels) -> tuple[Series, bool]:
        """The series that a label set counts in, and whether it was folded. It is kept once something is added to it."""
        found = self._series.get(labels)
        if found:
            return found, False
        admitted = tuple([(name, self._within_limit(name, value)) for name, value in labels]) if self._distinct else labels
        if len(self._series) >= self.metric.limit and admitted not in self._series:
            admitted = self._fold(admitted)
        return self._at(admitted), admitted != labels

    def _within_limit(self, name: str, value: str) -> str:
        limit = self._label_limits.get(name)
        if limit is None or value in self._distinct[name] or len(self._distinct[name]) < limit:
            return value
        return self._others[name]

    def _fold(self, labels: Labels) -> Labels:
        return tuple((name, self._others[name] if name in self._open else value) for name, value in labels)

    def add(self, series: Series, number: float, times: int, now: float) -> bool:
        """Count a number so many times in an admitted series; False if the total would no longer be finite."""
        value = self._combined(series.value, number, times)
        if not math.isfinite(value.sum if isinstance(value, HistogramValue) else value):
            return False
        series.value = value
        if series.updated is None:  # it may be new
            self._keep(series)
        series.updated = now
        self._changed[series] = self._unseen[series] = None
        return True

    def _combined(self, value: Value, number: float, times: int) -> Value:
        if isinstance(value, HistogramValue):
            counts = list(value.counts)
            counts[bisect_left(self.metric.buckets, number)] += times
            return HistogramValue(tuple(counts), value.sum + number * times)
        return number if self.metric.type is MetricType.GAUGE else value + number * times

    def take_changes(self) -> Iterable[SeriesRow]:
        """The series that changed since the last call."""
        changed, self._changed = self._changed, {}
        return self._rows(changed)

    def rows(self) -> Iterable[SeriesRow]:
        """All series that have ever been counted in."""
        return self._rows(self._series.values())

    def _rows(self, chosen: Iterable[Series]) -> list[SeriesRow]:
        name = self.metric.name
        return [SeriesRow(name, each.labels, each.value, each.updated) for each in chosen if each.updated is not None]

    def family(self, now: float) -> Family:
        """What readers see now: a frozen copy, made anew only when something has changed."""
        if self._family is None or self._unseen or now >= self._next_expiry:
            self._family = Family(self.metric, self._visible(now))
            self._unseen = {}
        return self._family

    def _visible(self, now: float) -> dict[Labels, Value]:
        seconds = self.metric.expire_seconds
        if seconds is None:
            seen = dict(self._family.series) if self._family else {}
            seen.update([(series.labels, series.value) for series in self._unseen])
            return seen
        ends = {each: (each.updated or 0.0) + seconds for each in self._series.values() if not each.known}
        self._next_expiry = min((end for end in ends.values() if end > now), default=math.inf)
        return {labels: series.value for labels, series in self._series.items() if ends.get(series, math.inf) > now}


def merge(labels: Labels, extra: Labels) -> Labels:
    """Two sets of labels in one, sorted by name."""
    return tuple(sorted((*labels, *extra))) if extra else labels
