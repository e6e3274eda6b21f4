from __future__ import annotations

import pickle

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from log2metrics.match.pattern import Engine, Match, Pattern, PatternError, compile_text, is_plain, is_plain_data

from .build import OTHER_CHARACTERS, patterns, texts

Shown = tuple[tuple[int, int], tuple[str | None, ...]]


def shown(match: Match | None) -> Shown | None:
    """Where a match is, and its groups."""
    return match and (match.span(), match.groups())


@pytest.mark.parametrize(
    ("pattern", "text", "span"),
    [
        (r"\p{Lu}+", "to ÉTÉ", (3, 6)),
        (r"(?<=user |account )\w+", "account root", (8, 12)),
        ("[[:alpha:]]+", "12 ab", (3, 5)),
        ("(?:word){e<=1}", "a ward", (2, 6)),
        ("(?V1)[a-z--[aeiou]]+", "aeixyz", (3, 6)),
        ("(?V1)[a-f&&[e-z]]+", "aaeff", (2, 5)),
        ("(?P<n>a)|(?P<n>b)", "b", (0, 1)),
        (r"(?#[)(?:word){e<=1}", "a ward", (2, 6)),
        ("(?i)\\u0130", "I", None),
        (r"\B", "", (0, 0)),
        (r"(?:.||(?:(?:(\b))*?)*?)b\1", "b", None),
        (r"(?x: a [#] b )", "a#b", (0, 3)),
        (r"(a)?(?(1)b|c)", "ab", (0, 2)),
        (r"x{,}y", "xxy", (0, 3)),
    ],
)
def test_what_re_refuses_or_reads_in_another_way_runs_on_regex(pattern: str, text: str, span: tuple[int, int] | None) -> None:
    """A pattern has the meaning that the package regex gives it, even if the standard library compiles it too."""
    made = Pattern(pattern)
    found = made.find_exact(text)
    assert Engine.REGEX is made.engine
    assert span == (found and found.span())


@pytest.mark.parametrize(
    "pattern", ["Failed password", r"^(\w+) [a-z]{2,3}?", "(?i)error|warn", "(?P<a>x)+", r"[^\]\"]*+", r"\[\{"]
)
def test_an_ordinary_pattern_runs_on_the_faster_engine(pattern: str) -> None:
    """What both engines read alike runs on the standard library's."""
    assert Engine.RE is Pattern(pattern).engine


def test_a_named_list_finds_its_words() -> None:
    r"""`\L<name>` stands for any of the words of that name."""
    pattern = Pattern(r"^user (?P<who>\L<STAFF>)$", {"STAFF": ("ann", "bob"), "OTHERS": ("eve",)})
    assert Engine.REGEX is pattern.engine
    found = pattern.find("user bob")
    assert found is not None
    assert "bob" == found["who"]
    assert pattern.find("user eve") is None


def test_words_that_a_pattern_does_not_use_do_no_harm() -> None:
    r"""`\\L<name>` is a backslash, an L and the name, whatever lists there are."""
    assert Pattern(r"\\L<STAFF>", {"STAFF": ("ann",)}).find(r"\L<STAFF>")


@settings(max_examples=500)
@given(pattern=patterns(), text=texts())
@example(r"(?i)k", "\u212a")
@example(r"a\s", "a\x1c")
@example(r"(?:^a)b", "xab")
@example(r"(?m)^b", "a\nb")
def test_every_pattern_finds_what_regex_finds(pattern: str, text: str) -> None:
    """Which engine runs is never seen in the answer: same place, same groups, for any pattern and any text."""
    expected = shown(regex.search(pattern, text))
    made = Pattern(pattern)
    assert expected == shown(made.find_exact(text))
    assert not is_plain(text) or expected == shown(made.find(text))


@given(pattern=patterns(), text=texts())
def test_every_pattern_finds_all_that_regex_finds(pattern: str, text: str) -> None:
    """`each` counts the same occurrences on either engine."""
    assert [shown(match) for match in regex.finditer(pattern, text)] == [
        shown(match) for match in Pattern(pattern).find_all(text)
    ]


@given(st.text(alphabet="ab \n\x7f" + OTHER_CHARACTERS))
def test_text_is_plain_exactly_if_its_bytes_are(text: str) -> None:
    """The question gets one answer before and after decoding."""
    assert is_plain(text) == is_plain_data(text.encode())


@pytest.mark.parametrize(
    ("pattern", "found", "right"),
    [
        ("(ab", "missing ) at character 4", r"close every group, and write \( for a parenthesis in the text"),
        ("a[b", "unterminated character set at character 4", r"close every [set], and write \[ for a bracket in the text"),
        ("a)*", "unbalanced parenthesis at character 2", r"close every group, and write \( for a parenthesis in the text"),
        ("*a", "nothing to repeat at character 1", r"write \* \+ \? for these characters in the text"),
        (r"\L<NOBODY>", "undefined named list at character 11", "an expression in the syntax of the Python package regex"),
        (r"\p{Nonsense}", "unknown property at character 13", "an expression in the syntax of the Python package regex"),
    ],
)
def test_a_broken_pattern_is_refused_with_the_place_and_what_would_be_right(pattern: str, found: str, right: str) -> None:
    """The message names the pattern, the place and the remedy."""
    with pytest.raises(PatternError) as caught:
        Pattern(pattern)
    assert f"{pattern!r} is not a regular expression: {found}" == str(caught.value)
    assert right == caught.value.right


def test_a_pattern_that_nests_too_deep_is_refused() -> None:
    """What no engine can compile is an error of the pattern, not of the program."""
    with pytest.raises(PatternError) as caught:
        Pattern("(" * 5000 + ")" * 5000)
    assert "a simpler expression" == caught.value.right


def test_a_pattern_for_replacing_always_runs_on_regex() -> None:
    """Only the calls of regex can be given a time limit."""
    assert isinstance(compile_text("a"), regex.Pattern)


@pytest.mark.parametrize("text", ["^a(?P<n>b)", r"\w+", r"\L<STAFF>"])
def test_a_pattern_survives_pickling(text: str) -> None:
    """A Ruleset travels to other processes, and its patterns with it."""
    pattern = Pattern(text, {"STAFF": ("ann",)})
    copy = pickle.loads(pickle.dumps(pattern))  # noqa: S301  # our own bytes
    assert pattern == copy
    assert hash(pattern) == hash(copy)
    assert pattern.literals == copy.literals
    assert f"Pattern({text!r})" == repr(copy)


def test_patterns_with_other_words_are_not_equal() -> None:
    """Rules share the search of equal patterns; the words belong to the pattern."""
    assert Pattern(r"\L<W>", {"W": ("a",)}) != Pattern(r"\L<W>", {"W": ("b",)})
    assert Pattern("a") != "a"


@pytest.mark.parametrize(("pattern", "span"), [("^b", None), ("(?m)^b|a$", None), ("a$", None), (r"a.b$|a\sb$", (0, 3))])
@pytest.mark.parametrize("prefix", ["", r"(?:\p{Lu})?"])
def test_no_line_begins_or_ends_where_lines_were_joined(prefix: str, pattern: str, span: tuple[int, int] | None) -> None:
    """On either engine `^` and `$` are the beginning and the end of all."""
    made = Pattern(f"(?:{pattern}){prefix}" if prefix else pattern)
    for found in (made.find("a\vb"), made.find_exact("a\vb")):
        assert span == (found and found.span())
