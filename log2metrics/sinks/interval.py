"""How much each counter and histogram grew between two pushes.

Refuses to know where the differences go, and what time it is.
"""

from __future__ import annotations

from log2metrics.flow import Family, HistogramValue, Snapshot, Value
from log2metrics.metric import Labels, MetricType


class Interval:
    """What every series was worth when it was last seen: an idle one may vanish and come back where it was.

    `before` is what was there before anything is asked for: what the state kept, lest a restart looks like all that ever
    happened.
    """

    def __init__(self, before: Snapshot) -> None:
        self._last: dict[tuple[str, Labels], Value] = {}
        self.grown(before)

    def grown(self, snapshot: Snapshot) -> Snapshot:
        """Give the snapshot with the growth since the last call in place of counters and histograms; gauges stay.

        A series that is new has grown from 0; one that went down has begun anew.
        """
        families = tuple(self._grown(family) for family in snapshot.families)
        own = tuple(self._grown(family) for family in snapshot.own)
        return Snapshot(families, own, snapshot.timestamp)

    def _grown(self, family: Family) -> Family:
        if family.metric.type is MetricType.GAUGE:
            return family
        grown: dict[Labels, Value] = {}
        for labels, value in family.series.items():
            key = (family.metric.name, labels)
            grown[labels] = _growth(value, self._last.get(key))
            self._last[key] = value
        return Family(family.metric, grown)


def _growth(now: Value, before: Value | None) -> Value:
    if isinstance(now, HistogramValue):
        return _histogram_growth(now, before) if isinstance(before, HistogramValue) else now
    if before is None or isinstance(before, HistogramValue) or now < before:
        return now
    return now - before


def _histogram_growth(now: HistogramValue, before: HistogramValue) -> HistogramValue:
    if len(now.counts) != len(before.counts):
        return now
    counts = tuple(new - old for new, old in zip(now.counts, before.counts, strict=True))
    return now if min(counts) < 0 else HistogramValue(counts, now.sum - before.sum)
