"""For how long one file is followed: as long as it is at its path, and then until nobody writes to it any more.

Refuses to know how files are found; whether this one is at its path, it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from log2metrics.flow import Block, Position
from log2metrics.tail.tailer import Tailer
from log2metrics.tail.unpacked import Unpacked
from log2metrics.telemetry import Loss

_NEVER = -1


@dataclass(slots=True, eq=False)
class Followed:
    """One file that is being followed, and what there is to know of it besides its content."""

    tailer: Tailer
    committed: int = _NEVER  # how often the tailer had moved when its position was last committed
    held: bool = False  # waits until what is older in its log has been found
    ahead: Tailer | None = None  # the same file from its first byte on, while the tailer asks
    kept: Block | None = None  # what `ahead` has read, and nobody has been given
    given: Position | None = None  # where everybody was who has not been given it
    doubtful: bool = False  # it was found empty, out of the way: once there is something in it, it may be a copy
    departed: bool = False  # the path of its log does not lead to it any more
    done: bool = False  # departed, at its end, and quiet for the grace time
    departed_ns: int = 0  # when it was modified last, as far as was known when it departed, in Unix nanoseconds
    failing_since: float | None = None  # since when it can't be read, in Unix seconds
    due_bytes: int = 0  # how long its content was known to be, under whatever name
    age_ns: int = 0  # when a file that was found out of the way was last modified, in Unix nanoseconds
    quiet_since: float = 0.0  # of a departed file, in Unix seconds
    unfinished: tuple[int, int] | None = None  # what of it waits for its end, by places in it
    unfinished_since: float | None = None  # when something was added to it last, in Unix seconds
    seen: tuple[int, int] | None = None  # size and time of a departed file, as long as it is quiet

    @property
    def is_begun(self) -> bool:
        """Whether there is a position to be kept: it is no copy, as far as one knows, and does not wait at its first byte."""
        return not self.doubtful and not (self.held and not self.tailer.position.offset)

    @property
    def position(self) -> Position:
        """The position after the last Block that was given, with the time up to which its log is known by it."""
        position = self.given if self.given is not None and self.kept is not None else self.tailer.position
        return replace(position, mtime_ns=self.horizon_ns) if self.departed_ns and position.head else position

    @property
    def horizon_ns(self) -> int:
        """The time up to which its log is known by it, in Unix nanoseconds: who lingers on it says nothing of newer files."""
        return min(self.departed_ns, self.tailer.mtime_ns) if self.departed_ns else self.tailer.mtime_ns

    @property
    def is_settled(self) -> bool:
        """Whether its position stays as it is until something is read."""
        return self.is_begun and self.kept is None

    def depart(self) -> None:
        """Go on reading a file that is not where it was."""
        self.departed = True
        self.departed_ns = self.departed_ns or self.tailer.mtime_ns or self.age_ns
        self.seen = None

    def is_linked(self) -> bool:
        """Whether the file still has a name somewhere; one that can't even be looked at counts as deleted."""
        try:
            return self.tailer.file.stat().st_nlink > 0
        except OSError:
            return False

    def arrive(self) -> None:
        """Its path leads to it again."""
        self.departed = False
        self.departed_ns = 0

    def look_ahead(self) -> None:
        """Read what comes first in a file that is to be begun, and keep it back for now. Raises OSError.

        From then on its content is known: should it be truncated before what is older has been found, nothing is missed.
        """
        if self.ahead is None and (self.tailer.asks or (self.held and self.tailer.mtime_ns == 0)):
            ahead = self.tailer.anew()
            self.kept = _joined(self.kept, ahead.read())
            self.ahead = ahead

    def proceed(self) -> None:
        """Read on where it asked; a truncated file from its first byte."""
        if self.tailer.cut:
            self.due_bytes = 0
        given = self.position
        self.tailer.proceed()
        if self.ahead is not None:
            self.given = given
            self.tailer, self.ahead, self.committed = self.ahead, None, _NEVER

    def restart(self, tailer: Tailer) -> None:
        """Go on with another tailer of the same file; what was read ahead is forgotten."""
        self.tailer, self.ahead, self.kept, self.committed = tailer, None, None, _NEVER

    def finish(self) -> Block | None:
        """The last line, though nobody has finished it. Raises OSError."""
        block, self.kept = self.kept, None
        return block or self.tailer.finish()

    def read(self, clock: Callable[[], float], grace_seconds: float, *, succeeded: bool) -> Block | None:
        """The next whole lines; of a file that is done, the last line, whole or not. None: nothing yet. Raises OSError.

        `succeeded` is whether the writers have gone on to a newer file of the log: before, they may still be at this one,
        however quiet they are. A file that is deleted is not waited for.
        """
        if self.ahead is not None:  # what comes next is not decided yet
            return None
        if self.kept is not None:
            kept, self.kept = self.kept, None
            self.tailer.look_again()  # it was read some time ago
            return kept
        if self.departed:
            self.tailer.note(self.tailer.file.stat())
        block = self.tailer.read()
        if self.departed and self.tailer.asks and not self.tailer.cut:  # it was found by itself, not its log by its path
            self.proceed()
            block = self.tailer.read()
        if block is None and self._is_overdue(clock()):
            block = self.tailer.settle()
        quiet = self.departed and self._is_quiet(clock(), grace_seconds)
        if block is None and quiet and not self.tailer.asks and (succeeded or not self.is_linked()):
            block = self.tailer.finish()
            self.done = self.tailer.drained
        return block

    def lost_bytes(self) -> tuple[int, Loss]:
        """How many bytes of a file that is done were known to be there and are not to be had, and why."""
        file, missing = self.tailer.file, max(0, self.due_bytes - self.tailer.position.offset)
        if isinstance(file, Unpacked) and file.broken:
            return max(missing, file.unread_bytes(), 1), Loss.CORRUPT
        return missing, Loss.TRUNCATED

    def _is_overdue(self, now: float) -> bool:
        """Whether nothing has been added for long to what is unfinished; how long before it was met, its file tells."""
        unfinished = self.tailer.unfinished
        if unfinished is None or self.tailer.asks:
            return False
        if self.unfinished != unfinished or self.unfinished_since is None:
            self.unfinished_since = min(now, self.tailer.mtime_ns / 1e9) if self.unfinished_since is None else now
            self.unfinished = unfinished
        return not 0 <= now - self.unfinished_since < self.tailer.quiet_seconds

    def _is_quiet(self, now: float, grace_seconds: float) -> bool:
        """Whether nothing has been written for the grace time."""
        seen = (self.tailer.size_bytes, self.tailer.mtime_ns)
        if self.seen != seen:
            self.seen, self.quiet_since = seen, now
        # A clock that was set back must not keep the file open until it has caught up.
        return not 0 <= now - self.quiet_since < grace_seconds


def _joined(first: Block | None, second: Block | None) -> Block | None:
    """Two Blocks of one file as one, which can be counted and committed at once."""
    if first is None or second is None:
        return first or second
    return replace(
        second,
        data=first.data + second.data,
        truncated=first.truncated + second.truncated,
        timeouts=first.timeouts + second.timeouts,
    )
