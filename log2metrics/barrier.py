"""The barrier between scrapes and passes: a scrape waits for a pass that began after it.

Readers in other threads take a ticket and wait; the main thread says when a pass begins and when it has counted all there
was. Knows neither what a pass does nor who waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Barrier:
    """Tickets are numbered; a pass that read everything serves all that were taken before it began."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._condition = threading.Condition()
        self._taken = 0
        self._served = 0
        self._closed = False

    def wait(self, timeout_seconds: float) -> bool:
        """Ask for a pass and wait until one has read everything; False if it took longer than this."""
        with self._condition:
            self._taken += 1
            ticket = self._taken
        self._wake()
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._served >= ticket, timeout_seconds)
            return self._served >= ticket

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

    def close(self) -> None:
        """Let everybody go: there will be no more passes."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
