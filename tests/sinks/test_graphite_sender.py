from __future__ import annotations

import logging
import socket
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.flow import Family, Snapshot
from log2metrics.metric import Metric, MetricType
from log2metrics.sinks.graphite import GraphiteSettings, Values
from log2metrics.sinks.graphite_sender import BATCH_LINES, GraphiteSender, connect
from log2metrics.telemetry import GRAPHITE_POINTS, GRAPHITE_QUEUE, Telemetry

ADDRESS = ("carbon", 2003)
SETTINGS = GraphiteSettings(ADDRESS, hostname="web1")


class Line:
    """One connection to a Carbon."""

    def __init__(self, carbon: Carbon) -> None:
        self.carbon = carbon
        self.received = b""
        self.hung_up = False
        self.timeout = 0.0

    def sendall(self, data: bytes) -> None:
        """Take as many bytes as carbon still takes, and fail if that was not all."""
        assert self.timeout > 0
        taken = data if self.carbon.takes is None else data[: self.carbon.takes]
        self.received += taken
        if taken != data:
            self.hung_up = True
            raise TimeoutError("timed out")

    def recv(self, size: int) -> bytes:
        """Carbon never says anything; it only hangs up."""
        assert size > 0
        assert self.timeout == 0
        if self.carbon.reset:
            raise ConnectionResetError("reset")
        if self.hung_up:
            return b""
        raise BlockingIOError

    def settimeout(self, seconds: float) -> None:
        """Remember it."""
        self.timeout = seconds

    def close(self) -> None:
        """Fail, as a socket that is broken may."""
        raise OSError("already gone")


class Carbon:
    """Carbon as the sender sees it: `away` refuses, `takes` bytes and then stalls, `reset` breaks what is open."""

    def __init__(self) -> None:
        self.away = False
        self.takes: int | None = None
        self.reset = False
        self.lines: list[Line] = []

    def connect(self, address: tuple[str, int], timeout_seconds: float) -> Line:
        """Open a connection, if it is there."""
        assert address == ADDRESS
        assert 0 < timeout_seconds <= 5
        self.reset = False
        if self.away:
            raise ConnectionRefusedError("refused")
        self.lines.append(Line(self))
        return self.lines[-1]

    def hang_up(self) -> None:
        """Close all connections."""
        for line in self.lines:
            line.hung_up = True

    @property
    def points(self) -> list[str]:
        """The whole lines that arrived, over all connections; an unfinished last line is thrown away, as carbon does."""
        return [point for line in self.lines for point in line.received.decode().split("\n")[:-1]]


@pytest.fixture
def carbon() -> Carbon:
    """Give a carbon that is there."""
    return Carbon()


@pytest.fixture
def telemetry() -> Telemetry:
    """Give telemetry that has counted nothing yet."""
    return Telemetry()


@pytest.fixture
def sender(carbon: Carbon, telemetry: Telemetry) -> GraphiteSender:
    """Give a sender that has not connected yet."""
    return GraphiteSender(SETTINGS, telemetry, Snapshot(), carbon.connect)


def snapshot(value: float) -> Snapshot:
    """Make a snapshot of one counter."""
    return Snapshot((Family(Metric("logins_total", MetricType.COUNTER, "Logins."), {(): value}),))


def figures(telemetry: Telemetry) -> dict[str, int]:
    """Read what the sender says of itself."""
    results = {result: int(telemetry.get(GRAPHITE_POINTS, result)) for result in ("sent", "queued", "dropped")}
    return {**results, "queue": int(telemetry.get(GRAPHITE_QUEUE))}


def test_points_are_sent_over_one_connection(carbon: Carbon, sender: GraphiteSender, telemetry: Telemetry) -> None:
    """Pushes share a connection, and carry the time of their push."""
    sender.push(snapshot(1), 10.5)
    sender.push(snapshot(2), 20.5)
    assert ["logins_total 1 10", "logins_total 2 20"] == carbon.points
    assert 1 == len(carbon.lines)
    assert {"sent": 2, "queued": 0, "dropped": 0, "queue": 0} == figures(telemetry)


def test_points_wait_while_carbon_is_away(carbon: Carbon, sender: GraphiteSender, telemetry: Telemetry) -> None:
    """They are kept, counted as queued once, and sent with their own timestamps when carbon is back."""
    carbon.away = True
    sender.push(snapshot(1), 10)
    sender.push(snapshot(2), 20)
    assert {"sent": 0, "queued": 2, "dropped": 0, "queue": 2} == figures(telemetry)
    carbon.away = False
    sender.push(snapshot(3), 30)
    assert ["logins_total 1 10", "logins_total 2 20", "logins_total 3 30"] == carbon.points
    assert {"sent": 3, "queued": 2, "dropped": 0, "queue": 0} == figures(telemetry)


def test_oldest_points_are_dropped_from_a_full_queue(carbon: Carbon, telemetry: Telemetry) -> None:
    """Memory is bounded, and every point given up is counted."""
    sender = GraphiteSender(replace(SETTINGS, queue_points=2), telemetry, Snapshot(), carbon.connect)
    carbon.away = True
    for time in (10, 20, 30):
        sender.push(snapshot(1), time)
    assert {"sent": 0, "queued": 3, "dropped": 1, "queue": 2} == figures(telemetry)
    carbon.away = False
    sender.push(snapshot(1), 40)
    assert ["logins_total 1 20", "logins_total 1 30", "logins_total 1 40"] == carbon.points


def test_half_sent_line_is_sent_again_as_a_whole(carbon: Carbon, sender: GraphiteSender) -> None:
    """A send that breaks off is repeated from its beginning over a new connection: carbon never reads half a number."""
    carbon.takes = len("logins_total 12")
    sender.push(snapshot(1234), 10)
    assert [] == carbon.points
    carbon.takes = None
    sender.push(snapshot(1235), 20)
    assert ["logins_total 1234 10", "logins_total 1235 20"] == carbon.points
    assert 2 == len(carbon.lines)


def test_connection_that_carbon_closed_is_not_written_to(carbon: Carbon, sender: GraphiteSender) -> None:
    """Carbon was restarted between two pushes: the second goes over a new connection, without losing the first."""
    sender.push(snapshot(1), 10)
    carbon.hang_up()
    sender.push(snapshot(2), 20)
    first, second = carbon.lines
    assert b"logins_total 1 10\n" == first.received
    assert b"logins_total 1 10\nlogins_total 2 20\n" == second.received


def test_what_a_broken_connection_took_is_sent_again(carbon: Carbon, sender: GraphiteSender) -> None:
    """Carbon's host vanished after the kernel took the lines: nothing says that they arrived, so they are repeated."""
    sender.push(snapshot(1), 10)
    carbon.lines[0].received = b""
    carbon.reset = True
    sender.push(snapshot(2), 20)
    sender.push(snapshot(3), 30)
    assert ["logins_total 1 10", "logins_total 2 20", "logins_total 3 30"] == carbon.points


def test_long_queue_is_sent_in_batches(carbon: Carbon, sender: GraphiteSender) -> None:
    """A backlog arrives whole and in order."""
    carbon.away = True
    for time in range(BATCH_LINES + 1):
        sender.push(snapshot(1), time)
    carbon.away = False
    sender.push(snapshot(1), BATCH_LINES + 1)
    assert [f"logins_total 1 {time}" for time in range(BATCH_LINES + 2)] == carbon.points


def test_trouble_is_logged_once_per_change(carbon: Carbon, sender: GraphiteSender, caplog: pytest.LogCaptureFixture) -> None:
    """An outage of hours is two lines in the log."""
    caplog.set_level(logging.INFO)
    carbon.away = True
    for time in (10, 20, 30):
        sender.push(snapshot(1), time)
    carbon.away = False
    for time in (40, 50):
        sender.push(snapshot(1), time)
    expected = [
        "cannot send to graphite at carbon:2003, points are kept: refused",
        "sending to graphite at carbon:2003 again",
    ]
    assert expected == caplog.messages


def test_interval_values_leave_out_what_was_sent_before(carbon: Carbon, telemetry: Telemetry) -> None:
    """With `values: interval` a restart does not send all that ever happened, but all that came since."""
    settings = replace(SETTINGS, values=Values.INTERVAL)
    sender = GraphiteSender(settings, telemetry, snapshot(1000), carbon.connect)
    sender.push(snapshot(1002), 10)
    sender.push(snapshot(1005), 20)
    assert ["logins_total 2 10", "logins_total 3 20"] == carbon.points


def test_close_sends_what_waits(carbon: Carbon, sender: GraphiteSender, telemetry: Telemetry) -> None:
    """Carbon came back since the last push: the end of the program loses nothing."""
    carbon.away = True
    sender.push(snapshot(1), 10)
    carbon.away = False
    sender.close()
    assert ["logins_total 1 10"] == carbon.points
    assert {"sent": 1, "queued": 1, "dropped": 0, "queue": 0} == figures(telemetry)


def test_close_counts_what_it_gives_up(
    carbon: Carbon, sender: GraphiteSender, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    """Points that cannot be sent before the end are dropped, and said to be."""
    carbon.away = True
    sender.push(snapshot(1), 10)
    sender.close()
    assert ("points for graphite at carbon:2003 were never sent", 1) == (
        caplog.messages[-1],
        vars(caplog.records[-1])["points"],
    )
    assert {"sent": 0, "queued": 1, "dropped": 1, "queue": 0} == figures(telemetry)


def test_close_without_a_push_does_not_connect(carbon: Carbon, sender: GraphiteSender) -> None:
    """There is nothing to say."""
    sender.close()
    assert [] == carbon.lines


def test_close_after_a_good_push_sends_nothing_twice(carbon: Carbon, sender: GraphiteSender, telemetry: Telemetry) -> None:
    """The usual end: everything was sent, nothing is repeated or dropped."""
    sender.push(snapshot(1), 10)
    sender.close()
    assert ["logins_total 1 10"] == carbon.points
    assert {"sent": 1, "queued": 0, "dropped": 0, "queue": 0} == figures(telemetry)


def test_host_name_that_cannot_be_one_is_trouble_like_any_other(telemetry: Telemetry) -> None:
    """An address that the resolver chokes on is retried and counted; it does not stop the sender."""
    sender = GraphiteSender(replace(SETTINGS, address=("a" * 70, 2003)), telemetry, Snapshot())
    sender.push(snapshot(1), 10)
    assert 1 == figures(telemetry)["queue"]


@given(st.lists(st.sampled_from(["away", "back", "hang up", "reset", "stall", "go on"]), max_size=12))
def test_every_point_arrives_whatever_carbon_does(troubles: list[str]) -> None:
    """After any trouble, one good push later carbon has read every point, and never a line that was not one."""
    carbon = Carbon()
    sender = GraphiteSender(SETTINGS, Telemetry(), Snapshot(), carbon.connect)
    for time, trouble in enumerate(troubles):
        carbon.away = {"away": True, "back": False}.get(trouble, carbon.away)
        carbon.takes = {"stall": 15, "go on": None}.get(trouble, carbon.takes)
        carbon.reset = trouble == "reset"
        if trouble == "hang up":
            carbon.hang_up()
        sender.push(snapshot(1), time)
    carbon.away, carbon.takes = False, None
    sender.push(snapshot(1), len(troubles))
    assert {f"logins_total 1 {time}" for time in range(len(troubles) + 1)} == set(carbon.points)


def test_real_socket_carries_the_lines(telemetry: Telemetry) -> None:
    """The default connection is TCP, notices a close, and connects again."""
    with socket.create_server(("127.0.0.1", 0)) as carbon:
        sender = GraphiteSender(replace(SETTINGS, address=carbon.getsockname()), telemetry, Snapshot())
        sender.push(snapshot(1), 10)
        peer, _ = carbon.accept()
        assert b"logins_total 1 10\n" == peer.recv(100)
        sender.push(snapshot(2), 20)
        assert b"logins_total 2 20\n" == peer.recv(100)
        peer.close()
        sender.push(snapshot(3), 30)
        peer, _ = carbon.accept()
        assert b"logins_total 2 20\nlogins_total 3 30\n" == peer.recv(100)
        sender.close()
        assert b"" == peer.recv(100)
        peer.close()


def test_connection_fails_when_nothing_is_acknowledged() -> None:
    """The kernel is told to give up after the timeout instead of a quarter of an hour."""
    with socket.create_server(("127.0.0.1", 0)) as carbon:
        connection = connect(carbon.getsockname(), 5.0)
        assert isinstance(connection, socket.socket)
        assert 5000 == connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        connection.close()
