from __future__ import annotations

import re

import pytest

from log2metrics.match.quotes import inside_quotes


@pytest.mark.parametrize(
    ("text", "besides", "taken"),
    [
        ('a b" c', "", "a b"),
        (r'a \" b\\" c', "", r"a \" b\\"),
        ('"', "", ""),
        ("open", "", "open"),
        ("open\\", "", "open"),
        ('a b" c', " ", "a"),
        (r'a\ b" c', " ", r"a\ b"),
    ],
)
def test_all_up_to_the_end_of_the_quotes_is_taken(text: str, besides: str, taken: str) -> None:
    """What is behind a backslash is no end, whatever it is; a backslash at the very end has nothing behind it."""
    found = re.match(inside_quotes(besides), text)
    assert taken == (found and found[0])
