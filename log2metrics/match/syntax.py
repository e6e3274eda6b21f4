"""What can be known of a pattern without running it: may `re` run it, is it anchored, which literals must be there.

Reads the parse tree of the standard library. A pattern that `re` refuses, or gives another meaning than `regex` does, has
no tree: `read_syntax` returns None and nothing is known.

Literals come from a walk over the tree, after Russ Cox, "Regular Expression Matching with a Trigram Index" (2012): every
sequence yields sets of strings of which one has to occur; the set whose shortest member is longest is kept.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MIN_LITERAL = 3  # shorter ones stand in nearly every line
MAX_ALTERNATIVES = 64

_SAME_FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL | re.UNICODE | re.ASCII
_REPEAT = re.compile(r"\{(?:\d+(?:,\d*)?|,\d+)\}")
_REPEATS = {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}
_BOUNDARIES = {op.AT_BOUNDARY, op.AT_NON_BOUNDARY}
_STARTS = {op.AT_BEGINNING, op.AT_BEGINNING_STRING}
_REPLACEMENT = 0xFFFD  # what undecodable bytes become: in the text without having been in the file

Choice = frozenset[str]  # one of these strings has to occur


@dataclass(frozen=True, slots=True)
class Syntax:
    """The facts about one pattern."""

    anchored: bool = False  # can only match at the start of the text
    differs_beyond_plain: bool = False  # means the same in both engines for plain text only
    literals: Choice | None = None


def read_syntax(text: str) -> Syntax | None:
    """The facts about a pattern that `re` may run; None for one that is for `regex` alone."""
    if not _same_dialect(text):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(text)
            tree = parser.parse(text)
        except (re.error, OverflowError, ValueError, RecursionError):
            return None
    flags = tree.state.flags
    if flags & ~_SAME_FLAGS or (flags & re.IGNORECASE and not text.isascii()):
        return None
    differs = bool(flags & re.IGNORECASE) or any(_differs(item) for item in _walk(tree))
    if differs and not text.isascii() and any(_folds(item) for item in _walk(tree)):
        return None
    first = next(_spliced(tree), (None, None))
    anchored = not flags & re.MULTILINE and first[0] is op.AT and first[1] in _STARTS
    literals = None if flags & re.IGNORECASE else _best(_choices(tree))
    return Syntax(anchored, differs, literals)


def _same_dialect(text: str) -> bool:
    """Whether a pattern is free of what the two engines read differently: nested sets, set operations, fuzzy counts."""
    position, in_set = 0, False
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 2
            continue
        if in_set:
            if char == "[" or text[position : position + 2] in {"--", "&&", "~~", "||"}:
                return False
            in_set = char != "]"
        elif char == "[":
            in_set = True
            position += 1 if text[position + 1 : position + 2] == "^" else 0
            position += 1 if text[position + 1 : position + 2] == "]" else 0
        elif char == "{" and not _REPEAT.match(text, position):
            return False
        position += 1
    return True


def _walk(tree: Iterable[Any]) -> Iterator[Any]:
    for item in tree:
        yield item
        for part in _parts(item):
            yield from _walk(part)


def _parts(item: Any) -> list[Any]:  # noqa: ANN401  # a node of the parse tree
    code, argument = item
    if code is op.SUBPATTERN:
        return [argument[3]]
    if code in _REPEATS:
        return [argument[2]]
    if code is op.BRANCH:
        return list(argument[1])
    if code in {op.ASSERT, op.ASSERT_NOT}:
        return [argument[1]]
    if code is op.ATOMIC_GROUP:
        return [argument]
    if code is op.GROUPREF_EXISTS:
        return [part for part in argument[1:] if part]
    return []


def _folds(item: Any) -> bool:  # noqa: ANN401  # a node of the parse tree
    return item[0] is op.SUBPATTERN and bool(item[1][1] & re.IGNORECASE)


def _differs(item: Any) -> bool:  # noqa: ANN401  # a node of the parse tree
    code, argument = item
    if code is op.IN:
        return any(member[0] is op.CATEGORY for member in argument)
    return code is op.CATEGORY or (code is op.AT and argument in _BOUNDARIES) or _folds(item)


def _choices(tree: Iterable[Any]) -> Iterator[Choice]:
    """Sets of strings, each of which has a member in every text that this sequence matches."""
    run: list[str] = []
    for code, argument in _spliced(tree):
        if code is op.LITERAL and argument not in {_REPLACEMENT, 0x0A, 0x0D}:
            run.append(chr(argument))
        elif code is not op.AT:
            yield frozenset(["".join(run)])
            run.clear()
            yield from _inner_choices(code, argument)
    yield frozenset(["".join(run)])


def _spliced(tree: Iterable[Any]) -> Iterator[Any]:
    """The items of a sequence with the groups that change no flags dissolved into it."""
    for item in tree:
        code, argument = item
        if code is op.SUBPATTERN and not argument[1] and not argument[2]:
            yield from _spliced(argument[3])
        elif code is op.ATOMIC_GROUP:
            yield from _spliced(argument)
        else:
            yield item


def _inner_choices(code: Any, argument: Any) -> Iterator[Choice]:  # noqa: ANN401  # a node of the parse tree
    if code in _REPEATS and argument[0] > 0:
        yield from _choices(argument[2])
    elif code is op.ASSERT:
        yield from _choices(argument[1])
    elif code is op.BRANCH:
        best = [_best(_choices(branch)) for branch in argument[1]]
        if all(best):
            yield frozenset().union(*(choice for choice in best if choice))


def _best(choices: Iterable[Choice]) -> Choice | None:
    usable = [c for c in choices if len(c) <= MAX_ALTERNATIVES and min(map(len, c)) >= MIN_LITERAL]
    return max(usable, key=lambda choice: (min(map(len, choice)), -len(choice)), default=None)
