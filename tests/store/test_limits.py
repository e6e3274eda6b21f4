"""The bound on the number of series: what is beyond it folds into `other`, and totals stay right."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from log2metrics.metric import Label, Metric, MetricType
from log2metrics.store.series import merge
from log2metrics.store.store import Store
from log2metrics.telemetry import FOLDED, SERIES, Telemetry
from tests.store.counts import Counts, Rule, numbers, once, series

CLOSED = Label("method", ("GET", "POST"), "other")


def counter(*labels: Label, limit: int = 1000) -> Metric:
    """A counter with these labels."""
    return Metric("x_total", MetricType.COUNTER, "X.", labels, limit)


def test_beyond_the_limit_new_series_become_other() -> None:
    """The first series stay what they are; later ones are one, and it is told how often."""
    metric, telemetry = counter(Label("a"), limit=2), Telemetry()
    store, rule = Store([metric], telemetry), Rule(metric)
    store.apply(Counts(rule, (("x",), 1), (("y",), 2), (("z",), 3), (("w",), 4), (("x",), 5)), 0)
    assert {("x",): 6.0, ("y",): 2.0, ("other",): 7.0} == series(store)
    assert 7.0 == telemetry.get(FOLDED, "x_total")
    assert 3.0 == telemetry.get(SERIES, "x_total")


def test_closed_labels_are_kept_in_the_fold() -> None:
    """What is known of a label is worth keeping: only what strangers choose becomes `other`."""
    metric = counter(Label("path", other="elsewhere"), CLOSED, limit=1)
    store, rule = Store([metric], Telemetry()), Rule(metric)
    store.apply(once(rule, ("GET", "/a"), ("GET", "/b"), ("POST", "/b"), ("POST", "/c")), 0)
    assert {("GET", "/a"): 1.0, ("GET", "elsewhere"): 1.0, ("POST", "elsewhere"): 2.0} == series(store)


def test_the_labels_of_a_file_are_kept_in_the_fold() -> None:
    """They are the operator's, and say where the rest came from."""
    metric = counter(Label("a"), limit=1)
    store, rule = Store([metric], Telemetry()), Rule(metric)
    for vhost in ("one", "two"):
        store.apply(once(rule, ("x",), ("y",)), 0, (("vhost", vhost),))
    assert {("x", "one"): 1.0, ("other", "one"): 1.0, ("other", "two"): 2.0} == series(store)


def test_what_cannot_be_folded_is_not_called_folded() -> None:
    """Where all labels are closed the files multiply the series, whatever the limit; nothing is lost by it."""
    metric, telemetry = counter(CLOSED, limit=2), Telemetry()
    store, rule = Store([metric], telemetry), Rule(metric)
    for vhost in "abc":
        store.apply(once(rule, ("GET",)), 0, (("vhost", vhost),))
    assert {("GET", "a"): 1.0, ("GET", "b"): 1.0, ("GET", "c"): 1.0} == series(store)
    assert 0.0 == telemetry.get(FOLDED, "x_total")


def test_a_label_may_have_a_limit_of_its_own() -> None:
    """Its first values stay, and `other` is none of them."""
    metric, telemetry = counter(Label("user", limit=2)), Telemetry()
    store, rule = Store([metric], telemetry), Rule(metric)
    store.apply(once(rule, ("other",), ("ann",), ("bob",), ("eve",), ("ann",), ("joe",)), 0)
    assert {("ann",): 2.0, ("bob",): 1.0, ("other",): 3.0} == series(store)
    assert 2.0 == telemetry.get(FOLDED, "x_total")


def test_the_limit_holds_where_one_label_is_limited_and_another_is_not() -> None:
    """A label's own limit does not let the others grow without bounds."""
    metric = counter(Label("a", limit=1), Label("b"), limit=3)
    store, rule = Store([metric], Telemetry()), Rule(metric)
    store.apply(once(rule, *((f"a{number}", f"b{number}") for number in range(50))), 0)
    found = series(store)
    assert 50.0 == sum(numbers(found.values()))
    assert {("a0", "b0"), ("other", "b1"), ("other", "b2"), ("other", "other")} == set(found)


def test_a_series_that_was_refused_takes_no_place() -> None:
    """Numbers that can't be added make no series, and what was captured with them is not let in later past the limit."""
    metric = counter(Label("a", limit=2), limit=2)
    store, rule = Store([metric], Telemetry()), Rule(metric)
    store.apply(Counts(rule, *(((f"a{number}", "1e308"), 2) for number in range(5))), 0)
    assert {} == series(store)
    store.apply(once(rule, ("x", "1"), ("y", "1"), *((f"a{number}", "1") for number in range(5))), 0)
    assert {("x",): 1.0, ("y",): 1.0, ("other",): 5.0} == series(store)


words = st.sampled_from([f"w{number}" for number in range(12)] + ["other", "GET", ""])
label_limits = st.none() | st.integers(1, 4)
metrics = st.builds(
    lambda a, b, limit: counter(Label("a", limit=a), Label("b", limit=b), CLOSED, limit=limit),
    label_limits,
    label_limits,
    st.integers(1, 6),
)
hits = st.lists(
    st.tuples(
        st.tuples(words, words, st.sampled_from(["GET", "POST", "other"])), st.integers(1, 5), st.sampled_from(["", "v"])
    ),
    max_size=60,
)


@given(metrics, hits)
def test_totals_are_right_and_series_are_bounded(metric: Metric, counted: list[tuple[tuple[str, str, str], int, str]]) -> None:
    """Whatever comes: the sum of the series is the sum of the increments, and what was folded is told exactly."""
    telemetry = Telemetry()
    store, rule = Store([metric], telemetry), Rule(metric)
    for captures, times, vhost in counted:
        store.apply(Counts(rule, (captures, times)), 0, (("vhost", vhost),) if vhost else ())
    found = store.families(0)[0].series
    assert sum(times for _, times, _ in counted) == sum(numbers(found.values()))
    folds = len(CLOSED.known) * 2  # with each known value, from files with and without a label of their own
    assert len(found) <= metric.limit + folds
    exact: Counter[object] = Counter()
    for captures, times, vhost in counted:
        exact[merge(tuple(zip(("a", "b", "method"), captures, strict=True)), (("vhost", vhost),) if vhost else ())] += times
    moved = sum(max(0, value - exact[labels]) for labels, value in found.items() if isinstance(value, float))
    assert moved == telemetry.get(FOLDED, "x_total")
    for label in metric.labels[:2]:
        values = {text for labels in found for name, text in labels if name == label.name} - {"other"}
        assert label.limit is None or len(values) <= label.limit
