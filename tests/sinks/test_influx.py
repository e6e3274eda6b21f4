from __future__ import annotations

import math

from hypothesis import given

from log2metrics.flow import Family, HistogramValue, Snapshot, Value
from log2metrics.metric import Labels, Metric, MetricType, safe_text
from log2metrics.sinks.influx import render
from log2metrics.sinks.samples import cumulative, families

from .snapshots import EXAMPLE, LOGINS, TIMESTAMP, snapshots


def split(text: str, separator: str) -> list[str]:
    """Split at every separator that no backslash escapes."""
    pieces = [""]
    escaped = False
    for character in text:
        if character == separator and not escaped:
            pieces.append("")
        else:
            pieces[-1] += character
        escaped = character == "\\" and not escaped
    assert not escaped, "ends in a backslash"
    return pieces


def unescaped(text: str) -> str:
    """Undo the escapes of a name or tag; a backslash before anything else would mean different things to different parsers."""
    for character in ",= ":
        text = text.replace("\\" + character, character)
    assert "\\" not in text
    return text


def read(line: str) -> tuple[str, Labels, dict[str, float], int]:
    """Read one line of the protocol, strictly."""
    series, fields, timestamp = split(line, " ")
    name, *tags = split(series, ",")
    pairs = [split(tag, "=") for tag in tags]
    numbers = dict(split(field, "=") for field in split(fields, ","))
    return (
        unescaped(name),
        tuple((unescaped(tag), unescaped(value)) for tag, value in pairs),
        {unescaped(field): float(number) for field, number in numbers.items()},
        int(timestamp),
    )


def fields(metric: Metric, value: Value) -> dict[str, float]:
    """Name the fields that a value should have."""
    if isinstance(value, HistogramValue):
        return {**dict(cumulative(metric, value)), "sum": value.sum, "count": value.observations}
    return {"value": value}


def test_example_reads_as_telegraf_users_expect() -> None:
    """Labels are tags, a number is the field `value`, a histogram one field per bucket."""
    expected = """\
sshd_logins_total,method=password,outcome=failed value=12 1700000000000000000
sshd_logins_total,method=publickey,outcome=accepted value=3 1700000000000000000
load,host=a\\ b value=0.25 1700000000000000000
request_seconds,status=200 0.5=2,1.0=3,+Inf=4,sum=3.5,count=4 1700000000000000000
"""
    assert expected == render(EXAMPLE, own=False)


@given(snapshots)
def test_lines_parse_back(snapshot: Snapshot) -> None:
    """Whatever labels say, a strict parser reads the same series and numbers, one line each."""
    expected = [
        (
            family.metric.name,
            tuple((name, safe_text(text).replace("\\", "\uff3c")) for name, text in labels if text),
            fields(family.metric, value),
            int(TIMESTAMP) * 10**9,
        )
        for family in families(snapshot, own=True)
        for labels, value in sorted(family.series.items())
        if isinstance(value, HistogramValue) or math.isfinite(value)
    ]
    assert expected == [read(line) for line in render(snapshot, own=True).split("\n")[:-1]]


def test_series_without_a_number_has_no_line() -> None:
    """The protocol has no NaN; of a histogram only the sum can be none, and only that is left out."""
    load = Metric("load", MetricType.GAUGE, "Load.")
    assert "" == render(Snapshot((Family(load, {(): math.nan}),)), own=True)
    seconds = Metric("s", MetricType.HISTOGRAM, "S.", buckets=(1.0,))
    family = Family(seconds, {(): HistogramValue((1, 0), math.inf)})
    assert "s 1.0=1,+Inf=1,count=1 0\n" == render(Snapshot((family,)), own=True)


def test_backslash_cannot_escape_what_follows() -> None:
    """A user name that ends in a backslash stays inside its tag."""
    snapshot = Snapshot((Family(LOGINS, {(("method", "x\\"), ("outcome", "y")): 1.0}),))
    assert "sshd_logins_total,method=x\uff3c,outcome=y value=1 0\n" == render(snapshot, own=True)
