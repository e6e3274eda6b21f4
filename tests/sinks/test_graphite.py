from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.flow import Family, HistogramValue, Snapshot, Value
from log2metrics.metric import Label, Metric, MetricType
from log2metrics.sinks.graphite import GraphiteSettings, Style, lines, render, short_hostname

from .snapshots import EXAMPLE, LOGINS, SECONDS, TIMESTAMP, snapshots, texts

DOTTED = GraphiteSettings(hostname="web1")
TAGGED = replace(DOTTED, style=Style.TAGGED)
PART = re.compile(r"[A-Za-z0-9_:-]+")


def carbon_reads(line: str) -> tuple[str, float, int]:
    """Read a line as carbon's MetricLineReceiver does."""
    path, value, timestamp = line.encode().decode().strip().split()
    return path, float(value), int(timestamp)


def carbon_reads_tags(path: str) -> dict[str, str]:
    """Read a tagged path as carbon's TaggedSeries does, raising where it would."""
    assert not (path.endswith('"}') and "{" in path), "taken for OpenMetrics"
    name, *segments = path.split(";")
    tags = dict(segment.split("=", 1) for segment in segments)
    assert len(tags) == len(segments)
    assert "name" not in tags
    for tag, value in tags.items():
        assert tag
        assert not set(tag) & set(";!^=")
        assert value
        assert ";" not in value
        assert not value.startswith("~")
    return {"name": name, **tags}


def of(metric: Metric, series: dict[Any, Value]) -> Snapshot:
    """Make a snapshot of one metric; its series are Labels."""
    return Snapshot((Family(metric, series),), timestamp=TIMESTAMP)


def test_dotted_paths_name_labels_in_order() -> None:
    """A path is the metric, then label and value in turn; a bucket's bound is a label like any other."""
    expected = """\
sshd_logins_total.method.password.outcome.failed 12 1700000000
sshd_logins_total.method.publickey.outcome.accepted 3 1700000000
load.host.a_b 0.25 1700000000
request_seconds_bucket.le.0_5.status.200 2 1700000000
request_seconds_bucket.le.1_0.status.200 3 1700000000
request_seconds_bucket.le.inf.status.200 4 1700000000
request_seconds_sum.status.200 3.5 1700000000
request_seconds_count.status.200 4 1700000000
"""
    assert expected == render(EXAMPLE, own=False)


def test_tagged_paths_carry_labels_as_tags() -> None:
    """Graphite 1.1 gets label values as tags, where only what breaks a line is replaced."""
    expected = [
        "sshd_logins_total;method=password;outcome=failed 12 5",
        "sshd_logins_total;method=publickey;outcome=accepted 3 5",
        "load;host=a_b 0.25 5",
        "request_seconds_bucket;le=0.5;status=200 2 5",
        "request_seconds_bucket;le=1.0;status=200 3 5",
        "request_seconds_bucket;le=+Inf;status=200 4 5",
        "request_seconds_sum;status=200 3.5 5",
        "request_seconds_count;status=200 4 5",
        "log2metrics_lines_total;source=auth 40 5",
    ]
    assert expected == lines(EXAMPLE, TAGGED, 5.9)


def test_prefix_stands_before_every_path() -> None:
    """`{hostname}` is the short host name, and even a prefix cannot break a line."""
    settings = replace(DOTTED, prefix="hosts .{hostname}.", hostname="web1.example")
    assert "hosts_.web1_example.load.host.a_b 0.25 5" in lines(EXAMPLE, settings, 5)


def test_host_name_is_short_by_default() -> None:
    """Settings made without a host name take this host's, up to the first dot."""
    assert "." not in short_hostname()
    assert short_hostname() == GraphiteSettings().hostname


def test_own_path_is_filled_from_labels() -> None:
    """A metric's own template gives its path, sanitised, below the prefix, in either style."""
    metric = replace(LOGINS, graphite="logs.sshd.{outcome}.by {method:.4}")
    snapshot = of(metric, {(("method", "password"), ("outcome", "a.b")): 2.0})
    assert ["logs.sshd.a_b.by_pass 2 5"] == lines(snapshot, DOTTED, 5)
    assert ["logs.sshd.a_b.by_pass 2 5"] == lines(snapshot, TAGGED, 5)


def test_template_that_leaves_a_label_out_sums_over_it() -> None:
    """Series that fall on the same path are one number: counters add up."""
    metric = replace(LOGINS, graphite="logs.sshd.{outcome}")
    series: dict[Any, Value] = {
        (("method", method), ("outcome", "failed")): 2.0 for method in ("password", "publickey", "none")
    }
    assert ["logs.sshd.failed 6 5"] == lines(of(metric, series), DOTTED, 5)


def test_histograms_on_one_path_are_added_bucket_by_bucket() -> None:
    """A histogram's own path has its buckets, sum and count below it, and merges like a counter."""
    metric = replace(SECONDS, graphite="web.time")
    series: dict[Any, Value] = {(("status", status),): HistogramValue((1, 2, 3), 4.5) for status in ("200", "404")}
    expected = [
        "web.time.bucket.0_5 2 5",
        "web.time.bucket.1_0 6 5",
        "web.time.bucket.inf 12 5",
        "web.time.sum 9 5",
        "web.time.count 12 5",
    ]
    assert expected == lines(of(metric, series), DOTTED, 5)


def test_last_gauge_on_a_path_wins() -> None:
    """Gauges are not added: of several on one path the last in order is shown."""
    metric = Metric("load", MetricType.GAUGE, "Load.", (Label("host"),), graphite="load")
    assert ["load 1 5"] == lines(of(metric, {(("host", "b"),): 1.0, (("host", "a"),): 7.0}), DOTTED, 5)


def test_empty_values_are_none_in_a_path_and_no_tag() -> None:
    """A dotted path cannot have an empty part; Graphite refuses an empty tag."""
    snapshot = of(LOGINS, {(("method", ""), ("outcome", "x")): 1.0})
    assert ["sshd_logins_total.method.none.outcome.x 1 5"] == lines(snapshot, DOTTED, 5)
    assert ["sshd_logins_total;outcome=x 1 5"] == lines(snapshot, TAGGED, 5)


def test_numbers_that_are_none_are_left_out() -> None:
    """Graphite has no way to keep NaN or an infinity."""
    metric = Metric("load", MetricType.GAUGE, "Load.", (Label("host"),))
    series: dict[Any, Value] = {(("host", "a"),): math.nan, (("host", "b"),): math.inf, (("host", "c"),): 1.0}
    assert ["load.host.c 1 5"] == lines(of(metric, series), DOTTED, 5)


def test_label_called_name_does_not_hide_the_metric() -> None:
    """Carbon keeps the metric's name in a tag `name`: a label of that name gets another."""
    metric = Metric("units", MetricType.GAUGE, "Units.", (Label("name"),))
    assert ["units;label_name=cron 1 5"] == lines(of(metric, {(("name", "cron"),): 1.0}), TAGGED, 5)


@given(snapshots)
def test_dotted_lines_cannot_be_broken(snapshot: Snapshot) -> None:
    """Whatever labels say, every line is a path of clean parts, a number and a time, and no path stands twice."""
    read = [carbon_reads(line) for line in lines(snapshot, DOTTED, TIMESTAMP)]
    paths = [path for path, _, _ in read]
    assert len(set(paths)) == len(paths)
    assert all(PART.fullmatch(part) for path in paths for part in path.split("."))
    assert {int(TIMESTAMP)} >= {timestamp for _, _, timestamp in read}


@given(snapshots)
def test_tagged_lines_cannot_be_broken(snapshot: Snapshot) -> None:
    """Whatever labels say, carbon's own rules accept every line, and no path stands twice."""
    read = [carbon_reads(line) for line in lines(snapshot, TAGGED, TIMESTAMP)]
    paths = [path for path, _, _ in read]
    assert len(set(paths)) == len(paths)
    assert all(carbon_reads_tags(path)["name"] for path in paths)


@given(snapshots, st.sampled_from([DOTTED, TAGGED]))
def test_no_count_is_lost_where_paths_meet(snapshot: Snapshot, settings: GraphiteSettings) -> None:
    """However series are named, the points of a counter add up to its series."""
    counters = snapshot.families[:1]
    total = sum(value for value in counters[0].series.values() if isinstance(value, float))
    points = [carbon_reads(line)[1] for line in lines(Snapshot(counters), settings, 5)]
    assert sum(points) == pytest.approx(total)


@given(texts)
def test_path_by_template_cannot_be_broken(text: str) -> None:
    """A captured text fills one part of its template, no more."""
    metric = replace(LOGINS, graphite="a.{outcome}.b")
    (line,) = lines(of(metric, {(("method", "x"), ("outcome", text)): 1.0}), DOTTED, 5)
    path, _, _ = carbon_reads(line)
    assert ["a", "b"] == path.split(".")[::2]
    assert 3 == len(path.split("."))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_exact(number: float) -> None:
    """What carbon reads is the number that the snapshot holds."""
    metric = Metric("load", MetricType.GAUGE, "Load.")
    (line,) = lines(of(metric, {(): number}), DOTTED, 5)
    assert number == carbon_reads(line)[1]


def test_endless_text_is_cut() -> None:
    """A part fits into a file name, as carbon makes one of it."""
    (line,) = lines(of(LOGINS, {(("method", "x" * 5000), ("outcome", "y")): 1.0}), DOTTED, 5)
    assert max(len(part) for part in line.split(" ")[0].split(".")) == 200
