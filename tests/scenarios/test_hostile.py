"""Log text is written by attackers: whatever it says, numbers stay exact, answers come in time and memory stays bounded."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness import Answer, Exporter, Program, Samples, append, until

PEAK_KIB = 300 * 1024
CATASTROPHE = b"a" * 50_000 + b"!\n"
INNOCENT = b"an order was paid\n"
METRICS = (
    {"name": "orders_total", "rules": [{"match": "order was (?P<what>paid|lost)"}], "labels": ["what"]},
    {"name": "catastrophes_total", "rules": [{"match": "(?:a+)+$"}]},
    {"name": "names_total", "rules": [{"match": "name=(?P<name>[^;]*);"}], "labels": ["name"]},
)


@contextmanager
def watched(exporter: Exporter) -> Iterator[list[Answer]]:
    """Scrape all the time while the block lasts; the answers in the end."""
    answers: list[Answer] = []
    end = threading.Event()

    def watch() -> None:
        while not answers or not end.wait(0.01):
            answers.append(exporter.get("/metrics"))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield answers
    finally:
        end.set()
        thread.join()


@pytest.fixture
def log(program: Program) -> Path:
    """The log that strangers write to."""
    path = program.folder / "app.log"
    path.touch()
    return path


@pytest.fixture
def exporter(program: Program, log: Path) -> Exporter:
    """An exporter that follows it, with a rule that is a trap among others."""
    program.pack("app.yml", *METRICS)
    config = program.config({"name": "app", "files": [str(log)], "patterns": ["./app.yml"]})
    return program.start(config).ready()


def after(exporter: Exporter, lines: int) -> Samples:
    """The numbers when so many lines are counted, and no more."""

    def counted() -> Samples | None:
        samples = exporter.scrape()
        return samples if samples.total("log2metrics_lines_total") >= lines else None

    samples = until(counted, f"{lines} lines")
    assert lines == samples.total("log2metrics_lines_total")
    return samples


def assert_in_bounds(exporter: Exporter, answers: list[Answer]) -> None:
    """All answers were good, both formats can be read, and memory stayed below its limit."""
    assert answers
    assert {200} == {answer.status for answer in answers}
    assert set(exporter.scrape().by("names_total", "name")) == set(exporter.scrape_openmetrics().by("names_total", "name"))
    assert exporter.peak_kib() < PEAK_KIB


def test_a_catastrophic_rule_costs_the_others_nothing(exporter: Exporter, log: Path) -> None:
    """Long lines against `(?:a+)+$`: the rule is given up and suspended, and every other line is counted."""
    with watched(exporter) as answers:
        for _ in range(40):
            append(log, INNOCENT * 10 + CATASTROPHE + INNOCENT * 10)
        samples = after(exporter, 840)
    given_up = samples.total("log2metrics_rule_timeouts_total", metric="catastrophes_total")
    assert 800 == samples.total("orders_total", what="paid")
    assert given_up >= 1
    assert 0 == samples.total("log2metrics_rule_timeouts_total", metric="orders_total")
    assert 1 == samples.total("log2metrics_rule_suspended", metric="catastrophes_total")
    assert_in_bounds(exporter, answers)


def test_a_line_without_an_end_is_cut(exporter: Exporter, log: Path) -> None:
    """200 MB without a newline, most of it a hole of NULs: one line, cut and counted; the ones around it as ever."""
    append(log, INNOCENT)
    with watched(exporter) as answers:
        for _ in range(50):
            append(log, b"order was lost " * 4096)
            os.truncate(log, log.stat().st_size + 4_000_000)
            exporter.scrape()
        append(log, b"\n" + INNOCENT)
        samples = after(exporter, 3)
    assert log.stat().st_size > 200_000_000
    assert {("paid",): 2, ("lost",): 1} == samples.by("orders_total", "what")
    assert 1 == samples.total("log2metrics_lines_truncated_total")
    assert_in_bounds(exporter, answers)


def test_names_of_all_kinds_break_no_output(exporter: Exporter, log: Path) -> None:
    """NULs, wrong UTF-8, quotes, backslashes, separators, control characters: each counts, and both formats stay readable."""
    names = [
        b"\x00", b"\xff\xfe", b"\xc3", b'"', b"\\", b'\\"', b'"} 1\\n', b"a\\nb", b"\r", b"\x1b[31m", b"\x07\x08", b"\x0b\x0c",
        b"", b" ", b"{}", b"# HELP x", "\u2028".encode(), "\u2029".encode(), "\x85".encode(), "\u202e".encode(),
        "\ufeff".encode(), b"\xed\xa0\x80", "\U0001d518".encode(), b"<script>", b"x" * 5000,
    ]  # fmt: skip
    with watched(exporter) as answers:
        append(log, b"".join(b"name=" + name + b";\n" for name in names) + INNOCENT)
        samples = after(exporter, len(names) + 1)
    assert len(names) == samples.total("names_total")
    assert len(names) == exporter.scrape_openmetrics().total("names_total")
    assert 1 == samples.total("orders_total", what="paid")
    assert_in_bounds(exporter, answers)


def test_fifty_thousand_names_fold_into_one_series(exporter: Exporter, log: Path) -> None:
    """Past its limit a metric folds: the total is right, how much was folded is told, and other metrics don't notice."""
    with watched(exporter) as answers:
        for thousand in range(50):
            append(log, b"".join(b"name=%d;\n" % (thousand * 1000 + n) for n in range(1000)) + INNOCENT)
        samples = after(exporter, 50_050)
    names = samples.by("names_total", "name")
    assert 50_000 == sum(names.values())
    assert 50_000 - names["other",] == len(names) - 1
    assert names["other",] == samples.total("log2metrics_folded_total", metric="names_total")
    assert len(names) <= 1001
    assert 50 == samples.total("orders_total", what="paid")
    assert_in_bounds(exporter, answers)


def test_all_of_it_at_once_is_counted_after_a_restart_too(program: Program, log: Path) -> None:
    """A backlog of traps is met at the start: answers come from the first moment on, and the counts are exact."""
    program.pack("app.yml", *METRICS)
    append(log, (INNOCENT * 50 + CATASTROPHE + b'name="\xff\\;\n') * 200)
    config = program.config({"name": "app", "files": [str(log)], "patterns": ["./app.yml"], "start_at": "beginning"})
    exporter = program.start(config).ready()
    with watched(exporter) as answers:
        samples = after(exporter, 10_400)
    assert 10_000 == samples.total("orders_total")
    assert 200 == samples.total("names_total")
    assert_in_bounds(exporter, answers)
