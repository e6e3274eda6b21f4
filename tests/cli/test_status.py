"""`status`: what the running exporter says it is doing."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from log2metrics.web.app import App
from log2metrics.web.page import rate
from log2metrics.web.server import WebServer
from tests.cli.conftest import Invoke
from tests.cli.files import write_config, write_pack
from tests.web.exporters import NOW, STATUS, Program


@contextmanager
def serving(app: WSGIApplication) -> Iterator[str]:
    """A server of this application, by its address."""
    server = WebServer(app, ("127.0.0.1", 0))
    server.start()
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        server.stop()


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Program:
    """A program that is well, at a time that stands still."""
    monkeypatch.setattr("log2metrics.cli.status.time.time", lambda: NOW)
    return Program()


def test_status_is_read_at_a_glance(invoke: Invoke, program: Program) -> None:
    """Files and how far behind, rates, samples of unmatched lines, slow rules."""
    with serving(App(program)) as address:
        shown = invoke("status", "--address", address).stdout
    assert "log2metrics 0.1.0, up for 1 d 2 h, ready\n" in shown
    assert "auth  1,234,567 lines, 12.5 a second; 89 unmatched\n" in shown
    assert "  /var/log/auth.log  up to date, last line 12 s ago\n" in shown
    assert "  /var/log/nginx/shop.example.org-access.log  1.5 MiB behind, last line 1 h 1 min ago\n" in shown
    assert "  /var/log/secure  up to date, no line yet\n" in shown
    assert "mail  0 lines; 0 unmatched\n  no file matches yet\n" in shown
    assert "unmatched  sshd: Connection reset by <address> port <number>  (41 sampled, latest 1 s ago)\n" in shown
    assert ["  nginx_requests_total     93.700 s", "  sshd_logins_total         1.250 s"] == [
        line for line in shown.splitlines() if line.endswith("0 s")
    ]
    assert "nginx_requests_total is suspended: a rule of it takes too long" in shown


@pytest.mark.parametrize(("per_second", "shown"), [(0.25, "0.25"), (99.96, "100"), (59395.1, "59,395"), (1.2e6, "1,200,000")])
def test_a_rate_is_a_number_that_one_can_read(per_second: float, shown: str) -> None:
    """No powers of ten."""
    assert shown == rate(per_second)


def test_what_is_wrong_is_said(invoke: Invoke, program: Program) -> None:
    """Not ready, and a refused reload."""
    program.ready = False
    program.now_status = replace(STATUS, last_reload_ok=False, rule_seconds={}, suspended=())
    with serving(App(program)) as address:
        shown = invoke("status", "--address", address).stdout
    assert "not ready: counting what was there" in shown
    assert "the last reload was refused" in shown
    assert "slowest" not in shown


def test_nothing_of_a_line_moves_the_cursor(invoke: Invoke, program: Program) -> None:
    """Neither a path nor a sample: log text is written by attackers."""
    with serving(App(program)) as address:
        shown = invoke("status", "--address", address).stdout
    assert r"<img src=x onerror=" in shown
    assert set() == set(shown) & set("\x1b\u202e")


def test_json_is_what_the_exporter_says(invoke: Invoke, program: Program) -> None:
    """For scripts."""
    with serving(App(program)) as address:
        document = json.loads(invoke("status", "--address", address, "--json").stdout)
    assert 1_234_567 == document["sources"][0]["lines"]


def test_samples_that_are_kept_back_are_told(invoke: Invoke, program: Program) -> None:
    """One who asks from elsewhere learns where to ask."""
    program.now_status = STATUS.without_log_text

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return App(program)(environ | {"REMOTE_ADDR": "192.0.2.1"}, start_response)

    with serving(app) as address:
        shown = invoke("status", "--address", address).stdout
    assert "samples of unmatched lines are shown to clients on its own host" in shown


def test_a_config_says_where_to_ask(invoke: Invoke, program: Program, tmp_path: Path) -> None:
    """Where its exporter listens; on all addresses is here too."""
    write_pack(tmp_path)
    with serving(App(program)) as address:
        config = write_config(tmp_path, web={"listen": f"0.0.0.0:{address.rpartition(':')[2]}"})
        assert "auth" in invoke("status", "-c", config).stdout
    assert "its exporter can't be asked" in invoke("status", "-c", write_config(tmp_path, web="none")).stderr
    assert "not both" in invoke("status", "-c", config, "--address", "x:1").stderr
    assert "write HOST:PORT" in invoke("status", "--address", "x").stderr


def test_nobody_there_is_said(invoke: Invoke) -> None:
    """With the address that was asked, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = invoke("status", "--address", f"127.0.0.1:{port}", fails=True).exception
    assert f"nothing answers at 127.0.0.1:{port} (Connection refused): start `log2metrics run`" in str(error)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        ("404 Not Found", b"no", "answers 404 Not Found: is that log2metrics?"),
        ("200 OK", b"<html>", "is no log2metrics: it sends no JSON"),
        ("200 OK", b"[]", "is no log2metrics: it sends other JSON"),
        ("200 OK", b'{"sources": 5, "ready": true}', "an exporter of another version"),
    ],
)
def test_another_server_is_told_from_ours(invoke: Invoke, status: str, body: bytes, told: str) -> None:
    """Whatever it answers, there is no traceback."""

    def app(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, [("Content-Length", str(len(body)))])
        return [body]

    with serving(app) as address:
        assert told in str(invoke("status", "--address", address, fails=True).exception)
