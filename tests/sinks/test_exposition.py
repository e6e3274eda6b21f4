from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from prometheus_client.core import Metric as Exposed
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus

from log2metrics.flow import Family, Snapshot
from log2metrics.metric import Label, Metric, MetricType
from log2metrics.sinks.exposition import negotiate, process_registry, render_openmetrics, render_prometheus
from log2metrics.sinks.samples import families, samples

from .snapshots import EXAMPLE, LOGINS, snapshots

Read = dict[tuple[str, tuple[tuple[str, str], ...]], str]


def _parsed(exposed: Iterable[Exposed]) -> Read:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): repr(float(sample.value))
        for family in exposed
        for sample in family.samples
    }


def _expected(snapshot: Snapshot) -> Read:
    return {
        (family.metric.name + suffix, tuple(pair for pair in labels if pair[1])): repr(float(number))
        for family in families(snapshot, own=True)
        for series, value in family.series.items()
        for suffix, labels, number in samples(family.metric, series, value)
    }


def test_example_reads_as_prometheus_users_expect() -> None:
    """Counters, gauges and cumulative histograms stand in the snapshot's order, their series in the order of labels."""
    expected = """\
# HELP sshd_logins_total SSH logins.
# TYPE sshd_logins_total counter
sshd_logins_total{method="password",outcome="failed"} 12.0
sshd_logins_total{method="publickey",outcome="accepted"} 3.0
# HELP load Load.
# TYPE load gauge
load{host="a b"} 0.25
# HELP request_seconds Time taken.
# TYPE request_seconds histogram
request_seconds_bucket{le="0.5",status="200"} 2.0
request_seconds_bucket{le="1.0",status="200"} 3.0
request_seconds_bucket{le="+Inf",status="200"} 4.0
request_seconds_sum{status="200"} 3.5
request_seconds_count{status="200"} 4.0
"""
    assert expected == render_prometheus(EXAMPLE, own=False)


def test_openmetrics_names_the_family_without_total() -> None:
    """OpenMetrics wants `_total` on the sample only, ends with EOF, and has no `_created`."""
    got = render_openmetrics(EXAMPLE, own=True)
    assert "# TYPE sshd_logins counter\nsshd_logins_total{" in got
    assert got.endswith('log2metrics_lines_total{source="auth"} 40.0\n# EOF\n')
    assert "_created" not in got


@given(snapshots)
def test_prometheus_text_parses_back(snapshot: Snapshot) -> None:
    """Whatever labels say, prometheus-client's parser reads the same names, labels and numbers."""
    assert _expected(snapshot) == _parsed(parse_prometheus(render_prometheus(snapshot, own=True)))


@given(snapshots)
def test_openmetrics_text_parses_back(snapshot: Snapshot) -> None:
    """Whatever labels say, prometheus-client's strict parser reads the same names, labels and numbers."""
    read = parse_openmetrics(render_openmetrics(snapshot, own=True))  # type: ignore[no-untyped-call]
    assert _expected(snapshot) == _parsed(read)


@given(snapshots)
def test_order_of_series_in_memory_does_not_show(snapshot: Snapshot) -> None:
    """Two snapshots with the same series are the same text."""
    turned = tuple(Family(family.metric, dict(reversed(list(family.series.items())))) for family in snapshot.families)
    assert render_prometheus(snapshot, own=False) == render_prometheus(Snapshot(turned), own=False)


def test_metric_without_series_is_announced() -> None:
    """Somebody who has just written a pattern sees that it is loaded."""
    expected = "# HELP sshd_logins_total SSH logins.\n# TYPE sshd_logins_total counter\n"
    assert expected == render_prometheus(Snapshot((Family(LOGINS, {}),)), own=True)


def test_counter_named_without_total_gets_it() -> None:
    """Both formats demand the suffix, whatever a metric is called."""
    counter = Metric("logins", MetricType.COUNTER, "Logins.")
    assert "\nlogins_total 1.0\n" in render_prometheus(Snapshot((Family(counter, {(): 1.0}),)), own=True)


def test_text_that_utf8_cannot_carry_is_spelled_out() -> None:
    """A file name that is no UTF-8 neither breaks a scrape nor is taken for another."""
    metric = Metric("files", MetricType.GAUGE, "Files.", (Label("file"),))
    family = Family(metric, {(("file", text),): 1.0 for text in ("a\udcff", "a\udcfe")})
    got = render_prometheus(Snapshot((family,)), own=True)
    assert 'files{file="a\\\\udcff"} 1.0\n' in got
    assert 'files{file="a\\\\udcfe"} 1.0\n' in got


def test_gauges_may_be_no_numbers() -> None:
    """Prometheus knows NaN and the infinities; they are shown as they are."""
    metric = Metric("load", MetricType.GAUGE, "Load.", (Label("host"),))
    family = Family(metric, {(("host", "a"),): math.nan, (("host", "b"),): -math.inf})
    got = render_prometheus(Snapshot((family,)), own=True)
    assert 'load{host="a"} NaN\nload{host="b"} -Inf\n' in got


@pytest.mark.parametrize(
    ("accept", "content_type", "last_line"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8", "40.0\n"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8", "40.0\n"),
        (
            "application/openmetrics-text;version=1.0.0;escaping=values;q=0.6,text/plain;version=0.0.4;q=0.5",
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
            "# EOF\n",
        ),
        ("application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8", "# EOF\n"),
    ],
)
def test_accept_header_chooses_the_format(accept: str, content_type: str, last_line: str) -> None:
    """OpenMetrics for those who ask, the old text for everybody else, and names as they are in either."""
    registry = process_registry(lambda: EXAMPLE)
    body, got = negotiate(registry, accept)
    assert content_type == got
    assert b'\nsshd_logins_total{method="password",outcome="failed"} 12.0\n' in body
    assert last_line.encode() in body


@pytest.mark.parametrize("accept", ["text/plain;version=x.y", "application/openmetrics-text;version=;;", ",;=,", "é"])
def test_nonsense_in_the_accept_header_is_harmless(accept: str) -> None:
    """A stranger's header gets an exposition, never an error."""
    body, _ = negotiate(process_registry(lambda: EXAMPLE), accept)
    assert b"sshd_logins_total{" in body


def test_daemon_tells_of_its_process() -> None:
    """The registry of the daemon has process and Python metrics beside the snapshot, each exactly once."""
    body, _ = negotiate(process_registry(lambda: EXAMPLE), "")
    for name in (b"process_cpu_seconds_total", b"python_info", b"log2metrics_lines_total"):
        assert 1 == body.count(b"# TYPE " + name + b" ")


def test_snapshot_is_taken_once_per_scrape() -> None:
    """Registering does not count as a scrape: a barrier is raised when somebody waits for it."""
    taken = []

    def snapshot() -> Snapshot:
        taken.append(EXAMPLE)
        return EXAMPLE

    registry = process_registry(snapshot)
    assert 0 == len(taken)
    negotiate(registry, "")
    assert 1 == len(taken)
