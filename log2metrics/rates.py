"""How many lines a second each source has had of late, from what it had counted at some moments.

Knows what it is told, and no clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

WINDOW_SECONDS = 60.0
_STEP_SECONDS = 5.0


class Rates:
    """Lines a second over the last minute. `latest` is replaced as a whole, so any thread may read it."""

    def __init__(self) -> None:
        self._moments: deque[tuple[float, Mapping[str, float]]] = deque()
        self.latest: Mapping[str, float] = {}

    def note(self, now: float, lines: Mapping[str, float]) -> None:
        """Take note of how many lines each source has counted by now, in Unix seconds."""
        if self._moments and now < self._moments[-1][0]:  # the clock was set back
            self._moments.clear()
        while len(self._moments) > 1 and self._moments[1][0] <= now - WINDOW_SECONDS:
            self._moments.popleft()
        if not self._moments or now - self._moments[-1][0] >= _STEP_SECONDS:
            self._moments.append((now, lines))
        first, before = self._moments[0]
        if now > first:
            self.latest = {name: max(count - before.get(name, count), 0.0) / (now - first) for name, count in lines.items()}
