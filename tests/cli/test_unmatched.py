"""`once --unmatched`: samples of the lines that no rule counts."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Invoke
from tests.cli.files import write_config, write_pack


def test_unmatched_lines_are_grouped(invoke: Invoke, tmp_path: Path) -> None:
    """By template, most frequent first, each with how many there are and a line."""
    lines = "hit=a\nuser mara came home\nNov 20 15:55:31 h su[4]: went 1\nuser olek came home\r\nhit=b\n"
    result = invoke("once", "--unmatched", "-p", write_pack(tmp_path), "-", stdin=lines)
    assert [
        "        2  user <*> came home",
        "           user mara came home",
        "        1  su: went <number>",
        "           Nov 20 15:55:31 h su[4]: went 1",
    ] == result.stdout.splitlines()
    assert "5 lines, 3 unmatched\n" == result.stderr


def test_samples_are_bounded(invoke: Invoke, tmp_path: Path) -> None:
    """In number and in width; what is left out is said."""
    words = [chr(97 + one) + chr(97 + two) for one in range(5) for two in range(6)]
    result = invoke("once", "--unmatched", "-p", write_pack(tmp_path), "-", stdin="\n".join([*words, "x " * 500_000]))
    assert 40 == len(result.stdout.splitlines())
    assert max(map(len, result.stdout.splitlines())) < 220
    assert "31 lines, 31 unmatched; 11 of them are of rarer templates, which are not shown" in result.stderr


def test_only_the_last_lines(invoke: Invoke, tmp_path: Path) -> None:
    """`--last` holds here too."""
    log = tmp_path / "app.log"
    log.write_text("old\nnew\n", encoding="utf-8")
    result = invoke("once", "--unmatched", "--last", 1, "-p", write_pack(tmp_path), log)
    assert ["        1  new", "           new"] == result.stdout.splitlines()


def test_options_say_how_lines_are_written(invoke: Invoke, tmp_path: Path) -> None:
    """Shown is what the program wrote."""
    data = "2026-11-21T03:00:00Z stderr F größer\n".encode("latin-1")
    words = ("once", "--unmatched", "--unwrap", "cri", "--encoding", "latin-1", "-p", write_pack(tmp_path), "-")
    assert ["        1  größer", "           größer"] == invoke(*words, stdin=data).stdout.splitlines()


def test_nothing_of_a_line_moves_the_cursor(invoke: Invoke, tmp_path: Path) -> None:
    """What can't be seen is written out."""
    shown = invoke("once", "--unmatched", "-p", write_pack(tmp_path), "-", stdin="\x1b[2J\u202ehi").stdout
    assert r"\x1b[2J\u202ehi" in shown
    assert set() == set(shown) & set("\x1b\u202e")


def test_options_that_make_no_sense_are_refused(invoke: Invoke, tmp_path: Path) -> None:
    """A running exporter shows its own, and there is no format to choose."""
    write_pack(tmp_path)
    assert "--unmatched is for FILES" in invoke("once", "--unmatched", "-c", write_config(tmp_path)).stderr
    assert "--unmatched is for FILES" in invoke("once", "--unmatched", "--to", tmp_path / "x", "-").stderr


def test_a_file_that_is_not_there_is_told(invoke: Invoke, tmp_path: Path) -> None:
    """The others are read, and the exit code says that something was not."""
    log = tmp_path / "app.log"
    log.write_text("miss\n", encoding="utf-8")
    result = invoke("once", "--unmatched", tmp_path / "none", log, fails=True)
    assert "miss" in result.stdout
    assert "some files could not be read" in str(result.exception)
    assert "no file could be read" in str(invoke("once", "--unmatched", tmp_path / "none", fails=True).exception)
