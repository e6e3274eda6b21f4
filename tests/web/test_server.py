from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from log2metrics.web import server
from log2metrics.web.app import App
from log2metrics.web.server import MAX_HEADER_BYTES, THREADS, WAITING_CONNECTIONS, WebServer
from tests.harness import PATIENCE_SECONDS

from .exporters import Program

HOST = "127.0.0.1"


@contextmanager
def serving(app: App | None = None, host: str = HOST, **limits: float) -> Iterator[WebServer]:
    """Serve on a free port while the block lasts."""
    web = WebServer(app or App(Program()), (host, 0), **limits)
    web.start()
    try:
        yield web
    finally:
        web.stop()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Give the port of a server that the tests share which only ask."""
    with serving() as web:
        yield web.port


def get(url: str) -> tuple[int, bytes, str]:
    """Ask as any client would; give status, body and the name of the server."""
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - http, by the tests themselves
        return answer.status, answer.read(), answer.headers["Server"]


def converse(port: int, request: bytes) -> bytes:
    """Send bytes, and read until the server hangs up."""
    with socket.create_connection((HOST, port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_metrics_come_over_the_wire(port: int) -> None:
    """A scrape by HTTP gives the exposition, and the server says its name but no version."""
    status, body, name = get(f"http://{HOST}:{port}/metrics")
    assert (200, "log2metrics") == (status, name)
    assert b'sshd_logins_total{outcome="failed"} ' in body


def test_errors_come_over_the_wire(port: int) -> None:
    """A status other than 200 reaches the client as one."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(f"http://{HOST}:{port}/nothing")
    with closing(caught.value):
        assert 404 == caught.value.code


def test_head_has_no_body_on_the_wire(port: int) -> None:
    """Headers, an empty line, and the end."""
    answer = converse(port, b"HEAD /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nContent-Length: 9\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_connection_is_kept_for_the_next_scrape(port: int) -> None:
    """Two requests in one connection get two answers."""
    request = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /-/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = converse(port, request + last)
    assert (1, 1) == (answer.count(b"Healthy."), answer.count(b"Ready."))


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
@pytest.mark.parametrize("host", ["", "::"])
def test_all_addresses_are_both_families(host: str) -> None:
    """`:port` answers over IPv4 and IPv6."""
    with serving(host=host) as web:
        assert 200 == get(f"http://127.0.0.1:{web.port}/-/healthy")[0]
        assert 200 == get(f"http://[::1]:{web.port}/-/healthy")[0]


def test_all_addresses_are_ipv4_where_there_is_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without IPv6 is no reason not to serve."""
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    with serving(host="") as web:
        assert 200 == get(f"http://127.0.0.1:{web.port}/-/healthy")[0]


def test_port_in_use_is_said_at_once(port: int) -> None:
    """The caller of `start` learns which address is taken."""
    second = WebServer(App(Program()), (HOST, port))
    with pytest.raises(OSError, match=f"cannot listen on {HOST} port {port}: Address already in use$"):
        second.start()
    second.stop()


def test_address_that_is_not_here_is_said_at_once() -> None:
    """A host that cannot be resolved is an error that names it."""
    with pytest.raises(OSError, match=r"cannot listen on no-such-host\.invalid port 1: "):
        WebServer(App(Program()), ("no-such-host.invalid", 1)).start()


def test_stop_frees_the_port() -> None:
    """After `stop` nobody answers, and another server can take the address."""
    with serving() as web:
        port = web.port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port), timeout=PATIENCE_SECONDS)
    again = WebServer(App(Program()), (HOST, port))
    again.start()
    again.stop()


def test_stop_does_not_wait_for_a_long_scrape() -> None:
    """A scrape that hangs cannot hold the end of the program."""
    program = Program()
    scraping, may_go_on, over = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        scraping.set()
        may_go_on.wait(PATIENCE_SECONDS)
        over.set()

    program.on_scrape = hang
    with serving(App(program)) as web, socket.create_connection((HOST, web.port), timeout=PATIENCE_SECONDS) as client:
        client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert scraping.wait(PATIENCE_SECONDS)
        web.stop()
        assert not over.is_set()
        may_go_on.set()
        assert client.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")


def test_process_ends_though_a_scrape_hangs() -> None:
    """None of the server's threads keeps the interpreter from exiting."""
    program = """if True:
        import socket, threading
        from log2metrics.web.server import WebServer
        asked = threading.Event()
        def app(environ, start_response):
            asked.set()
            threading.Event().wait(3600)
        web = WebServer(app, ("127.0.0.1", 0))
        web.start()
        client = socket.create_connection(("127.0.0.1", web.port))
        client.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        asked.wait(60)
        web.stop()
    """
    done = subprocess.run([sys.executable, "-c", program], timeout=PATIENCE_SECONDS, check=False)
    assert 0 == done.returncode


def test_silent_connections_hold_no_thread() -> None:
    """Twice as many connections as threads that say nothing: a scrape is answered all the same."""
    with serving() as web:
        silent = [socket.create_connection((HOST, web.port), timeout=PATIENCE_SECONDS) for _ in range(2 * THREADS)]
        assert 200 == get(f"http://{HOST}:{web.port}/metrics")[0]
        for connection in silent:
            connection.close()


def test_slow_requests_are_cut_off() -> None:
    """As many half-sent requests as there are threads: all are cut off, and the next client gets its answer."""
    with serving(request_seconds=0.2) as web:
        slow = [socket.create_connection((HOST, web.port), timeout=PATIENCE_SECONDS) for _ in range(THREADS)]
        for connection in slow:
            connection.sendall(b"GET /metrics HTT")
        assert 200 == get(f"http://{HOST}:{web.port}/-/healthy")[0]
        for connection in slow:
            assert b"200 OK" not in connection.recv(1000)
            connection.close()


def test_idle_connections_are_closed() -> None:
    """A client that connects and says nothing is hung up on after a while."""
    with serving(idle_seconds=0.1) as web:
        assert b"" == converse(web.port, b"")


def test_too_many_connections_are_refused() -> None:
    """The files that the exporter may open are for logs: connections are bounded, and silent ones above that are closed."""
    with serving() as web:
        many = [socket.create_connection((HOST, web.port), timeout=PATIENCE_SECONDS) for _ in range(WAITING_CONNECTIONS + 1)]
        assert b"" == many[-1].recv(1)
        for connection in many:
            connection.close()


def test_endless_header_is_refused(port: int) -> None:
    """A request that is all header does not fill the memory."""
    answer = converse(port, b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEADER_BYTES + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("request_line", [b"GET // [x HTTP/1.1", b"GET //[ HTTP/1.1", b"\x00\xff", b"GET / HTTP/9.9", b"G E T"])
def test_nonsense_is_refused_quietly(port: int, request_line: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """What strangers send does not reach the application, and does not fill the log."""
    caplog.set_level(logging.INFO)
    answer = converse(port, request_line + b"\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))
    assert b"200 OK" not in answer
    assert 200 == get(f"http://{HOST}:{port}/-/healthy")[0]
    assert [] == caplog.messages


def test_failure_to_get_going_reaches_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no threads left is told by `start`, not by a server that never answers."""

    def prepare(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(server._Server, "prepare", prepare)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        WebServer(App(Program()), (HOST, 0)).start()


def test_any_application_is_served() -> None:
    """The server knows nothing of what is answered."""

    def app(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"one ", b"two"]

    web = WebServer(app, (HOST, 0))
    web.start()
    assert b"one two" == get(f"http://{HOST}:{web.port}/")[1]
    web.stop()
