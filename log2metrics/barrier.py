"""The barrier between scrapes and passes: a scrape waits for a pass that began after it.

Readers in other threads take a ticket and wait; the main thread says when a pass begins, when it has counted all there was,
and when it has not. Knows neither what a pass does nor who waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

#: A wait has so many turns: a process that is suspended for a while, or kept waiting itself, loses one of them and no more.
TURNS = 20


class Barrier:
    """Tickets are numbered; a pass that read everything serves all that were taken before it began."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._condition = threading.Condition()
        self._taken = 0
        self._served = 0
        self._behind = 0
        self._closed = False

    def wait(self, seconds: float, more_seconds: float = 0) -> bool:
        """Ask for a pass and wait until one has read everything; False if it took longer than this.

        As long as no pass since then has ended with something left to read, it may take some more.
        """
        with self._condition:
            self._taken += 1
            ticket = self._taken
        self._wake()
        with self._condition:
            self._wait(lambda: self._served >= ticket, seconds)
            self._wait(lambda: max(self._served, self._behind) >= ticket, more_seconds)
            return self._served >= ticket

    def _wait(self, over: Callable[[], bool], seconds: float) -> None:
        for _ in range(TURNS):
            if self._condition.wait_for(lambda: self._closed or over(), seconds / TURNS):
                return

    def begin(self) -> int:
        """The last ticket that a pass beginning now serves."""
        with self._condition:
            return self._taken

    def is_awaited(self, ticket: int) -> bool:
        """Whether somebody waits, or has waited in vain, for a pass that began with this ticket."""
        with self._condition:
            return ticket > self._served

    def serve(self, ticket: int) -> None:
        """A pass that began with this ticket has read everything, and its numbers are published."""
        with self._condition:
            self._served = max(self._served, ticket)
            self._condition.notify_all()

    def fall_behind(self, ticket: int) -> None:
        """A pass that began with this ticket has not read everything; what it has counted is published."""
        with self._condition:
            self._behind = max(self._behind, ticket)
            self._condition.notify_all()

    def close(self) -> None:
        """Let everybody go: there will be no more passes."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
