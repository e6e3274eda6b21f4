"""The interval timer: work that takes too much processor time is interrupted, wherever it is."""

from __future__ import annotations

import gc
import re
import signal
import time

import pytest
import regex

from log2metrics.alarm import SignalTimer
from log2metrics.match.guard import Alarm

LONG = 30.0


def test_work_in_time_gives_its_result() -> None:
    """And the timer is off afterwards."""
    with SignalTimer() as timer:
        assert 42 == timer.run(LONG, lambda: 42)
        assert (0.0, 0.0) == signal.getitimer(signal.ITIMER_VIRTUAL)


def test_what_the_work_raises_gets_through() -> None:
    """And the timer is off afterwards."""
    with SignalTimer() as timer:
        with pytest.raises(ZeroDivisionError):
            timer.run(LONG, lambda: 1 // 0)
        assert (0.0, 0.0) == signal.getitimer(signal.ITIMER_VIRTUAL)


@pytest.mark.parametrize("engine", [re, regex])
def test_a_catastrophic_search_is_interrupted(engine: object) -> None:
    """Both engines look for signals while they match; the next work has all its time again."""
    search = engine.compile(r"(?:a|aa)+\d").search  # type: ignore[attr-defined]
    with SignalTimer() as timer:
        for _ in range(2):
            with pytest.raises(Alarm):
                timer.run(0.01, lambda: search("a" * 80))
        assert 42 == timer.run(LONG, lambda: 42)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_alarm_that_is_lost_comes_again() -> None:
    """Python swallows what is raised while an object is finalized; the work is interrupted all the same."""
    lost = []

    class Last:
        def __del__(self) -> None:
            lost.append(True)
            re.search(r"(?:a|aa)+\d", "a" * 80)

    def work() -> None:
        Last()
        re.search(r"(?:a|aa)+\d", "a" * 80)

    with SignalTimer() as timer, pytest.raises(Alarm):
        timer.run(0.01, work)
    assert [True] == lost


def test_nothing_is_collected_meanwhile() -> None:
    """No finalizer of something else loses an alarm; afterwards all is as it was."""
    with SignalTimer() as timer:
        assert not timer.run(LONG, gc.isenabled)
        assert gc.isenabled()
        gc.disable()
        try:
            assert not timer.run(LONG, gc.isenabled)
            assert not gc.isenabled()
        finally:
            gc.enable()


def test_time_that_passes_elsewhere_does_not_count() -> None:
    """A machine that is busy or was suspended makes no rule time out."""
    with SignalTimer() as timer:
        signal.setitimer(signal.ITIMER_REAL, 0)
        start = time.monotonic()
        assert timer.run(0.02, lambda: signal.sigtimedwait([], 0.05)) is None
        assert time.monotonic() - start >= 0.05


def test_a_late_signal_interrupts_nothing() -> None:
    """One that comes when the work is done is for nobody."""
    with SignalTimer():
        signal.raise_signal(signal.SIGVTALRM)


def test_the_former_handler_is_put_back() -> None:
    """Who uses the timer of the process leaves it as it was."""
    before = signal.getsignal(signal.SIGVTALRM)
    with SignalTimer():
        assert before != signal.getsignal(signal.SIGVTALRM)
    assert before == signal.getsignal(signal.SIGVTALRM)
