"""`demo`: see it work within seconds, and leave nothing behind."""

from __future__ import annotations

import re

from tests.harness import HOST, Process, Program, Samples, ask, until

ADDRESS = re.compile(r"http://localhost:(\d+)/metrics")


def test_it_shows_counters_and_leaves_nothing(program: Program) -> None:
    """After its seconds it exits with 0, has shown counters that are not zero, and its folder is gone."""
    done = program.run("demo", "--seconds", "2", "--listen", f"{HOST}:0")
    assert (0, "") == (done.returncode, done.stderr)
    shown = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines() if re.match(r"\w+(\{.*\})? [\d.e+]+$", line))
    assert any(series.startswith("sshd_logins_total{") for series in shown)
    assert sum(float(value) for series, value in shown.items() if series.startswith("nginx_http_requests_total")) > 0


def test_its_counters_move(program: Program) -> None:
    """While it runs, /metrics shows requests, and more of them a moment later; Ctrl-C ends it with 0."""
    demo = Process(program.arguments("demo", "--listen", f"{HOST}:0"), program.folder / "demo", program.env())
    try:
        port = int(until(lambda: ADDRESS.search(demo.out), "an address")[1])

        def requests() -> float:
            return sum(Samples.parse(ask(port, "/metrics").body.decode()).by("nginx_http_requests_total").values())

        first = until(requests, "requests")
        assert until(lambda: requests() > first, "more requests")
        assert 0 == demo.stop()
        assert "" == demo.err
    finally:
        assert demo.end()
