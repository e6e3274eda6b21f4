r"""Where a regex can be cut so that what is before the cut is a regex too, and matches wherever the whole does.

    ^Failed (?P<method>\w+) for        ^   ^F … ^Failed    ^Failed (?P<method>\w+)   …

A cut stands between any two parts that follow one another, in groups too, unless a group is optional, repeated, a look
around or a choice. So if one beginning does not match a text, no longer one does.

Knows the syntax of the `regex` package as far as it must; of what it can't read it gives no cuts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ATOM = re.compile(
    r"""
      \\(?:[pPN]\{[^}]*\} | [gLk]<[^>]*> | x[\da-fA-F]{2} | u[\da-fA-F]{4} | U[\da-fA-F]{8} | .)
    | \[\^?\]?(?:\\. | \[:\^?\w+:\] | [^\]\\])*\]
    | [^()\[\\|*+?]
    """,
    re.VERBOSE | re.DOTALL,
)
_QUANTIFIER = re.compile(r"(?:[*+?]|\{\d*,?\d*\})[+?]?")
_OPEN = re.compile(r"\((?:\?(?:P?<\w+>|:|P=\w+|P>\w+|\#[^)]*|[=!>|]|<[=!]|[a-zA-Z-]*:?|\(\w+\)|\d+|R|&\w+)?)?")
_PLAIN = re.compile(r"\((?:\?(?:P?<\w+>|:))?\Z")


class _UnreadableError(ValueError):
    """The regex can't be read here."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A place in a regex, and what closes the groups that are open there."""

    place: int
    closing: str


def cuts(text: str) -> list[Cut]:
    """All cuts of a regex, from left to right; none where it is a choice as a whole."""
    try:
        found, end, is_choice = _sequence(text, 0, 0)
    except (_UnreadableError, RecursionError):
        return []
    return [cut for cut in found if cut.place < len(text)] if end == len(text) and not is_choice else []


def _sequence(text: str, at: int, depth: int) -> tuple[list[Cut], int, bool]:
    """The cuts of the parts from here to the end of their group, that end, and whether they are a choice."""
    found: list[Cut] = []
    is_choice = False
    while at < len(text) and text[at] != ")":
        if text[at] == "|":
            is_choice, at = True, at + 1
            continue
        inside: list[Cut] = []
        end = _atom_end(text, at)
        if end is None:
            inside, end = _group(text, at, depth)
        quantifier = _QUANTIFIER.match(text, end)
        if quantifier:
            inside, end = [], quantifier.end()
        found += [*inside, Cut(end, ")" * depth)]
        at = end
    return found, at, is_choice


def _atom_end(text: str, at: int) -> int | None:
    if text[at] == "(":
        return None
    found = _ATOM.match(text, at)
    if found is None:
        raise _UnreadableError
    return found.end()


def _group(text: str, at: int, depth: int) -> tuple[list[Cut], int]:
    opened = _OPEN.match(text, at)
    if opened is None:
        raise _UnreadableError
    inside, end, is_choice = _sequence(text, opened.end(), depth + 1)
    if end >= len(text):
        raise _UnreadableError
    return ([] if is_choice or not _PLAIN.match(opened[0]) else inside), end + 1
