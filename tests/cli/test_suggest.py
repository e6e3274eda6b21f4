"""`suggest`: from lines that nothing counts to a pack that `check` accepts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from log2metrics.cli.suggest import proven
from log2metrics.config.packs import parse_pack
from log2metrics.examples import run_examples
from log2metrics.suggest.suggester import Suggester
from tests.cli.conftest import Invoke
from tests.cli.files import write_config, write_pack

FOLDER = Path(__file__).parent / "suggested"
CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
QUEUE = FOLDER / "queue.log"

SIGNS = r"job mara [warn] user= 12 35ms -1.5 192.0.2.1 0xff ' { } %{IP} \ # - &a *b | 2026-11-20T15:56:01Z é"
WORDS = [*SIGNS.split(), '"a b"', ": ", "\t", "  ", "\x1b[2J", "\x85", "\u2028", "\u202e", "\ufeff"]
HEADERS = [
    "",
    "Nov 20 15:55:31 alder app[1]: ",
    "Nov 20 15:55:31 alder b\\{: ",
    "level=info msg=",
    '{"level":"info","n":1,"msg":"',
]
LINES = st.lists(
    st.builds(lambda header, parts: header + " ".join(parts), st.sampled_from(HEADERS), st.lists(st.sampled_from(WORDS)))
    | st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=60),
    max_size=30,
)


@pytest.mark.parametrize("name", ["queue", "orders", "shop", "hostile"])
def test_suggestions_are_as_they_were(invoke: Invoke, name: str) -> None:
    """What is printed for some logs, to the letter: a service's syslog, JSON, an access log, and what an attacker writes."""
    result = invoke("suggest", FOLDER / f"{name}.log")
    assert (FOLDER / f"{name}.yml").read_text(encoding="utf-8") == result.stdout


@pytest.mark.parametrize("name", ["queue", "orders", "shop", "hostile"])
def test_suggestions_pass_check(invoke: Invoke, name: str) -> None:
    """The pack is good, every example counts something, and it is as many as it has templates."""
    result = invoke("check", FOLDER / f"{name}.yml")
    assert (0, "") == (result.exit_code, result.stderr)
    assert "expect: ''" not in (FOLDER / f"{name}.yml").read_text(encoding="utf-8")


def checked(lines: list[str]) -> None:
    """Suggest for these lines, and run the examples."""
    suggester = Suggester()
    for line in lines:
        suggester.add(line)
    draft = suggester.draft("any log", 20)
    if draft.metrics:
        text = proven(draft)
        pack = parse_pack(text, Path("any.yml"))
        assert [] == run_examples(pack)
        assert all(example.expect for example in pack.examples), text
        assert draft.covered <= draft.lines == len(lines)


@settings(max_examples=60, deadline=None)
@given(LINES)
def test_whatever_the_lines_the_pack_is_good(lines: list[str]) -> None:
    """Its YAML reads back, its regexes compile, and its examples give what it says."""
    checked(lines)


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here")
@pytest.mark.parametrize("folder", ["lnav", "plaso", "grok", "honeytail", "recorded-A", "loki-stages", "fluent-bit", "mtail"])
def test_real_logs_give_good_packs(folder: str) -> None:
    """Logs of all kinds, as strangers' programs have written them."""
    for path in sorted(CORPORA.joinpath(folder).rglob("*")):
        if path.is_file():
            checked(path.read_bytes()[:200_000].decode("utf-8", "replace").split("\n"))


def test_the_rest_is_told_on_standard_error(invoke: Invoke) -> None:
    """How many lines there were, who knows them, and how many the suggestions are for."""
    told = invoke("suggest", QUEUE, "--top", "1").stderr.splitlines()
    assert ["12 lines: 1 known to activity, sshd; 11 unknown, of 4 templates",
            "suggested: 1 metric for 4 of the unknown lines (36%)"] == told  # fmt: skip


def test_lines_that_a_pack_knows_are_left_out(invoke: Invoke, tmp_path: Path) -> None:
    """By the packs named; `--all` suggests for every line."""
    log = tmp_path / "app.log"
    log.write_text("hit=a\nhit=b\nother words here\n", encoding="utf-8")
    pack = write_pack(tmp_path)
    assert ["app_other_words_here_total"] == names(invoke("suggest", "-p", pack, log).stdout)
    assert "hit" in invoke("suggest", "-p", pack, "--all", log).stdout
    log.write_text("hit=a\n", encoding="utf-8")
    result = invoke("suggest", "-p", pack, log)
    assert ("", 0) == (result.stdout, result.exit_code)
    assert "nothing to suggest: --all suggests for those too" in result.stderr


def names(text: str) -> list[str]:
    """The metrics in a pack's text."""
    return [line.split()[-1] for line in text.splitlines() if line.startswith("  - name: ")]


def test_a_rule_that_counts_every_line_knows_none(invoke: Invoke, tmp_path: Path) -> None:
    """A counter of all messages by program, say, is no reason not to count what they say."""
    pack = write_pack(tmp_path, labels=[], rules=[{"match": "^"}])
    assert "12 unknown" in invoke("suggest", "-p", pack, QUEUE).stderr


def test_lines_that_the_packs_join_are_suggested_for_by_their_first(invoke: Invoke, tmp_path: Path) -> None:
    """The pack that is printed counts its own lines as they stand in the log."""
    log, pack = tmp_path / "app.log", tmp_path / "app.yml"
    log.write_text("".join(f"CheckError: field {n} is wrong\n    hint: use {n}\n" for n in range(3)), encoding="utf-8")
    pack.write_text(invoke("suggest", log).stdout, encoding="utf-8")
    assert "app_checkerror_wrong_total 3.0" in invoke("once", "-p", pack, log).stdout


def test_tabs_where_some_lines_have_spaces_count_too(invoke: Invoke, tmp_path: Path) -> None:
    """Between words and at the end, where a line that was cut may have one."""
    log, pack = tmp_path / "app.log", tmp_path / "app.yml"
    log.write_text("fan is loud\nfan\tis loud\nfan is loud\t\n", encoding="utf-8")
    pack.write_text(invoke("suggest", log).stdout, encoding="utf-8")
    assert "app_fan_loud_total 3.0" in invoke("once", "-p", pack, log).stdout


def test_standard_input_and_bounds(invoke: Invoke) -> None:
    """`-` is standard input; no more than `--lines` lines are looked at."""
    result = invoke("suggest", "-", "--lines", "3", "--name", "my app", stdin=b"one thing happened\n" * 10)
    assert result.stderr.startswith("the first 3 lines (--lines takes more): ")
    assert invoke("suggest", "-", "--lines", "3", stdin=b"a\rb happened\n" * 3).stderr.startswith("3 lines: ")
    assert ["my_app_one_thing_happened_total"] == names(result.stdout)
    assert "nothing to suggest: there are no lines" in invoke("suggest", "-", stdin=b"").stderr
    assert "what these lines have in common says nothing" in invoke("suggest", "-", stdin=b"1 2 3\n").stderr


def test_a_file_that_is_not_there_is_told(invoke: Invoke, tmp_path: Path) -> None:
    """The others are read, and the exit code says that something was not."""
    result = invoke("suggest", tmp_path / "none.log", QUEUE, fails=True)
    assert "none.log: No such file or directory" in result.stderr
    assert "queued_worker_total" in result.stdout
    assert result.exception is not None
    assert "no file could be read" in str(invoke("suggest", tmp_path / "none.log", fails=True).exception)


def test_a_line_of_a_megabyte_is_passed_over(invoke: Invoke) -> None:
    """And so is what goes on from the line before it."""
    result = invoke("suggest", "-", stdin=b"x " * 500_000 + b"\nanother thing happened\n    at frame 1\n")
    assert ["app_another_thing_happened_total"] == names(result.stdout)


def test_options_say_how_lines_are_written(invoke: Invoke) -> None:
    """Drafted is for what the program wrote; known is what packs make of that."""
    lines = [f"2026-11-21T03:00:00Z stdout F job {number} in état ok\n" for number in range(5)]
    words = ("suggest", "--unwrap", "cri", "--encoding", "latin-1", "-")
    result = invoke(*words, stdin="".join(lines).encode("latin-1"))
    assert "- match: '^job" in result.stdout
    assert "2026" not in result.stdout
    assert "état" in result.stdout


@pytest.mark.parametrize(
    ("line", "wrapping"),
    [
        ("2026-11-21T03:00:00Z stdout F job done", "cri"),
        ('{"log":"job done\\n","stream":"stdout","time":"2026-11-21T03:00:00Z"}', "docker"),
    ],
)
def test_lines_of_containers_are_recognised(invoke: Invoke, tmp_path: Path, line: str, wrapping: str) -> None:
    """What takes the wrapping off is said, until it is taken off."""
    hint = f"wrapped by a container runtime, it seems; `--unwrap {wrapping}` takes that off"
    (tmp_path / "app.log").write_text(f"{line}\n" * 3, encoding="utf-8")
    for words in (("suggest",), ("once", "--unmatched")):
        assert hint in invoke(*words, tmp_path / "app.log").stderr
        assert hint not in invoke(*words, "--unwrap", wrapping, tmp_path / "app.log").stderr
    assert hint in invoke("explain", line).stdout
    assert hint not in invoke("explain", "--unwrap", wrapping, line).stdout
    write_pack(tmp_path)
    config = write_config(tmp_path)
    hint = f"`unwrap: {wrapping}` in the source takes that off"
    assert hint in invoke("explain", "-c", config, line).stdout
    assert hint in invoke("once", "--unmatched", "-c", config).stderr
