"""The barrier: a scrape waits for a pass that began after it, and for no other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from log2metrics.barrier import TURNS, Barrier

LONG = 30.0  # seconds; no test waits so long unless it fails


def waiting(
    barrier: Barrier, asked: threading.Event, results: list[bool], seconds: float = LONG, more_seconds: float = 0
) -> threading.Thread:
    """A thread that waits at the barrier; it has taken its ticket when `asked` is set."""
    thread = threading.Thread(target=lambda: results.append(barrier.wait(seconds, more_seconds)), daemon=True)
    asked.clear()
    thread.start()
    assert asked.wait(LONG)
    return thread


def test_a_wait_is_served_by_a_pass_that_begins_after_it() -> None:
    """What was written before the wait is in that pass."""
    asked, results = threading.Event(), list[bool]()
    barrier = Barrier(asked.set)
    thread = waiting(barrier, asked, results)
    barrier.serve(barrier.begin())
    thread.join(LONG)
    assert [True] == results


def test_a_wait_during_a_pass_needs_the_next_one() -> None:
    """The pass may have read the file already when the line was written."""
    asked, results = threading.Event(), list[bool]()
    barrier = Barrier(asked.set)
    running = barrier.begin()
    thread = waiting(barrier, asked, results)
    barrier.serve(running)
    assert [] == results
    assert thread.is_alive()
    barrier.serve(barrier.begin())
    thread.join(LONG)
    assert [True] == results


def test_one_pass_serves_all_who_wait() -> None:
    """Many scrapes cost one pass; one that ends late takes nothing back."""
    asked, results = threading.Event(), list[bool]()
    barrier = Barrier(asked.set)
    late = barrier.begin()
    threads = [waiting(barrier, asked, results) for _ in range(5)]
    barrier.serve(barrier.begin())
    barrier.serve(late)
    for thread in threads:
        thread.join(LONG)
    assert [True] * 5 == results


def test_nobody_waits_for_ever() -> None:
    """Without a pass in time the answer is no."""
    assert not Barrier(lambda: None).wait(0.001)


def test_a_suspended_process_has_not_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time in which nothing could be done takes one turn of the wait; there are enough of them, and not too many."""
    barrier, turns = Barrier(lambda: None), list[float]()

    def wait_for(over: Callable[[], bool], seconds: float) -> bool:
        turns.append(seconds)
        if len(turns) == 2 * TURNS:
            barrier.serve(barrier.begin())
        return over()

    monkeypatch.setattr(barrier._condition, "wait_for", wait_for)
    assert barrier.wait(1.0, 3.0)
    assert [1.0 / TURNS] * TURNS + [3.0 / TURNS] * TURNS == turns


def test_only_who_waits_for_a_backlog_goes_soon() -> None:
    """A pass that ended with something left to read lets go; as long as none has, there is more patience."""
    asked, results = threading.Event(), list[bool]()
    barrier = Barrier(asked.set)
    thread = waiting(barrier, asked, results, 0.001, LONG)
    barrier.fall_behind(barrier.begin() - 1)
    assert thread.is_alive()
    barrier.fall_behind(barrier.begin())
    thread.join(LONG)
    assert [False] == results
    thread = waiting(barrier, asked, results, 0.001, LONG)
    barrier.serve(barrier.begin())
    thread.join(LONG)
    assert [False, True] == results


def test_a_pass_may_come_at_once() -> None:
    """The wake-up may end with the pass: whoever asked is served before waiting."""

    def run() -> None:
        barrier.serve(barrier.begin())

    barrier = Barrier(run)
    assert barrier.wait(0)


def test_at_the_end_everybody_goes() -> None:
    """Who waits is let go, and who comes later need not wait; neither was served."""
    asked, results = threading.Event(), list[bool]()
    barrier = Barrier(asked.set)
    thread = waiting(barrier, asked, results)
    barrier.close()
    thread.join(LONG)
    assert [False] == results
    assert not barrier.wait(LONG)


def test_every_ticket_is_served_in_the_end() -> None:
    """However the threads fall: each wait ends with a pass that began after it."""
    begun, served = [0], list[bool]()
    wanted = threading.Semaphore(0)
    barrier = Barrier(wanted.release)

    def scrape() -> None:
        before = begun[0]
        served.append(barrier.wait(LONG) and begun[0] > before)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(40):
            pool.submit(scrape)
        for _ in range(40):
            assert wanted.acquire(timeout=LONG)
            ticket = barrier.begin()
            begun[0] += 1
            barrier.serve(ticket)
    assert [True] * 40 == served
