"""Every mistake has a small file in `bad/`, and beside it the messages that it must give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from log2metrics.config.load import load_config
from log2metrics.config.packs import load_packs
from log2metrics.config.problems import ConfigError

BAD = Path(__file__).parent / "bad"


def load_pack(path: Path) -> None:
    """Load one pack by its path."""
    load_packs([str(path)], BAD)


def messages_of(path: Path) -> str:
    """Load a file that can't be loaded; the messages, with paths as seen from its folder."""
    load: Callable[[Path], object] = load_config if path.parent.name == "config" else load_pack
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value).replace(f"{path.parent}/", "") + "\n"


@pytest.mark.parametrize("path", sorted(BAD.glob("*/*.yml")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_mistake_is_told_with_its_line_and_what_would_be_right(path: Path) -> None:
    """Every problem of a file is told at once, as `file:line: what was found; what would be right`."""
    assert path.with_suffix(".expected").read_text(encoding="utf-8") == messages_of(path)


@pytest.mark.parametrize("path", sorted(BAD.glob("*/*.expected")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_message_speaks_pydantic(path: Path) -> None:
    """Messages are in the operator's words: no URLs, no type names, and never the answer for the unforeseen."""
    text = path.read_text(encoding="utf-8").lower()
    assert [] == [
        word
        for word in ("pydantic", "https:", "input should", "tuple", "dictionary", "something else is wanted")
        if word in text
    ]


def test_a_missing_config_file_is_a_problem_without_a_line(tmp_path: Path) -> None:
    """A file that isn't there is told like any other mistake."""
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "config.yml")
    expected = f"{tmp_path}/config.yml: cannot be read: No such file or directory; a YAML file that this user may read"
    assert expected == str(caught.value)


def test_a_file_without_an_end_is_not_read_to_its_end() -> None:
    """Nor kept in memory."""
    with pytest.raises(ConfigError) as caught:
        load_config(Path("/dev/zero"))
    assert "/dev/zero: more than 16,777,216 bytes; a file of that size is hardly meant" == str(caught.value)


def test_packs_named_on_the_command_line_have_no_place(tmp_path: Path) -> None:
    """A pack that is not named in a file is told without file and line, and all of them at once."""
    with pytest.raises(ConfigError) as caught:
        load_packs(["no-such-pack", "my.yml"], tmp_path)
    expected = [
        "no shipped pack is called `no-such-pack`; a name that `log2metrics patterns` lists, or a path such as ./my.yml",
        f"there is no file `{tmp_path}/my.yml`; a path relative to the file that names it, or the name of a shipped pack",
    ]
    assert expected == [str(problem) for problem in caught.value.problems]
