from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, replace
from wsgiref.types import WSGIEnvironment
from wsgiref.util import setup_testing_defaults

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus

from log2metrics.web.access import may_read_logs
from log2metrics.web.app import App
from log2metrics.web.exporter import FileStatus, SourceStatus
from log2metrics.web.page import duration, size

from .exporters import NOW, STATUS, Program


@dataclass(frozen=True)
class Answer:
    """What a client of the application gets."""

    status: str
    headers: dict[str, str]
    body: bytes


class Client:
    """Asks an application without a server between them."""

    def __init__(self) -> None:
        self.program = Program()
        self.remote = "192.0.2.1"
        self._app = App(self.program, clock=lambda: NOW)

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Send one request; headers are named as in Python."""
        environ: WSGIEnvironment = {"PATH_INFO": path, "REQUEST_METHOD": method, "REMOTE_ADDR": self.remote}
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        setup_testing_defaults(environ)
        started: list[tuple[str, dict[str, str]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> object:
            assert len(headers) == len({name for name, _ in headers})
            started.append((status, dict(headers)))
            return None

        body = b"".join(self._app(environ, start_response))  # type: ignore[arg-type]  # nobody calls what it returns
        ((status, sent),) = started
        return Answer(status, sent, body)


@pytest.fixture
def client() -> Client:
    """Give a client of a program that is well."""
    return Client()


def test_metrics_are_scraped_when_asked_for(client: Client) -> None:
    """Each request is a barrier of its own; what comes back is the snapshot after it, and the process beside it."""
    first, second = client.ask("/metrics"), client.ask("/metrics")
    assert "200 OK" == first.status
    assert "text/plain; version=0.0.4; charset=utf-8" == first.headers["Content-Type"]
    assert b'sshd_logins_total{outcome="failed"} 1.0\n' in first.body
    assert b'sshd_logins_total{outcome="failed"} 2.0\n' in second.body
    names = {family.name for family in parse_prometheus(first.body.decode())}
    assert {"sshd_logins", "process_cpu_seconds", "python_info"} <= names


def test_openmetrics_is_given_to_those_who_accept_it(client: Client) -> None:
    """Prometheus asks for OpenMetrics first, and can read what it gets."""
    answer = client.ask("/metrics", accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    families = list(parse_openmetrics(answer.body.decode()))  # type: ignore[no-untyped-call]
    assert "sshd_logins" == families[0].name


def test_metrics_are_compressed_for_those_who_accept_it(client: Client) -> None:
    """Exposition text shrinks to a tenth; caches are told what it depends on."""
    answer = client.ask("/metrics", accept_encoding="deflate, gzip;q=1.0")
    assert "gzip" == answer.headers["Content-Encoding"]
    assert "Accept, Accept-Encoding" == answer.headers["Vary"]
    assert str(len(answer.body)) == answer.headers["Content-Length"]
    assert b"sshd_logins_total{" in gzip.decompress(answer.body)


@pytest.mark.parametrize("path", ["/", "/metrics", "/status.css", "/-/healthy", "/-/ready", "/api/v1/status"])
def test_head_is_get_without_the_body(client: Client, path: str) -> None:
    """A monitor that only wants to know whether it is there gets the same headers."""
    got, head = client.ask(path), client.ask(path, "HEAD")
    assert b"" == head.body
    assert (got.status, got.headers.keys()) == (head.status, head.headers.keys())


def test_health_is_being_able_to_answer(client: Client) -> None:
    """Healthy says that the process lives, whatever it is doing."""
    client.program.ready = False
    assert ("200 OK", b"Healthy.\n") == (client.ask("/-/healthy").status, client.ask("/-/healthy").body)


def test_ready_follows_the_program(client: Client) -> None:
    """503 until the program says that it has caught up."""
    assert "200 OK" == client.ask("/-/ready").status
    client.program.ready = False
    assert "503 Service Unavailable" == client.ask("/-/ready").status


def test_reload_tells_what_is_wrong(client: Client) -> None:
    """A good configuration gives 200, a bad one 400 and its problems as they are."""
    assert ("200 OK", b"Reloaded.\n") == (client.ask("/-/reload", "POST").status, client.ask("/-/reload", "POST").body)
    client.program.problems = "config.yml:3: no such pack: é\udcff"
    answer = client.ask("/-/reload", "POST")
    assert "400 Bad Request" == answer.status
    assert "config.yml:3: no such pack: é\\udcff\n" == answer.body.decode()
    assert "text/plain; charset=utf-8" == answer.headers["Content-Type"]


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec_fetch_site": "cross-site"}])
def test_web_pages_cannot_reload(client: Client, headers: dict[str, str]) -> None:
    """A page that an operator happens to read must not reach the exporter through their browser."""
    assert "403 Forbidden" == client.ask("/-/reload", "POST", **headers).status
    assert 0 == client.program.reloads


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [("/-/reload", "GET", "POST"), ("/-/reload", "HEAD", "POST"), ("/metrics", "POST", "GET, HEAD"), ("/", "PUT", "GET, HEAD")],
)
def test_wrong_method_is_told_the_right_one(client: Client, path: str, method: str, allowed: str) -> None:
    """405 names what is allowed, and does nothing else."""
    answer = client.ask(path, method)
    assert ("405 Method Not Allowed", allowed) == (answer.status, answer.headers["Allow"])
    assert 0 == client.program.reloads + client.program.scrapes


def test_unknown_path_is_not_echoed(client: Client) -> None:
    """404 says nothing of what was asked: that is a stranger's text."""
    answer = client.ask("/<script>alert(1)</script>")
    assert ("404 Not Found", b"Nothing here.\n") == (answer.status, answer.body)


def test_fault_in_the_program_is_an_answer(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """A bug is logged with its traceback and gives 500; the client learns nothing of the inside."""

    def fail() -> None:
        raise RuntimeError("secret")

    client.program.on_scrape = fail
    answer = client.ask("/metrics")
    assert ("500 Internal Server Error", b"Something went wrong; the log says what.\n") == (answer.status, answer.body)
    assert ["could not answer /metrics"] == caplog.messages
    assert caplog.records[0].exc_info is not None


def test_status_is_json_of_the_same_fields(client: Client) -> None:
    """The keys are those of the Status, and a path of any bytes is still JSON."""
    source = SourceStatus("a", 2, 1, (FileStatus("/log/\udcff", 5, 6, 7.5),))
    client.program.now_status = replace(STATUS, sources=(source,), last_reload_ok=False)
    answer = client.ask("/api/v1/status")
    assert "application/json" == answer.headers["Content-Type"]
    expected = {
        "ready": True,
        "version": "0.1.0",
        "started": STATUS.started,
        "sources": [
            {
                "name": "a",
                "lines": 2,
                "unmatched_lines": 1,
                "files": [{"path": "/log/\udcff", "offset": 5, "behind_bytes": 6, "last_line": 7.5}],
                "lines_per_second": 0.0,
                "samples": [],
            }
        ],
        "series": {"nginx_request_seconds": 12, "nginx_requests_total": 1000, "sshd_logins_total": 6},
        "last_reload_ok": False,
        "rule_seconds": {"sshd_logins_total": 1.25, "nginx_requests_total": 93.7},
        "suspended": ["nginx_requests_total"],
        "samples_shown": False,
    }
    assert expected == json.loads(answer.body)
    assert 0 == client.program.scrapes


HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:10414"}


@pytest.mark.parametrize(
    "environ",
    [
        HERE,
        {"REMOTE_ADDR": "::1", "HTTP_HOST": "[::1]:10414"},
        {"REMOTE_ADDR": "::ffff:127.0.0.1", "HTTP_HOST": "127.0.0.1"},
        {"REMOTE_ADDR": "127.0.0.9"},
        {"REMOTE_ADDR": "192.0.2.1", "REMOTE_USER": "mara", "HTTP_HOST": "alder:10414"},
    ],
)
def test_log_text_is_for_clients_here_and_those_who_are_known(environ: dict[str, str]) -> None:
    """On the loopback interface, by a name of it, or authenticated by the server."""
    assert may_read_logs(dict(environ))


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "192.0.2.1", "HTTP_HOST": "localhost"},
        {"REMOTE_ADDR": "2001:db8::1"},
        HERE | {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        HERE | {"HTTP_FORWARDED": "for=127.0.0.1"},
        HERE | {"HTTP_HOST": "evil.example:10414"},
        HERE | {"HTTP_HOST": "localhost.evil.example"},
        {"REMOTE_ADDR": "192.0.2.1", "HTTP_REMOTE_USER": "mara"},
    ],
)
def test_log_text_is_for_nobody_else(environ: dict[str, str]) -> None:
    """Not for other hosts, not through a proxy, and not for a page whose own name leads here."""
    assert not may_read_logs(dict(environ))


def test_samples_are_shown_here_and_nowhere_else(client: Client) -> None:
    """On the page and in the API alike; others are told that there are some."""
    client.remote = "127.0.0.1"
    here, api = words(client.ask("/")), json.loads(client.ask("/api/v1/status").body)
    assert "Connection reset by 192.0.2.1 port 40702 41 1 s ago" in here
    assert [41, 2] == [sample["count"] for sample in api["sources"][0]["samples"]]
    assert api["samples_shown"]
    client.remote = "192.0.2.1"
    there, api = client.ask("/"), client.ask("/api/v1/status")
    assert "shown on this host only" in words(there)
    assert b"40702" not in there.body + api.body


def test_samples_cannot_break_the_page(client: Client) -> None:
    """A line of a log is text: no tag of it survives, and nothing that can't be seen."""
    client.remote = "127.0.0.1"
    page = client.ask("/").body.decode()
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;\ufffd[2J\ufffd" in page


def words(answer: Answer) -> str:
    """Read the page's text without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.body.decode()).split())


def test_status_page_shows_what_is_going_on(client: Client) -> None:
    """Sources with their lines, files with their lag, and series per metric stand on one page."""
    text = words(client.ask("/"))
    assert "ready configuration in force up for 1 d 2 h" in text
    assert "auth 1,234,567 lines read, of them 89 unmatched; 12.5 lines a second" in text
    assert "/var/log/auth.log 46.0 MiB 0 B 12 s ago /var/log/secure 0 B 0 B none yet" in text
    assert "shop.example.org-access.log 7.0 GiB 1.5 MiB 1 h 1 min ago" in text
    assert "mail 0 lines read, of them 0 unmatched No file matches yet." in text
    assert "nginx_request_seconds 12 nginx_requests_total suspended: it takes too long 1,000 93.70 s" in text
    assert "sshd_logins_total 6 1.25 s" in text


def test_status_page_shows_what_is_wrong(client: Client) -> None:
    """Not ready, a refused reload, nothing configured: each is said in words."""
    client.program.ready = False
    client.program.now_status = replace(STATUS, sources=(), series={}, last_reload_ok=False)
    text = words(client.ask("/"))
    assert "not ready: still counting what was there at the start" in text
    assert "the last reload was refused; the configuration before it is in force" in text
    assert "No sources." in text
    assert "No metrics." in text


def test_status_page_cannot_be_broken_by_a_name(client: Client) -> None:
    """A file name is text: no tag of it survives, no character turns the line around, and any bytes can be shown."""
    source = SourceStatus("a", files=(FileStatus("/log/\udcff\u202e<img src=x>'\"", 0, 0),))
    client.program.now_status = replace(STATUS, sources=(source,))
    page = client.ask("/").body.decode()
    assert "/log/\ufffd\ufffd&lt;img src=x&gt;&#39;&#34;" in page


def test_status_page_needs_nothing_but_its_style(client: Client) -> None:
    """No script, no foreign resource: the policy forbids them and the page has none."""
    page, style = client.ask("/"), client.ask("/status.css")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    assert b"<script" not in page.body
    assert b"://" not in page.body
    assert b' style="' not in page.body
    assert "text/css; charset=utf-8" == style.headers["Content-Type"]
    assert b"url(" not in style.body


@pytest.mark.parametrize("path", ["/", "/metrics", "/nothing", "/-/reload"])
def test_every_answer_keeps_other_sites_away(client: Client, path: str) -> None:
    """Answers are neither cached nor sniffed nor of use to another site's page."""
    headers = client.ask(path).headers
    assert "no-store" == headers["Cache-Control"]
    assert "nosniff" == headers["X-Content-Type-Options"]
    assert "same-origin" == headers["Cross-Origin-Resource-Policy"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (59.9, "59 s"), (60, "1 min 0 s"), (3_599, "59 min 59 s"), (7_260, "2 h 1 min"), (90_000, "1 d 1 h")],
)
def test_durations_are_read_at_a_glance(seconds: float, text: str) -> None:
    """Two units are enough, and a clock that was set back is no negative time."""
    assert text == duration(seconds)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536 * 1024, "1.5 MiB"), (1 << 40, "1.0 TiB"), (1 << 52, "4096.0 TiB")],
)
def test_sizes_are_read_at_a_glance(count: int, text: str) -> None:
    """A unit keeps the number short, up to the largest there is."""
    assert text == size(count)
