"""Debian's nginx writes the access log, logrotate rotates it, and every request is counted once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness import HOST, Exporter, Process, Program, ask, free_port, until
from tests.real.logrotate import Logrotate

pytestmark = pytest.mark.real
CONFIG = """
daemon off;
worker_processes 1;
{user}
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    log_format timed '$remote_addr - $remote_user [$time_local] "$request" '
                     '$status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time';
    access_log {folder}/access.log {format};
    server {{
        listen {host}:{port};
        location / {{ return 200 "hello, hello"; }}
        location /missing {{ return 404; }}
        location /moved {{ return 301 /; }}
        location /broken {{ return 500; }}
    }}
}}
"""
STATUSES = {"/": "200", "/missing": "404", "/moved": "301", "/broken": "500"}
METHODS = {"GET": "GET", "POST": "POST", "HEAD": "HEAD", "PUT": "PUT", "PURGE": "other"}


class Nginx(Process):
    """An nginx that answers a few paths, and logs in this format."""

    def __init__(self, binary: str, folder: Path, log_format: str) -> None:
        folder.mkdir(mode=0o755)
        self.path, self.pid_file = folder / "access.log", folder / "pid"
        self.port = free_port()
        self.counted: Counter[tuple[str, ...]] = Counter()
        self.body_bytes = 0
        config = folder / "nginx.conf"
        user = "user root;" if os.getuid() == 0 else ""  # the worker opens the log again in a folder of the tests' own
        text = CONFIG.format(user=user, folder=folder, format=log_format, host=HOST, port=self.port)
        config.write_text(text, encoding="ascii")
        super().__init__([binary, "-p", folder, "-e", folder / "error.log", "-c", config], folder)
        until(self._answers, "nginx answers")

    def _answers(self) -> bool:
        assert self.running, self.err
        try:
            self.ask("GET", "/")
        except OSError:
            return False
        return True

    def ask(self, method: str, path: str) -> None:
        """Make one request, and take note of what the log must say of it."""
        answer = ask(self.port, path, method)
        self.body_bytes += len(answer.body)
        self.counted[METHODS[method], STATUSES[path]] += 1

    def ask_everything(self) -> None:
        """Make 20 requests: every method on every path."""
        for method in METHODS:
            for path in STATUSES:
                self.ask(method, path)


Start = Callable[[str], Nginx]


@pytest.fixture
def start(installed: Callable[[str], str], tmp_path: Path) -> Iterator[Start]:
    """Start an nginx that logs in this format."""
    started: list[Nginx] = []

    def start(log_format: str) -> Nginx:
        started.append(Nginx(installed("nginx"), tmp_path / "nginx", log_format))
        return started[-1]

    yield start
    assert all(nginx.end() for nginx in started)


def follow(program: Program, nginx: Nginx) -> Exporter:
    """An exporter that follows the access log from its first byte."""
    source = {"name": "nginx", "files": [str(nginx.path)], "patterns": ["nginx-access"], "start_at": "beginning"}
    return program.start(program.config(source)).ready()


def wait_for(exporter: Exporter, nginx: Nginx) -> None:
    """Wait until as many lines are counted as requests were made: nginx logs after it has answered."""
    total = nginx.counted.total()
    until(lambda: exporter.scrape().total("log2metrics_lines_total") >= total, f"{total} lines")


@pytest.mark.parametrize(("log_format", "timed"), [("combined", False), ("timed", True)])
def test_requests_are_counted(program: Program, start: Start, log_format: str, *, timed: bool) -> None:
    """Requests by method and status, bytes, and the time they took where the format has it, are what was asked for."""
    nginx = start(log_format)
    exporter = follow(program, nginx)
    for _ in range(5):
        nginx.ask_everything()
    wait_for(exporter, nginx)
    samples = exporter.scrape()
    assert nginx.counted == samples.by("nginx_http_requests_total", "method", "status")
    assert nginx.body_bytes == samples.total("nginx_http_response_bytes_total")
    timed_requests = nginx.counted.total() if timed else 0
    assert timed_requests == samples.total("nginx_http_request_duration_seconds_count")


@pytest.mark.parametrize("way", ["copytruncate", "create"])
def test_a_rotation_loses_nothing(program: Program, start: Start, installed: Callable[[str], str], way: str) -> None:
    """Four rotations, by copying and truncating or by renaming and a USR1, between requests: each request counts once."""
    nginx = start("combined")
    exporter = follow(program, nginx)
    reopen = f"postrotate\nkill -USR1 $(cat {nginx.pid_file})\nendscript" if way == "create" else ""
    logrotate = Logrotate(installed("logrotate"), nginx.path, f"rotate 9\n{way}\n{reopen}")
    for _ in range(4):
        nginx.ask_everything()
        wait_for(exporter, nginx)
        logrotate.rotate()
        nginx.ask_everything()
        wait_for(exporter, nginx)
    kind = {"copytruncate": "truncated", "create": "renamed"}[way]
    assert nginx.counted == exporter.scrape().by("nginx_http_requests_total", "method", "status")
    assert 4 == exporter.scrape().total("log2metrics_rotations_total", kind=kind)
