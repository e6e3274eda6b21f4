"""A program for the web room to show, in place of the real one."""

from __future__ import annotations

from collections.abc import Callable

from log2metrics.flow import Family, Snapshot
from log2metrics.metric import Label, Metric, MetricType
from log2metrics.web.exporter import FileStatus, SampleStatus, SourceStatus, Status

NOW = 1_700_000_000.0
LOGINS = Metric("sshd_logins_total", MetricType.COUNTER, "SSH logins.", (Label("outcome"),))

STATUS = Status(
    version="0.1.0",
    started=NOW - 93_784,
    sources=(
        SourceStatus(
            "auth",
            lines=1_234_567,
            unmatched_lines=89,
            lines_per_second=12.5,
            samples=(
                SampleStatus(
                    "sshd: Connection reset by <address> port <number>",
                    "Nov 14 22:13:19 alder sshd[312]: Connection reset by 192.0.2.1 port 40702",
                    41,
                    NOW - 1,
                ),
                SampleStatus("evil: <*>", 'evil: <img src=x onerror="alert(1)">\x1b[2J\u202e', 2, NOW - 65),
            ),
            files=(
                FileStatus("/var/log/auth.log", 48_211_933, 0, NOW - 12),
                FileStatus("/var/log/secure", 0, 0, None),
            ),
        ),
        SourceStatus(
            "nginx",
            lines=98_765_432,
            files=(
                FileStatus("/var/log/nginx/shop.example.org-access.log", 7_511_482_001, 1_572_864, NOW - 3_700),
                FileStatus('/var/log/nginx/<img src=x onerror="alert(1)">\u202e-access.log', 511, 0, NOW - 200_000),
            ),
        ),
        SourceStatus("mail"),
    ),
    rule_seconds={"sshd_logins_total": 1.25, "nginx_requests_total": 93.7},
    suspended=("nginx_requests_total",),
    series={"sshd_logins_total": 6, "nginx_requests_total": 1_000, "nginx_request_seconds": 12},
)


class Program:
    """An Exporter whose every answer can be set."""

    def __init__(self) -> None:
        self.ready = True
        self.scrapes = 0
        self.reloads = 0
        self.problems: str | None = None
        self.now_status = STATUS
        self.on_scrape: Callable[[], object] = lambda: None

    def scrape(self) -> Snapshot:
        """Give a counter that says how often this was called."""
        self.on_scrape()
        self.scrapes += 1
        return Snapshot((Family(LOGINS, {(("outcome", "failed"),): float(self.scrapes)}),), timestamp=NOW)

    def reload(self) -> str | None:
        """Give the problems that were set."""
        self.reloads += 1
        return self.problems

    def status(self) -> Status:
        """Give the status that was set."""
        return self.now_status
