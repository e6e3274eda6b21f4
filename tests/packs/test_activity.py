"""The pack activity counts what the packs of sshd, sudo and cron count, once more."""

from __future__ import annotations

import pytest

from log2metrics.examples import counted
from tests.packs.library import packs


def total(pack: str, lines: str, name: str, *among: str) -> float:
    """How much a pack counts in a metric, over all of its series that have one of these texts in them, or any text."""
    series = (line.rpartition(" ") for line in counted(packs()[pack], lines) if line.startswith(name))
    return sum(float(value) for labels, _, value in series if not among or any(text in labels for text in among))


@pytest.mark.parametrize(
    ("pack", "metric", "among", "kind"),
    [
        ("sshd", "sshd_logins_total", ["accepted"], "sshd_success"),
        ("sshd", "sshd_logins_total", ["failed"], "sshd_failure"),
        ("sudo", "sudo_commands_total", [], "sudo"),
        ("cron", "cron_jobs_total", [], "cron"),
    ],
)
def test_activity_agrees_with_the_pack_of_the_program(pack: str, metric: str, among: list[str], kind: str) -> None:
    """In all the examples of a program's own pack, activity counts as much as that pack does."""
    for example in packs()[pack].examples:
        assert total(pack, example.lines, metric, *among) == total(
            "activity", example.lines, "host_activity_total", f'"{kind}"'
        )


def test_the_end_of_a_command_is_no_command() -> None:
    """With log_exit_status, sudo tells of a command a second time when it has ended."""
    ended = "Nov 21 16:20:50 alder sudo:     olek : PWD=/tmp ; USER=root ; COMMAND=/usr/bin/id ; EXIT=0"
    assert [] == counted(packs()["activity"], ended)
