from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.sinks.schedule import Schedule

NOW = 1_795_265_088.0
intervals = st.sampled_from([1.0, 7.5, 10.0, 60.0, 3600.0])
hosts = st.text(max_size=3)
moments = st.floats(NOW, NOW + 10_000)


@given(hosts, intervals, moments, st.lists(st.floats(0, 1), min_size=1))
def test_every_slot_gets_one_point(host: str, interval: float, start: float, taken: list[float]) -> None:
    """However long pushes take, and though a wait ends early at times, as long as none takes a whole interval."""
    schedule = Schedule.of(host, interval)
    due = schedule.first(start)
    slots = [due // interval]
    for part in taken:
        due = schedule.after(due, due + (part - 0.01) * interval * 0.99)
        slots.append(due // interval)
    assert [slots[0] + number for number in range(len(slots))] == slots


@given(hosts, intervals, moments, st.floats(0, 10_000))
def test_a_slow_push_leaves_out_the_slots_that_have_passed(host: str, interval: float, start: float, seconds: float) -> None:
    """The next is due after now, within an interval, and on the same schedule."""
    schedule = Schedule.of(host, interval)
    due = schedule.first(start)
    after = schedule.after(due, due + seconds)
    assert due + seconds < after <= due + seconds + interval + 1e-6
    steps = (after - due) / interval
    assert pytest.approx(round(steps)) == steps


@given(hosts, intervals, moments, st.floats(0, 10_000), st.floats(0, 10))
def test_a_restart_leaves_the_last_point_alone(host: str, interval: float, start: float, ran: float, pause: float) -> None:
    """The last numbers of a process are for a time to come, and the next process begins after that: nothing is overwritten."""
    schedule = Schedule.of(host, interval)
    end = start + interval + ran
    last = schedule.after(end, end)
    assert schedule.first(end + pause) // interval > last // interval


def test_a_clock_that_was_set_back_is_followed() -> None:
    """Nobody waits for an hour because it was summer."""
    schedule = Schedule.of("web1", 10)
    due = schedule.first(NOW)
    assert NOW - 3600 < schedule.after(due, NOW - 3600) <= NOW - 3590


def test_hosts_do_not_push_all_at_once() -> None:
    """A thousand hosts spread over the interval; each always has the same times."""
    phases = {Schedule.of(f"web{number}", 10).phase for number in range(1000)}
    assert [True] * 10 == [any(second <= phase < second + 1 for phase in phases) for second in range(10)]
    assert Schedule.of("web1", 10) == Schedule.of("web1", 10)
