"""Influx line protocol, as Telegraf reads it: `measurement,tag=value field=number nanoseconds`.

The metric is the measurement, labels are tags. A counter or gauge has the field `value`; a histogram one field per upper
bound (cumulative), `sum` and `count`. Refuses to know where the lines go.

Format: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
"""

from __future__ import annotations

import re

from log2metrics.flow import HistogramValue, Snapshot, Value
from log2metrics.metric import Labels, Metric, safe_text
from log2metrics.sinks.graphite import GraphiteSettings
from log2metrics.sinks.samples import cumulative, families, number_text, ordered

_NANOSECONDS = 1_000_000_000
_SPECIAL = re.compile(r"[,= ]")

# Parsers disagree about a backslash that escapes nothing, and none can read one before a separator. Its full-width twin
# looks the same and means nothing to them.
_BACKSLASH = "\\"
_FULLWIDTH_BACKSLASH = "\uff3c"


def render(snapshot: Snapshot, *, own: bool, graphite: GraphiteSettings | None = None) -> str:  # noqa: ARG001 - all sinks are called alike
    """Write one line per series; a series without a finite number has none."""
    nanoseconds = int(snapshot.timestamp * _NANOSECONDS)
    written = []
    for family in families(snapshot, own=own):
        for labels, value in ordered(family):
            if fields := _fields(family.metric, value):
                written.append(f"{_escaped(family.metric.name)}{_tags(labels)} {fields} {nanoseconds}\n")
    return "".join(written)


def _tags(labels: Labels) -> str:
    return "".join(f",{_escaped(name)}={_escaped(text)}" for name, text in labels if text)


def _fields(metric: Metric, value: Value) -> str:
    numbers: list[tuple[str, float]] = [("value", value)] if not isinstance(value, HistogramValue) else _parts(metric, value)
    return ",".join(f"{name}={text}" for name, number in numbers if (text := number_text(number)) is not None)


def _parts(metric: Metric, value: HistogramValue) -> list[tuple[str, float]]:
    return [*cumulative(metric, value), ("sum", value.sum), ("count", value.observations)]


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", safe_text(text).replace(_BACKSLASH, _FULLWIDTH_BACKSLASH))
