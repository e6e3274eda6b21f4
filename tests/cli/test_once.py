"""`once`: files in, numbers out, and nothing else on standard output."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import re
import sqlite3
from collections.abc import Callable
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest

from log2metrics.cli.failure import Failed
from log2metrics.config.problems import ConfigError
from log2metrics.store.state import State, StateError
from tests.cli.conftest import Invoke
from tests.cli.files import write_config, write_pack


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of four lines, the last unfinished."""
    path = tmp_path / "app.log"
    path.write_bytes(b"hit=a\nmiss\nhit=b\nhit=a")
    return path


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack that counts its hits."""
    return write_pack(tmp_path)


def series(text: str) -> list[str]:
    """The samples of an exposition."""
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_a_file_becomes_numbers(invoke: Invoke, log: Path, pack: Path) -> None:
    """From its first byte to its last, a line that nobody has finished included."""
    result = invoke("once", "-p", pack, log)
    assert ['hits_total{of="a"} 2.0', 'hits_total{of="b"} 1.0'] == series(result.stdout)
    assert "" == result.stderr


def test_packs_may_be_named_one_by_one(invoke: Invoke, tmp_path: Path, log: Path, pack: Path) -> None:
    """No pack is silently left out where the option is repeated."""
    other = tmp_path / "other.yml"
    other.write_text(pack.read_text().replace("hits_total", "others_total"))
    for options in (("-p", pack, "-p", other), ("-p", f"{pack},{other}")):
        found = series(invoke("once", *options, log).stdout)
        assert {"hits_total", "others_total"} == {line.partition("{")[0] for line in found}


def test_standard_input_is_read_too(invoke: Invoke, log: Path, pack: Path) -> None:
    """As `-`, among files."""
    result = invoke("once", "-p", pack, "-", log, stdin=b"hit=\xff\nhit=c")
    assert ['hits_total{of="a"} 2.0', 'hits_total{of="b"} 1.0', 'hits_total{of="c"} 1.0'] == series(result.stdout)


@pytest.mark.parametrize(("compress", "ending"), [(gzip.compress, ".gz"), (bz2.compress, ".bz2"), (lzma.compress, ".xz")])
def test_a_compressed_file_is_unpacked(
    invoke: Invoke, log: Path, pack: Path, compress: Callable[[bytes], bytes], ending: str
) -> None:
    """Whatever it is called; by every command that reads files, and the last lines of it, too."""
    content = compress(log.read_bytes())
    for path in (log.with_name(f"app.log.1{ending}"), log.with_name("renamed.log")):
        path.write_bytes(content)
        result = invoke("once", "-p", pack, path)
        assert (['hits_total{of="a"} 2.0', 'hits_total{of="b"} 1.0'], "") == (series(result.stdout), result.stderr)
        assert "2 lines, 0 unmatched\n" == invoke("once", "-p", pack, "--last", "2", "--unmatched", path).stderr
        assert "4 lines, 3 of them counted\n" == invoke("explain", "-p", pack, "--file", path).stderr


def test_a_compressed_file_that_is_cut_off_is_counted_so_far(invoke: Invoke, tmp_path: Path, pack: Path) -> None:
    """Its numbers are printed, and that it is not whole is told, in words and with the exit code."""
    path = tmp_path / "app.log.gz"
    path.write_bytes(gzip.compress(b"".join(b"hit=a %d\n" % number for number in range(9000)))[:-2000])
    result = invoke("once", "-p", pack, path, fails=True)
    counted = float(series(result.stdout)[0].split()[1])
    assert 100 < counted < 9000
    assert f"log2metrics: {path}: is cut off or damaged, and was read so far\n" == result.stderr
    assert isinstance(result.exception, Failed)


def test_a_text_that_begins_like_a_compressed_file_is_a_text(invoke: Invoke, tmp_path: Path, pack: Path) -> None:
    """Only what no text begins with counts."""
    (tmp_path / "app.log").write_bytes(b"BZh hit=a\n")
    assert ['hits_total{of="a"} 1.0'] == series(invoke("once", "-p", pack, tmp_path / "app.log").stdout)


def test_the_name_of_a_rotated_file_says_which_packs(invoke: Invoke, tmp_path: Path) -> None:
    """As that of its log does."""
    for name in ("auth.log.1", "auth.log.2.gz", "auth.log-20261120"):
        (tmp_path / name).touch()
        shown = invoke("once", tmp_path / name).stdout
        assert 'sshd_logins_total{method="password",outcome="failed"} 0.0' in shown
        assert "nginx_http_requests_total" not in shown


def test_without_patterns_the_name_of_the_file_says_which(invoke: Invoke, tmp_path: Path) -> None:
    """An auth.log is counted by the packs for files so called, and by no others."""
    (tmp_path / "auth.log").touch()
    shown = invoke("once", tmp_path / "auth.log").stdout
    assert 'sshd_logins_total{method="password",outcome="failed"} 0.0' in shown
    assert "nginx_http_requests_total" not in shown


def test_without_patterns_and_a_known_name_all_shipped_packs_count(invoke: Invoke, log: Path) -> None:
    """What they know exists as 0."""
    log.write_text(
        "Nov 20 15:55:31 alder sshd[312]: Failed password for mara from 192.0.2.1 port 40702 ssh2\n", encoding="utf-8"
    )
    shown = series(invoke("once", log).stdout)
    assert 'sshd_logins_total{method="password",outcome="failed"} 1.0' in shown
    assert 'sudo_commands_total{outcome="allowed"} 0.0' in shown


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            "prometheus",
            r'# HELP hits_total Hits\.\n# TYPE hits_total counter\nhits_total\{of="a"\} 2\.0\nhits_total\{of="b"\} 1\.0\n',
        ),
        (
            "openmetrics",
            r'# HELP hits Hits\.\n# TYPE hits counter\nhits_total\{of="a"\} 2\.0\nhits_total\{of="b"\} 1\.0\n# EOF\n',
        ),
        ("graphite", r"hits_total\.of\.a 2 \d{10}\nhits_total\.of\.b 1 \d{10}\n"),
        ("influx", r"hits_total,of=a value=2 \d{19}\nhits_total,of=b value=1 \d{19}\n"),
    ],
)
def test_the_output_is_what_was_asked_for(invoke: Invoke, log: Path, pack: Path, output: str, expected: str) -> None:
    """Each format for its reader."""
    assert re.fullmatch(expected, invoke("once", "-p", pack, "-o", output, log).stdout)


def test_json_is_for_scripts(invoke: Invoke, log: Path, pack: Path) -> None:
    """One document; with the exporter's own metrics if asked for."""
    document = json.loads(invoke("once", "-p", pack, "-o", "json", "--own", log).stdout)
    found = {metric["name"]: metric["series"] for metric in document["metrics"]}
    assert {"labels": {"of": "b"}, "value": 1.0} in found["hits_total"]
    assert [{"labels": {"source": "once"}, "value": 4.0}] == found["log2metrics_lines_total"]


def test_graphite_paths_have_a_prefix(invoke: Invoke, log: Path, pack: Path) -> None:
    """As Telegraf's or a cron job's config wants it."""
    result = invoke("once", "-p", pack, "-o", "graphite", "--prefix", "hosts.web1.", log)
    assert result.stdout.startswith("hosts.web1.hits_total.of.a 2 ")


def test_only_the_last_lines(invoke: Invoke, log: Path, pack: Path) -> None:
    """Of each file."""
    assert ['hits_total{of="a"} 1.0', 'hits_total{of="b"} 1.0'] == series(invoke("once", "-p", pack, "-n", 2, log).stdout)


def test_a_file_is_written_atomically(invoke: Invoke, log: Path, pack: Path, tmp_path: Path) -> None:
    """In place of standard output; whoever reads it may, and nothing half-written is ever under its name."""
    to = tmp_path / "out" / "hits.prom"
    to.parent.mkdir()
    result = invoke("once", "-p", pack, "--to", to, log)
    assert ("", 2) == (result.stdout, len(series(to.read_text(encoding="utf-8"))))
    assert ([to], 0o644) == (list(to.parent.iterdir()), to.stat().st_mode & 0o777)


@pytest.fixture
def _full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the last step of writing a file fail."""

    def replace(_: Path, target: Path) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC), str(target))

    monkeypatch.setattr(Path, "replace", replace)


@pytest.mark.usefixtures("log", "pack", "_full_disk")
def test_a_file_that_cannot_be_written_leaves_what_was_there(invoke: Invoke, tmp_path: Path) -> None:
    """A full disk: the temporary file is taken away again, and readers see the old numbers."""
    before = set(tmp_path.iterdir())
    result = invoke("once", "-p", tmp_path / "hits.yml", "--to", tmp_path / "hits.prom", tmp_path / "app.log", fails=True)
    assert isinstance(result.exception, OSError)
    assert before == set(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_told_by_the_name_that_was_given(invoke: Invoke, log: Path, pack: Path) -> None:
    """Not by that of the temporary file."""
    result = invoke("once", "-p", pack, "--to", log.parent / "none" / "hits.prom", log, fails=True)
    assert f"--to: {log.parent}/none/hits.prom can't be written: No such file or directory" == str(result.exception)


def test_no_name_is_no_pack(invoke: Invoke, log: Path) -> None:
    """An empty variable of a script is not all packs."""
    assert isinstance(invoke("once", "-p", "", log, fails=True).exception, ConfigError)


def test_only_a_regular_file_is_replaced(invoke: Invoke, log: Path, pack: Path, tmp_path: Path) -> None:
    """A device or pipe given by mistake is left alone."""
    os.mkfifo(tmp_path / "pipe")
    result = invoke("once", "-p", pack, "--to", tmp_path / "pipe", log, fails=True)
    assert f"--to: {tmp_path}/pipe is no regular file, which alone is replaced" == str(result.exception)
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("name", ["app.log", "hits.yml", "config.yml", "link"])
def test_what_is_read_is_not_replaced(invoke: Invoke, log: Path, pack: Path, tmp_path: Path, name: str) -> None:
    """A log, pack or config that is named after --to by mistake keeps what it says, also under another name."""
    config = tmp_path / "config.yml"
    config.write_text(f"sources: [{{name: a, files: {log}, patterns: {pack}}}]\nstate: none\n", encoding="utf-8")
    (tmp_path / "link").symlink_to(log)
    before = (tmp_path / name).read_bytes()
    given = ["-c", config] if name == "config.yml" else ["-p", pack, log]
    result = invoke("once", "--to", tmp_path / name, *given, fails=True)
    assert f"--to: {tmp_path}/{name} is read here: name another file for the numbers." in result.stderr
    assert (2, before) == (result.exit_code, (tmp_path / name).read_bytes())


def test_what_a_config_follows_is_not_replaced(invoke: Invoke, log: Path, pack: Path, tmp_path: Path) -> None:
    """Nor a log that a config leads to by a glob."""
    config = tmp_path / "config.yml"
    config.write_text(f"sources: [{{name: a, files: {tmp_path}/*.log, patterns: {pack}}}]\nstate: none\n", encoding="utf-8")
    before = log.read_bytes()
    result = invoke("once", "-c", config, "--to", log, fails=True)
    assert (2, before) == (result.exit_code, log.read_bytes())


def test_what_cannot_be_read_is_named(invoke: Invoke, log: Path, pack: Path, tmp_path: Path) -> None:
    """The numbers of the others are printed, and the command fails; control characters of a name are not printed."""
    result = invoke("once", "-p", pack, f"{tmp_path}/no\x1b[31m.log", log, tmp_path, fails=True)
    assert "some files could not be read, or not to their ends; the numbers are of the rest" == str(result.exception)
    assert ['hits_total{of="a"} 2.0', 'hits_total{of="b"} 1.0'] == series(result.stdout)
    told = f"log2metrics: {tmp_path}/no\ufffd[31m.log: No such file or directory\nlog2metrics: {tmp_path}: Is a directory\n"
    assert told == result.stderr


def test_where_nothing_can_be_read_nothing_is_printed(invoke: Invoke, pack: Path, tmp_path: Path) -> None:
    """An empty exposition would say that there is nothing to count."""
    result = invoke("once", "-p", pack, tmp_path, fails=True)
    assert ("no file could be read", "") == (str(result.exception), result.stdout)


def test_losses_are_told(invoke: Invoke, log: Path, tmp_path: Path) -> None:
    """On standard error, by name: silence means that nothing was lost."""
    pack = write_pack(tmp_path, limit=1, rules=[{"match": r"hit=(?P<of>\w+) n=(?P<n>\S+)", "value": "{n}"}])
    log.write_text("hit=a n=1\nhit=b n=2\nhit=a n=-\n" + "x" * 70_000 + "\n", encoding="utf-8")
    lines = invoke("once", "-p", pack, log).stderr.splitlines()
    expected = {
        "log2metrics: once: 1 line cut",
        "log2metrics: hits_total: 1 value that is no usable number",
        "log2metrics: hits_total: 1 increment folded into `other`",
    }
    assert expected == set(lines)


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ((), "Name the FILES to read"),
        (("-c", "c.yml", "x.log"), "With -c the config says what is read"),
        (("-c", "c.yml", "-p", "sshd"), "With -c the config says what is read"),
        (("-c", "c.yml", "-n", "3"), "With -c the config says what is read"),
        (("-c", "c.yml", "--unwrap", "cri"), "With -c the config says what is read"),
        (("-c", "c.yml", "--encoding", "latin-1"), "With -c the config says what is read"),
        (("-n", "0", "x.log"), "0 is not in the range"),
        (("-o", "xml", "x.log"), "'xml' is not one of"),
    ],
)
def test_words_that_make_no_sense_are_refused(invoke: Invoke, words: tuple[str, ...], right: str) -> None:
    """With what would be right, and exit code 2."""
    result = invoke("once", *words)
    assert (2, "") == (result.exit_code, result.stdout)
    assert right in result.stderr


def test_an_unknown_pack_is_refused(invoke: Invoke, log: Path) -> None:
    """With all problems of all packs at once."""
    result = invoke("once", "-p", "sshd, sssh,nothing", log, fails=True)
    assert isinstance(result.exception, ConfigError)
    assert 2 == len(result.exception.problems)


@pytest.mark.usefixtures("pack")
def test_with_a_config_it_goes_on_from_the_state(invoke: Invoke, log: Path, tmp_path: Path) -> None:
    """Cumulative numbers, as Telegraf's exec input wants them; an unfinished line waits."""
    config = write_config(tmp_path)
    assert ['hits_total{of="a"} 1.0', 'hits_total{of="b"} 1.0'] == series(invoke("once", "-c", config).stdout)
    with log.open("a") as file:
        file.write("\nhit=a\n")
    for _ in range(2):
        assert ['hits_total{of="a"} 3.0', 'hits_total{of="b"} 1.0'] == series(invoke("once", "-c", config).stdout)


@pytest.mark.usefixtures("log", "pack")
def test_without_a_state_it_begins_anew(invoke: Invoke, tmp_path: Path) -> None:
    """`state: none`; a last line counts as it is, since nobody comes back. The Graphite settings of the config hold."""
    config = write_config(tmp_path, state="none", graphite={"address": "g:2003", "prefix": "p."})
    for _ in range(2):
        assert invoke("once", "-c", config, "-o", "graphite").stdout.startswith("p.hits_total.of.a 2 ")
    assert invoke("once", "-c", config, "-o", "graphite", "--prefix", "").stdout.startswith("hits_total.of.a 2 ")


@pytest.mark.usefixtures("log", "pack")
def test_while_the_daemon_runs_its_numbers_are_given(invoke: Invoke, log: Path, tmp_path: Path) -> None:
    """Nothing is counted besides, and the state is left to whoever holds it."""
    config = write_config(tmp_path)
    before = invoke("once", "-c", config)
    with log.open("a") as file:
        file.write("\nhit=a\n")
    state = State(tmp_path / "state.db")
    during = invoke("once", "-c", config)
    state.close()
    assert "" == during.stderr
    assert series(before.stdout) == series(during.stdout)
    assert series(before.stdout) != series(invoke("once", "-c", config).stdout)


@pytest.mark.usefixtures("log", "pack")
def test_a_state_that_is_held_and_cannot_be_read_fails(invoke: Invoke, tmp_path: Path) -> None:
    """It is being made at this moment."""
    config = write_config(tmp_path)
    state = State(tmp_path / "state.db")
    (tmp_path / "state.db").unlink()
    with pytest.raises(StateError, match="can't be read just now"):
        invoke("once", "-c", config)
    state.close()


@pytest.mark.usefixtures("pack")
def test_a_state_that_cannot_be_written_fails(invoke: Invoke, log: Path, tmp_path: Path) -> None:
    """Telegraf is not told old numbers as if they were new; the next time all is counted."""
    config = write_config(tmp_path)
    invoke("once", "-c", config)
    with log.open("a") as file:
        file.write("\nhit=a\n")
    with sqlite3.connect(tmp_path / "state.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Failed, match="the state could not be written, so nothing new was counted"):
            invoke("once", "-c", config)
    other.close()
    assert ['hits_total{of="a"} 3.0', 'hits_total{of="b"} 1.0'] == series(invoke("once", "-c", config).stdout)


@pytest.mark.parametrize(
    ("words", "data"),
    [
        (("--unwrap", "cri"), b"2026-11-21T03:00:00Z stdout F hit=\xc3\xa4\n"),
        (("--unwrap", "docker"), rb'{"log":"hit=\u00e4\n","stream":"stdout","time":"2026-11-21T03:00:00Z"}'),
        (("--encoding", "latin-1"), b"hit=\xe4\n"),
        (("--encoding", "utf16"), "hit=ä".encode("utf-16")),
        (("--encoding", "latin-1", "--unwrap", "cri", "--last", "1"), b"\xff\n2026-11-21T03:00:00Z stdout F hit=\xe4\n"),
        (("--encoding", "utf-16", "--last", "1"), "hit=Ċ\nhit=ä\n".encode("utf-16")),
    ],
)
def test_files_are_read_as_they_are_written(
    invoke: Invoke, tmp_path: Path, pack: Path, words: tuple[str, ...], data: bytes
) -> None:
    """In their encoding and without what a container runtime put around their lines; from a file as from a pipe."""
    (tmp_path / "x.log").write_bytes(data)
    for result in invoke("once", "-p", pack, *words, tmp_path / "x.log"), invoke("once", "-p", pack, *words, "-", stdin=data):
        assert ['hits_total{of="ä"} 1.0'] == series(result.stdout)


@pytest.mark.parametrize("command", ["once", "suggest", "explain"])
@pytest.mark.parametrize(
    ("words", "right"),
    [
        (("--unwrap", "dokcer"), "--unwrap: found 'dokcer'; did you mean `docker`?"),
        (("--unwrap", "x"), "--unwrap: found 'x'; write `cri` or `docker`"),
        (("--encoding", "latin-0"), "--encoding: found 'latin-0'; did you mean `latin10`?"),
        (("--encoding", "###"), "--encoding: found '###'; an encoding by the name of its Python codec, such as latin-1"),
    ],
)
def test_names_that_are_unknown_are_refused(invoke: Invoke, command: str, words: tuple[str, ...], right: str) -> None:
    """With those that are known."""
    result = invoke(command, *words, "x")
    assert (2, "") == (result.exit_code, result.stdout)
    assert right in result.stderr


STREAMED: dict[str, Any] = {"labels": ["stream"], "rules": [{"match": "hit=", "where": {"time": "T03:"}}]}


@pytest.mark.parametrize("unwrap", ["cri", "docker"])
def test_rules_ask_for_what_the_wrapping_says(invoke: Invoke, tmp_path: Path, unwrap: str) -> None:
    """With options as with a config, whose samples of unmatched lines are of what the program wrote."""
    lines = [("stdout", "03", "hit=a"), ("stderr", "03", "hit=b"), ("stdout", "04", "late hit=c")]
    if unwrap == "cri":
        text = "".join(f"2026-11-21T{hour}:00:00Z {stream} F {line}\n" for stream, hour, line in lines)
    else:
        each = ({"log": f"{line}\n", "stream": stream, "time": f"2026-11-21T{hour}:00:00Z"} for stream, hour, line in lines)
        text = "".join(json.dumps(line) + "\n" for line in each)
    (tmp_path / "app.log").write_text(text, encoding="utf-8")
    pack = write_pack(tmp_path, **STREAMED)
    source = {"name": "app", "files": ["app.log"], "patterns": ["hits.yml"], "start_at": "beginning", "unwrap": unwrap}
    config = write_config(tmp_path, sources=[source])
    expected = ['hits_total{stream="stderr"} 1.0', 'hits_total{stream="stdout"} 1.0']
    assert expected == series(invoke("once", "-p", pack, "--unwrap", unwrap, tmp_path / "app.log").stdout)
    assert expected == series(invoke("once", "-c", config).stdout)
    for words in (("-c", config), ("-p", pack, "--unwrap", unwrap, tmp_path / "app.log")):
        assert "1  late hit=c" in invoke("once", "--unmatched", *words).stdout


def test_what_is_not_wrapped_has_no_such_fields(invoke: Invoke, tmp_path: Path) -> None:
    """That a rule asks for them is a mistake, and is told."""
    pack = write_pack(tmp_path, **STREAMED)
    error = str(invoke("once", "-p", pack, "-", fails=True).exception).splitlines()
    assert [
        f"{pack}: it asks for `stream`, which only wrapped lines have; `--unwrap`",
        f"{pack}: it asks for `time`, which only wrapped lines have; `--unwrap`",
    ] == error
