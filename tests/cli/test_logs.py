"""The program's own log: one line of logfmt per message."""

from __future__ import annotations

import json
import logging
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.cli.logs import LogfmtFormatter, start_logging

PAIR = re.compile(r'([\w.]+)=("(?:[^"\\]|\\.)*"|[^ "=\\]*)(?: |\Z)')


def line(message: str, *args: object, level: int = logging.INFO, error: BaseException | None = None, **extra: object) -> str:
    """What is written for one message."""
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.getLogger("log2metrics.x").makeRecord("x", level, "x.py", 1, message, args, exc_info, extra=extra)
    record.created = 1_700_000_000.1234
    return LogfmtFormatter().format(record)


def pairs(text: str) -> dict[str, str]:
    """The line read back."""
    found = PAIR.findall(text)
    assert text == " ".join(f"{key}={value}" for key, value in found)
    return {key: json.loads(value) if value.startswith('"') else value for key, value in found}


def test_time_level_and_message_come_first() -> None:
    """Then what else there is to say, in order of name."""
    expected = 'time=2023-11-14T22:13:20.123+00:00 level=warning msg="no space" file=/x/y.log reason=enospc'
    assert expected == line("no %s", "space", level=logging.WARNING, reason="enospc", file="/x/y.log")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("serving", "serving"),
        ("", '""'),
        ("two words", '"two words"'),
        ("a=b", '"a=b"'),
        ('say "hi"', r'"say \"hi\""'),
        ("back\\slash", r'"back\\slash"'),
        ("é", '"é"'),
        ("a\nb", r'"a\nb"'),
        ("\x1b[31m\r\0", '"\ufffd[31m\ufffd\ufffd"'),
    ],
)
def test_a_value_is_quoted_where_it_must_be(text: str, expected: str) -> None:
    """What a log or a file name says can't pose as something else, nor move a terminal's cursor."""
    assert f"msg={expected}" in line(text)


@given(st.text(st.characters() | st.sampled_from('"\\= \n\r\0\x1b\u2028\ud800'), max_size=30))
def test_every_message_is_one_line(text: str) -> None:
    """Whatever it contains; and it is read back as it was, but for what would break a terminal."""
    written = line("%s", text, file=text)
    assert 1 == len(written.splitlines())
    found = pairs(written)
    assert found["msg"] == found["file"]
    assert len(text) == len(found["msg"])
    assert all(said in (was, "\ufffd") for said, was in zip(found["msg"], text, strict=True))


def test_a_traceback_is_kept_in_one_line() -> None:
    """All of it, its line ends readable."""
    try:
        raise ValueError("wrong " * 300)  # noqa: TRY301  # a traceback is wanted
    except ValueError as error:
        found = pairs(line("internal error", error=error))
    assert found["error"].startswith("Traceback (most recent call last):\n  File ")
    assert "in test_a_traceback_is_kept_in_one_line" in found["error"]


def test_messages_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """From the level that was asked for on."""
    start_logging("warning")
    log = logging.getLogger("log2metrics.somewhere")
    log.info("quiet")
    log.warning("loud")
    out, err = capsys.readouterr()
    assert ("", 1) == (out, len(err.splitlines()))
    assert err.endswith(" level=warning msg=loud\n")
    assert logging.getLogger().handlers[0].stream is sys.stderr  # type: ignore[attr-defined]
