from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.match.formats.logfmt import Logfmt

LOGFMT = Logfmt()


@pytest.mark.parametrize(
    ("line", "message", "expected"),
    [
        ('level=info msg="listening on :80" port=80', "listening on :80", {"level": "info", "port": "80", "host": None}),
        ("message=up a=1", "up", {"a": "1"}),
        ("msg=a message=b", "a", {}),
        ("a=1 b", "a=1 b", {"b": "true"}),
        ('a="" b= c="x=y d=z"', 'a="" b= c="x=y d=z"', {"a": "", "b": "", "c": "x=y d=z", "d": None}),
        (r'msg="a \"b\" \\ c\n\t\r\q"', 'a "b" \\ c\n\t\rq', {}),
        (
            r'msg=x a="\x1b[31m" b="\u200b\u00e9" c="\U0001f600" d="\xff\ud800\Uffffffff" e="\x2\uzz"',
            "x",
            {
                "a": "\x1b[31m",
                "b": "\u200b\xe9",
                "c": "\U0001f600",
                "d": "\ufffd" * 3,
                "e": "x2uzz",
            },
        ),
        ("url=/a?b=c", "url=/a?b=c", {"url": "/a?b=c"}),
        ("a.b-c=1 π=3", "a.b-c=1 π=3", {"a.b-c": "1", "π": "3"}),
        ("a=1 a=2", "a=1 a=2", {"a": "2"}),
    ],
)
def test_pairs_are_fields(line: str, message: str, expected: dict[str, str | None]) -> None:
    """Quoted values may hold anything, a key alone is true, and the message is `msg` or `message`, else the line."""
    parsed = LOGFMT.parse(line)
    assert parsed is not None
    assert (message, "", 1) == parsed[:3]
    assert expected == {name: LOGFMT.field(parsed, name) for name in expected}


@pytest.mark.parametrize("line", ["", "text without pairs", "=", '="x"', '= "'])
def test_a_line_without_a_pair_is_no_logfmt_line(line: str) -> None:
    """Rules for logfmt never see it."""
    assert LOGFMT.parse(line) is None


@pytest.mark.parametrize(
    "line", ['a="' + "x" * 100_000, 'a="b' * 50_000, 'a="' + "\\" * 100_001, "a=" * 100_000, '"' * 100_000 + "="]
)
def test_quotes_that_never_close_cost_no_more_than_a_look(line: str) -> None:
    """Hostile lines are read in time that grows with their length."""
    parsed = LOGFMT.parse(line * 10)
    assert parsed is None or line * 10 == parsed.message


@given(st.dictionaries(st.text(alphabet="abc.", min_size=1), st.text(alphabet='xy= \t\\"é\n'), min_size=1))
def test_what_a_program_writes_is_read_back(pairs: dict[str, str]) -> None:
    """Every value arrives as it was before it was quoted: none can end early and pose as another key."""
    quoted = {key: text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for key, text in pairs.items()}
    parsed = LOGFMT.parse(" ".join(f'{key}="{text}"' for key, text in quoted.items()))
    assert parsed is not None
    assert pairs == parsed.origin
