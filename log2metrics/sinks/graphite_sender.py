"""Sends Graphite lines over one connection that stays open, and keeps them while carbon is away.

Carbon never answers, so nothing says that a line has arrived. Lines are held until the next push finds the connection
alive; if it is not, they are sent again from their beginning over a new one. Sending twice is harmless: Graphite keeps one
value per path and timestamp. Refuses to know threads and time: the caller decides when to push and what time it is.
"""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import Protocol

from log2metrics.flow import Snapshot
from log2metrics.sinks.graphite import GraphiteSettings, Values, lines
from log2metrics.sinks.interval import Interval
from log2metrics.telemetry import GRAPHITE_POINTS, GRAPHITE_QUEUE, Telemetry

log = logging.getLogger(__name__)

BATCH_LINES = 500


class Connection(Protocol):
    """What the sender needs of a connected socket."""

    def sendall(self, data: bytes, /) -> None:
        """Send everything within the timeout, or raise OSError."""

    def recv(self, size: int, /) -> bytes:
        """Receive; empty when the other side has closed."""

    def settimeout(self, seconds: float, /) -> None:
        """Set how long a call may wait; with 0 it raises BlockingIOError instead."""

    def close(self) -> None:
        """Give the connection up."""


def connect(address: tuple[str, int], timeout_seconds: float) -> Connection:
    """Open a TCP connection that fails when what was sent is not acknowledged for as long as `timeout_seconds`.

    Otherwise the kernel would take lines for a host that is gone for a quarter of an hour before it says so.
    """
    connection = socket.create_connection(address, timeout_seconds)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(timeout_seconds * 1000))
    return connection


class GraphiteSender:
    """Pushes snapshots to carbon; whatever the network does, it raises nothing.

    `before` is what was counted by earlier processes, and sent by them.
    """

    def __init__(
        self,
        settings: GraphiteSettings,
        telemetry: Telemetry,
        before: Snapshot,
        connect: Callable[[tuple[str, int], float], Connection] = connect,
    ) -> None:
        self._settings = settings
        self._name = "graphite at {}:{}".format(*settings.address)
        self._telemetry = telemetry
        self._connect = connect
        self._connection: Connection | None = None
        self._queue: deque[str] = deque()
        self._in_flight: list[str] = []
        self._interval = Interval(before)
        self._failing = False
        for result in ("sent", "queued", "dropped"):
            telemetry.add(GRAPHITE_POINTS, 0, result)
        telemetry.set(GRAPHITE_QUEUE, 0)

    def push(self, snapshot: Snapshot, timestamp: float) -> None:
        """Send the snapshot as of `timestamp`, in Unix seconds, after everything that still waits."""
        if self._settings.values is Values.INTERVAL:
            snapshot = self._interval.grown(snapshot)
        fresh = lines(snapshot, self._settings, timestamp)
        self._queue.extend(fresh)
        self._send(self._settings.timeout_seconds, BATCH_LINES)
        self._telemetry.add(GRAPHITE_POINTS, min(len(fresh), len(self._queue)), "queued")
        self._drop(len(self._queue) - self._settings.queue_points)

    def close(self) -> None:
        """Try once more to send what waits, for `timeout_seconds` at most, and hang up; the rest counts as dropped."""
        if self._queue or self._connection is not None:
            # Half of the time to connect, half to send all of it at once.
            self._send(self._settings.timeout_seconds / 2)
        if self._queue:
            log.warning("points for %s were never sent", self._name, extra={"points": len(self._queue)})
        self._drop(len(self._queue))
        self._in_flight.clear()
        self._hang_up()

    def _send(self, timeout_seconds: float, batch_lines: int | None = None) -> None:
        try:
            connection = self._alive(timeout_seconds)
            while self._queue:
                batch = list(islice(self._queue, batch_lines))
                connection.sendall("".join(f"{line}\n" for line in batch).encode())
                self._in_flight.extend(self._queue.popleft() for _ in batch)
                self._telemetry.add(GRAPHITE_POINTS, len(batch), "sent")
        except (OSError, UnicodeError) as error:  # a host name that cannot be one is a UnicodeError
            self._hang_up()
            self._failed(error)
        else:
            self._worked()

    def _alive(self, timeout_seconds: float) -> Connection:
        """Give the connection, opened anew if carbon has closed it. Raises OSError if there is none to be had."""
        if self._connection is not None and not _is_open(self._connection):
            self._hang_up()
        if self._connection is None:
            self._connection = self._connect(self._settings.address, timeout_seconds)
        self._connection.settimeout(timeout_seconds)
        self._in_flight.clear()
        return self._connection

    def _hang_up(self) -> None:
        """Close, so that carbon throws an unfinished line away, and take back what may not have arrived."""
        self._queue.extendleft(reversed(self._in_flight))
        self._in_flight.clear()
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = None

    def _drop(self, surplus: int) -> None:
        for _ in range(surplus):
            self._queue.popleft()
        self._telemetry.add(GRAPHITE_POINTS, max(surplus, 0), "dropped")
        self._telemetry.set(GRAPHITE_QUEUE, len(self._queue))

    def _failed(self, error: Exception) -> None:
        if not self._failing:
            log.warning("cannot send to %s, points are kept: %s", self._name, error)
        self._failing = True

    def _worked(self) -> None:
        if self._failing:
            log.info("sending to %s again", self._name)
        self._failing = False


def _is_open(connection: Connection) -> bool:
    """Tell whether the other side has neither closed nor failed."""
    connection.settimeout(0)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
