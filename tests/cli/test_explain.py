"""`explain`: why a line counts, and how far each rule got where it doesn't."""

from __future__ import annotations

import gzip
import os
from errno import EIO
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from log2metrics.cli import commands
from tests.cli.conftest import Invoke
from tests.cli.files import write, write_config, write_pack

FAILED = "Nov 20 15:55:31 alder sshd[312]: Failed password for mara from 192.0.2.1 port 40702 ssh2"


def test_what_counts_is_shown_first(invoke: Invoke) -> None:
    """The fields of the line, the captures, and the series that changes."""
    lines = invoke("explain", "-p", "sudo,sshd", FAILED).stdout.splitlines()
    assert [
        f"line {FAILED}",
        "",
        "sshd",
        f"  host=alder pid=312 program=sshd timestamp=Nov 20 15:55:31 message={FAILED.partition(']: ')[2]}",
    ] == lines[:4]
    place = lines.index("  ✓ sshd_logins_total, rule 2")
    assert ["      method = password", '      → sshd_logins_total{method="password",outcome="failed"} +1'] == lines[
        place + 1 : place + 3
    ]
    assert "sudo - the line is of program sshd, the pack is for 'sudo'" in lines


def test_each_occurrence_is_shown(invoke: Invoke) -> None:
    """The captures of each on a line of their own, before the series."""
    line = "[1689240000] nsd[1]: info: NSTATS 1689240000 1689153600 A=12 NS=3"
    shown = invoke("explain", "-p", "nsd", line).stdout.splitlines()
    place = shown.index("      each: type = A, n = 12")
    assert "      each: type = NS, n = 3" == shown[place + 1]
    assert "      → " in shown[place + 2]


def test_a_missing_literal_is_named(invoke: Invoke, tmp_path: Path) -> None:
    """The text that must stand in the line, and doesn't."""
    result = invoke("explain", "-p", write_pack(tmp_path), "miss")
    assert "✗ hits_total, rule 1: the message does not have 'hit=' in it" in result.stdout
    assert "No rule counts this line." in result.stdout


def test_a_line_that_is_not_utf_8_is_what_it_would_be_in_a_file(invoke: Invoke, tmp_path: Path) -> None:
    """The bytes of the command line are those of the log."""
    lines = invoke("explain", "-p", write_pack(tmp_path), os.fsdecode(b"hit=a \xff")).stdout.splitlines()
    assert "line hit=a \ufffd" == lines[0]


def test_where_the_regex_stopped_is_marked(invoke: Invoke, tmp_path: Path) -> None:
    """What of it matches, what not, and the place in the text."""
    lines = invoke("explain", "-p", write_pack(tmp_path), "x" * 60 + " hit=- " + "y" * 60).stdout.splitlines()
    assert "  ✗ hits_total, rule 1: the regex does not match" in lines
    (text,) = (number for number, line in enumerate(lines) if "in text" in line)
    assert ["      matches  hit=", r"      but not  (?P<of>\w+)"] == lines[text - 2 : text]
    assert f"      in text  …{'x' * 35} hit=- {'y' * 38}…" == lines[text]
    assert lines[text].index("=-") + 1 == lines[text + 1].index("^")


def test_other_reasons_are_told(invoke: Invoke, tmp_path: Path) -> None:
    """The regex matches, and something else says no."""
    rules = [{"match": r"hit=(?P<of>\w+)", "unless": "test"}, {"match": r"hit=(?P<of>\w+)"}, {"match": r"(?P<of>hit)"}]
    shown = invoke("explain", "-p", write_pack(tmp_path, rules=rules), "hit=a test").stdout
    assert "✗ hits_total, rule 1: `unless` matches: test" in shown
    assert "✗ hits_total, rule 3: rule 2 has counted the line for this metric" in shown


def test_what_has_nothing_to_tell_is_short(invoke: Invoke, tmp_path: Path) -> None:
    """Rules that an earlier one has been before are told together, and of long regexes what is near the place."""
    long = f"^{'(?:a|b)' * 60}{'(?:c|d)' * 60}$"
    rules = [{"match": regex, "set": {"of": "x"}} for regex in (long, *["^a"] * 5)]
    shown = invoke("explain", "-p", write_pack(tmp_path, rules=rules), "a" * 60 + "x").stdout
    assert "✗ hits_total, rules 3 to 6: rule 2 has counted the line for this metric\n" in shown
    (matches,) = [line for line in shown.splitlines() if "matches" in line]
    (missing,) = [line for line in shown.splitlines() if "but not" in line]
    assert matches.endswith("(?:a|b)")
    assert missing.strip().startswith("but not  (?:c|d)")
    assert [115, 115] == [len(matches), len(missing)]


def test_a_line_of_another_program_is_told(invoke: Invoke) -> None:
    """And one that is of no program at all."""
    assert "the line is of program su, the pack is for " in invoke("explain", "-p", "sshd", "Nov 20 15:56:01 h su[4]: x").stdout
    assert "the line is not in the format syslog" in invoke("explain", "-p", "sshd", "no header").stdout


def test_a_value_that_is_no_number_is_told(invoke: Invoke, tmp_path: Path) -> None:
    """The rule matches, and its series does not change; what would change, by its type."""
    rules = [{"match": r"hit=(?P<of>\w+) n=(?P<n>\S+)", "value": "{n}"}]
    counter = write_pack(tmp_path, rules=rules)
    assert "not changed: the value is no usable number" in invoke("explain", "-p", counter, "hit=a n=-").stdout
    for kind, change in (("gauge", "= 2.5"), ("histogram", "observes 2.5")):
        metric = {"name": "hits", "type": kind, "help": "Hits.", "labels": ["of"], "rules": rules}
        pack = write(tmp_path / f"{kind}.yml", {"title": "Hits", "metrics": [metric]})
        assert f'→ hits{{of="a"}} {change}' in invoke("explain", "-p", pack, "hit=a n=2.5").stdout
    assert '→ hits_total{of="a"} +12345678901.25\n' in invoke("explain", "-p", counter, "hit=a n=12345678901.25").stdout


def test_repeated_messages_are_told(invoke: Invoke) -> None:
    """With how often they count; a metric without labels is a bare name."""
    line = "Nov 20 15:55:31 h sshd[1]: message repeated 5 times: [ Invalid user x from 192.0.2.1]"
    assert "→ sshd_invalid_users_total +1 (5 times)" in invoke("explain", "-p", "sshd", line).stdout


def test_lines_of_standard_input_are_explained(invoke: Invoke, tmp_path: Path) -> None:
    """One after the other, with any line end, and the last without one."""
    shown = invoke("explain", "-p", write_pack(tmp_path), stdin=b"hit=a\r\nmiss\n\nhit=\xffb").stdout
    assert ["line hit=a", "line miss", "line ", "line hit=\ufffdb"] == [
        line for line in shown.splitlines() if line.startswith("line")
    ]
    assert 1 == invoke("explain", "-p", write_pack(tmp_path), stdin=b"hit=a\n").stdout.count("line ")


class Arriving(BytesIO):
    """Gives a line at a time; there is never more than that."""

    def read1(self, size: int | None = -1) -> bytes:
        """Give the next line, and break where there is none yet."""
        if line := self.readline(size):
            return line
        raise OSError(EIO, "gone")

    def read(self, size: int | None = -1) -> bytes:
        """Break: so many bytes there are not."""
        if size:
            raise AssertionError(f"{size} bytes are waited for")
        return b""


def test_lines_are_explained_as_they_arrive(invoke: Invoke, tmp_path: Path) -> None:
    """Behind `tail -f` there is no end to wait for, and a file may be larger than memory."""
    result = invoke("explain", "-p", write_pack(tmp_path), stdin=Arriving(b"hit=a\nmiss\n"), fails=True)
    assert ["line hit=a", "line miss"] == [line for line in result.stdout.splitlines() if line.startswith("line")]


def test_what_can_be_read_once_is_shown_to_all_sources(invoke: Invoke, tmp_path: Path) -> None:
    """Those that differ in what a line is are asked one after the other."""
    pack, log = write_pack(tmp_path), tmp_path / "a.log.gz"
    log.write_bytes(gzip.compress(b"hit=a\n"))
    sources = [{"name": name, "files": [name], "patterns": [pack.name], "encoding": name} for name in ("latin-1", "utf-8")]
    config = write_config(tmp_path, sources=sources)
    assert 2 == invoke("explain", "-c", config, "-f", log).stdout.count("line hit=a\n")
    assert 2 == invoke("explain", "-c", config, stdin=b"hit=a\n").stdout.count("line hit=a\n")


def test_the_packs_of_a_config_explain(invoke: Invoke, tmp_path: Path) -> None:
    """With the format that the source says."""
    write_pack(tmp_path)
    config = write_config(tmp_path, sources=[{"name": "a", "files": ["x"], "patterns": ["./hits.yml"], "format": "syslog"}])
    assert "hits - the line is not in the format syslog" in invoke("explain", "-c", config, "hit=a").stdout
    assert '→ hits_total{of="a"} +1' in invoke("explain", "-c", config, "Nov 20 15:55:31 h x: hit=a").stdout


def test_lines_that_are_one_are_explained_as_one(invoke: Invoke, tmp_path: Path) -> None:
    """As one of the packs says, for all of them; where they were joined is a mark."""
    metric = {"name": "j_total", "help": "J.", "rules": [{"match": r"a\v b$"}]}
    joining = write(tmp_path / "joining.yml", {"title": "J", "multiline": {"continue": "^ "}, "metrics": [metric]})
    shown = invoke("explain", "-p", f"{joining},{write_pack(tmp_path)}", stdin=b"a\n b\nhit=c\n").stdout
    assert ["line a⏎ b", "line hit=c"] == [line for line in shown.splitlines() if line.startswith("line")]
    assert "→ j_total +1" in shown
    assert '→ hits_total{of="c"} +1' in shown


def test_a_config_says_how_lines_are_wrapped(invoke: Invoke, tmp_path: Path) -> None:
    """Explained is what the program wrote."""
    write_pack(tmp_path)
    config = write_config(tmp_path, sources=[{"name": "a", "files": ["x"], "patterns": ["./hits.yml"], "unwrap": "cri"}])
    assert "line hit=a\n" in invoke("explain", "-c", config, "2026-11-21T03:00:00Z stdout F hit=a").stdout


def test_options_say_how_lines_are_written(invoke: Invoke, tmp_path: Path) -> None:
    """Those of a file or of standard input; a LINE is typed, in the terminal's own encoding. A config says it itself."""
    pack, log = write_pack(tmp_path), tmp_path / "a.log"
    log.write_bytes("2026-11-21T03:00:00Z stdout F hit=ä\n".encode("utf-16"))
    words = ("--unwrap", "cri", "--encoding", "utf-16", "-p", pack)
    assert "line hit=ä\n" in invoke("explain", *words, "-f", log).stdout
    assert "line hit=ä\n" in invoke("explain", *words, "2026-11-21T03:00:00Z stdout F hit=ä").stdout
    sources = [{"name": name, "files": [name], "patterns": [pack.name], "encoding": name} for name in ("latin-1", "utf-16")]
    config = write_config(tmp_path, sources=sources)
    assert 1 == invoke("explain", "-c", config, "hit=ä").stdout.count("line hit=ä\n")
    assert "With -c the config says what a line is" in invoke("explain", "-c", config, "--unwrap", "cri", "x").stderr


def test_nothing_of_a_line_moves_the_cursor(invoke: Invoke, tmp_path: Path) -> None:
    """Log text is written by attackers."""
    result = invoke("explain", "-p", write_pack(tmp_path), "hit=a\x1b[2J\u202e\x9b")
    assert set() == set(result.stdout) & set("\x1b\u202e\x9b")


def test_a_regex_that_takes_forever_is_told(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the daemon the line would be counted as timed out."""
    monkeypatch.setattr("log2metrics.cli.explain._GROUP_SECONDS", 0.05)
    pack = write_pack(tmp_path, labels=[], rules=[{"match": "(?:a+)+$"}])
    assert "a regex takes over 0.05 s for this line: it times out" in invoke("explain", "-p", pack, "a" * 60 + "b").stdout


def test_the_lines_of_a_file_are_explained(invoke: Invoke, tmp_path: Path) -> None:
    """Each of them, and at the end how many were counted."""
    log = tmp_path / "app.log"
    log.write_bytes(b"hit=a\r\nmiss\n")
    result = invoke("explain", "-p", write_pack(tmp_path), "--file", log)
    assert ["line hit=a", "line miss"] == [line for line in result.stdout.splitlines() if line.startswith("line")]
    assert "2 lines, 1 of them counted\n" == result.stderr
    assert "not both" in invoke("explain", "--file", log, "a line").stderr
    assert isinstance(invoke("explain", "--file", tmp_path / "none", fails=True).exception, FileNotFoundError)


def test_packs_that_nobody_named_show_what_matters(invoke: Invoke) -> None:
    """What counts the line; and the nearest misses of packs for its program, or of all where nothing counts it."""
    shown = invoke("explain", FAILED.replace("40702", "x")).stdout
    assert 'syslog_messages_total{program="sshd"} +1' in shown
    assert "✗ sshd_logins_total, rule 2: the regex does not match" in shown
    assert "✗ sshd_invalid_users_total" not in shown
    assert "cron" not in shown
    nothing = invoke("explain", "not known to anybody").stdout
    assert "No rule counts this line." in nothing
    assert "packs that do not count the line no rule came near; -p NAME shows every rule of one." in nothing


def test_control_characters_are_made_visible(invoke: Invoke, tmp_path: Path) -> None:
    """One sees why a line that looks right does not match."""
    shown = invoke("explain", "-p", write_pack(tmp_path), "hit\x00=a\ttab").stdout
    assert r"line hit\x00=a\x09tab" in shown


def test_captures_are_coloured_on_a_terminal_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the message and in the list, in one colour; never in a pipe, and not where NO_COLOR is set."""
    monkeypatch.setattr("log2metrics.cli.explained.is_coloured", lambda: True)
    monkeypatch.setattr("log2metrics.cli.terminal.is_coloured", lambda: True)
    words = ("explain", "-p", write_pack(tmp_path), "a hit=yes b")
    coloured = CliRunner().invoke(commands, [str(word) for word in words], color=True).stdout
    assert "\x1b[36myes\x1b[0m\x1b[2m b\x1b[0m" in coloured
    assert "of = \x1b[36myes\x1b[0m" in coloured
    monkeypatch.undo()
    assert "\x1b" not in CliRunner().invoke(commands, [str(word) for word in words], color=True).stdout
