"""Tallies become series: kinds of metrics, what is remembered, what is not counted, and what the state is given."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.flow import HistogramValue
from log2metrics.metric import Label, Metric, MetricType
from log2metrics.store import store as store_module
from log2metrics.store.series import SeriesRow
from log2metrics.store.store import MAX_REMEMBERED_CHARS, MAX_TIMEOUTS, Store
from log2metrics.telemetry import FOLDED, RULE_TIMEOUTS, VALUE_ERRORS, Telemetry
from tests.store.counts import Counts, Rule, once, series

A = Label("a")
COUNTER = Metric("x_total", MetricType.COUNTER, "X.", (A,))
GAUGE = Metric("x", MetricType.GAUGE, "X.", (A,))
HISTOGRAM = Metric("x_seconds", MetricType.HISTOGRAM, "X.", buckets=(0.5, 1.0))


class Scene:
    """A store of one metric, and its rule."""

    def __init__(self, metric: Metric) -> None:
        self.telemetry = Telemetry()
        self.store = Store([metric], self.telemetry)
        self.rule = Rule(metric)

    def count(self, *captures: tuple[str, ...], now: float = 0.0) -> None:
        """Count each of these once."""
        self.store.apply(once(self.rule, *captures), now)


def test_known_series_are_zero_from_the_start() -> None:
    """What can be counted exists before it is: silence is not an answer. It has the labels of every file."""
    metric = Metric("x_total", MetricType.COUNTER, "X.", (Label("a", ("x", "y")),))
    store = Store([metric], Telemetry())
    assert {} == series(store)
    store.declare([metric], (("vhost", "one"),))
    store.declare([metric], (("vhost", "two"),))
    expected = {(a, vhost): 0.0 for a in ("x", "y") for vhost in ("one", "two")}
    assert expected == series(store)
    assert [] == store.take_changes()
    assert [] == store.rows()


def test_what_was_counted_is_not_declared_anew() -> None:
    """A file that appears later sets nothing back."""
    metric = Metric("x_total", MetricType.COUNTER, "X.", (Label("a", ("x",)),))
    scene = Scene(metric)
    scene.count(("x",))
    scene.store.declare([metric])
    assert {("x",): 1.0} == series(scene.store)


def test_a_counter_adds_up() -> None:
    """Times and numbers multiply; adding 0 makes the series."""
    scene = Scene(COUNTER)
    scene.store.apply(Counts(scene.rule, (("a", "2.5"), 4), (("a", "1"), 1), (("b", "0"), 3)), 0)
    assert {("a",): 11.0, ("b",): 0.0} == series(scene.store)


def test_a_gauge_is_what_was_said_last() -> None:
    """Order matters, number doesn't; it may be negative."""
    scene = Scene(GAUGE)
    scene.count(("a", "5"), ("a", "-3"), ("b", "1"))
    scene.count(("b", "2"))
    assert {("a",): -3.0, ("b",): 2.0} == series(scene.store)


def test_a_bucket_includes_its_upper_bound() -> None:
    """`le` means less or equal; what is above all bounds is in the last bucket."""
    scene = Scene(HISTOGRAM)
    scene.count(("-1",), ("0.5",), ("0.5000001",), ("1",), ("1.1",), ("1000",))
    assert {(): HistogramValue((2, 2, 2), 1002.1000001)} == series(scene.store)


def test_a_histogram_counts_repeats() -> None:
    """An observation made many times counts as many, in its bucket and in the sum."""
    scene = Scene(HISTOGRAM)
    scene.store.declare([HISTOGRAM])
    assert {(): HistogramValue((0, 0, 0), 0.0)} == series(scene.store)
    scene.store.apply(Counts(scene.rule, (("0.25",), 4)), 0)
    assert {(): HistogramValue((4, 0, 0), 1.0)} == series(scene.store)


def test_what_is_no_number_leaves_the_metric_alone() -> None:
    """It is told how often that happened."""
    scene = Scene(COUNTER)
    scene.store.apply(Counts(scene.rule, (("a", "-"), 3), (("b", "1"), 1)), 0)
    assert {("b",): 1.0} == series(scene.store)
    assert 3.0 == scene.telemetry.get(VALUE_ERRORS, "x_total")


@pytest.mark.parametrize("metric", [COUNTER, Metric("x_seconds", MetricType.HISTOGRAM, "X.", (A,))])
def test_a_total_stays_finite(metric: Metric) -> None:
    """Numbers too big to be added up are told as such and change nothing."""
    scene = Scene(metric)
    scene.count(("a", "1.5e308"))
    before = series(scene.store)
    scene.count(("a", "1.5e308"))
    assert before == series(scene.store)
    assert 1.0 == scene.telemetry.get(VALUE_ERRORS, metric.name)


def test_captures_are_interpreted_once() -> None:
    """Templates and rewrites run once per distinct captures, however often they come and whatever the number is."""
    scene = Scene(COUNTER)
    for number in range(5):
        scene.count(("a", str(number)), ("b", str(number)))
    assert 2 == scene.rule.interpreted
    assert {("a",): 10.0, ("b",): 10.0} == series(scene.store)


def test_what_was_folded_once_is_folded_always() -> None:
    """What is remembered of captures includes that they were folded."""
    scene = Scene(Metric("x_total", MetricType.COUNTER, "X.", (A,), limit=1))
    for _ in range(3):
        scene.count(("a",), ("b",))
    assert {("a",): 3.0, ("other",): 3.0} == series(scene.store)
    assert (2, 3.0) == (scene.rule.interpreted, scene.telemetry.get(FOLDED, "x_total"))


def test_memory_for_captures_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither many nor long captures are remembered without end, and the counts are right all the same."""
    monkeypatch.setattr(store_module, "MAX_REMEMBERED", 10)
    scene = Scene(COUNTER)
    for _ in range(2):
        scene.count(*((str(number),) for number in range(25)), ("x" * (MAX_REMEMBERED_CHARS + 1),))
    assert sum(map(len, scene.store._remembered.values())) <= 10
    assert 52 == scene.rule.interpreted
    assert {2.0} == set(series(scene.store).values())


def test_a_rewrite_that_takes_too_long_is_counted() -> None:
    """The line is lost to this metric, by name; the same captures are tried again the next time."""
    scene = Scene(COUNTER)
    scene.rule.slow = frozenset({"slow"})
    scene.store.apply(Counts(scene.rule, (("slow",), 3), (("quick",), 1)), 0)
    assert ({("quick",): 1.0}, 3.0) == (series(scene.store), scene.telemetry.get(RULE_TIMEOUTS, "x_total"))
    scene.rule.slow = frozenset()
    scene.count(("slow",))
    assert {("quick",): 1.0, ("slow",): 1.0} == series(scene.store)


def test_slow_rewrites_cannot_hold_a_pass_up() -> None:
    """After ten timeouts in a Tally a rule's new captures are given up on unseen; those it knows are counted."""
    scene = Scene(COUNTER)
    scene.count(("known",))
    slow = [f"slow{number}" for number in range(50)]
    scene.rule.slow = frozenset(slow)
    scene.count(*((text,) for text in slow), ("known",), ("new",))
    assert 1 + MAX_TIMEOUTS == scene.rule.interpreted
    assert ({("known",): 2.0}, 51.0) == (series(scene.store), scene.telemetry.get(RULE_TIMEOUTS, "x_total"))
    scene.count(("new",))
    assert {("known",): 2.0, ("new",): 1.0} == series(scene.store)


def test_labels_of_the_file_make_series_of_their_own() -> None:
    """They stand among the others in order of name, and captures remembered for one file are not taken for another."""
    scene = Scene(COUNTER)
    for vhost in ("one", "two"):
        scene.store.apply(once(scene.rule, ("x",)), 0, (("Vhost", vhost),))
    expected = {(("Vhost", "one"), ("a", "x")): 1.0, (("Vhost", "two"), ("a", "x")): 1.0}
    assert expected == scene.store.families(0)[0].series


def test_a_family_does_not_change_after_it_was_given() -> None:
    """Readers in other threads hold on to it; it is made anew only when something has changed."""
    scene = Scene(COUNTER)
    scene.count(("a",))
    (first,) = scene.store.families(0)
    assert first is scene.store.families(1)[0]
    scene.count(("a",))
    assert {(("a", "a"),): 1.0} == first.series
    assert {("a",): 2.0} == series(scene.store)


def test_an_idle_series_is_hidden_and_goes_on() -> None:
    """Readers no longer see it; when it returns it goes on from its value, so that nothing looks like a reset."""
    scene = Scene(Metric("x_total", MetricType.COUNTER, "X.", (A,), expire_seconds=60.0))
    scene.count(("a",), ("b",), now=100)
    scene.count(("b",), now=130)
    assert {("a",): 1.0, ("b",): 2.0} == series(scene.store, 159.9)
    assert {("b",): 2.0} == series(scene.store, 160)
    assert {} == series(scene.store, 190)
    assert 2 == len(scene.store.rows())
    scene.count(("a",), now=500)
    assert {("a",): 2.0} == series(scene.store, 500)


def test_known_series_are_never_hidden() -> None:
    """What exists from the start, exists."""
    metric = Metric("x_total", MetricType.COUNTER, "X.", (Label("a", ("x",)),), expire_seconds=60.0)
    scene = Scene(metric)
    scene.count(("x",), ("y",), now=0)
    assert {} == series(scene.store, 1000)
    scene.store.declare([metric])
    assert {("x",): 1.0} == series(scene.store, 1000)


def test_the_state_gets_what_has_changed() -> None:
    """Once each, with its time; what was restored has not changed."""
    scene = Scene(COUNTER)
    scene.store.restore([SeriesRow("x_total", (("a", "old"),), 7.0, 5.0)])
    scene.count(("a",), now=10)
    scene.count(("a",), ("b",), now=20)
    expected = {SeriesRow("x_total", (("a", "a"),), 2.0, 20), SeriesRow("x_total", (("a", "b"),), 1.0, 20)}
    assert expected == set(scene.store.take_changes())
    assert [] == scene.store.take_changes()
    assert expected | {SeriesRow("x_total", (("a", "old"),), 7.0, 5.0)} == set(scene.store.rows())


def test_what_has_another_shape_is_not_restored() -> None:
    """A metric that became another one begins anew; series of metrics that are not defined are given back."""
    store = Store([COUNTER, HISTOGRAM], Telemetry())
    unknown = SeriesRow("y_total", (), 1.0, 0.0)
    rows = [
        SeriesRow("x_total", (("a", "x"),), HistogramValue((1, 1), 1.0), 0.0),
        SeriesRow("x_seconds", (), HistogramValue((1, 1), 1.0), 0.0),
        SeriesRow("x_seconds", (("b", "y"),), 3.0, 0.0),
        unknown,
    ]
    assert [unknown] == store.restore(rows)
    assert [{}, {}] == [dict(family.series) for family in store.families(0)]


METRICS = [
    Metric("x_total", MetricType.COUNTER, "X.", (A, Label("b", limit=2)), limit=4, expire_seconds=50.0),
    Metric("y", MetricType.GAUGE, "Y.", (A, Label("b", limit=2)), limit=4),
    Metric("z_seconds", MetricType.HISTOGRAM, "Z.", (A, Label("b", limit=2)), limit=4, buckets=(1.0, 10.0)),
]
texts = st.sampled_from(["p", "q", "r", "s", "other"])
hits = st.lists(st.tuples(st.sampled_from(METRICS), texts, texts, st.integers(0, 20)), max_size=30)


@given(hits, hits)
def test_a_restart_changes_nothing(
    before: list[tuple[Metric, str, str, int]], after: list[tuple[Metric, str, str, int]]
) -> None:
    """A store that goes on from rows counts as the one that was never stopped: values, limits, expiry."""
    store, again = Store(METRICS, Telemetry()), Store(METRICS, Telemetry())

    def count(target: Store, counted: list[tuple[Metric, str, str, int]], now: float) -> None:
        rules = {metric.name: Rule(metric) for metric in METRICS}
        for metric, a, b, number in counted:
            target.apply(once(rules[metric.name], (a, b, str(number))), now)

    count(store, before, 10)
    assert [] == again.restore(store.take_changes())
    for target in (store, again):
        count(target, after, 40)
    for now in (40, 60, 95):
        assert store.families(now) == again.families(now)
    assert {row for row in store.rows() if row.updated == 40} == set(again.take_changes())


@given(st.lists(st.floats(0, 1e6), max_size=30))
def test_a_histogram_holds_every_observation(observed: list[float]) -> None:
    """Each is in the first bucket whose bound is not below it, and in the sum."""
    scene = Scene(HISTOGRAM)
    scene.store.declare([HISTOGRAM])
    scene.count(*((repr(number),) for number in observed))
    value = series(scene.store)[()]
    assert isinstance(value, HistogramValue)
    assert len(observed) == value.observations
    assert sum(number <= 0.5 for number in observed) == value.counts[0]
    assert sum(number <= 1.0 for number in observed) == sum(value.counts[:2])
    assert math.isclose(sum(observed), value.sum, abs_tol=1e-9)
