"""`check`: configs and packs, with every problem and every example that fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from log2metrics.config.packs import library
from tests.cli.conftest import Invoke
from tests.cli.files import EXAMPLE, write, write_config, write_pack


def test_the_shipped_packs_are_right(invoke: Invoke) -> None:
    """Without FILES they are checked, all of them."""
    result = invoke("check")
    assert (0, "") == (result.exit_code, result.stderr)
    assert len(library()) == len(result.stdout.splitlines())
    assert all(": ok (" in line for line in result.stdout.splitlines())


def test_a_pack_by_name_or_path(invoke: Invoke, tmp_path: Path) -> None:
    """What holds is told in one line each; a pack that two names lead to is checked once."""
    pack = write_pack(tmp_path, EXAMPLE)
    result = invoke("check", "activity", pack, f"{tmp_path}/./hits.yml")
    assert 0 == result.exit_code
    activity, hits = result.stdout.splitlines()
    assert re.search(r"activity\.yml: ok \(\d+ examples?, 1 metric\)$", activity)
    assert f"{pack}: ok (1 example, 1 metric)" == hits


def test_a_pack_without_examples_is_told(invoke: Invoke, tmp_path: Path) -> None:
    """It may work; nothing proves it."""
    assert "ok, but no example proves it (0 examples, 1 metric)" in invoke("check", write_pack(tmp_path)).stdout


def test_an_example_that_fails_is_shown(invoke: Invoke, tmp_path: Path) -> None:
    """With its place, what was expected and what was counted; exit code 2, and the other packs are checked all the same."""
    wrong = {"lines": "hit=a\nhit=b\n", "expect": 'hits_total{of="a"} 1\nhits_total{of="b"} 2'}
    pack = write_pack(tmp_path, EXAMPLE, wrong)
    line = pack.read_text(encoding="utf-8").splitlines().index(r'   "lines": "hit=a\nhit=b\n",')  # `{` stands above it
    result = invoke("check", pack, "sudo")
    assert 2 == result.exit_code
    assert "sudo.yml: ok" in result.stdout
    expected = [
        f"{pack}:{line}: example fails: - expected, + counted",
        '   hits_total{of="a"} 1',
        '  -hits_total{of="b"} 2',
        '  +hits_total{of="b"} 1',
    ]
    assert expected == result.stderr.splitlines()


def test_an_expectation_that_is_no_exposition_is_told(invoke: Invoke, tmp_path: Path) -> None:
    """The operator's slip, with its place."""
    result = invoke("check", write_pack(tmp_path, {"lines": "hit=a", "expect": 'hits_total{of="a" 2'}))
    assert 2 == result.exit_code
    place = f"{tmp_path}/hits.yml:"
    assert result.stderr.startswith(place)
    assert '`expect` has `hits_total{of="a" 2`; a series and its number, such as name{label="value"} 1' in result.stderr


def test_a_config_is_checked_with_its_packs(invoke: Invoke, tmp_path: Path) -> None:
    """All of it is right: it says so for each file."""
    pack, config = write_pack(tmp_path, EXAMPLE), write_config(tmp_path)
    result = invoke("check", config)
    assert (0, [f"{pack}: ok (1 example, 1 metric)", f"{config}: ok"]) == (result.exit_code, result.stdout.splitlines())


def test_all_problems_are_told_at_once(invoke: Invoke, tmp_path: Path) -> None:
    """Of every file, whatever is wrong with the others."""
    write_pack(tmp_path, rules=[{"match": "(", "value": 1}])
    config = write_config(tmp_path, stat="x")
    (tmp_path / "broken.yml").write_text("title: [", encoding="utf-8")
    result = invoke("check", config, tmp_path / "hits.yml", tmp_path / "broken.yml", "sssh", "sudo")
    assert 2 == result.exit_code
    assert 1 == len(result.stdout.splitlines())
    places = [line.removeprefix(f"{tmp_path}/").partition(":")[0] for line in result.stderr.splitlines()]
    assert ["config.yml", "hits.yml", "broken.yml", "no shipped pack is called `sssh`; did you mean `sshd`?"] == places


@pytest.mark.parametrize("document", [{"source": []}, {"sources": []}])
def test_what_has_nothing_of_a_pack_is_a_config(invoke: Invoke, tmp_path: Path, document: dict[str, object]) -> None:
    """Its problems are those of a config, also where the slip is in the very key that makes it one."""
    result = invoke("check", write(tmp_path / "c.yml", document))
    assert 2 == result.exit_code
    assert "sources" in result.stderr
    assert "metrics" not in result.stderr


def test_an_example_that_takes_forever_fails(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A regex that backtracks without end is found here, and not by a stranger's line."""
    monkeypatch.setattr("log2metrics.cli.check._PACK_SECONDS", 0.05)
    example = {"lines": "a" * 60 + "b", "expect": ""}
    pack = write_pack(tmp_path, example, labels=[], rules=[{"match": "(?:a+)+$"}])
    assert "its examples take over 0.05 s; write regexes" in invoke("check", pack, fails=True).stderr
