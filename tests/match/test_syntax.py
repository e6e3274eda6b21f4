from __future__ import annotations

import pytest
from hypothesis import given, settings

from log2metrics.match.pattern import Pattern
from log2metrics.match.syntax import MAX_ALTERNATIVES, is_in_raw_lines, read_syntax

from .build import patterns, texts

MANY = [f"{chr(0x100 + number)} is one" for number in range(MAX_ALTERNATIVES)]


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("Failed password", {"Failed password"}),
        (r"^Accepted (\w+) for .* from", {"Accepted "}),
        (r"for user (?P<user>\S+) logged in", {" logged in"}),
        ("(?P<what>Failed|Accepted) password for", {"Failed password for", "Accepted password for"}),
        ("(?:Failed|Accepted) \\w+", {"Failed ", "Accepted "}),
        ("(?:Invalid|Illegal) user", {"Invalid user", "Illegal user"}),
        ("(?:error: |)Received from", {"Received from"}),
        ("(?:one|two) or (?:one|two|three) more", {"one more", "two more", "three more"}),
        (r"(?:up|down(?: again)?) since", {" since"}),
        (r"(?:up|down\d) since", {" since"}),
        ("(?:error|warn|)", None),
        ("a|bcdef", None),
        ("(?:timeout)+", {"timeout"}),
        ("(?:timeout)*", None),
        ("(?:timeout)?x", None),
        ("conn(?:ection) lost", {"connection lost"}),
        ("conn(?>ection) lost", {"connection lost"}),
        ("(?P<whole>disk) full", {"disk full"}),
        (r"\bdisk\b full$", {"disk full"}),
        ("(?i)disk full", None),
        ("(?i:disk) is full", {" is full"}),
        ("(?-i:disk)", None),
        ("(?<=user )root", {"user "}),
        ("(?=.*needed)a", {"needed"}),
        ("(?!never there)abc", {"abc"}),
        ("(?<!never there)abc", {"abc"}),
        ("ab", {"ab"}),
        ("a", None),
        (r"^\d+ (?P<way>=>|->) ", {" => ", " -> "}),
        (r'^\[\d+\] "abc', {'] "abc'}),
        ("[d]isk", {"disk"}),
        ("[dD]isk full", {"disk full", "Disk full"}),
        ("[dD]isk [fF]ull", {"disk full", "disk Full", "Disk full", "Disk Full"}),
        ("[dD]isk [fF]u[lL]l", {"disk fu", "disk Fu", "Disk fu", "Disk Fu"}),
        ("[a-c]isk full", {"isk full"}),
        (r"[d\s]isk full", {"isk full"}),
        ("[^d]isk full", {"isk full"}),
        ("été chaud", {"été chaud"}),
        ("bad\ufffdbytes", {"bytes"}),
        ("a line\\r\\nand", {"a line"}),
        ("half \\ud800 pair", {"half "}),
        ("nul\\x00byte", {"nul\x00byte"}),
        ("(?x) disk   full", None),
        ("[[:alpha:]]disk", None),
        (r"(disk) \1", None),
        ("word1|word2", {"word1", "word2"}),
        ("word1|word2|word3|word4|word5", {"word"}),
        ("|".join(MANY), set(MANY)),
        ("|".join([*MANY, "one more"]), None),
    ],
)
def test_the_longest_text_that_has_to_be_there_is_the_literal(pattern: str, literals: set[str] | None) -> None:
    """A pattern tells which texts to look for before it is tried, or that there are none."""
    found = Pattern(pattern).literals
    assert literals == (None if found is None else set(found))


def test_what_can_be_spelled_in_many_ways_is_not_spelled_out() -> None:
    """Each letter in either case makes more texts than there is memory, in a branch too."""
    either = "".join(f"[{letter}{letter.upper()}]" for letter in "abcdefghijklmnopqrstuvwxyz" * 3)
    assert frozenset({" follows"}) == Pattern(f"(?:{either}|x) follows").literals


def test_there_are_several_sets_of_literals_to_choose_from_the_best_first() -> None:
    """Which of them is rare in a log, the log shows."""
    pattern = Pattern(r"^(?:lost|found) \d+ => (?:one|other) thing: \d+ of the rest: \d+, at all$")
    assert [{" of the rest: "}, {" => one thing: ", " => other thing: "}, {", at all"}] == list(map(set, pattern.choices))


@settings(max_examples=500)
@given(pattern=patterns(), text=texts())
def test_no_match_is_without_a_literal(pattern: str, text: str) -> None:
    """Lines without a literal are never shown to the regex: that must not lose a match."""
    made = Pattern(pattern)
    assert not made.find_exact(text) or all(any(literal in text for literal in choice) for choice in made.choices)


@pytest.mark.parametrize(
    ("pattern", "anchored"),
    [
        ("^a", True),
        (r"\Aa", True),
        ("(?:^a)", True),
        ("(?>^a)", True),
        ("^a|^b", True),
        ("^a|b", False),
        ("(?:^|x)a", False),
        ("(?:^)?a", False),
        ("a^", False),
        ("(?m)^a", False),
        ("(?m:^a)", False),
        ("(?<=^)a", False),
        ("$", False),
        ("", False),
    ],
)
def test_a_pattern_is_anchored_if_it_can_match_at_the_start_alone(pattern: str, *, anchored: bool) -> None:
    """An anchored pattern is tried at one place only; any other has to be searched."""
    syntax = read_syntax(pattern)
    assert syntax is not None
    assert anchored == syntax.anchored


@pytest.mark.parametrize(
    ("pattern", "differs"),
    [("abc", False), (r"\w", True), (r"[\d.]", True), (r"a\b", True), ("(?i)a", True), ("(?i:a)", True), ("[^a]", False)],
)
def test_classes_and_ignored_case_are_known_to_differ_beyond_plain_text(pattern: str, *, differs: bool) -> None:
    """The second compiled form is kept only for the patterns that need it."""
    syntax = read_syntax(pattern)
    assert syntax is not None
    assert differs == syntax.differs_beyond_plain


@pytest.mark.parametrize("pattern", ["(?i)é", r"(?i)[\u0100-\u0200]", r"(?i)[^\u0131]", r"(?i:\xe9)", "(?P<a>b", r"\m"])
def test_what_only_regex_can_be_trusted_with_has_no_syntax(pattern: str) -> None:
    """Where the engines fold case differently, or the standard library understands nothing, nothing is known."""
    assert read_syntax(pattern) is None


@pytest.mark.parametrize(("text", "stands"), [("sshd", True), ("é", True), ("", False), ("a\nb", False), ("\ufffd", False)])
def test_text_that_decoding_makes_up_is_not_looked_for_in_bytes(text: str, *, stands: bool) -> None:
    """U+FFFD stands for undecodable bytes, so the file need not contain it."""
    assert stands == is_in_raw_lines(text)
