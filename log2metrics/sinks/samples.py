"""What every sink shows of a snapshot: its families, their series in order, histograms taken apart.

Refuses to know any format: names, labels and numbers only, as Prometheus would name them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate
from operator import itemgetter

from log2metrics.flow import Family, HistogramValue, Snapshot, Value
from log2metrics.metric import Labels, Metric

BUCKET = "_bucket"
SUM = "_sum"
COUNT = "_count"
INFINITY = "+Inf"


def families(snapshot: Snapshot, *, own: bool) -> tuple[Family, ...]:
    """Give the families from the patterns and, if asked for, the exporter's own after them."""
    return snapshot.families + snapshot.own if own else snapshot.families


def ordered(family: Family) -> list[tuple[Labels, Value]]:
    """Give the series of a family sorted by their labels: the same snapshot always reads the same."""
    return sorted(family.series.items(), key=itemgetter(0))


def cumulative(metric: Metric, value: HistogramValue) -> list[tuple[str, int]]:
    """Pair each upper bound, `+Inf` last, with how many observations were not above it."""
    bounds = [str(float(bound)) for bound in metric.buckets]
    return list(zip([*bounds, INFINITY], accumulate(value.counts), strict=True))


def samples(metric: Metric, labels: Labels, value: Value) -> Iterator[tuple[str, Labels, float]]:
    """Yield (suffix of the name, labels, number): one for a counter or gauge, buckets, sum and count for a histogram."""
    if not isinstance(value, HistogramValue):
        yield "", labels, value
        return
    for bound, count in cumulative(metric, value):
        yield BUCKET, tuple(sorted((*labels, ("le", bound)))), count
    yield SUM, labels, value.sum
    yield COUNT, labels, value.observations


def number_text(value: float) -> str | None:
    """Write the shortest text that reads back as the same number; None for NaN and the infinities."""
    return repr(value).removesuffix(".0") if math.isfinite(value) else None
