"""Colours on a terminal, plain text in a pipe, and never a control character out of a log."""

from __future__ import annotations

import os
import sys
from unicodedata import combining, east_asian_width

import click

from log2metrics.metric import safe_text, visible_text
from log2metrics.shape.joining import JOINT

_WIDE = frozenset("WF")


def is_coloured() -> bool:
    """Whether standard output is a terminal that wants colours (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and sys.stdout.isatty()


def style(text: str, fg: str | None = None, *, bold: bool = False, dim: bool = False) -> str:
    """The text made safe, coloured where that is wanted. Where lines were joined to one, there is a ⏎."""
    safe = "\n".join(map(safe_text, text.replace(JOINT, "⏎").split("\n")))
    if not (fg or bold or dim) or not is_coloured():
        return safe
    return click.style(safe, fg=fg, bold=bold or None, dim=dim or None)


def amount(number: int, one: str, many: str = "") -> str:
    """So many of something, in words: `1 line`, `2 lines`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def visible(text: str, most: int | None = None) -> str:
    r"""The text with what can't be seen written as an escape (`\x1b`), at most so many characters of it."""
    text = text.replace(JOINT, "⏎")
    shown = visible_text(text if most is None else text[: most + 1])
    return shown if most is None or len(shown) <= most else shown[: most - 1] + "…"


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: two for what is wide in East Asia, none for what combines (UAX #11)."""
    return sum((not combining(each)) * (1 + (east_asian_width(each) in _WIDE)) for each in text)
