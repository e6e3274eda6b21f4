"""Debian's Prometheus scrapes the exporter, and the numbers come back out of its query API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGKILL
from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import HOST, Process, Program, append, ask, free_port, until

pytestmark = pytest.mark.real
CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
- job_name: log2metrics
  static_configs: [{{targets: ["{target}"]}}]
"""


class Prometheus(Process):
    """A Prometheus that scrapes one exporter every second."""

    def __init__(self, binary: str, folder: Path, target: str) -> None:
        folder.mkdir()
        (folder / "prometheus.yml").write_text(CONFIG.format(target=target), encoding="utf-8")
        self.port = free_port()
        listen, storage = f"--web.listen-address={HOST}:{self.port}", f"--storage.tsdb.path={folder / 'data'}"
        super().__init__([binary, f"--config.file={folder / 'prometheus.yml'}", listen, storage], folder)
        until(self._ready, "Prometheus is ready")

    def _ready(self) -> bool:
        assert self.running, self.err
        try:
            return ask(self.port, "/-/ready").status == 200
        except OSError:
            return False

    def api(self, path: str) -> Any:  # noqa: ANN401  # JSON
        """The data of an answer of the API."""
        answer = json.loads(ask(self.port, f"/api/v1/{path}").body)
        assert answer["status"] == "success"
        return answer["data"]

    def by(self, label: str, query: str) -> dict[str, float]:
        """The values of a query's result now, by one of its labels."""
        result = self.api(f"query?query={quote(query)}")["result"]
        return {each["metric"].get(label, ""): float(each["value"][1]) for each in result}

    def value(self, query: str) -> float | None:
        """The only value of a query's result, or None while there is none."""
        return self.by("", query).get("")

    def wait_for(self, query: str, value: float) -> None:
        """Wait until this is the only value of a query's result."""
        until(lambda: self.value(query) == value, f"{query} is {value}")


@pytest.fixture
def port() -> int:
    """Where the exporter serves, over its restarts."""
    return free_port()


@pytest.fixture
def prometheus(installed: Callable[[str], str], tmp_path: Path, port: int) -> Iterator[Prometheus]:
    """A Prometheus that scrapes that port."""
    prometheus = Prometheus(installed("prometheus"), tmp_path / "prometheus", f"{HOST}:{port}")
    yield prometheus
    assert prometheus.end()


@pytest.mark.corpora
def test_the_numbers_come_back(program: Program, prometheus: Prometheus, corpora: Path, port: int) -> None:
    """Real logs that grow while they are followed give, in Prometheus, what is known to be in them."""
    truth = json.loads((corpora / "recorded-A" / "GROUND_TRUTH.json").read_text(encoding="utf-8"))
    auth, access = program.folder / "auth.log", program.folder / "access.log"
    auth.touch()
    access.touch()
    sources = (
        {"name": "auth", "files": ["auth.log"], "patterns": ["sshd", "sudo"]},
        {"name": "nginx", "files": ["access.log"], "patterns": ["nginx-access"]},
    )
    exporter = program.start(program.config(*sources, web={"listen": f"{HOST}:{port}"})).ready()
    for log, name in ((auth, "auth.log"), (access, "nginx-access-combined.log")):
        data = (corpora / "recorded-A" / name).read_bytes()
        for start in range(0, len(data), 10_000):
            append(log, data[start : start + 10_000])
            exporter.scrape()
    events = truth["auth.log"]["events_by_line"]
    outcomes = {
        "accepted": events["accepted_password"],
        "failed": events["failed_password"] + events["failed_password_invalid_user"],
    }
    prometheus.wait_for("log2metrics_lines_total{source='nginx'}", 484)
    assert outcomes == prometheus.by("outcome", "sum by (outcome) (sshd_logins_total)")
    statuses = prometheus.by("status", "sum by (status) (nginx_http_requests_total)")
    assert truth["nginx-access-combined.log"]["status"] == statuses
    prometheus.wait_for("sum(up)", 1)


def test_the_scrape_is_openmetrics(program: Program, prometheus: Prometheus, port: int) -> None:
    """Prometheus negotiates OpenMetrics: it takes every series, and knows counters by their families' names."""
    config = program.config(
        {"name": "auth", "files": ["auth.log"], "patterns": ["sshd", "nginx-access"]}, web={"listen": f"{HOST}:{port}"}
    )
    exporter = program.start(config).ready()
    prometheus.wait_for("sum(up)", 1)
    families = prometheus.api("metadata")
    assert "counter" == families["sshd_logins"][0]["type"]
    assert "histogram" == families["nginx_http_request_duration_seconds"][0]["type"]
    assert not [name for name in families if name.endswith("_created")]
    until(
        lambda: prometheus.value("sum(scrape_samples_scraped)") == len(exporter.scrape_openmetrics().values),
        "a scrape with every series",
    )


def test_a_killed_exporter_shows_no_reset(program: Program, prometheus: Prometheus, port: int) -> None:
    """`kill -9` and a restart are no counter reset in Prometheus, and the increase is what was written."""
    line = b"Nov 20 15:55:32 alder sshd[320]: Failed password for mara from 127.0.0.1 port 40710 ssh2\n"
    log = program.folder / "auth.log"
    log.touch()
    config = program.config({"name": "auth", "files": ["auth.log"], "patterns": ["sshd"]}, web={"listen": f"{HOST}:{port}"})
    total = 0
    for _ in range(3):
        exporter = program.start(config).ready()
        append(log, line * 5)
        total += 5
        prometheus.wait_for("sum(sshd_logins_total)", total)
        append(log, line * 2)
        total += 2
        exporter.stop(SIGKILL)
    program.start(config).ready()
    prometheus.wait_for("sum(sshd_logins_total)", total)
    assert 0 == prometheus.value("sum(resets(sshd_logins_total[5m]))")
    assert 0 == prometheus.value("sum(resets(log2metrics_lines_total[5m]))")
