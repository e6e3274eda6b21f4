from __future__ import annotations

from log2metrics.rates import Rates


def test_rates_are_of_the_last_minute() -> None:
    """What was before it doesn't count, however much it was."""
    rates = Rates()
    for second in range(0, 301, 5):
        rates.note(1000.0 + second, {"a": 100_000.0 + 2 * second if second else 0.0, "b": 7.0})
    assert {"a": 2.0, "b": 0.0} == rates.latest


def test_a_rate_needs_two_moments() -> None:
    """There is none at first, and a new source has none yet."""
    rates = Rates()
    rates.note(10.0, {"a": 5.0})
    assert {} == rates.latest
    rates.note(20.0, {"a": 25.0, "b": 100.0})
    assert {"a": 2.0, "b": 0.0} == rates.latest


def test_rates_survive_a_pause_and_a_clock_set_back() -> None:
    """After a long time without a moment, or a step backwards, they are right again with the next moments."""
    rates = Rates()
    rates.note(10.0, {"a": 0.0})
    rates.note(1010.0, {"a": 1000.0})
    assert {"a": 1.0} == rates.latest
    rates.note(500.0, {"a": 1100.0})
    rates.note(510.0, {"a": 1150.0})
    assert {"a": 5.0} == rates.latest


def test_sources_that_are_gone_have_no_rate() -> None:
    """Only those that were told last."""
    rates = Rates()
    rates.note(10.0, {"a": 0.0, "b": 0.0})
    rates.note(20.0, {"b": 10.0})
    assert {"b": 1.0} == rates.latest
