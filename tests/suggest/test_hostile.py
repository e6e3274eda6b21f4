"""Lines that an attacker writes: they cost little, and break nothing."""

from __future__ import annotations

import pytest

from log2metrics.suggest.suggester import Suggester
from log2metrics.templates.scan import MAX_CHARS

LINES = {
    "times": "2026-11-20 03:12:44 " * 99 + "x",
    "addresses": "1.1.1.1," * 240 + "x",
    "numbers": "1:" * 990,
    "quotes": '"' * 1999,
    "colons": ":" * 1999,
    "hexadecimal": "a1" * 990 + "g",
    "pairs": "ab=" * 660,
    "backslashes": "\\" * 1999,
    "brackets": "[{(" * 660,
    "access": '1.1.1.1 - - [20/Nov/2026:15:56:50 +0000] "GET /x HTTP/1.1" 200' + " a" * 900,
}


@pytest.mark.parametrize("name", LINES)
def test_repetitive_lines_are_drafted_for_in_no_time(name: str) -> None:
    """Every regex here is tried on them, and on ones that are nearly the same; a bad one would not end."""
    suggester = Suggester()
    for number in range(20):
        assert len(LINES[name]) <= MAX_CHARS
        suggester.add(LINES[name][: MAX_CHARS - 2] + "xyz"[number % 3])
        suggester.add("word and " + LINES[name][: MAX_CHARS - 20] + str(number))
    assert suggester.draft("x", 10).lines == 40


def test_a_character_that_yaml_cannot_hold_is_passed_over() -> None:
    """What is printed must be a pack, whatever bytes there are in a log."""
    suggester = Suggester()
    for number in range(3):
        suggester.add(f"disk \0 is full {number}")
        suggester.add(f"fan is loud {number}")
    assert [("fan is loud 0",)] == list(suggester.draft("x", 10).examples)
