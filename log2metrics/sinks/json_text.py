"""One JSON document per snapshot, for scripts: `timestamp` and `metrics`, each with its `series` of `labels` and `value`.

A histogram's value is `{"buckets": {"0.5": cumulative, "+Inf": …}, "sum": …, "count": …}`. A number that is not finite
is null, as JSON has no word for it. Refuses to know who reads it.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from log2metrics.flow import Family, HistogramValue, Snapshot, Value
from log2metrics.metric import Metric
from log2metrics.sinks.graphite import GraphiteSettings
from log2metrics.sinks.samples import cumulative, families, ordered


def render(snapshot: Snapshot, *, own: bool, graphite: GraphiteSettings | None = None) -> str:  # noqa: ARG001 - all sinks are called alike
    """Write the snapshot as one document in one line of ASCII."""
    document = {
        "timestamp": snapshot.timestamp,
        "metrics": [_metric(family) for family in families(snapshot, own=own)],
    }
    return json.dumps(document, allow_nan=False) + "\n"


def _metric(family: Family) -> dict[str, Any]:
    metric = family.metric
    return {
        "name": metric.name,
        "type": metric.type,
        "help": metric.help,
        "series": [{"labels": dict(labels), "value": _value(metric, value)} for labels, value in ordered(family)],
    }


def _value(metric: Metric, value: Value) -> dict[str, Any] | float | None:
    if isinstance(value, HistogramValue):
        return {"buckets": dict(cumulative(metric, value)), "sum": _finite(value.sum), "count": value.observations}
    return _finite(value)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
