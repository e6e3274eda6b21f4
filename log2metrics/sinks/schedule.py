"""When numbers are pushed: at times that are one interval apart, whatever a push takes and when the process started.

Graphite keeps one point per slot of time. Pushes that drift or jitter would leave a slot empty and fill another one twice.
Refuses to know clocks and to wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Schedule:
    """All times that are `phase` after a multiple of `interval`; Unix times and durations are in seconds."""

    interval: float
    phase: float

    @classmethod
    def of(cls, hostname: str, interval: float) -> Schedule:
        """Give a host's own schedule: always the same, so that a restart keeps the slots, and not that of all other hosts."""
        return cls(interval, crc32(hostname.encode()) % 10_000 / 10_000 * interval)

    def first(self, now: float) -> float:
        """Give the first time for a process that starts now.

        An earlier process may have ended just now and sent its last numbers for the time that comes next: that is left out.
        """
        return self._next(now + self.interval)

    def after(self, due: float, now: float) -> float:
        """Give the time after `due`, or the next one from now where that has passed or the clock was set back."""
        return self._next(max(due, now) if due - now < self.interval else now)

    def _next(self, time: float) -> float:
        steps = floor((time - self.phase) / self.interval) + 1
        due = self.phase + steps * self.interval
        # A float may be so close to a time that it rounds to before or onto it.
        return due if due > time else due + self.interval
