"""`once --unmatched`: samples of the lines that no rule counts."""

from __future__ import annotations

import os
from pathlib import Path

from log2metrics.store.state import State
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
    """No numbers are printed, and a config says what is read."""
    for option, value in (("--to", [tmp_path / "x"]), ("--output", ["json"]), ("--prefix", ["web1"]), ("--own", [])):
        said = invoke("once", "--unmatched", option, *value, "-").stderr
        assert f"--unmatched prints samples of lines, not numbers: {option} does not go with it." in said
    assert "With -c the config says what is read" in invoke("once", "--unmatched", "-c", tmp_path / "c.yml", "x.log").stderr


def test_a_file_that_is_not_there_is_told(invoke: Invoke, tmp_path: Path) -> None:
    """The others are read, and the exit code says that something was not."""
    log = tmp_path / "app.log"
    log.write_text("miss\n", encoding="utf-8")
    result = invoke("once", "--unmatched", tmp_path / "none", log, fails=True)
    assert "miss" in result.stdout
    assert "some files could not be read" in str(result.exception)
    assert "no file could be read" in str(invoke("once", "--unmatched", tmp_path / "none", fails=True).exception)


def test_the_files_of_a_config_are_read_as_its_sources_say(invoke: Invoke, tmp_path: Path) -> None:
    """From the beginning of each file that is there, by name or by glob, once; compressed and rotated ones are left out."""
    write_pack(tmp_path)
    (tmp_path / "app.log").write_text("hit=a\nmiss one\n", encoding="utf-8")
    (tmp_path / "also.log").symlink_to("app.log")
    (tmp_path / "app.log.1").write_text("rotated\n", encoding="utf-8")
    (tmp_path / "pod").write_text("2026-11-21T03:00:00Z stdout F miss two\n", encoding="utf-8")
    app = {"name": "app", "files": ["*.log", "app.log", "later.log"], "patterns": ["hits.yml"]}
    pods = {"name": "pods", "files": ["pod"], "patterns": ["hits.yml"], "unwrap": "cri"}
    result = invoke("once", "--unmatched", "-c", write_config(tmp_path, sources=[app, pods]))
    assert [
        "app",
        "        1  miss one",
        "           miss one",
        "pods",
        "        1  miss two",
        "           miss two",
    ] == result.stdout.splitlines()
    assert "app: 2 lines in 1 file, 1 unmatched\npods: 1 line in 1 file, 1 unmatched\n" == result.stderr


def test_a_running_exporter_is_left_alone(invoke: Invoke, tmp_path: Path) -> None:
    """Whatever it has counted, the same lines are shown every time, and its state stays as it is."""
    write_pack(tmp_path)
    (tmp_path / "app.log").write_text("hit=a\nmiss\n", encoding="utf-8")
    config = write_config(tmp_path)
    invoke("once", "-c", config)
    state = State(tmp_path / "state.db")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    shown = [invoke("once", "--unmatched", "--last", 1, "-c", config).stdout for _ in range(2)]
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    state.close()
    assert ["app\n        1  miss\n           miss\n"] * 2 == shown
    assert before == after


def test_what_is_no_file_is_not_waited_for(invoke: Invoke, tmp_path: Path) -> None:
    """A pipe that a glob leads to would block for ever; the exit code says that something was not read."""
    write_pack(tmp_path)
    os.mkfifo(tmp_path / "app.log")
    result = invoke("once", "--unmatched", "-c", write_config(tmp_path), fails=True)
    assert "no file could be read" in str(result.exception)
    assert f"log2metrics: {tmp_path}/app.log: is not a regular file\n" in result.stderr
    assert "app: 0 lines in 0 files, 0 unmatched" in result.stderr
