from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path
from random import Random

import pytest
import yaml
from click.testing import CliRunner

from benchmarks.__main__ import main
from benchmarks.cases import CASES, Case
from benchmarks.logs import Truth, series_text, written_log
from benchmarks.measure import Result, Run, measure, spread
from benchmarks.programs import MTAIL, OURS, PROGRAMS, RG, WC, Program, Task, WrongCountError, make_task
from benchmarks.report import markdown, verdicts
from benchmarks.rules import Rule, mtail_text, pack_text
from log2metrics.match.formats import Format

LINES = 2000
ROOT = Path(__file__).parent.parent
ABSENT = Program("absent", lambda task: ["no-program-of-this-name", str(task.log)], str, str)

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def series_of_line(case: Case, line: str) -> list[str]:
    """The series that a line counts in by the rules of a case, found in the plainest way."""
    found = ((rule, re.search(rule.regex, line)) for rule in case.rules)
    return [series_text(rule.metric, **match.groupdict()) for rule, match in found if match]


@every_case
def test_the_truth_of_a_log_is_what_its_rules_count(case: Case) -> None:
    """What a log says of its lines by making them, the regexes say by reading them."""
    for line, counted in islice(case.log(Random(1)), LINES):  # noqa: S311  # repeatable, and no secret
        assert ([counted] if counted else []) == series_of_line(case, line)


@every_case
def test_we_count_every_case_right(case: Case, tmp_path: Path) -> None:
    """A whole run of ours gives the truth, beside a program that is not there; the table says so and nothing fails."""
    result = measure(make_task(case, min(case.quick_lines, LINES), tmp_path), [ABSENT, OURS], rounds=2)
    assert 2 == len(result.runs[OURS])
    assert all(run.wall > 0 and run.cpu > 0 for run in result.runs[OURS])
    assert "| absent | not installed |" in markdown([result])


@pytest.mark.real
@every_case
def test_the_peers_count_every_case_right(case: Case, tmp_path: Path) -> None:
    """Debian's mtail counts what we count, so that the comparison is one of equal work; rg finds the same lines."""
    missing = [name for name in ("mtail", "rg") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    result = measure(make_task(case, min(case.quick_lines, LINES), tmp_path), PROGRAMS, rounds=1)
    assert [1, 1, 1, 1] == [len(runs) for runs in result.runs.values()]
    assert {WC, RG, MTAIL, OURS} == set(result.runs)


@every_case
def test_pack_and_mtail_program_have_the_same_rules(case: Case) -> None:
    """Both are written from one list: metric by metric the same regex and the same labels."""
    metrics = yaml.safe_load(pack_text(case.rules, case.format))["metrics"]
    ours = [(metric["name"], metric["rules"][0]["match"], tuple(metric["labels"])) for metric in metrics]
    program = re.findall(r"^counter (\w+)(?: by (.*))?\n/(.*)/ \{$", mtail_text(case.rules), re.MULTILINE)
    theirs = [(name, regex.replace(r"\/", "/"), tuple(by.split(", ")) if by else ()) for name, by, regex in program]
    assert [(rule.metric, rule.regex, rule.labels) for rule in case.rules] == ours == theirs


def test_a_rule_is_written_for_mtail() -> None:
    """A slash is escaped, since it ends mtail's regexes; every label becomes a key."""
    rule = Rule("hits_total", r"^/(?P<host>\w+)/(?P<path>\S+)", ("host", "path"))
    expected = "counter hits_total by host, path\n/^\\/(?P<host>\\w+)\\/(?P<path>\\S+)/ {\n  hits_total[$host][$path]++\n}\n"
    assert expected == mtail_text([rule])


def test_a_log_is_made_once_and_always_the_same(tmp_path: Path) -> None:
    """A second call finds what the first has written, and another machine writes the same."""
    path, truth = written_log(CASES[0].log, 10, tmp_path / "one")
    made = path.stat().st_mtime_ns
    assert (path, truth) == written_log(CASES[0].log, 10, tmp_path / "one")
    assert made == path.stat().st_mtime_ns
    other, other_truth = written_log(CASES[0].log, 10, tmp_path / "other")
    assert (path.read_bytes(), truth) == (other.read_bytes(), other_truth)


def test_about_half_of_the_auth_log_counts(tmp_path: Path) -> None:
    """The case that stands for a real auth.log has as many lines to leave alone as to count."""
    truth = make_task(CASES[1], LINES, tmp_path).truth
    assert 0.5 == pytest.approx(truth.matched / truth.lines, abs=0.05)


def test_a_wrong_count_ends_the_benchmark(tmp_path: Path) -> None:
    """A speed that comes from counting something else is never shown."""
    task = make_task(CASES[0], 100, tmp_path)
    task = dataclasses.replace(task, truth=dataclasses.replace(task.truth, lines=99))
    with pytest.raises(WrongCountError, match="nginx-1: wc -l counted 100, where 99 is right"):
        measure(task, [WC], rounds=1)


def test_ratios_are_taken_pair_by_pair() -> None:
    """A round in which the machine was busy slows both, and leaves the ratio alone."""
    result = made_result(ours=[1, 10, 2], mtail=[4, 30, 6], times_mtail=3)
    assert (3, 3, 4) == result.wall_ratio(MTAIL)
    assert (3, 3, 4) == result.cpu_ratio(MTAIL)
    assert (1, 2.5, 4) == spread([4, 1, 2, 3])


@pytest.mark.parametrize(("times", "verdict"), [(3, "met"), (4, "MISSED")])
def test_targets_are_judged_by_the_median(times: float, verdict: str) -> None:
    """A claim is met by the median of the pairs, and a claim in seconds by the median of our runs."""
    result = made_result(ours=[1, 10, 2], mtail=[4, 30, 6], times_mtail=times, wall_seconds=2)
    assert [f"at least {times} times the speed of mtail: {verdict}", "at most 2 s: met"] == list(verdicts(result))


def test_speed_is_not_judged_without_the_peer_or_the_whole_log() -> None:
    """Nothing is said of being faster than an absent mtail, nor from a log so small that start-up is what takes the time."""
    assert [] == list(verdicts(made_result(ours=[1], mtail=[], times_mtail=3)))
    assert [] == list(verdicts(made_result(ours=[1], mtail=[9], times_mtail=3, lines=9)))


def test_one_command_prints_the_table(tmp_path: Path) -> None:
    """`python -m benchmarks` as it is called, on the smallest case."""
    options = ["--quick", "--rounds", "1", "--case", "small", "--cache", str(tmp_path)]
    drawn, as_markdown = (CliRunner().invoke(main, [*options, *more]) for more in ([], ["--markdown"]))
    assert (0, 0) == (drawn.exit_code, as_markdown.exit_code)
    assert "small: at most 0.5 s" in drawn.stdout
    assert "| small | 100 | log2metrics |" in as_markdown.stdout


@pytest.mark.parametrize(("script", "message"), [("echo 7", "rg -c counted 7, where "), ("echo lost >&2; exit 2", "lost")])
def test_the_command_says_what_went_wrong(script: str, message: str, tmp_path: Path) -> None:
    """A program that counts wrong or fails ends the command with its own words, and without a table."""
    (tmp_path / "rg").write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    (tmp_path / "rg").chmod(0o755)
    options = ["--quick", "--rounds", "1", "--case", "small", "--cache", str(tmp_path)]
    done = CliRunner().invoke(main, options, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert (1, "") == (done.exit_code, done.stdout)
    assert message in done.stderr


def test_a_profile_shows_where_the_time_goes(tmp_path: Path) -> None:
    """`--profile` names our functions, and leaves the numbers of the log away."""
    command = [sys.executable, "-m", "benchmarks", "--quick", "--profile", "small", "--cache", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "tottime" in done.stdout
    assert "sshd_failed_total" not in done.stdout


def made_result(
    *, ours: list[float], mtail: list[float], times_mtail: float, wall_seconds: float | None = None, lines: int = 10
) -> Result:
    """A result of rounds that took these seconds, all of them on the processor."""
    case = Case(
        name="made",
        log=CASES[0].log,
        format=Format.PLAIN,
        rules=(),
        lines=10,
        times_mtail=times_mtail,
        wall_seconds=wall_seconds,
    )
    task = Task(case, Path("log"), Path("pack"), Path("mtail"), Truth(lines, lines, {}))
    return Result(task, {MTAIL: [Run(wall, wall) for wall in mtail], OURS: [Run(wall, wall) for wall in ours]})
