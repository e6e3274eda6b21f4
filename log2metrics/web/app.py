"""The WSGI application: which path gives what.

Knows HTTP's methods, headers and status codes, and nothing of sockets. Log text is shown in the status alone, and only to
those whom `access` lets read it; label values in the exposition are the nearest to it elsewhere.
"""

from __future__ import annotations

import gzip
import json
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client.exposition import gzip_accepted

from log2metrics.web.access import may_read_logs
from log2metrics.web.exporter import Exporter, Status
from log2metrics.web.page import CONTENT_SECURITY_POLICY, Page
from log2metrics.web.scrape import Scrape

log = logging.getLogger(__name__)

PLAIN = "text/plain; charset=utf-8"
GZIP_LEVEL = 1  # level 5 takes twice the time and saves a seventh; zlib lets the other threads run meanwhile

# No answer is of any use to another site's page, and none may be kept: numbers are of the moment.
COMMON_HEADERS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer before it is sent; headers that every answer has are not in it."""

    body: bytes
    content_type: str = PLAIN
    status: HTTPStatus = HTTPStatus.OK
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[WSGIEnvironment], Response]


class App:
    """The routes over one Exporter. `clock` gives Unix seconds."""

    def __init__(self, exporter: Exporter, clock: Callable[[], float] = time.time) -> None:
        self._exporter = exporter
        self._clock = clock
        self._scrape = Scrape(exporter.scrape)
        self._page = Page()
        self._routes: dict[str, dict[str, Handler]] = {
            "/": {"GET": self._status_page},
            "/status.css": {"GET": self._style},
            "/metrics": {"GET": self._metrics},
            "/-/healthy": {"GET": self._healthy},
            "/-/ready": {"GET": self._ready},
            "/-/reload": {"POST": self._reload},
            "/api/v1/status": {"GET": self._status},
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 wants it."""
        response = self._answer(environ)
        headers = [
            ("Content-Type", response.content_type),
            ("Content-Length", str(len(response.body))),
            *COMMON_HEADERS,
            *response.headers,
        ]
        start_response(f"{response.status.value} {response.status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    def _answer(self, environ: WSGIEnvironment) -> Response:
        methods = self._routes.get(environ["PATH_INFO"])
        if methods is None:
            return Response(b"Nothing here.\n", status=HTTPStatus.NOT_FOUND)
        method = environ["REQUEST_METHOD"]
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            allowed = ", ".join([*methods, "HEAD"] if "GET" in methods else methods)
            body = f"Allowed here: {allowed}.\n".encode()
            return Response(body, status=HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", allowed),))
        try:
            return handler(environ)
        except Exception:
            log.exception("could not answer %s", environ["PATH_INFO"])
            return Response(b"Something went wrong; the log says what.\n", status=HTTPStatus.INTERNAL_SERVER_ERROR)

    def _metrics(self, environ: WSGIEnvironment) -> Response:
        body, content_type = self._scrape.answer(environ.get("HTTP_ACCEPT", ""))
        headers = [("Vary", "Accept, Accept-Encoding")]
        if gzip_accepted(environ.get("HTTP_ACCEPT_ENCODING", "")):
            body = gzip.compress(body, GZIP_LEVEL)
            headers.append(("Content-Encoding", "gzip"))
        return Response(body, content_type, headers=tuple(headers))

    def _status_for(self, environ: WSGIEnvironment) -> Status:
        status = self._exporter.status()
        return status if may_read_logs(environ) else status.without_log_text

    def _status_page(self, environ: WSGIEnvironment) -> Response:
        body = self._page.render(self._status_for(environ), ready=self._exporter.ready, now=self._clock())
        return Response(body, "text/html; charset=utf-8")

    def _style(self, _: WSGIEnvironment) -> Response:
        return Response(self._page.style, "text/css; charset=utf-8")

    def _status(self, environ: WSGIEnvironment) -> Response:
        document = {"ready": self._exporter.ready, **asdict(self._status_for(environ))}
        return Response(json.dumps(document).encode() + b"\n", "application/json")

    def _healthy(self, _: WSGIEnvironment) -> Response:
        return Response(b"Healthy.\n")

    def _ready(self, _: WSGIEnvironment) -> Response:
        if self._exporter.ready:
            return Response(b"Ready.\n")
        return Response(b"Not ready yet.\n", status=HTTPStatus.SERVICE_UNAVAILABLE)

    def _reload(self, environ: WSGIEnvironment) -> Response:
        # A browser names the page that makes it send a request, and our own pages send none.
        if "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE", "none") != "none":
            return Response(b"Not for web pages.\n", status=HTTPStatus.FORBIDDEN)
        problems = self._exporter.reload()
        if problems is None:
            return Response(b"Reloaded.\n")
        return Response(f"{problems}\n".encode(errors="backslashreplace"), status=HTTPStatus.BAD_REQUEST)
