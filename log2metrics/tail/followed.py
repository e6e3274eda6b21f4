"""For how long one file is followed: as long as it is at its path, and then until nobody writes to it any more.

Refuses to know how files are found; whether this one is at its path, it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from log2metrics.flow import Block
from log2metrics.tail.tailer import Tailer

GRACE_SECONDS = 5.0
_NEVER = -1


@dataclass(slots=True, eq=False)
class Followed:
    """One file that is being followed, and what there is to know of it besides its content."""

    tailer: Tailer
    committed: int = _NEVER  # how often the tailer had moved when its position was last committed
    departed: bool = False  # no path that the source selects leads to it any more
    done: bool = False  # departed, at its end, and quiet for the grace time
    quiet_since: float = 0.0  # of a departed file, in Unix seconds
    size_bytes: int = _NEVER  # of a departed file, as long as it is quiet

    def depart(self) -> None:
        """Go on reading a file that is not where it was."""
        self.departed = True
        self.size_bytes = _NEVER

    def read(self, clock: Callable[[], float], grace_seconds: float) -> Block | None:
        """The next whole lines; of a file that is done, the last line, whole or not. None: nothing yet. Raises OSError."""
        block = self.tailer.read()
        if block is None and self.departed and self._is_quiet(clock(), grace_seconds):
            block = self.tailer.finish()
            self.done = self.tailer.drained
        return block

    def _is_quiet(self, now: float, grace_seconds: float) -> bool:
        """Whether the size has been the same for the grace time."""
        if self.size_bytes != self.tailer.size_bytes:
            self.size_bytes = self.tailer.size_bytes
            self.quiet_since = now
        # A clock that was set back must not keep the file open until it has caught up.
        return not 0 <= now - self.quiet_since < grace_seconds
