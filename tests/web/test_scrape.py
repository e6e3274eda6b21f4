from __future__ import annotations

import pytest

from log2metrics.flow import Snapshot
from log2metrics.web.scrape import Scrape
from tests.sinks.snapshots import EXAMPLE


@pytest.mark.parametrize(
    ("accept", "content_type", "last_line"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8", "40.0\n"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8", "40.0\n"),
        (
            "application/openmetrics-text;version=1.0.0;escaping=values;q=0.6,text/plain;version=0.0.4;q=0.5",
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
            "# EOF\n",
        ),
        ("application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8", "# EOF\n"),
    ],
)
def test_accept_header_chooses_the_format(accept: str, content_type: str, last_line: str) -> None:
    """OpenMetrics for those who ask, the old text for everybody else, and names as they are in either."""
    body, got = Scrape(lambda: EXAMPLE).answer(accept)
    assert content_type == got
    assert b'\nsshd_logins_total{method="password",outcome="failed"} 12.0\n' in body
    assert last_line.encode() in body


@pytest.mark.parametrize("accept", ["text/plain;version=x.y", "application/openmetrics-text;version=;;", ",;=,", "é"])
def test_nonsense_in_the_accept_header_is_harmless(accept: str) -> None:
    """A stranger's header gets an exposition, never an error."""
    body, _ = Scrape(lambda: EXAMPLE).answer(accept)
    assert b"sshd_logins_total{" in body


def test_daemon_tells_of_its_process() -> None:
    """The registry of the daemon has process and Python metrics beside the snapshot, each exactly once."""
    body, _ = Scrape(lambda: EXAMPLE).answer("")
    for name in (b"process_cpu_seconds_total", b"python_info", b"log2metrics_lines_total"):
        assert 1 == body.count(b"# TYPE " + name + b" ")


def test_snapshot_is_taken_once_per_scrape() -> None:
    """Registering does not count as a scrape: a barrier is raised when somebody waits for it."""
    taken = []

    def snapshot() -> Snapshot:
        taken.append(EXAMPLE)
        return EXAMPLE

    scrape = Scrape(snapshot)
    assert 0 == len(taken)
    scrape.answer("")
    assert 1 == len(taken)
