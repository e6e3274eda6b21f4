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
from benchmarks.cases import CASES, Case, Kind, Target
from benchmarks.daemons import MTAIL_SCRAPED, OURS_SCRAPED, Scraped
from benchmarks.lineup import LINEUP
from benchmarks.logs import Truth, auth_log, series_text, written_log
from benchmarks.measure import Result, measure, spread
from benchmarks.programs import MTAIL, OURS, RG, WC, Program, Run, Task, WrongCountError, make_task
from benchmarks.report import markdown, table, verdicts
from benchmarks.rules import Rule, mtail_text, pack_text

LINES = 2000
ROOT = Path(__file__).parent.parent
ABSENT = Program("absent", lambda task: ["no-program-of-this-name", str(task.log)], str, str)

BY_NAME = {case.name: case for case in CASES}

every_case = pytest.mark.parametrize("case", CASES, ids=list(BY_NAME))
every_case_with_rules = pytest.mark.parametrize("case", [case for case in CASES if case.rules], ids=lambda case: case.name)


def series_of_line(case: Case, line: str) -> list[str]:
    """The series that a line counts in by the rules of a case, found in the plainest way."""
    found = ((rule, re.search(rule.line_regex, line)) for rule in case.rules)
    return [series_text(rule.metric, **match.groupdict()) for rule, match in found if match]


@every_case_with_rules
def test_the_truth_of_a_log_is_what_its_rules_count(case: Case) -> None:
    """What a log says of its lines by making them, the regexes say by reading them."""
    for line, counted in islice(case.log(Random(1)), LINES):  # noqa: S311  # repeatable, and no secret
        assert ([counted] if counted else []) == series_of_line(case, line)


@every_case
def test_we_count_every_case_right(case: Case, tmp_path: Path) -> None:
    """A whole run of ours gives the truth, beside a program that is not there; the table says so and nothing fails."""
    ours = LINEUP[case.kind][-1]
    result = measure(make_task(case, min(case.quick_lines, LINES), tmp_path), [ABSENT, ours], rounds=1)
    assert ours is result.ours
    assert all(run.wall > 0 for run in result.runs[ours])
    assert "| absent | not installed |" in markdown([result])


@pytest.mark.real
@pytest.mark.parametrize("case", [case for case in CASES if case.kind is Kind.COUNT], ids=lambda case: case.name)
def test_the_peers_count_every_case_right(case: Case, tmp_path: Path) -> None:
    """Debian's mtail counts what we count, so that the comparison is one of equal work; rg finds the same lines."""
    missing = [name for name in ("mtail", "rg") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    result = measure(make_task(case, min(case.quick_lines, LINES), tmp_path), LINEUP[case.kind], rounds=1)
    assert [1, 1, 1, 1] == [len(runs) for runs in result.runs.values()]
    assert {WC, RG, MTAIL, OURS} == set(result.runs)


@pytest.mark.real
def test_mtail_is_scraped_as_we_are(tmp_path: Path) -> None:
    """Both follow the log, count it, and answer with the same series; how much memory that takes is told."""
    if shutil.which("mtail") is None:
        pytest.skip("not installed: mtail")
    task = make_task(BY_NAME["scrape"], LINES, tmp_path)
    result = measure(task, [MTAIL_SCRAPED, OURS_SCRAPED], rounds=1)
    assert len(task.truth.series) == task.amount
    assert all(run.peak is not None for runs in result.runs.values() for run in runs)


@every_case_with_rules
def test_pack_and_mtail_program_have_the_same_rules(case: Case) -> None:
    """Both are written from one list: metric by metric the same regex and the same labels."""
    metrics = yaml.safe_load(pack_text(case.rules, case.format))["metrics"]
    ours = [(metric["name"], metric["rules"][0]["match"], tuple(metric["labels"])) for metric in metrics]
    program = re.findall(r"^counter (\w+)(?: by (.*))?\n/(.*)/ \{$", mtail_text(case.rules), re.MULTILINE)
    theirs = [(name, regex.replace(r"\/", "/"), tuple(by.split(", ")) if by else ()) for name, by, regex in program]
    assert [(rule.metric, rule.regex, rule.labels) for rule in case.rules] == ours
    assert [(rule.metric, rule.line_regex, rule.labels) for rule in case.rules] == theirs


def test_a_rule_is_written_for_mtail() -> None:
    """A slash is escaped, since it ends mtail's regexes; every label becomes a key."""
    rule = Rule("hits_total", r"^/(?P<host>\w+)/(?P<path>\S+)", ("host", "path"))
    expected = "counter hits_total by host, path\n/^\\/(?P<host>\\w+)\\/(?P<path>\\S+)/ {\n  hits_total[$host][$path]++\n}\n"
    assert expected == mtail_text([rule])


def test_a_log_is_made_once_and_always_the_same(tmp_path: Path) -> None:
    """A second call finds what the first has written, and another machine writes the same."""
    path, truth = written_log(auth_log, 10, tmp_path / "one")
    made = path.stat().st_mtime_ns
    assert (path, truth) == written_log(auth_log, 10, tmp_path / "one")
    assert made == path.stat().st_mtime_ns
    other, other_truth = written_log(auth_log, 10, tmp_path / "other")
    assert (path.read_bytes(), truth) == (other.read_bytes(), other_truth)


def test_about_half_of_the_auth_log_counts(tmp_path: Path) -> None:
    """The case that stands for a real auth.log has as many lines to leave alone as to count."""
    truth = make_task(BY_NAME["auth-5"], LINES, tmp_path).truth
    assert 0.5 == pytest.approx(truth.matched / truth.lines, abs=0.05)


def test_a_wrong_count_ends_the_benchmark(tmp_path: Path) -> None:
    """A speed that comes from counting something else is never shown."""
    task = make_task(BY_NAME["nginx-1"], 100, tmp_path)
    task = dataclasses.replace(task, truth=dataclasses.replace(task.truth, lines=99))
    with pytest.raises(WrongCountError, match="nginx-1: wc -l counted 100, where 99 is right"):
        measure(task, [WC], rounds=1)


def test_a_wrong_count_is_told_briefly(tmp_path: Path) -> None:
    """A hundred thousand series are not printed."""
    task = make_task(BY_NAME["distinct"], LINES, tmp_path)
    with pytest.raises(WrongCountError) as caught:
        task.check("mtail", {}, task.truth.series)
    assert len(str(caught.value)) < 1000


def test_a_daemon_that_ends_is_told_with_its_words(tmp_path: Path) -> None:
    """Nobody waits for a program that is gone."""
    gone = Scraped("gone", "sh", lambda *_: ["sh", "-c", "echo no such config; exit 3"])
    with pytest.raises(subprocess.CalledProcessError) as caught:
        gone.run(make_task(BY_NAME["scrape"], 10, tmp_path))
    assert (3, "no such config\n") == (caught.value.returncode, caught.value.stderr)


def test_ratios_are_taken_pair_by_pair() -> None:
    """A round in which the machine was busy slows both, and leaves the ratio alone."""
    result = made_result(ours=[1, 10, 2], mtail=[4, 30, 6])
    assert (3, 3, 4) == result.wall_ratio(MTAIL)
    assert (3, 3, 4) == result.cpu_ratio(MTAIL)
    assert (1, 2.5, 4) == spread([4, 1, 2, 3])


def test_time_too_short_to_be_told_has_no_ratio() -> None:
    """The system counts CPU time in hundredths of a second; a run that took none is compared by its wall time alone."""
    result = made_result(ours=[1], mtail=[4])
    result.runs[OURS][0] = Run(1, 0)
    assert result.cpu_ratio(MTAIL) is None
    assert "| 4.00 / 4.00 / 4.00 |  |" in markdown([result])


@pytest.mark.parametrize(("times", "verdict"), [(3, "met, 3.00"), (4, "MISSED by 25%, 3.00")])
def test_targets_are_judged_by_the_median(times: float, verdict: str) -> None:
    """A claim is met by the median of the pairs, and a claim in seconds by the median of our runs; a miss says how far."""
    result = made_result(Target(times, "mtail"), ours=[1, 10, 2], mtail=[4, 30, 6], wall_seconds=2)
    assert ["at most 2 s: met, 2 s", f"at least {times} times the speed of mtail: {verdict}"] == list(verdicts(result))


def test_targets_may_be_our_own_in_another_case() -> None:
    """Speed that must not fall with the number of rules is compared by lines per second of CPU time."""
    few, many = made_result(ours=[1], mtail=[9]), made_result(Target(0.8, "few"), ours=[2], mtail=[9])
    few = dataclasses.replace(few, task=dataclasses.replace(few.task, case=dataclasses.replace(few.task.case, name="few")))
    assert ["at least 0.8 times the speed of few: MISSED by 38%, 0.50"] == list(verdicts(many, [few, many]))
    assert [] == list(verdicts(many, [many]))


def test_memory_is_judged_by_the_worst_run() -> None:
    """One run above the bound is enough."""
    result = made_result(ours=[1, 1], mtail=[1, 1], peak_megabytes=100)
    assert [] == list(verdicts(result))
    result.runs[OURS][:] = [Run(1, 1, 50_000_000), Run(1, 1, 125_000_000)]
    assert ["at most 100 MB: MISSED by 20%, 125 MB"] == list(verdicts(result))
    assert "| 125 MB |" in markdown([result])


def test_speed_is_not_judged_without_the_peer_or_the_whole_log() -> None:
    """Nothing is said of being faster than an absent mtail, nor from a log so small that start-up is what takes the time."""
    assert [] == list(verdicts(made_result(Target(3, "mtail"), ours=[1], mtail=[])))
    assert [] == list(verdicts(made_result(Target(3, "mtail"), ours=[1], mtail=[9], lines=9)))


def test_every_target_is_of_somebody_who_takes_part() -> None:
    """A claim that nothing is compared with would never be looked at."""
    for case in CASES:
        others = {program.name for program in LINEUP[case.kind][:-1]} | set(BY_NAME)
        assert {target.of for target in case.targets} <= others


def test_table_has_a_row_for_every_program() -> None:
    """The terminal and Markdown show the same rows."""
    assert 2 == table([made_result(ours=[1], mtail=[2])]).row_count


def test_one_command_prints_the_table(tmp_path: Path) -> None:
    """`python -m benchmarks` as it is called, on the smallest case."""
    options = ["--quick", "--rounds", "1", "--case", "small", "--cache", str(tmp_path)]
    drawn, as_markdown = (CliRunner().invoke(main, [*options, *more]) for more in ([], ["--markdown"]))
    assert (0, 0) == (drawn.exit_code, as_markdown.exit_code)
    assert "small: at most 0.4 s" in drawn.stdout
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
    *targets: Target,
    ours: list[float],
    mtail: list[float],
    wall_seconds: float | None = None,
    peak_megabytes: float | None = None,
    lines: int = 10,
) -> Result:
    """A result of rounds that took these seconds, all of them on the processor."""
    case = Case(name="made", log=auth_log, lines=10, targets=targets, wall_seconds=wall_seconds, peak_megabytes=peak_megabytes)
    task = Task(case, Path("log"), Path("pack"), Path("mtail"), Truth(lines, lines, {}))
    return Result(task, {MTAIL: [Run(wall, wall) for wall in mtail], OURS: [Run(wall, wall) for wall in ours]})
