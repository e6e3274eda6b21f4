from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from log2metrics.match import literals as module
from log2metrics.match.literals import Literals, apart

#: Few letters, so that literals overlap, repeat themselves and stand within others.
TEXTS = st.lists(st.text("ab ", min_size=1, max_size=6).map(str.encode), min_size=1, max_size=6, unique=True)
LINES = st.lists(st.text("ab ", max_size=12).map(str.encode), max_size=4)


def signs_in(line: bytes, signs: Mapping[bytes, list[int]]) -> set[int]:
    """What the literals in a line are signs of."""
    return {sign for text, of_text in signs.items() if text in line for sign in of_text}


def found_in(found: Literals, line: bytes) -> set[int]:
    """The same as it is found."""
    return {sign for number, _, _ in found.find(line + b"\n") for sign in found.signs[number]}


@given(texts=TEXTS, lines=LINES)
@example(texts=[b"ab", b"bab"], lines=[b"abab"])
@example(texts=[b"aab", b"a", b"ab a"], lines=[b"aab a"])
@example(texts=[b"abab"], lines=[b"ababab"])
def test_every_sign_of_a_line_is_found(texts: list[bytes], lines: list[bytes]) -> None:
    """Overlapping, contained, cut or whole: no line is passed over that one of the literals stands in."""
    signs = {text: [number] for number, text in enumerate(texts)}
    found = Literals(signs)
    for line in lines:
        assert signs_in(line, signs) <= found_in(found, line)


@pytest.mark.parametrize("small_bytes", [0, module._SMALL_BYTES], ids=["large", "small"])
@given(texts=TEXTS, lines=LINES)
def test_many_literals_are_found_exactly(small_bytes: int, texts: list[bytes], lines: list[bytes]) -> None:
    """The automaton for many finds what is there and nothing else, with a table of all that may follow and without."""
    signs = {text: [number] for number, text in enumerate(texts)}
    others = {f"{number:03}".encode(): [-1] for number in range(module._FEW)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SMALL_BYTES", small_bytes)
        found = Literals({**others, **signs})
    for line in lines:
        assert signs_in(line, signs) == found_in(found, line)


def test_where_there_is_nothing_to_look_for_nobody_looks() -> None:
    """Not at a single byte: data that can't be looked at will do."""
    assert [] == list(Literals({}).find(None))  # type: ignore[arg-type]  # that is the point


def test_a_literal_of_any_length_is_found() -> None:
    """Nobody looks at all the beginnings of a very long one."""
    long = b"long" * module._MANY_BYTES
    found = Literals({long: [1], b"longer": [2]})
    assert {1} == found_in(found, b"x" + long)
    assert {1, 2} == found_in(found, long + b"er")
    assert {2} == found_in(found, long[:-4] + b"er")


@given(texts=TEXTS)
def test_parts_that_are_apart_do_not_run_into_one_another(texts: list[bytes]) -> None:
    """At least half of each literal is left, and none ends with what another begins with, except where it is all of it."""
    parts = apart(texts)
    for text, part in (parts or {}).items():
        assert part in text
        assert len(text) <= 2 * len(part)
        for other in (parts or {}).values():
            overlaps = [end for end in range(1, min(len(part), len(other))) if part[-end:] == other[:end]]
            assert other == part or not overlaps


@pytest.mark.parametrize(
    ("texts", "parts"),
    [
        ([b"Failed ", b" has expired"], [b"Failed ", b"has expired"]),
        ([b"login failed", b"failed"], [b"login failed", b"failed"]),
        ([b"abcdef", b"fedcba"], [b"abcdef", b"edcb"]),
        ([b"ab", b"ba"], None),
    ],
)
def test_literals_are_cut_only_where_they_could_run_into_one_another(texts: list[bytes], parts: list[bytes] | None) -> None:
    """What stands within another whole is no trouble; where nothing can be cut, all are looked for as they are."""
    assert (parts and dict(zip(texts, parts, strict=True))) == apart(texts)


def test_literals_with_one_part_in_common_share_its_signs() -> None:
    """A hit is a sign of all of which the part is left, and of what stands in it."""
    found = Literals({b"the end": [1], b"end of": [2], b"he": [3]})
    assert {1, 3} <= found_in(found, b"the end")
    assert {2} == found_in(found, b"an end of") - {1}
    assert set() == found_in(found, b"nothing")
