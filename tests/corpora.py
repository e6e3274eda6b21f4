"""The table of docs/corpora.md: what the packs make of real logs that nobody here wrote.

`python -m tests.corpora > docs/corpora.md` makes it anew. For every log: how many of its lines some pack that fits counts; and
where it is known what the log holds, precision (how much of what was counted is there) and recall (how much of what is there
was counted).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from log2metrics.flow import HistogramValue
from log2metrics.match.formats import Format, line_format
from log2metrics.shape.shape import Shape
from log2metrics.store.store import Store
from log2metrics.telemetry import Telemetry
from tests.packs.library import packs, ruleset

FOLDER = Path(__file__).parents[2] / "shared" / "corpora"
HEAD = """\
# The packs on real logs

Logs of other projects and machines, and what the shipped packs make of them. *Matched* are the lines that some of the packs count. Where it is known what a log holds, *precision* is how much of what was counted is there, and *recall* how much of what is there was counted. Most lines that none counts tell of nothing to count, such as `Running @reboot jobs`, or belong to the message above them; a stack trace is one line here. The logs are kept beside the repository; `python -m tests.corpora` makes this page.

| log | packs | lines | matched | known | precision | recall |
|---|---|---|---|---|---|---|
"""  # noqa: E501  # a paragraph is one line

REQUEST_LABELS = ("request_method", "request_status", "status_code", "status")

Numbers = Counter[str]
Known = Callable[[Any, "Found"], tuple[Numbers, Numbers]]  # of what is known and what was found: both under the same names


@dataclass(frozen=True)
class Found:
    """What packs counted in a log: per metric, times by label values in order of the labels' names; sums of histograms."""

    metrics: dict[str, Counter[tuple[str, ...]]]
    sums: dict[str, float]

    def by(self, metric: str, *places: int) -> Numbers:
        """The sums of a metric by the labels in these places."""
        sums: Numbers = Counter()
        for labels, times in self.metrics[metric].items():
            sums[" ".join(labels[place] for place in places)] += times
        return sums


@dataclass(frozen=True)
class Log:
    """One file, the packs that fit it, and how what is known of it compares."""

    path: str
    packs: tuple[str, ...]
    what: str = ""
    known: Known | None = None
    but: bytes | None = None  # lines with this in them are left out


def requests(metric: str) -> Known:
    """Compare requests by method and status."""
    return lambda truth, found: (
        Counter({key.replace("None", "other"): times for key, times in truth["method_status"].items()}),
        found.by(metric, 1, 2),
    )


def logins(truth: Any, found: Found) -> tuple[Numbers, Numbers]:  # noqa: ANN401  # JSON
    """Compare what activity counts."""
    events = Counter(truth["events_by_line"])
    known = Counter({
        "accepted": events["accepted_password"] + events["accepted_publickey"],
        "failed": events["failed_password"] + events["failed_password_invalid_user"],
        "sudo": events["sudo_command"] + events["sudo_incorrect_password"] + events["sudo_not_in_sudoers"]
        + events["sudo_command_not_allowed"],
        "cron": events["cron_cmd"],
    })  # fmt: skip
    activity = found.by("host_activity_total", 0)
    names = {"sshd_success": "accepted", "sshd_failure": "failed", "sudo": "sudo", "cron": "cron"}
    return known, Counter({names[kind]: times for kind, times in activity.items()})


def ssh(truth: Any, found: Found) -> tuple[Numbers, Numbers]:  # noqa: ANN401  # JSON
    """Compare sshd's logins; of failed ones, those by password are known."""
    events = Counter(truth["events_by_line"])
    known = Counter({
        "accepted password": events["accepted_password"],
        "accepted publickey": events["accepted_publickey"],
        "failed password": events["failed_password"] + events["failed_password_invalid_user"],
    })  # fmt: skip
    counted = found.by("sshd_logins_total", 1, 0)
    return known, Counter({name: times for name, times in counted.items() if name in known})


def jobs(truth: Any, found: Found) -> tuple[Numbers, Numbers]:  # noqa: ANN401  # JSON
    """Compare cron's jobs."""
    return Counter({"": truth["events_by_line"]["cron_cmd"]}), found.by("cron_jobs_total")


def programs(truth: Any, found: Found) -> tuple[Numbers, Numbers]:  # noqa: ANN401  # JSON
    """Compare messages by program."""
    return Counter(truth["program"]), found.by("syslog_messages_total", 0)


def totals(truth: Any, found: Found) -> tuple[Numbers, Numbers]:  # noqa: ANN401  # JSON
    """Compare what NSD said last of its queries and of all else that it counts."""
    last = {**truth["last_NSTATS"], **truth["last_XSTATS"]}
    known = Counter({name: int(number) for name, number in last.items()})
    return known, found.by("nsd_queries", 0) + found.by("nsd_statistics", 0)


def levels(metric: str) -> Known:
    """Compare messages by level."""
    return lambda truth, found: (Counter({key.lower(): times for key, times in truth["level"].items()}), found.by(metric, 0))


def rejects(truth: Any, found: Found) -> tuple[Numbers, Numbers]:  # noqa: ANN401  # JSON
    """Compare Exim's reasons."""
    known = Counter({key.lower().replace(" ", "_"): times for key, times in truth["reject_reason"].items()})
    reasons = found.by("exim_recipient_reject_reasons_total", 0)
    del reasons["other"]
    return known, reasons


def golden(file: str, counter: str, metric: str, *places: int) -> Known:
    """Compare requests by method and status, or by one of them, with what mtail counts."""

    def compare(_: object, found: Found) -> tuple[Numbers, Numbers]:
        known: Numbers = Counter()
        for labels, number in mtail(file, counter):
            known[" ".join(labels[label] for label in REQUEST_LABELS if label in labels)] += number
        return known, found.by(metric, *places)

    return compare


def mtail(file: str, counter: str) -> Iterator[tuple[dict[str, str], int]]:
    """What mtail counts under a name: labels and numbers."""
    for line in (FOLDER / "mtail/testdata" / file).read_text(encoding="utf-8").splitlines():
        _, name, *labels, number, _ = line.split()
        if name == counter:
            yield dict(pair.split("=", 1) for text in labels for pair in text.strip("{}").split(",")), int(number)


def slow(_: object, found: Found) -> tuple[Numbers, Numbers]:
    """Compare with what mtail counts: slow queries, the seconds that they took, and those that they waited for locks."""
    names = {
        "query_time_total_count": found.metrics["mysql_slow_query_duration_seconds"].total(),
        "query_time_overall_sum": int(found.sums["mysql_slow_query_duration_seconds"]),
        "lock_time_overall_sum": found.metrics["mysql_slow_query_lock_seconds_total"].total(),
    }
    known = Counter({name: number for name in names for _, number in mtail("mysql_slowqueries.golden", name)})
    return known, Counter(names)


def traces(truth: Any, found: Found) -> tuple[Numbers, Numbers]:  # noqa: ANN401  # JSON
    """Compare messages by level, tracebacks, and exceptions that the application did not catch."""
    known, counted = levels("uvicorn_messages_total")(truth, found)
    known += Counter({"tracebacks": truth["lines_Traceback"], "exceptions": truth["Exception_in_ASGI_application"]})
    tracebacks = found.metrics["python_tracebacks_total"].total()
    return known, counted + Counter({"tracebacks": tracebacks, "exceptions": found.metrics["uvicorn_exceptions_total"].total()})


WEB = ("nginx-access",)
AUTH = ("activity", "cron", "login", "pam", "polkit", "sshd", "su", "sudo", "systemd", "useradd")
HOST = (*AUTH, "kernel", "nginx-access", "nsd")
LOGS = (
    Log("elastic-examples/Common_Data_Formats/apache_logs/apache_logs", ("apache-access",), "requests",
        requests("apache_http_requests_total")),
    Log("elastic-examples/Machine_Learning/Security_Analytics_Recipes/suspicious_login_activity/data/auth.log", AUTH,
        "SSH logins, but repeated ones", ssh, b": message repeated "),
    Log("basjes-apache/hackers-access.log", ("apache-access",), "requests", requests("apache_http_requests_total")),
    Log("zanbil-nginx/grafana-agent-short-access.log", WEB, "requests", requests("nginx_http_requests_total")),
    Log("zanbil-nginx/lnav-logfile_shop_access_log.0", WEB, "requests", requests("nginx_http_requests_total")),
    Log("recorded-A/nginx-access-combined.log", WEB, "requests", requests("nginx_http_requests_total")),
    Log("recorded-A/nginx-access-ext.log", WEB, "requests", requests("nginx_http_requests_total")),
    Log("recorded-A/nginx-via-syslog.log", WEB),
    Log("recorded-A/nginx-error.log", ("nginx-error",), "levels", levels("nginx_error_log_messages_total")),
    Log("recorded-A/auth.log", AUTH, "logins, sudo, cron", logins),
    Log("recorded-A/syslog.rfc3164.log", HOST, "logins, sudo, cron", logins),
    Log("recorded-A/syslog.iso8601.log", HOST, "logins, sudo, cron", logins),
    Log("recorded-A/syslog.rfc5424.log", HOST, "logins, sudo, cron", logins),
    Log("recorded-A/cron.log", ("cron",), "jobs", jobs),
    Log("recorded-A/daemon.log", ("syslog",), "messages by program", programs),
    Log("recorded-A/nsd.log", ("nsd",), "NSD's own totals", totals),
    Log("recorded-A/uvicorn.log", ("uvicorn", "python-traceback"), "levels, tracebacks, exceptions", traces),
    Log("mtail/testdata/apache-combined.log", ("apache-access",), "requests, by mtail",
        golden("apache-combined.golden", "apache_http_requests_total", "apache_http_requests_total", 1, 2)),
    Log("mtail/testdata/apache-common.log", ("apache-access",), "requests, by mtail",
        golden("apache-common.golden", "apache_http_requests_total", "apache_http_requests_total", 1, 2)),
    Log("mtail/testdata/lighttpd_access.log", ("apache-access",), "requests, by mtail, but health checks",
        golden("lighttpd_accesslog.golden", "request", "apache_http_requests_total", 2), b"/healthz"),
    Log("mtail/testdata/mysql_slowqueries.log", ("mysql",), "slow queries, by mtail", slow),
    Log("grok/grok_exporter/example/exim-rejected-RCPT-examples.log", ("exim",), "reasons", rejects),
    Log("fluentd/fluentd-own-log.log", ("fluentd",), "levels", levels("fluentd_messages_total")),
    Log("envoy-misc/istio-proxy.log", ("envoy",)),
    Log("lnav/logfile_haproxy.0", ("haproxy",)),
    Log("lnav/logfile_mysql_error.0", ("mysql",)),
    Log("lnav/logfile_grafana.0", ("logfmt",)),
    Log("lnav/logfile_logfmt.0", ("logfmt",)),
    Log("plaso/test_data/audit_enriched.log", ("audit",)),
    Log("plaso/test_data/dpkg.log", ("dpkg",)),
    Log("plaso/test_data/postgresql.log", ("postgresql",)),
    Log("plaso/test_data/vsftpd.log", ("vsftpd",)),
    Log("plaso/test_data/syslog/syslog_cron.log", ("cron",)),
)  # fmt: skip
SAME_AS = {"recorded-A/syslog.rfc5424.log": "recorded-A/syslog.rfc3164.log"}  # the same messages in another format
GROK = {
    "CRONLOG": "cron", "SYSLOGPAMSESSION": "pam", "EXIM": "exim", "REDISLOG": "redis",
    "HAPROXYHTTP": "haproxy", "HAPROXYHTTPBASE": "haproxy", "HAPROXYTCP": "haproxy",
    "HTTPD_COMBINEDLOG": "apache-access", "HTTPD_ERRORLOG": "apache-error",
    "CONNECT sample": "squid", "GET sample": "squid",
}  # fmt: skip
MORE = {"fluentd/fluentd-own-log.log": {"level": {"info": 60, "warn": 4, "error": 1}}}  # as its MANIFEST.md says


def page() -> str:
    """Render the page."""
    return HEAD + "".join(map(row, LOGS)) + "\n" + headers() + "\n" + grok()


def row(log: Log) -> str:
    """Render one log's row."""
    data = lines_of(log)
    tally = ruleset(*(packs()[name] for name in log.packs)).count(data)
    scores = " - | - " if log.known is None else " | ".join(map(percent, compared(log, found(log, data))))
    cells = (log.path, ", ".join(log.packs), str(tally.lines), percent(tally.matched / tally.lines), log.what or "-", scores)
    return f"| {' | '.join(cell.strip() for cell in cells)} |\n"


def lines_of(log: Log) -> bytes:
    """The lines of a log, as its packs see them."""
    lines = (FOLDER / log.path).read_bytes().removesuffix(b"\n").split(b"\n")
    data = b"".join(line + b"\n" for line in lines if log.but is None or log.but not in line)
    joined = {packs()[name].multiline for name in log.packs} - {None}
    return Shape(multiline=joined.pop()).all_lines(data) if joined else data


def compared(log: Log, counted: Found) -> tuple[float, float]:
    """The precision and recall of what was counted in a log."""
    assert log.known is not None
    known, got = log.known(truth(log.path), counted)
    right = (known & got).total()
    return right / got.total(), right / known.total()


def truth(path: str) -> Any:  # noqa: ANN401  # JSON
    """What is known of a log."""
    corpus, _, name = SAME_AS.get(path, path).partition("/")
    file = FOLDER / corpus / "GROUND_TRUTH.json"
    return MORE.get(path) or (json.loads(file.read_text(encoding="utf-8"))[name] if file.exists() else None)


def found(log: Log, data: bytes) -> Found:
    """What the packs of a log count in it."""
    chosen = [packs()[name] for name in log.packs]
    store = Store([metric for pack in chosen for metric in pack.metrics], Telemetry())
    store.apply(ruleset(*chosen).count(data), 0)
    metrics, sums = {}, {}
    for family in store.families(0):
        numbers = {
            tuple(text for _, text in labels): value.observations if isinstance(value, HistogramValue) else value
            for labels, value in family.series.items()
        }
        metrics[family.metric.name] = Counter({labels: int(number) for labels, number in numbers.items() if number})
        sums[family.metric.name] = sum(value.sum for value in family.series.values() if isinstance(value, HistogramValue))
    return Found(metrics, sums)


def headers() -> str:
    """Tell how many valid headers of syslog are read."""
    cases = list(syslog_cases())
    read = sum(line_format(Format.SYSLOG).parse(line) is not None for line in cases)
    share = percent(read / len(cases))
    return f"Of the {len(cases)} valid messages in the tests of two syslog parsers, {read} are read ({share}).\n"


def grok() -> str:
    """Tell how many of grok's own lines are counted."""
    cases = list(grok_cases())
    counted = sum(ruleset(packs()[name]).count(f"{line}\n".encode()).matched for name, line in cases)
    known = f"{counted} ({percent(counted / len(cases))})"
    return f"Of the {len(cases)} lines in the tests of grok's patterns for these servers, their packs count {known}.\n"


def grok_cases() -> Iterator[tuple[str, str]]:
    """The lines of grok's patterns that a pack is for, each with the name of the pack."""
    for text in (FOLDER / "grok/logstash-patterns-core/cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(text)
        if name := GROK.get(case["pattern"]):
            yield name, case["line"]


def syslog_cases() -> Iterator[str]:
    """The messages that their authors call valid."""
    for text in (FOLDER / "syslog-rfc-a" / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(text)
        if case["valid"]:
            yield case["line"]


def percent(share: float) -> str:
    """A share with one decimal, and never 100 where something is missing."""
    return f"{int(share * 1000) / 10:g} %"


if __name__ == "__main__":
    sys.stdout.write(page())
