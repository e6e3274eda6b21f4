"""The Store: series → value. Takes Tallies in, gives Snapshot families out.

Captures are interpreted once per distinct tuple and remembered: the series they lead to, and where they stood in the fold.
Knows nothing of files, formats or sinks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Protocol

from log2metrics.flow import Family
from log2metrics.metric import Labels, Metric
from log2metrics.store.series import MetricSeries, Series, SeriesRow, merge
from log2metrics.telemetry import FOLDED, RULE_TIMEOUTS, SERIES, VALUE_ERRORS, Own, Telemetry

MAX_REMEMBERED = 150_000
MAX_REMEMBERED_CHARS = 512
MAX_TIMEOUTS = 10  # of one rule in one Tally; what else is new to it there is given up on unseen

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


Times = Iterable[tuple[Captures, int]]
Admitted = tuple[Series, bool]  # the series that captures lead to, and whether they were folded


class Counted(Protocol):
    """What the Store needs of a Tally."""

    def by_rule(self) -> Iterator[tuple[Interpreter, Times]]:
        """Per rule all captures and how often; a rule may come more than once."""


class Store:
    """All series, by metric."""

    def __init__(self, metrics: Iterable[Metric], telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._series: dict[str, MetricSeries] = {metric.name: MetricSeries(metric) for metric in metrics}
        # By rule and the file's own labels.
        self._remembered: defaultdict[tuple[Interpreter, Labels], dict[Captures, Admitted]] = defaultdict(dict)
        self._remembered_count = 0

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
        """Add what Blocks of one file counted. `now` is in Unix seconds, `extra` are the file's own labels."""
        timeouts: Counter[Interpreter] = Counter()
        for rule, counts in tally.by_rule():
            for own, times in self._add(rule, counts, now, extra, timeouts).items():
                self._telemetry.add(own, times, rule.metric.name)

    def _add(self, rule: Interpreter, counts: Times, now: float, extra: Labels, timeouts: Counter[Interpreter]) -> Counter[Own]:
        """Add what one rule counted; what was lost or folded of it, and how often."""
        told: Counter[Own] = Counter()
        remembered, add = self._remembered[rule, extra], self._series[rule.metric.name].add
        for captures, times in counts:
            number = rule.value_of(captures)
            if number is None:
                told[VALUE_ERRORS] += times
                continue
            key = captures[: rule.label_slots]
            known = remembered.get(key)
            admitted = known or self._admitted(rule, key, extra, timeouts)
            if admitted is None:
                told[RULE_TIMEOUTS] += times
                continue
            series, folded = admitted
            if not add(series, number, times, now):
                told[VALUE_ERRORS] += times
                continue
            if known is None:
                self._remember(remembered, key, admitted)
            if folded:
                told[FOLDED] += times
        return told

    def _admitted(
        self, rule: Interpreter, captures: Captures, extra: Labels, timeouts: Counter[Interpreter]
    ) -> Admitted | None:
        """The series for captures that are not remembered, and whether they were folded; None if it takes too long."""
        if timeouts[rule] >= MAX_TIMEOUTS:
            return None
        try:
            labels = rule.labels_of(captures)
        except TimeoutError:
            timeouts[rule] += 1
            return None
        return self._series[rule.metric.name].admit(merge(labels, extra))

    def _remember(self, remembered: dict[Captures, Admitted], captures: Captures, admitted: Admitted) -> None:
        if self._remembered_count >= MAX_REMEMBERED:
            self._remembered_count = 0
            for each in self._remembered.values():
                each.clear()
        if sum([len(text or "") for text in captures]) <= MAX_REMEMBERED_CHARS:
            remembered[captures] = admitted
            self._remembered_count += 1

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
