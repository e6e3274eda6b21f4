"""The interval timer of the process, as the guard's Timer.

Counts the processor time that the process spends (`ITIMER_VIRTUAL`), not the time that passes: a machine that is busy or
was suspended makes no rule time out. Signals reach the main thread only, so counting happens there.

An Alarm that is raised while something is finalized is lost: Python reports it and goes on. So nothing is collected meanwhile,
and the timer rings again and again until the work is over.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from log2metrics.match.guard import Alarm

AGAIN_SECONDS = 0.05  # of processor time


class SignalTimer:
    """Bounds work by processor time. A context: the signal's former handler is put back at the end."""

    def __init__(self) -> None:
        self._armed = False
        self._former: Any = None

    def __enter__(self) -> Self:
        self._former = signal.signal(signal.SIGVTALRM, self._ring)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, self._former)

    def _ring(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # a signal handler's signature
        if self._armed:
            raise Alarm

    def run(self, seconds: float, work: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever `work` returns
        """Do the work and return what it returns. Raises Alarm when it takes more processor time than this."""
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._armed = True
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN_SECONDS)
            try:
                return work()
            finally:
                self._armed = False
        finally:  # also if it rang just before
            self._armed = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            if collecting:
                gc.enable()
