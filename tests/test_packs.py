"""The shipped packs: proven by their examples, named as Prometheus asks for, and right over logs that nobody here wrote."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from log2metrics.config.packs import library, library_folder, load_packs
from log2metrics.config.settings import Pack
from log2metrics.examples import run_examples
from log2metrics.flow import HistogramValue
from log2metrics.match.ruleset import Group, Ruleset
from log2metrics.metric import MetricType
from log2metrics.shape.shape import Shape
from log2metrics.shape.wrapping import Unwrap
from log2metrics.store.store import Store
from log2metrics.telemetry import Telemetry

APACHE = "elastic-examples/Common_Data_Formats/apache_logs/apache_logs"
UBUNTU = "elastic-examples/Machine_Learning/Security_Analytics_Recipes/suspicious_login_activity/data/auth.log"


@cache
def pack(name: str) -> Pack:
    """A shipped pack."""
    return load_packs([name], library_folder())[0]


def ruleset(*packs: Pack) -> Ruleset:
    """The rules of these packs, as one source has them."""
    return Ruleset([Group(each.format, frozenset(each.programs), each.rules) for each in packs])


def joined(each: Pack, data: bytes) -> bytes:
    """The lines as the pack sees them."""
    return Shape(multiline=each.multiline).all_lines(data)


def count(name: str, data: bytes) -> dict[str, Counter[tuple[str, ...]]]:
    """What a pack counts in these lines: by metric, the series that are not zero by their label values."""
    store = Store(pack(name).metrics, Telemetry())
    store.apply(ruleset(pack(name)).count(joined(pack(name), data)), 0)
    found: dict[str, Counter[tuple[str, ...]]] = {}
    for family in store.families(0):
        numbers = {
            labels: value.observations if isinstance(value, HistogramValue) else value
            for labels, value in family.series.items()
        }
        found[family.metric.name] = Counter(
            {tuple(text for _, text in labels): int(number) for labels, number in numbers.items() if number}
        )
    return found


def truth(corpora: Path, file: str) -> Any:  # noqa: ANN401  # JSON
    """What is known of a file, by its path below the corpora."""
    corpus, _, name = file.partition("/")
    return json.loads((corpora / corpus / "GROUND_TRUTH.json").read_text(encoding="utf-8"))[name]


# What rsyslog wrote, and by which of these files it is known what is in it: the last three hold the same messages.
SYSLOGS = {
    "auth.log": "auth.log",
    "syslog.rfc3164.log": "syslog.rfc3164.log",
    "syslog.iso8601.log": "syslog.rfc3164.log",
    "syslog.rfc5424.log": "syslog.rfc3164.log",
}


@pytest.mark.parametrize("name", library())
def test_the_examples_hold(name: str) -> None:
    """Every example gives these series, and nothing but these."""
    assert [] == run_examples(pack(name))


@pytest.mark.parametrize("name", library())
def test_every_metric_is_proven(name: str) -> None:
    """Each is counted in at least one example."""
    expected = "\n".join(example.expect for example in pack(name).examples)
    assert [] == [
        metric.name
        for metric in pack(name).metrics
        if not re.search(rf"^{metric.name}(?:_count)?[ {{]", expected, re.MULTILINE)
    ]


@pytest.mark.parametrize("name", library())
def test_every_rule_is_proven(name: str) -> None:
    """Each counts a line of at least one example."""
    rules = ruleset(pack(name))
    examples = [joined(pack(name), example.lines.encode()) for example in pack(name).examples]
    counted = {rule for lines in examples for rule, _, _ in rules.count(lines).items()}
    assert [] == [(rule.metric.name, rule.index) for rule in pack(name).rules if rule not in counted]


@pytest.mark.parametrize(
    "metric", [metric for name in library() for metric in pack(name).metrics], ids=lambda metric: metric.name
)
def test_names_follow_the_conventions(metric: Any) -> None:  # noqa: ANN401  # a parameter of the test
    """https://prometheus.io/docs/practices/naming/: snake case, base units, `_total` for counters alone."""
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", metric.name)
    assert (metric.type is MetricType.COUNTER) == metric.name.endswith("_total")
    assert not re.search(r"_(?:milliseconds|ms|minutes|hours|kilobytes|kb|mb|percent)(?:_|$)", metric.name)
    assert metric.type is not MetricType.HISTOGRAM or metric.name.endswith(("_seconds", "_bytes"))
    assert metric.help.endswith(".")
    assert [] == [label.name for label in metric.labels if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", label.name)]


@pytest.mark.parametrize(
    "metric", [metric for name in library() for metric in pack(name).metrics], ids=lambda metric: metric.name
)
def test_what_strangers_write_is_bounded(metric: Any) -> None:  # noqa: ANN401  # a parameter of the test
    """No shipped metric may grow beyond a few thousand series."""
    assert metric.limit <= 2000


ACCESS_LOGS = [
    APACHE,
    "basjes-apache/hackers-access.log",
    "zanbil-nginx/grafana-agent-short-access.log",
    "zanbil-nginx/lnav-logfile_shop_access_log.0",
    "recorded-A/nginx-access-combined.log",
    "recorded-A/nginx-access-ext.log",
]


@pytest.mark.corpora
@pytest.mark.parametrize("file", ACCESS_LOGS)
def test_requests_of_real_access_logs(corpora: Path, file: str) -> None:
    """Each request once, by method and status; all bytes."""
    known = truth(corpora, file)
    found = count("nginx-access", (corpora / file).read_bytes())
    requests: Counter[str] = Counter()
    for (_, method, status), times in found["nginx_http_requests_total"].items():
        requests[f"{'None' if method == 'other' else method} {status}"] += times
    assert known["method_status"] == requests
    assert known["status_class"] == _by(found["nginx_http_requests_total"], 0)
    assert known["bytes_total"] == found["nginx_http_response_bytes_total"].total()


@pytest.mark.corpora
def test_durations_of_a_real_access_log(corpora: Path) -> None:
    """Of these logs one has `rt=` in every line; in another there is none."""
    found = count("nginx-access", (corpora / "recorded-A/nginx-access-ext.log").read_bytes())
    assert 484 == found["nginx_http_request_duration_seconds"].total()
    assert 0 == count("nginx-access", (corpora / ACCESS_LOGS[1]).read_bytes())["nginx_http_request_duration_seconds"].total()


def _by(counted: Counter[tuple[str, ...]], place: int) -> Counter[str]:
    sums: Counter[str] = Counter()
    for labels, times in counted.items():
        sums[labels[place]] += times
    return sums


@pytest.mark.corpora
@pytest.mark.parametrize("file", SYSLOGS)
def test_logins_sudo_and_cron_of_real_daemons(corpora: Path, file: str) -> None:
    """The same events, in whichever way rsyslog wrote them."""
    events = Counter(truth(corpora, f"recorded-A/{SYSLOGS[file]}")["events_by_line"])
    data = (corpora / "recorded-A" / file).read_bytes()
    sshd = count("sshd", data)
    failed = events["failed_password"] + events["failed_password_invalid_user"]
    assert {"accepted": events["accepted_password"], "failed": failed} == _by(sshd["sshd_logins_total"], 1)
    assert events["invalid_user"] == sshd["sshd_invalid_users_total"].total()
    outcomes = {
        "allowed": events["sudo_command"],
        "wrong_password": events["sudo_incorrect_password"],
        "not_in_sudoers": events["sudo_not_in_sudoers"],
        "not_allowed": events["sudo_command_not_allowed"],
    }
    assert outcomes == _by(count("sudo", data)["sudo_commands_total"], 0)
    assert events["cron_cmd"] == count("cron", data)["cron_jobs_total"].total()
    activity = {"sshd_success": events["accepted_password"], "sshd_failure": failed, "sudo": 17, "cron": events["cron_cmd"]}
    assert {kind: times for kind, times in activity.items() if times} == _by(count("activity", data)["host_activity_total"], 0)


@pytest.mark.corpora
def test_repeated_messages_of_a_real_host_count_as_often_as_they_came(corpora: Path) -> None:
    """`message repeated 5 times: [ Failed password … ]` is five failures."""
    events = truth(corpora, UBUNTU)["events_by_line"]
    data = (corpora / UBUNTU).read_bytes()
    repeated = sum(map(int, re.findall(rb"sshd\[\d+\]: message repeated (\d+) times: \[ Failed password ", data)))
    assert repeated > 85
    logins = count("sshd", data)["sshd_logins_total"]
    expected = {
        ("publickey", "failed"): data.count(b": Failed publickey for "),
        ("password", "failed"): events["failed_password"] + events["failed_password_invalid_user"] + repeated,
        ("password", "accepted"): events["accepted_password"],
        ("publickey", "accepted"): events["accepted_publickey"],
    }
    assert expected == logins
    assert events["sudo_command"] == count("sudo", data)["sudo_commands_total"].total()


@pytest.mark.corpora
@pytest.mark.parametrize("file", SYSLOGS)
def test_messages_of_real_daemons_by_program(corpora: Path, file: str) -> None:
    """Every program's messages, in whichever way rsyslog wrote them."""
    found = _by(count("syslog", (corpora / "recorded-A" / file).read_bytes())["syslog_messages_total"], 0)
    assert truth(corpora, f"recorded-A/{SYSLOGS[file]}")["program"] == found


@pytest.mark.corpora
@pytest.mark.parametrize("file", ["secure.log", "cron.log", "nginx-access.log", "nginx-custom.log"])
def test_every_line_of_the_seeds_is_counted(corpora: Path, file: str) -> None:
    """What the project began with has a pack."""
    rules = ruleset(*(pack(name) for name in library()))
    lines = (corpora / "seeds" / file).read_bytes().splitlines()
    assert [] == [line for line in lines if rules.count(line + b"\n").matched != 1]


@pytest.mark.corpora
def test_every_line_of_a_container_is_counted(corpora: Path) -> None:
    """Once the wrapping is taken off."""
    rules = ruleset(*(pack(name) for name in library()))
    lines = Shape(Unwrap.CRI).all_lines((corpora / "seeds/app-container-cri.log").read_bytes()).splitlines(keepends=True)
    assert [1, 1] == [rules.count(line).matched for line in lines]


TRACES = {
    "PYTHON_EXC": ("python_exceptions_total", "Exception"),
    "COMPLEX_JAVA_EXC": ("java_exceptions_total", "javax.servlet.ServletException"),
    "NESTED_JAVA_EXC": ("java_exceptions_total", "java.lang.RuntimeException"),
    "GO_EXC": ("go_panics_total", "other"),
    "GO_ON_GAE_EXC": ("go_panics_total", "index out of range"),
    "GO_SIGNAL_EXC": ("go_panics_total", "invalid memory address or nil pointer dereference"),
    "GO_HTTP": ("go_panics_total", "other"),
    "NODE_JS_EXC": ("nodejs_errors_total", "ReferenceError"),
    "V8_JS_EXC": ("nodejs_errors_total", "none"),
    "CLIENT_JS_EXC": ("nodejs_errors_total", "Error"),
    "JAVA_EXC_PART1": ("java_exceptions_total", "RuntimeException"),
    "JAVA_EXC_PART2": None,  # the rest of the one before
}
TRACERS = ("python-traceback", "java-exception", "go-panic", "nodejs-error")


def traces(data: bytes) -> Counter[tuple[str, ...]]:
    """What the packs of stack traces count together, by metric and type."""
    packs = [pack(name) for name in TRACERS]
    tally = ruleset(*packs).count(joined(packs[0], data))
    found: Counter[tuple[str, ...]] = Counter()
    for rule, captured, times in tally.items():
        for label in dict(rule.labels_of(captured)).values():
            found[rule.metric.name, label] += times
    return found


@pytest.mark.corpora
@pytest.mark.parametrize("order", [1, -1])
def test_every_stack_trace_is_one_with_its_type(corpora: Path, order: int) -> None:
    """One after the other without anything in between, and in the other order; each is counted by one pack alone."""
    names = list(TRACES)[:-2][::order] + list(TRACES)[-2:]
    files = [(corpora / f"detect-exceptions/traces/{name}.txt").read_bytes().rstrip(b"\n") + b"\n" for name in names]
    found = {key: times for key, times in traces(b"".join(files)).items() if "root_cause" not in key[0]}
    assert Counter(key for key in TRACES.values() if key) == found


def test_packs_of_stack_traces_may_be_used_together() -> None:
    """They agree on which lines are one."""
    assert 1 == len({pack(name).multiline for name in TRACERS} - {None})
    assert {*TRACERS} == {name for name in library() if pack(name).multiline}


@pytest.mark.corpora
def test_exceptions_of_a_real_application(corpora: Path) -> None:
    """Each that came out once, whatever it was caused by; all tracebacks."""
    known = truth(corpora, "recorded-A/uvicorn.log")
    data = (corpora / "recorded-A/uvicorn.log").read_bytes()
    found = count("python-traceback", data)
    types = _by(found["python_exceptions_total"], 0)
    assert known["lines_Traceback"] == found["python_tracebacks_total"].total()
    assert 10 == types.pop("json.decoder.JSONDecodeError")  # which the application logs by itself
    assert known["Exception_in_ASGI_application"] == types.total()
    expected = {
        "FileNotFoundError": 9,
        "app.StockError": 15,
        "ZeroDivisionError": 20,
        "RecursionError": 7,
        "ExceptionGroup": 11,
    }
    assert expected == types
    assert known["Exception_in_ASGI_application"] == count("uvicorn", data)["uvicorn_exceptions_total"].total()
