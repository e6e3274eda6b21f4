"""What a metric is: label values made safe, bounded in time, and known beforehand."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.flow import HistogramValue
from log2metrics.metric import MAX_LABEL_CHARS, Label, Metric, MetricType, safe_text

UNSAFE = "\0\x07\t\n\r\x1b\x7f\x85\x9b\u2028\u2029\u202e\u2066\ud800\ufeff"


@given(st.text(st.sampled_from(UNSAFE) | st.characters(), max_size=40))
def test_safe_text_breaks_no_output(text: str) -> None:
    """No line, quote-less stream, terminal or page can be broken: every unsafe character is replaced, one by one."""
    safe = safe_text(text)
    assert len(text) == len(safe)
    assert set() == set(safe) & set(UNSAFE)
    assert 1 == len(f"a{safe}b".splitlines())
    assert safe == safe.encode().decode()
    assert safe == safe_text(safe)


@pytest.mark.parametrize("text", ["", "GET /x?a=b", "père Noël", "漢字", '\\"{}'])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    """Quotes, backslashes and other scripts are each sink's own matter."""
    assert text == safe_text(text)


def test_long_text_is_cut() -> None:
    """A label value has at most 1,024 characters, and shows that it was cut."""
    assert "é" * MAX_LABEL_CHARS == safe_text("é" * MAX_LABEL_CHARS)
    assert "é" * (MAX_LABEL_CHARS - 1) + "…" == safe_text("é" * (MAX_LABEL_CHARS + 1))


@pytest.mark.parametrize(
    ("label", "raw", "expected"),
    [
        (Label("a"), "GET\n", "GET\ufffd"),
        (Label("a", lower=True), "GÉT", "gét"),
        (Label("a", values=("GET",), other="other"), "GET", "GET"),
        (Label("a", values=("GET",), other="other"), "PURGE", "other"),
        (Label("a", values=("GET",)), "PURGE", "PURGE"),
        (Label("a", rewrite=((regex.compile(r"\d+"), "N"), (regex.compile("/N"), "/:id"))), "/user/17", "/user/:id"),
        (Label("a", values=("get",), other="other", lower=True, rewrite=((regex.compile("^fetch$"), "get"),)), "FETCH", "get"),
    ],
)
def test_captured_text_becomes_a_label_value(label: Label, raw: str, expected: str) -> None:
    """It is lower-cased, then rewritten, then mapped to `other` where it is not known, and safe in the end."""
    assert expected == label.clean(raw)


def test_a_rewrite_that_takes_too_long_is_given_up() -> None:
    """Whatever a stranger writes, a rewrite ends."""
    label = Label("a", rewrite=((regex.compile(r"(?:a|aa)+$"), ""),))
    with pytest.raises(TimeoutError):
        label.clean("a" * 60 + "b")


def test_only_a_label_with_values_and_other_is_closed() -> None:
    """A closed label never adds a value of a stranger's choice."""
    labels = [Label("a"), Label("a", ("x",)), Label("a", ("x",), "other"), Label("a", ("x", "other"), "other")]
    assert [False, False, True, True] == [label.closed for label in labels]
    assert [(), ("x",), ("x", "other"), ("x", "other")] == [label.known for label in labels]


def test_known_series_are_all_combinations_of_known_values() -> None:
    """They exist as 0 from the start; label pairs stand in order of name."""
    metric = Metric("x_total", MetricType.COUNTER, "X.", (Label("b", ("1", "2")), Label("a", ("x",), "other")))
    expected = [(("a", a), ("b", b)) for a in ("x", "other") for b in ("1", "2")]
    assert expected == metric.known_series()
    assert [()] == Metric("x_total", MetricType.COUNTER, "X.").known_series()


def test_what_nobody_knows_has_no_known_series() -> None:
    """An open label can take any value, and a gauge nobody has logged is not 0."""
    assert [] == Metric("x_total", MetricType.COUNTER, "X.", (Label("a", ("x",)), Label("b"))).known_series()
    assert [] == Metric("x", MetricType.GAUGE, "X.").known_series()
    assert [()] == Metric("x", MetricType.HISTOGRAM, "X.").known_series()


def test_a_histogram_value_counts_its_observations() -> None:
    """They are kept bucket by bucket, not cumulative."""
    assert 6 == HistogramValue((1, 2, 3), 4.5).observations
