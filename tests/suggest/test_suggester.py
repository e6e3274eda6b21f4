"""Which templates are suggested for, in which order, and in which format."""

from __future__ import annotations

import re

import pytest

from log2metrics.match.formats import Format
from log2metrics.suggest.draft import PackDraft
from log2metrics.suggest.suggester import FIRST_LINES, Suggester


def drafted(*lines: str, top: int = 10) -> PackDraft:
    """The pack that is drafted for these lines."""
    suggester = Suggester()
    for line in lines:
        suggester.add(line)
    return suggester.draft("app", top)


def test_the_most_frequent_come_first() -> None:
    """No more than are asked for; the draft says how many lines that covers."""
    draft = drafted("disk is full", *["fan is loud"] * 3, *["lamp is broken now"] * 2, top=2)
    assert ["app_fan_loud_total", "app_lamp_broken_now_total"] == [metric.name for metric in draft.metrics]
    assert (6, 5, 3) == (draft.lines, draft.covered, draft.templates)


def test_the_format_is_recognised() -> None:
    """By most of the lines; others stand between them."""
    syslog = [f"Nov 20 15:55:31 alder su[{number}]: went home" for number in range(4)]
    assert (Format.SYSLOG, ("su",)) == ((draft := drafted(*syslog, "a stray line")).format, draft.programs)
    assert Format.JSON is drafted('{"msg":"went home"}').format
    assert Format.LOGFMT is drafted('level=info msg="went home"').format
    assert Format.PLAIN is drafted("went home a=1 b=2").format


def test_rules_name_the_program_where_there_are_several() -> None:
    """Two programs may say the same."""
    draft = drafted("Nov 20 15:55:31 alder su[1]: went home", "Nov 20 15:55:31 alder sudo[1]: went home")
    assert [{"program": "^su$"}, {"program": "^sudo$"}] == [dict(metric.rule.where) for metric in draft.metrics]
    assert ("su", "sudo") == draft.programs


def test_programs_that_differ_in_a_number_are_one() -> None:
    """A third worker, not seen yet, counts too; a program that there is once is named as it is."""
    said = [f"Nov 20 15:55:31 alder worker-{number}[7]: went home" for number in (1, 2, 1)]
    draft = drafted(*said, "Nov 20 15:55:31 alder php8.2-fpm[9]: ready to handle connections")
    assert ["worker_went_home_total", "php8_2_fpm_ready_handle_connections_total"] == [each.name for each in draft.metrics]
    assert [r"^worker-\d+$", r"^php8\.2-fpm$"] == [each.rule.where["program"] for each in draft.metrics]
    assert () == draft.programs


def test_one_family_of_programs_is_told_from_others() -> None:
    """Also where there is no other in the lines that were seen."""
    draft = drafted(*(f"Nov 20 15:55:31 alder worker{number}: went home" for number in (1, 2)))
    assert [{"program": r"^worker\d+$"}] == [dict(metric.rule.where) for metric in draft.metrics]


def test_indented_lines_go_on_only_from_lines_that_are_not() -> None:
    """Where all lines are indented, as columns of numbers can be, none goes on from another."""
    assert ["app_fan_loud_total"] == [metric.name for metric in drafted("  1 fan is loud", " 12 fan is loud").metrics]
    assert ["app_lamp_broken_total"] == [metric.name for metric in drafted("lamp is broken", "  1 fan is loud").metrics]


def test_words_of_other_scripts_are_words() -> None:
    """They say what lines have in common, though no name can be made of them; accents are left out of names."""
    said = [
        f"注文 {number} を受け付けました 処理時間={number}ms 状態={'成功' if number % 2 else '失敗'}" for number in range(4)
    ]
    counter, duration = drafted(*said).metrics
    assert ("app_lines_total", "app_lines_seconds") == (counter.name, duration.name)
    assert ["word"] == [label.name for label in counter.labels]
    (german,) = drafted("Störung gemeldet").metrics
    assert "app_storung_gemeldet_total" == german.name


def test_lines_that_go_on_from_others_are_no_templates() -> None:
    """Where lines begin with a time, those without one belong to them."""
    trace = ["2026-11-20 03:12:44 job crashed", "Caused by: disk error", "#12 main()", "    at worker.run"]
    assert ["app_job_crashed_total"] == [metric.name for metric in drafted(*trace).metrics]


def test_lines_without_words_are_no_templates() -> None:
    """They say nothing that one could call a metric."""
    assert () == drafted("1 2 3", "}", "---", "").metrics


def test_in_a_long_log_once_is_chance() -> None:
    """What was said once is left out beside what was said more often; in a short log it counts."""
    draft = drafted(*["fan is loud"] * 200, "disk is full")
    assert (["app_fan_loud_total"], 2) == ([metric.name for metric in draft.metrics], draft.templates)
    assert 2 == len(drafted(*["fan is loud"] * 20, "disk is full").metrics)


@pytest.mark.parametrize(
    ("seen", "others", "not_others"),
    [
        ("Fri Jun  6 14:28:50 2016", ["Sat Jun 16 04:28:50 2016"], ["Sat Jun 100 04:28:50 2016"]),
        ("Jun 16 14:28:50", ["Jun  6 04:28:50"], ["Jun 6 4:28:50"]),
        ("2026-11-20 9:05:00", ["2026-11-20 19:05:00", "2026-01-01 00:00:00"], ["2026-11-20 9:05"]),
        ("2026-11-20T09:05:00.123+01:00", ["2026-11-20T09:05:00.123-08:00"], ["2026-11-20 09:05:00.123+01:00"]),
        ("20/Nov/2026:09:05:00 +0100", ["20/Dec/2026:09:05:00 -0800"], ["20/12/2026:09:05:00 -0800"]),
    ],
)
def test_a_time_stands_for_those_of_other_days(seen: str, others: list[str], not_others: list[str]) -> None:
    """Days and hours with one digit as with two, and zones on either side of Greenwich."""
    (metric,) = drafted(*(f"{seen} fan is loud" for _ in range(3))).metrics
    for text in (seen, *others):
        assert re.search(metric.rule.match, f"{text} fan is loud")
    for text in not_others:
        assert not re.search(metric.rule.match, f"{text} fan is loud")


def test_a_long_log_is_mined_after_its_format_is_known() -> None:
    """The first lines tell the format, and count like the others."""
    draft = drafted(*["fan is loud"] * (FIRST_LINES + 10))
    assert FIRST_LINES + 10 == draft.covered


def test_fields_tell_lines_without_a_message() -> None:
    """Those that are labels or values must be there."""
    line = '{{"status":{},"bytes":12,"user":"mara"}}'
    first, second = drafted(*(line.format(status) for status in (200, 404) * 2)).metrics
    assert ({"status": "^"}, ["status"]) == (first.rule.where, [label.name for label in first.labels])
    assert ("{bytes}", {"status": "^", "bytes": "^"}) == (second.rule.value, second.rule.where)


def test_an_access_log_gets_its_log_format() -> None:
    """Whatever the order of its fields; percent signs and dollars stand in the way."""
    line = '203.0.113.9 - mara [20/Nov/2026:15:56:51 +0000] "GET / HTTP/1.1" 200 5 rt=0.004 "https://x/" "curl"'
    (rule, *_) = (metric.rule for metric in drafted(line).metrics)
    fields = '$remote_addr $field_2 $remote_user [$time_local] "$request" $status $body_bytes_sent rt=$request_time'
    assert f'{fields} "$http_referer" "$http_user_agent"' == rule.log_format
    assert "" == drafted(line + " $x").metrics[0].rule.log_format


def test_a_heading_is_part_of_the_name() -> None:
    """The word in capitals that a message begins with tells more than the last of its keys."""
    draft = drafted(*(f"NSTATS 179519018{number} A={number} MX=1{number} LOC=2" for number in range(5)))
    assert ["app_nstats_total"] == [metric.name for metric in draft.metrics if metric.name.endswith("_total")]
