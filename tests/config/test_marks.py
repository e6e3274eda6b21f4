"""YAML text → data and lines."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.config import marks
from log2metrics.config.marks import Document, parse_document, read_document
from log2metrics.config.problems import Problem

# What `yaml.safe_dump` writes as it is; other characters it escapes in double quotes, which come back the same too.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
trees = st.recursive(
    texts, lambda below: st.lists(below, max_size=4) | st.dictionaries(texts.filter(bool), below, max_size=4), max_leaves=12
)


def parsed(text: str) -> Document:
    """Parse a text without problems."""
    problems: list[Problem] = []
    document = parse_document(text, "x.yml", problems)
    assert [] == problems
    assert document is not None
    return document


@given(st.dictionaries(texts.filter(bool), trees, max_size=4))
def test_text_survives_yaml(tree: dict[str, object]) -> None:
    """Whatever text is dumped as YAML is the text that is read; without U+0000, which is refused."""
    assert tree == parsed(yaml.safe_dump(tree)).data


@pytest.mark.parametrize(
    "word", ["no", "on", "Yes", "true", "0644", "1.0", "1e3", "12:30:00", "2026-11-21", "0x1F", ".inf", "=", "<<"]
)
def test_a_scalar_stays_as_it_was_typed(word: str) -> None:
    """YAML's own types are not applied: what a value means is the schema's to say."""
    assert {"key": word, "list": [word]} == parsed(f"key: {word}\nlist: [{word}]\n").data


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL"])
def test_a_value_may_be_missing(nothing: str) -> None:
    """A key without a value, and the words for it, are None; in quotes they are text."""
    assert {"key": None, "text": nothing} == parsed(f"key: {nothing}\ntext: '{nothing}'\n").data


def test_lines_are_those_of_the_keys() -> None:
    """Every key and item has the line it stands on, also within braces and after a long text."""
    document = parsed("a:\n  - b: |\n      one\n      two\n    c: {d: 1,\n        e: 2}\n  - [x,\n     y]\n")
    expected = {("a",): 1, ("a", 0): 2, ("a", 0, "b"): 2, ("a", 0, "c"): 5, ("a", 0, "c", "d"): 5, ("a", 0, "c", "e"): 6}
    assert expected == {path: document.line(path) for path in expected}
    assert [7, 7, 8, 8] == [document.line(("a", 1, part)) for part in (0, "x", 1, "y")]


def test_a_path_that_leads_nowhere_has_the_line_of_what_is_around_it() -> None:
    """A missing key is told where its mapping stands; the top is where the document begins."""
    document = parsed("# a comment\na:\n  - b: c\n")
    assert [3, 3, 2] == [document.line(path) for path in (("a", 0, "z"), ("a", 0, "b", "z"), ("z",))]


def test_an_alias_is_what_its_anchor_was() -> None:
    """Anchors save typing; problems below an alias are told where the alias stands."""
    document = parsed("a: &x {b: c}\nd:\n  *x\n")
    assert {"a": {"b": "c"}, "d": {"b": "c"}} == document.data
    assert 2 == document.line(("d", "b"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{<<: *x, c: 3}", {"a": "1", "b": "2", "c": "3"}),
        ("{b: 3, <<: *x}", {"a": "1", "b": "3"}),
        ("{<<: [*y, *x]}", {"a": "1", "b": "9"}),
        ("{'<<': *x}", {"<<": {"a": "1", "b": "2"}}),
    ],
)
def test_a_merge_takes_keys_in(text: str, expected: dict[str, object]) -> None:
    """The mapping's own keys come first, wherever they stand, then those of earlier mappings; in quotes it is a key."""
    document = parsed(f"x: &x {{a: 1, b: 2}}\ny: &y {{b: 9}}\nz: {text}\n")
    assert expected == document.data["z"]
    assert 3 == document.line(("z", "a"))


def test_only_mappings_can_be_merged() -> None:
    """Anything else is told where it stands."""
    problems: list[Problem] = []
    parse_document("x: &x [a]\ny:\n  <<: *x\n", "x.yml", problems)
    expected = "x.yml:3: `<<` with what is no mapping; `<<: *name`, of a mapping that has `&name` before it"
    assert [expected] == [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("block", "expected"),
    [("|\n  ^a$\n", "^a$"), (">\n  one\n  two\n", "one two"), ("|-\n  a\n", "a"), ("|+\n  a\n\n", "a\n\n")],
)
def test_a_block_has_no_line_end_at_its_end(block: str, expected: str) -> None:
    """A regex in one matches lines, and a help text ends with its full stop; empty lines that are kept are kept."""
    assert {"a": expected} == parsed(f"a: {block}").data


def test_aliases_are_counted_as_what_they_stand_for() -> None:
    """A small file can't become a big one."""
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join([f'*{below}'] * 9)}]\n" for below, name in zip("abcde", "bcdef", strict=True)
    )
    problems: list[Problem] = []
    assert None is parse_document(bomb, "x.yml", problems)
    assert ["x.yml:6: more than 100,000 values; a file of that size is hardly meant"] == [str(problem) for problem in problems]


@pytest.mark.parametrize("opening", ["[", "{a: ", "? "])
def test_deep_nesting_is_refused(opening: str) -> None:
    """No depth of nesting exhausts the stack."""
    problems: list[Problem] = []
    assert None is parse_document("a: " + opening * 20_000 if opening != "? " else opening * 20_000, "x.yml", problems)
    assert ["nested deeper than 50 levels"] == [problem.found for problem in problems if "deeper" in problem.found]


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    """Editors that write one are understood."""
    path = tmp_path / "x.yml"
    path.write_bytes(b"\xef\xbb\xbfa: b\n")
    document = read_document(path, [])
    assert document is not None
    assert {"a": "b"} == document.data


def test_comments_alone_are_nothing() -> None:
    """A file without a document is told as empty."""
    problems: list[Problem] = []
    assert None is parse_document("# nothing yet\n", "x.yml", problems)
    assert [Problem("x.yml", 1, "there is nothing in it", "`key: value` lines are wanted")] == problems


def test_the_pure_python_parser_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML comes without libyaml, data and lines are the same."""
    text = "a: {b: [1, no, ~]}\nc: &x |\n  text\nd: *x\n"
    fast = parsed(text)
    monkeypatch.setattr(marks, "_LOADER", yaml.SafeLoader)
    assert fast == parsed(text)
