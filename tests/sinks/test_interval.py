from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.flow import Family, HistogramValue, Snapshot, Value
from log2metrics.metric import Labels, Metric
from log2metrics.sinks.interval import Interval

from .snapshots import EXAMPLE, LOAD, LOGINS, SECONDS

NOTHING = Snapshot()
SERIES: Labels = (("method", "password"), ("outcome", "failed"))


def of(metric: Metric, value: Value | None) -> Snapshot:
    """Make a snapshot of one series, or of none."""
    return Snapshot((Family(metric, {} if value is None else {SERIES: value}),))


def growth(interval: Interval, metric: Metric, value: Value | None) -> Value | None:
    """Show the interval one value, and give what it makes of it."""
    return interval.grown(of(metric, value)).families[0].series.get(SERIES)


def test_what_was_there_before_has_not_grown() -> None:
    """After a restart the totals that the state kept are no news, and what came since is."""
    interval = Interval(of(LOGINS, 1000.0))
    assert 3.0 == growth(interval, LOGINS, 1003.0)


def test_later_snapshots_give_what_was_added() -> None:
    """Counters and histograms, the exporter's own too, are shown as their growth, 0 included."""
    grown = Interval(EXAMPLE).grown(EXAMPLE)
    assert [0.0, 0.0] == list(grown.families[0].series.values())
    assert [0.25] == list(grown.families[1].series.values())
    assert [HistogramValue((0, 0, 0), 0.0)] == list(grown.families[2].series.values())
    assert [0.0] == list(grown.own[0].series.values())
    assert EXAMPLE.timestamp == grown.timestamp


def test_new_series_has_grown_from_nothing() -> None:
    """A label value seen for the first time while running counts in full."""
    interval = Interval(NOTHING)
    assert growth(interval, LOGINS, None) is None
    assert 4.0 == growth(interval, LOGINS, 4.0)


def test_series_that_was_away_goes_on_where_it_was() -> None:
    """An expired series that returns has grown by what came since, not by all it ever had."""
    interval = Interval(NOTHING)
    growth(interval, LOGINS, 100.0)
    growth(interval, LOGINS, None)
    assert 1.0 == growth(interval, LOGINS, 101.0)


@pytest.mark.parametrize(
    ("metric", "before", "after"),
    [
        (LOGINS, 9.0, 2.0),
        (LOGINS, HistogramValue((1,), 1.0), 2.0),
        (SECONDS, HistogramValue((5, 0, 0), 1.0), HistogramValue((1, 1, 0), 0.5)),
        (SECONDS, HistogramValue((5, 0), 1.0), HistogramValue((6, 1, 0), 0.5)),
        (SECONDS, 3.0, HistogramValue((6, 1, 0), 0.5)),
    ],
)
def test_what_begins_anew_has_grown_from_nothing(metric: Metric, before: Value, after: Value) -> None:
    """A value that went down, or was another type or had other buckets before a reload, counts in full."""
    interval = Interval(NOTHING)
    growth(interval, metric, before)
    assert after == growth(interval, metric, after)


@given(st.lists(st.none() | st.integers(0, 1000), min_size=1))
def test_growth_adds_up(additions: list[int | None]) -> None:
    """Whatever came and however often the series was away, the growths sum to all that was added since the start."""
    interval = Interval(NOTHING)
    growth(interval, LOGINS, 0.0)
    total = 0.0
    sent: list[Value] = []
    for addition in additions:
        total += addition or 0
        sent.append(growth(interval, LOGINS, None if addition is None else total) or 0.0)
    assert total == sum(value for value in sent if isinstance(value, float))


def test_gauge_that_is_no_number_passes() -> None:
    """Gauges are none of its business."""
    got = growth(Interval(NOTHING), LOAD, math.nan)
    assert isinstance(got, float)
    assert math.isnan(got)
