"""The series of one metric: their values, the limits on their number, and which of them readers see.

A label set beyond a limit is folded: every label without a closed set of values becomes `other`, so that totals stay right
and the number of series is bounded. No series is ever evicted; an idle one is hidden from readers where the metric says
`expire`, and goes on from its value when it returns.

Knows nothing of rules, files or Prometheus.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
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
        self._folded: set[Labels] = set()
        self._changed: set[Labels] = set()
        self._distinct: dict[str, set[str]] = defaultdict(set)
        self._family: Family | None = None
        self._next_expiry = math.inf
        self._label_limits = {label.name: label.limit for label in metric.labels if label.limit is not None}

    def __len__(self) -> int:
        return len(self._values)

    def declare(self, extra: Labels) -> None:
        """Make the series whose labels are known beforehand exist, as 0, with these labels besides."""
        for labels in self.metric.known_series():
            key = merge(labels, extra)
            self._known.add(key)
            if key not in self._values:
                self._values[key] = self._zero()
                self._note(key)
            self._family = None

    def restore(self, row: SeriesRow) -> bool:
        """Take a series over from the state; False if its shape is no longer the metric's."""
        is_histogram = self.metric.type is MetricType.HISTOGRAM
        if isinstance(row.value, HistogramValue) != is_histogram:
            return False
        if isinstance(row.value, HistogramValue) and len(row.value.counts) != len(self.metric.buckets) + 1:
            return False
        self._values[row.labels] = row.value
        self._updated[row.labels] = row.updated
        self._note(row.labels)
        self._family = None
        return True

    def admit(self, labels: Labels) -> tuple[Labels, bool]:
        """The series that a label set counts in, and whether it was folded."""
        if labels in self._values:
            return labels, False
        limited = tuple((name, self._within_limit(name, value)) for name, value in labels)
        folded = limited != labels
        if limited not in self._values and len(self._values) - len(self._folded) >= self.metric.limit:
            limited, folded = self._fold(limited), True
        if folded and limited not in self._values:
            self._folded.add(limited)
        return limited, folded

    def _within_limit(self, name: str, value: str) -> str:
        limit = self._label_limits.get(name)
        if limit is None or value in self._distinct[name] or len(self._distinct[name]) < limit:
            return value
        return self._other(name)

    def _fold(self, labels: Labels) -> Labels:
        open_labels = {label.name for label in self.metric.labels if not label.closed}
        return tuple((name, self._other(name) if name in open_labels else value) for name, value in labels)

    def _other(self, name: str) -> str:
        return next((label.other for label in self.metric.labels if label.name == name and label.other), OTHER)

    def add(self, labels: Labels, number: float, times: int, now: float) -> bool:
        """Count a number so many times in an admitted series; False if the total would no longer be finite."""
        value = self._values.get(labels)
        if value is None:
            value = self._zero()
            self._note(labels)
        changed = self._combined(value, number, times)
        if not math.isfinite(changed.sum if isinstance(changed, HistogramValue) else changed):
            return False
        self._values[labels] = changed
        self._updated[labels] = now
        self._changed.add(labels)
        self._family = None
        return True

    def _combined(self, value: Value, number: float, times: int) -> Value:
        if isinstance(value, HistogramValue):
            counts = list(value.counts)
            counts[bisect_left(self.metric.buckets, number)] += times
            return HistogramValue(tuple(counts), value.sum + number * times)
        return number if self.metric.type is MetricType.GAUGE else value + number * times

    def _zero(self) -> Value:
        if self.metric.type is MetricType.HISTOGRAM:
            return HistogramValue((0,) * (len(self.metric.buckets) + 1), 0.0)
        return 0.0

    def _note(self, labels: Labels) -> None:
        for name, value in labels:
            if name in self._label_limits:
                self._distinct[name].add(value)

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
