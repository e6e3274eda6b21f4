"""What can be known of a pattern without running it: may `re` run it, is it anchored, which literals must be there.

Reads the parse tree of the standard library. A pattern that `re` refuses, or gives another meaning than `regex` does, has
no tree: `read_syntax` returns None and nothing is known.

Literals come from a walk over the tree, after Russ Cox, "Regular Expression Matching with a Trigram Index" (2012): every
sequence yields sets of strings of which one has to occur; those whose shortest members are longest are kept.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MIN_LITERAL = 3  # letters and digits; with fewer a literal is taken only if there is no better one
MIN_WEAK_LITERAL = 2  # characters of any kind, such as `=>`; many stand in every line of some log, and in none of another
MAX_ALTERNATIVES = 64
MAX_CHOICES = 3
MAX_SPELLINGS = 4  # of one literal, such as [fF]ailed

_IGNORECASE = int(re.IGNORECASE)  # numbers are quicker than flags, and these are asked for at every node
_SAME_FLAGS = int(re.IGNORECASE | re.MULTILINE | re.DOTALL | re.UNICODE | re.ASCII)
_SAME_DIALECT = re.compile(
    r"""
    (?:
      [^\\\[{(] | \\. | \((?!\?\#)
      | \[\^?+\]?+ (?: [^\[\]\\&|~-] | \\. | -(?!-) | &(?!&) | \|(?!\|) | ~(?!~) )*+ \]
      | \{(?:\d+(?:,\d*)?|,\d+)\}
    )*+
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_REPEATS = {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}
_INSIDE = {op.SUBPATTERN: 3, op.ASSERT: 1, op.ASSERT_NOT: 1} | dict.fromkeys(_REPEATS, 2)  # where a node keeps its tree
_COMPOUND = {*_INSIDE, op.BRANCH, op.ATOMIC_GROUP, op.GROUPREF_EXISTS}
_REFERENCES = {op.GROUPREF, op.GROUPREF_EXISTS}
_STARTS = {op.AT_BEGINNING, op.AT_BEGINNING_STRING}
_LAST_ASCII = 0x7F

# Characters of a message that its raw line need not have: undecodable bytes become U+FFFD, surrogates are no UTF-8, and
# line ends are cut off.
_NOT_IN_RAW_LINES = re.compile("[\n\r\ufffd\ud800-\udfff]")

Choice = frozenset[str]  # one of these strings has to occur


@dataclass(frozen=True, slots=True)
class Syntax:
    """The facts about one pattern."""

    anchored: bool = False  # can only match at the start of the text
    differs_beyond_plain: bool = False  # means the same in both engines for plain text only
    choices: Sequence[Choice] = ()  # of each, one has to occur; the best first
    finds_all: bool = False  # it is nothing but the start of the text
    groups: Mapping[str, int] = field(default_factory=dict)


def is_readable(text: str) -> bool:
    """Whether a pattern can be read at all by the standard library's rules, in the dialect that both engines share."""
    return _parse(text) is not None


@lru_cache
def read_syntax(text: str) -> Syntax | None:
    """The facts about a pattern that `re` may run; None for one that is for `regex` alone."""
    tree = _parse(text)
    if tree is None:
        return None
    flags = tree.state.flags
    items = list(_walk(tree))
    others = [item for item in items if item[0] is not op.LITERAL]
    folds = bool(flags & _IGNORECASE) or any(map(_folds, others))
    if flags & ~_SAME_FLAGS or any(map(_is_for_regex, others)) or (folds and any(map(_is_beyond_ascii, items))):
        return None
    first = next(_spliced(tree), (None, None))
    finds_all = all(code is op.AT and argument in _STARTS for code, argument in tree)
    anchored = not flags & re.MULTILINE and first[0] is op.AT and first[1] in _STARTS
    choices = () if flags & _IGNORECASE else _best(_choices(tree))
    return Syntax(anchored, folds or any(map(_is_class, others)), choices, finds_all, dict(tree.state.groupdict))


def is_in_raw_lines(literal: str) -> bool:
    """Whether the bytes of a line contain this text wherever its message does."""
    return bool(literal) and _NOT_IN_RAW_LINES.search(literal) is None


def is_strong(choice: Choice) -> bool:
    """Whether these literals are such as tell lines apart in any log."""
    return bool(choice) and _weakest(choice) >= MIN_LITERAL


def _parse(text: str) -> Any | None:  # noqa: ANN401  # the module of the parse tree is private
    """The parse tree; None for what `re` refuses, or reads differently."""
    if not _same_dialect(text):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return parser.parse(text)
        except (re.error, OverflowError, ValueError, RecursionError):
            return None


def _same_dialect(text: str) -> bool:
    """Whether a pattern is free of what the two engines read differently: nested sets, set operations, fuzzy counts.

    Comments are left to `regex`, since they may hold what looks like any of these.
    """
    return _SAME_DIALECT.fullmatch(text) is not None


def _walk(tree: Any) -> Iterator[Any]:  # noqa: ANN401  # the same
    for item in tree.data:  # a list, which is quicker than the tree
        yield item
        if item[0] in _COMPOUND:
            for part in _parts(item):
                yield from _walk(part)


def _parts(item: Any) -> list[Any]:  # noqa: ANN401  # a node of the parse tree
    code, argument = item
    if code in _INSIDE:
        return [argument[_INSIDE[code]]]
    if code is op.BRANCH:
        return list(argument[1])
    if code is op.ATOMIC_GROUP:
        return [argument]
    return [part for part in argument[1:] if part]


def _folds(item: Any) -> bool:  # noqa: ANN401  # a node of the parse tree
    return item[0] is op.SUBPATTERN and bool(item[1][1] & _IGNORECASE)


def _is_class(item: Any) -> bool:  # noqa: ANN401  # a node of the parse tree
    r"""A class such as `\w` or a boundary: the engines know different characters beyond plain text."""
    code, argument = item
    if code is op.IN:
        return any(member[0] is op.CATEGORY for member in argument)
    return code is op.CATEGORY or (code is op.AT and argument is op.AT_BOUNDARY)


def _is_for_regex(item: Any) -> bool:  # noqa: ANN401  # a node of the parse tree
    r"""What `re` refuses or may get wrong.

    Lookbehind of no fixed length; captures in a lazy or possessive repeat, references, `\B` in an empty text.
    """
    code, argument = item
    if code in {op.ASSERT, op.ASSERT_NOT} and argument[0] < 0:
        least, most = argument[1].getwidth()
        return bool(least != most)
    if code is op.SUBPATTERN:
        return bool(argument[1] & ~_SAME_FLAGS)
    if code in {op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        return any(inner is op.SUBPATTERN and inside[0] for inner, inside in _walk(argument[2]))
    return code in _REFERENCES or (code is op.AT and argument is op.AT_NON_BOUNDARY)


def _is_beyond_ascii(item: Any) -> bool:  # noqa: ANN401  # a node of the parse tree
    code, argument = item
    if code is op.IN:
        return any(map(_is_beyond_ascii, argument))
    if code is op.RANGE:
        return bool(argument[1] > _LAST_ASCII)
    return code in {op.LITERAL, op.NOT_LITERAL} and bool(argument > _LAST_ASCII)


def _choices(tree: Any) -> Iterator[Choice]:  # noqa: ANN401  # the same
    """Sets of strings, each of which has a member in every text that this sequence matches."""
    runs: Sequence[str] = [""]
    for code, argument in _spliced(tree):
        texts = _texts(code, argument)
        if longer := _joined(runs, texts):
            runs = longer
        elif code is not op.AT:
            yield _shortest(runs)
            runs = texts or [""]
            yield from _inner_choices(code, argument)
    yield _shortest(runs)


def _texts(code: Any, argument: Any) -> Sequence[str]:  # noqa: ANN401  # a node of the parse tree
    """All texts that a node stands for, if they are a few that raw lines have; else none."""
    if code is op.LITERAL:
        texts = [chr(argument)]
    elif code is op.IN and len(argument) <= MAX_SPELLINGS and all(kind is op.LITERAL for kind, _ in argument):
        texts = [chr(number) for _, number in argument]
    elif code is op.BRANCH and len(argument[1]) <= MAX_SPELLINGS:
        branches = [_texts_of_all(branch) for branch in argument[1]]
        texts = [text for branch in branches for text in branch] if all(branches) else []
    else:
        return []
    return [] if len(texts) > MAX_SPELLINGS or any(map(_NOT_IN_RAW_LINES.search, texts)) else texts


def _texts_of_all(tree: Any) -> Sequence[str]:  # noqa: ANN401  # the module of the parse tree is private
    """All texts that a sequence stands for, if they are a few; else none."""
    runs: Sequence[str] = [""]
    for code, argument in _spliced(tree):
        runs = _joined(runs, _texts(code, argument))
    return runs


def _joined(runs: Sequence[str], texts: Sequence[str]) -> Sequence[str]:
    """Each of the texts behind each of the runs; none where that would be many."""
    return [run + text for run in runs for text in texts] if len(runs) * len(texts) <= MAX_SPELLINGS else []


def _shortest(texts: Iterable[str]) -> Choice:
    """Without those that have another in them."""
    return frozenset(text for text in texts if not any(other in text for other in texts if other != text))


def _spliced(tree: Any) -> Iterator[Any]:  # noqa: ANN401  # the same
    """The items of a sequence with the groups that change no flags dissolved into it."""
    for item in tree.data:
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
            yield frozenset().union(*(choices[0] for choices in best))


def _best(choices: Iterable[Choice]) -> list[Choice]:
    """The choices whose weakest members say most, best first; none where none could tell lines apart."""
    usable = [choice for choice in choices if len(choice) <= MAX_ALTERNATIVES and min(map(len, choice)) >= MIN_WEAK_LITERAL]
    return sorted(dict.fromkeys(usable), key=_merit, reverse=True)[:MAX_CHOICES]


def _merit(choice: Choice) -> tuple[bool, int, int, int]:
    width, weakest = min(map(len, choice)), _weakest(choice)
    return (True, weakest, width, -len(choice)) if weakest >= MIN_LITERAL else (False, width, weakest, -len(choice))


def _weakest(choice: Choice) -> int:
    return min(sum(map(str.isalnum, literal)) for literal in choice)
