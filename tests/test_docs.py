"""Everything that the README and the docs show is run: packs, configs and commands."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest
import regex
from click.testing import CliRunner

from log2metrics.cli import commands
from log2metrics.config.jsonschema import config_schema, pack_schema
from log2metrics.config.load import load_config, load_packs
from log2metrics.config.packs import shipped_definitions
from log2metrics.examples import run_examples
from log2metrics.telemetry import VOCABULARY

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(?P<kind>\w*)(?: (?P<name>[\w.-]+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SERVING = {"run", "status"}  # commands that need an exporter that goes on running


def _blocks(page: Path, kind: str) -> list[str]:
    return [found["text"] for found in _BLOCK.finditer(page.read_text(encoding="utf-8")) if found["kind"] == kind]


def _files() -> list[tuple[str, str]]:
    """The YAML blocks that begin with the comment `# NAME.yml`, by page and name."""
    files = []
    for page in PAGES:
        for text in _blocks(page, "yaml"):
            first = text.splitlines()[0]
            if re.fullmatch(r"# [\w-]+\.yml", first):
                files.append((f"{page.stem}:{first[2:]}", text))
    return files


def _commands() -> list[str]:
    lines = (line for page in PAGES for text in _blocks(page, "console") for line in text.splitlines())
    return sorted({line[2:] for line in lines if line.startswith("$ ")})


@pytest.mark.parametrize(("name", "text"), _files())
def test_packs_and_configs_in_the_docs_are_good(name: str, text: str, tmp_path: Path) -> None:
    """A reader who copies YAML out of the docs has a file that loads, and its examples pass."""
    for other, content in _files():
        (tmp_path / other.partition(":")[2]).write_text(content, encoding="utf-8")
    path = tmp_path / name.partition(":")[2]
    path.write_text(text, encoding="utf-8")

    if "\nsources:" in text:
        assert load_config(path, env={}, uid=0).sources
    else:
        (pack,) = load_packs([str(path)], tmp_path)
        assert pack.examples
        assert [] == run_examples(pack)


@pytest.mark.parametrize("line", _commands())
def test_commands_in_the_docs_are_commands(line: str) -> None:
    """Every command line shown is one that the program takes."""
    words = shlex.split(line.partition(" > ")[0])
    assert "log2metrics" == words[0]
    command: click.Command = commands
    context = click.Context(commands)
    while isinstance(command, click.Group):
        words = words[1:]
        found = command.get_command(context, words[0])
        assert found is not None
        command = found
    assert command.make_context(command.name, words[1:])


def test_the_tutorial_goes_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who types along gets the same files and the same answers, from a log to a source that is counted."""
    monkeypatch.chdir(tmp_path)
    asked = 0
    for block in _BLOCK.finditer((ROOT / "docs" / "patterns.md").read_text(encoding="utf-8")):
        named = re.match(r"# ([\w-]+\.yml)\n", block["text"])
        if block["kind"] == "console":
            asked += sum(_answers(session) for session in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:])
        elif block["name"] and Path(block["name"]).exists():
            assert Path(block["name"]).read_text(encoding="utf-8") == block["text"]
        elif block["name"] or named:
            Path(block["name"] or str(named and named[1])).write_text(block["text"], encoding="utf-8")
    assert asked >= 5


def _answers(session: str) -> bool:
    """Run a command, and compare what it says with what is shown, if anything is; whether it was run."""
    line, _, expected = session.partition("\n")
    told, _, file = line.partition(" > ")
    words = shlex.split(told)[1:]
    if words[0] in _SERVING:
        return False
    result = CliRunner().invoke(commands, words, catch_exceptions=False)
    assert 0 == result.exit_code
    if file:
        Path(file).write_text(result.stdout, encoding="utf-8")
    got = "\n".join(each.rstrip() for each in (result.stderr if file else result.output).splitlines())
    assert expected.strip() in {"", got.strip()}
    return True


def test_docs_show_packs_configs_and_commands() -> None:
    """The tests above have something to test."""
    assert {"README:backup.yml", "README:config.yml", "patterns:queue.yml"} <= {name for name, _ in _files()}
    assert "log2metrics check config.yml" in _commands()


@pytest.mark.parametrize(("kind", "schema"), [("config", config_schema), ("pack", pack_schema)])
def test_schema_in_the_docs_is_the_program_s(kind: str, schema: object) -> None:
    """The JSON Schema that editors load from the docs is the one the program checks by."""
    assert callable(schema)
    assert schema() == json.loads((ROOT / "docs" / "schema" / f"{kind}.json").read_text(encoding="utf-8"))


def test_every_own_metric_is_in_the_docs() -> None:
    """The table of the exporter's own metrics is complete, names no other, and says which are durable."""
    rows = re.findall(r"^\| `(\w+)`( ●)? \|([\w, ]*)\|", (ROOT / "docs" / "operating.md").read_text("utf-8"), re.MULTILINE)
    told = {name: (bool(durable), labels.strip()) for name, durable, labels in rows}
    assert {own.name: (own.durable, ", ".join(own.labels)) for own in VOCABULARY} == told


def test_the_table_of_definitions_is_right() -> None:
    """Every shipped definition is in it, and takes the whole of each of its examples."""
    text = (ROOT / "docs" / "patterns.md").read_text(encoding="utf-8")
    table = text.partition("| definition |")[2].partition("\n\n")[0].splitlines()[2:]
    rows = [
        (re.findall(r"`([^`]+)`", names), re.findall(r"`([^`]+)`", examples))
        for _, names, _, examples, _ in (row.split("|") for row in table)
    ]
    assert shipped_definitions().names == {name for names, _ in rows for name in names}
    for names, examples in rows:
        for name in names:
            compiled = regex.compile(shipped_definitions().expand(f"%{{{name}}}"))
            assert examples == [example for example in examples if compiled.fullmatch(example)]


def test_links_lead_somewhere() -> None:
    """Every relative link in the pages leads to a file that exists."""
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
