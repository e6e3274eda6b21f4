"""`patterns` and `generate`: what is shipped, shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from log2metrics.config.jsonschema import config_schema, pack_schema
from log2metrics.config.packs import library, library_folder
from tests.cli.conftest import Invoke
from tests.cli.files import write_pack


def test_the_library_is_listed(invoke: Invoke) -> None:
    """One line each, by name; the hint goes to standard error."""
    result = invoke("patterns")
    assert library() == [line.split()[0] for line in result.stdout.splitlines()]
    assert any(line.endswith("  logins, sudo and cron in four numbers (1 metric)") for line in result.stdout.splitlines())
    assert "log2metrics patterns NAME" in result.stderr


def test_a_pack_is_shown_with_its_metrics(invoke: Invoke) -> None:
    """Format, programs, files; each metric with its labels and what they can be."""
    shown = invoke("patterns", "sshd").stdout
    programs = "sshd, sshd-session, sshd-auth, sftp-server, internal-sftp"
    assert shown.startswith(f"sshd: OpenSSH server\nformat syslog, programs {programs}\nusually in /var/log/")
    assert "\nsshd_logins_total{outcome, method}  counter\n  SSH login attempts, by outcome and method.\n" in shown
    assert "\n  method: password, publickey, keyboard-interactive/pam, other\n" in shown
    assert "\n  outcome: accepted, failed, others as in the log\n" in shown
    assert "\nsshd_invalid_users_total  counter\n" in shown


def test_a_pack_of_ones_own_is_shown(invoke: Invoke, tmp_path: Path) -> None:
    """By its path; a label's bound is told, and an empty value is seen."""
    labels = {"a": {"limit": 5}, "b": {}, "c": {"values": ["x"], "other": "y"}}
    rules = [{"match": r"(?P<a>\d)(?P<b>\d)(?P<c>\d)"}]
    shown = invoke("patterns", write_pack(tmp_path, labels=labels, rules=rules)).stdout
    assert ["hits: Hits", "format plain", ""] == shown.splitlines()[:3]
    assert ["  a: at most 5 values", "  b: as in the log", "  c: x, y"] == shown.splitlines()[-3:]


def test_the_yaml_of_a_pack_is_printed(invoke: Invoke) -> None:
    """As it is, to be copied and changed."""
    assert (library_folder() / "sudo.yml").read_text(encoding="utf-8") == invoke("patterns", "sudo", "--source").stdout


def test_the_yaml_of_which_pack(invoke: Invoke) -> None:
    """There has to be one."""
    result = invoke("patterns", "--source")
    assert (2, "") == (result.exit_code, result.stdout)
    assert "Name the pack whose YAML to print." in result.stderr


@pytest.mark.parametrize(
    ("words", "expected"), [((), config_schema()), (("config",), config_schema()), (("pack",), pack_schema())]
)
def test_the_schema_of_both_files_is_written(invoke: Invoke, words: tuple[str, ...], expected: object) -> None:
    """For editors; a config's unless said otherwise."""
    assert expected == json.loads(invoke("generate", "schema", *words).stdout)
