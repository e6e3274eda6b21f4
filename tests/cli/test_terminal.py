"""Colours for people, plain text for programs, and nothing that a log says moves the cursor."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.cli.terminal import amount, columns, style


@pytest.mark.parametrize(("text", "expected"), [("", 0), ("log", 3), ("\u65e5\u672c \uff71", 6), ("e\u0301", 1), ("\u2026", 1)])
def test_a_mark_stands_below_its_place(text: str, expected: int) -> None:
    """Also behind characters that take two columns, or none."""
    assert expected == columns(text)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Standard output is a terminal."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    return monkeypatch


def test_a_pipe_gets_plain_text() -> None:
    """No escape sequences in a file."""
    assert "ok" == style("ok", fg="green", bold=True)


def test_a_terminal_gets_colours(terminal: pytest.MonkeyPatch) -> None:
    """Unless its user wants none: https://no-color.org."""
    assert "\x1b[32mok\x1b[0m" == style("ok", fg="green")
    assert "\x1b[1mok\x1b[0m" == style("ok", bold=True)
    assert "\x1b[2mok\x1b[0m" == style("ok", dim=True)
    terminal.setenv("NO_COLOR", "1")
    assert "ok" == style("ok", fg="green")


@given(st.text(st.characters() | st.sampled_from("\x1b\x9b\r\b\0\u202e\n"), max_size=30))
def test_no_control_character_of_a_log_gets_through(text: str) -> None:
    """Only line ends do."""
    shown = style(text)
    assert len(text) == len(shown)
    assert set() == set(shown) & set("\x1b\x9b\r\b\0\u202e\u2028\x85")
    assert text.count("\n") == shown.count("\n")


def test_one_of_something_is_told_in_the_singular() -> None:
    """And nothing, or many, in the plural, also of words that form it in their own way."""
    assert ["0 lines", "1 line", "2 lines"] == [amount(number, "line") for number in range(3)]
    assert ["1 line cut", "2 lines cut"] == [amount(number, "line cut", "lines cut") for number in (1, 2)]
