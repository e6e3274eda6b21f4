"""The command line as a whole: its commands, its words, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from log2metrics.cli import COMMANDS, commands, main
from tests.cli.conftest import Invoke
from tests.cli.files import write_pack


def exit_code(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """What the program exits with when it is called with these words."""
    monkeypatch.setattr(sys, "argv", ["log2metrics", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_help_lists_every_command(invoke: Invoke) -> None:
    """Each with what it does."""
    result = invoke("-h")
    assert 0 == result.exit_code
    for name, text in COMMANDS.items():
        assert f"  {name} " in result.stdout
        assert text in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(invoke: Invoke, name: str) -> None:
    """Its help is more than the line in the list."""
    result = invoke(name, "--help")
    assert 0 == result.exit_code
    assert f"Usage: commands {name}" in result.stdout
    assert len(result.stdout.splitlines()) > 4


def test_a_shell_completes_commands() -> None:
    """From their first letters."""
    shell = ShellComplete(commands, {}, "log2metrics", "_LOG2METRICS_COMPLETE")
    assert ["check"] == [item.value for item in shell.get_completions([], "ch")]


def test_version(invoke: Invoke) -> None:
    """As the package has it."""
    assert f"commands {version('log2metrics')}\n" == invoke("-V").stdout


@pytest.mark.parametrize(("word", "right"), [("chek", "did you mean `check`?"), ("zzz", "log2metrics --help lists them")])
def test_an_unknown_command_is_told_what_would_be_right(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], word: str, right: str
) -> None:
    """The operator's slip: exit code 2, and nothing on standard output."""
    assert 2 == exit_code(monkeypatch, word)
    out, err = capsys.readouterr()
    assert ("", f"Error: No such command '{word}'; {right}") == (out, err.splitlines()[-1])


def test_a_command_that_worked_exits_with_0(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing else does."""
    assert 0 == exit_code(monkeypatch, "check", write_pack(tmp_path))


def test_what_a_command_exits_with_gets_through(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A failing example is the operator's: 2."""
    pack = write_pack(tmp_path, {"lines": "hit=a", "expect": 'hits_total{of="a"} 2'})
    assert 2 == exit_code(monkeypatch, "check", pack)


def test_an_error_becomes_a_message(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And no traceback."""
    assert 2 == exit_code(monkeypatch, "patterns", "sssh")
    out, err = capsys.readouterr()
    assert ("", "no shipped pack is called `sssh`; did you mean `sshd`?\n") == (out, err)


def test_ctrl_c_is_the_commands_to_handle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a command begins it just ends the program; then the program's own handler is back."""
    found: list[object] = []
    monkeypatch.setattr(commands, "main", lambda **_: found.append(signal.getsignal(signal.SIGINT)))
    assert 0 == exit_code(monkeypatch)
    assert [signal.default_int_handler] == found


def test_output_that_cannot_be_written_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A full disk does not go unseen because the program had ended its work; the end of the process is clean."""
    (tmp_path / "x.log").write_text("hit=a\n", encoding="utf-8")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert 1 == exit_code(monkeypatch, "once", "-p", write_pack(tmp_path), tmp_path / "x.log")
    assert "log2metrics: No space left on device\n" == capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error_to_talk_about(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`log2metrics patterns | head -1`: exit code 1, and no word."""
    read, written = os.pipe()
    os.close(read)
    with os.fdopen(written, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert 1 == exit_code(monkeypatch, "generate", "schema")
    assert "" == capsys.readouterr().err


def test_a_closed_output_is_none_to_fail_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`log2metrics check >&-`: whoever closes it wants the exit code alone."""
    monkeypatch.setattr(sys, "stdout", None)
    assert 0 == exit_code(monkeypatch, "check", "sudo")
    sys.stdout.close()
    assert "" == capsys.readouterr().err


def test_a_terminal_that_knows_few_signs_gets_others(tmp_path: Path) -> None:
    """A locale without UTF-8 costs no output."""
    pack = write_pack(tmp_path)
    words = [sys.executable, "-m", "log2metrics", "explain", "-p", str(pack), "hit=a"]
    done = subprocess.run(words, capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "latin-1"})
    assert b"? hits_total, rule 1" in done.stdout
