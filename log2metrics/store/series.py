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


class MetricSeries:
    """All series of one metric."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self._values: dict[Labels, Value] = {}
        self._updated: dict[Labels, float] = {}
        self._known: set[Labels] = set()
        self._changed: set[Labels] = set()
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
        return len(self._values)

    def declare(self, extra: Labels) -> None:
        """Make the series whose labels are known beforehand exist, as 0, with these labels besides."""
        for labels in self.metric.known_series():
            key = merge(labels, extra)
            self._known.add(key)
            self._put(key, self._values.get(key, self._zero))

    def restore(self, row: SeriesRow) -> bool:
        """Take a series over from the state; False if its shape is no longer the metric's."""
        is_histogram = self.metric.type is MetricType.HISTOGRAM
        if isinstance(row.value, HistogramValue) != is_histogram:
            return False
        if isinstance(row.value, HistogramValue) and len(row.value.counts) != len(self.metric.buckets) + 1:
            return False
        self._put(row.labels, row.value)
        self._updated[row.labels] = row.updated
        return True

    def admit(self, labels: Labels) -> tuple[Labels, bool]:
        """The series that a label set counts in, and whether it was folded. It holds once something was added there."""
        if labels in self._values:
            return labels, False
        admitted = tuple((name, self._within_limit(name, value)) for name, value in labels)
        if admitted not in self._values and len(self._values) >= self.metric.limit:
            admitted = self._fold(admitted)
        return admitted, admitted != labels

    def _within_limit(self, name: str, value: str) -> str:
        limit = self._label_limits.get(name)
        if limit is None or value in self._distinct[name] or len(self._distinct[name]) < limit:
            return value
        return self._others[name]

    def _fold(self, labels: Labels) -> Labels:
        return tuple((name, self._others[name] if name in self._open else value) for name, value in labels)

    def add(self, labels: Labels, number: float, times: int, now: float) -> bool:
        """Count a number so many times in an admitted series; False if the total would no longer be finite."""
        value = self._combined(self._values.get(labels, self._zero), number, times)
        if not math.isfinite(value.sum if isinstance(value, HistogramValue) else value):
            return False
        self._put(labels, value)
        self._updated[labels] = now
        self._changed.add(labels)
        return True

    def _put(self, labels: Labels, value: Value) -> None:
        if labels not in self._values:
            for name, text in labels:
                if name in self._distinct and text != self._others[name]:
                    self._distinct[name].add(text)
        self._values[labels] = value
        self._family = None

    def _combined(self, value: Value, number: float, times: int) -> Value:
        if isinstance(value, HistogramValue):
            counts = list(value.counts)
            counts[bisect_left(self.metric.buckets, number)] += times
            return HistogramValue(tuple(counts), value.sum + number * times)
        return number if self.metric.type is MetricType.GAUGE else value + number * times

    def take_changes(self) -> Iterable[SeriesRow]:
        """The series that changed since the last call."""
        changed, self._changed = self._changed, set()
        return self._rows(changed)

    def rows(self) -> Iterable[SeriesRow]:
        """All series that have ever been counted in."""
        return self._rows(self._updated)

    def _rows(self, chosen: Iterable[Labels]) -> list[SeriesRow]:
        return [SeriesRow(self.metric.name, labels, self._values[labels], self._updated[labels]) for labels in chosen]

    def family(self, now: float) -> Family:
        """What readers see now: a frozen copy, made anew only when something has changed."""
        if self._family is None or now >= self._next_expiry:
            self._family = Family(self.metric, self._visible(now))
        return self._family

    def _visible(self, now: float) -> dict[Labels, Value]:
        seconds = self.metric.expire_seconds
        if seconds is None:
            return dict(self._values)
        ends = {labels: self._updated[labels] + seconds for labels in self._values if labels not in self._known}
        self._next_expiry = min((end for end in ends.values() if end > now), default=math.inf)
        return {labels: value for labels, value in self._values.items() if ends.get(labels, math.inf) > now}


def merge(labels: Labels, extra: Labels) -> Labels:
    """Two sets of labels in one, sorted by name."""
    return tuple(sorted((*labels, *extra))) if extra else labels
