"""HTTP over cheroot, hardened: a few threads, bounded queues, and no client that can hold one of them for long.

Knows sockets and threads, and nothing of what the application answers.
"""

from __future__ import annotations

import logging
import socket
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Any
from wsgiref.types import WSGIApplication

from cheroot import wsgi
from cheroot.server import HTTPConnection

log = logging.getLogger(__name__)

THREADS = 8
WAITING_CONNECTIONS = 64
IDLE_SECONDS = 10.0
REQUEST_SECONDS = 30.0
STOP_SECONDS = 1.0
MAX_HEADER_BYTES = 16 * 1024
MAX_BODY_BYTES = 64 * 1024

_EVERYWHERE = frozenset({"", "::"})


class WebServer:
    """Serves a WSGI application on one address, in threads of its own.

    `listen` is a host, empty for all addresses of this machine, and a port, 0 for any free one. A connection may be idle
    for `idle_seconds`; a request, from its first byte to the last of its answer, may take `request_seconds`.
    """

    def __init__(
        self,
        app: WSGIApplication,
        listen: tuple[str, int],
        *,
        idle_seconds: float = IDLE_SECONDS,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        self._app = app
        self._listen = listen
        self._idle_seconds = idle_seconds
        self._request_seconds = request_seconds
        self._server: _Server | None = None
        self.port = listen[1]

    def start(self) -> None:
        """Listen, and begin to serve. Raises OSError that names the address if it cannot be listened on."""
        listening = _listening(*self._listen)
        self.port = listening.getsockname()[1]
        self._server = _Server(listening, self._app, self._idle_seconds, self._request_seconds)
        started: Future[None] = Future()
        threading.Thread(target=_serve, args=(self._server, started), name="web", daemon=True).start()
        started.result()

    def stop(self) -> None:
        """Stop serving, within a second: an answer that takes longer is cut off when the process ends."""
        if self._server is not None:
            stopping = threading.Thread(target=self._server.stop, name="web-stop", daemon=True)
            stopping.start()
            stopping.join(STOP_SECONDS)
            self._server = None


def _listening(host: str, port: int) -> socket.socket:
    everywhere = host in _EVERYWHERE and socket.has_dualstack_ipv6()
    try:
        family = socket.AF_INET6 if everywhere else _family(host, port)
        listening = socket.create_server((host, port), family=family, dualstack_ipv6=everywhere)
    except OSError as error:
        reason = (error.strerror or "").partition(" (while ")[0]  # where, is said before
        raise OSError(error.errno, f"cannot listen on {host or '*'} port {port}: {reason}") from error
    # What connections inherit: small answers are not to wait for company.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _family(host: str, port: int) -> socket.AddressFamily:
    return socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]


def _serve(server: _Server, started: Future[None]) -> None:
    # Threads inherit being daemons from this one: none of them keeps the process from ending.
    try:
        server.prepare()
    except Exception as error:  # noqa: BLE001 - it is raised again in the thread that waits for it
        server.listening.close()
        started.set_exception(error)
        return
    started.set_result(None)
    server.serve()


class _Connection(HTTPConnection):
    """A connection whose requests must be over in time, however slowly bytes come or go."""

    def communicate(self) -> bool:
        """Answer one request; tell whether another may follow."""
        deadline = threading.Timer(self.server.request_seconds, self._cut_off)
        deadline.daemon = True
        deadline.start()
        try:
            return bool(super().communicate())  # type: ignore[no-untyped-call]  # cheroot's stub says nothing
        finally:
            deadline.cancel()

    def close(self) -> None:
        """Close, whether or not the client still wants what is left of its answer."""
        with suppress(OSError):
            self.wfile.close()
        super().close()

    def _cut_off(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


class _Server(wsgi.Server):
    """Cheroot on a socket that already listens, with limits, and silent about what strangers do."""

    ConnectionClass = _Connection
    max_request_header_size = MAX_HEADER_BYTES
    max_request_body_size = MAX_BODY_BYTES
    keep_alive_conn_limit = WAITING_CONNECTIONS

    def __init__(self, listening: socket.socket, app: WSGIApplication, idle_seconds: float, request_seconds: float) -> None:
        super().__init__(
            listening.getsockname()[:2],
            app,
            numthreads=THREADS,
            server_name="log2metrics",
            max=THREADS,
            request_queue_size=WAITING_CONNECTIONS,
            timeout=idle_seconds,  # type: ignore[arg-type]  # cheroot's stub knows whole seconds only
            shutdown_timeout=0,  # `stop` has its own limit
            accepted_queue_size=WAITING_CONNECTIONS,
            accepted_queue_timeout=0,
        )
        self.request_seconds = request_seconds
        self.listening = listening

    def bind(self, family: int, type: int, proto: int = 0) -> socket.socket:  # noqa: A002, ARG002 - cheroot's signature
        """Take the socket that listens already: whoever started us has seen its errors."""
        self.socket = self.listening
        return self.listening

    def process_conn(self, conn: Any) -> None:  # noqa: ANN401 - cheroot's signature
        """Give a connection to a thread once there is something to read: one that stays silent costs none."""
        if conn.last_used is not None:
            super().process_conn(conn)
        elif self.can_add_keepalive_connection:
            self.put_conn(conn)
        else:
            conn.close()

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's signature
        """Log quietly: what cheroot complains of is what strangers send, and they must not fill our log."""
        log.log(level if level >= logging.CRITICAL else logging.DEBUG, "%s", msg, exc_info=traceback)
