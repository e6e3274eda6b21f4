"""What the regexes of packs are made of: sets, repeats and groups, how many texts they match, and texts that fit.

Reads the parse tree of the standard library, as `log2metrics.match.syntax` does. Knows nothing of packs, rules or lines.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

ALPHABET = frozenset(string.ascii_letters + string.digits + string.punctuation + " \té")
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
ASSERTIONS = (op.ASSERT, op.ASSERT_NOT)
LONG = 16  # a repeat that may go on for longer can hold a text

_CATEGORIES = {
    op.CATEGORY_DIGIT: frozenset(string.digits),
    op.CATEGORY_SPACE: frozenset(" \t"),
    op.CATEGORY_WORD: frozenset(f"{string.ascii_letters}{string.digits}_é"),
}
_CATEGORIES |= {
    op.CATEGORY_NOT_DIGIT: ALPHABET - _CATEGORIES[op.CATEGORY_DIGIT],
    op.CATEGORY_NOT_SPACE: ALPHABET - _CATEGORIES[op.CATEGORY_SPACE],
    op.CATEGORY_NOT_WORD: ALPHABET - _CATEGORIES[op.CATEGORY_WORD],
}


def parse(text: str) -> Any:  # noqa: ANN401  # the module of the parse tree is private
    """The parse tree of a regex."""
    return parser.parse(text)


def chars(item: Any) -> frozenset[str]:  # noqa: ANN401  # a node of the parse tree
    """The characters of the alphabet that a single-character node takes; none for any other node."""
    code, argument = item
    if code is op.IN:
        members = frozenset[str]().union(*(chars(member) for member in argument))
        return ALPHABET - members if argument[0][0] is op.NEGATE else members
    if code is op.RANGE:
        return frozenset(char for char in ALPHABET if argument[0] <= ord(char) <= argument[1])
    if code is op.NOT_LITERAL:
        return ALPHABET - {chr(argument)}
    known = {op.ANY: ALPHABET, op.LITERAL: frozenset({chr(argument)}) if code is op.LITERAL else frozenset()}
    return known.get(code) or _CATEGORIES.get(argument if code is op.CATEGORY else None, frozenset())


def parts(item: Any) -> list[Any]:  # noqa: ANN401  # a node of the parse tree
    """The trees inside a node."""
    code, argument = item
    if code in REPEATS:
        return [argument[2]]
    if code is op.SUBPATTERN:
        return [argument[3]]
    if code is op.BRANCH:
        return list(argument[1])
    if code in ASSERTIONS:
        return [argument[1]]
    return [argument] if code is op.ATOMIC_GROUP else []


def inside(item: Any) -> Iterator[Any]:  # noqa: ANN401  # a node of the parse tree
    """The nodes directly inside a node, those of its alternatives one after the other."""
    return (part for inner in parts(item) for part in inner)


def charset(tree: Iterable[Any]) -> frozenset[str]:
    """All characters that may occur in what a tree matches."""
    sets = (
        chars(item) or charset(part for inner in parts(item) for part in inner) for item in tree if item[0] not in ASSERTIONS
    )
    return frozenset[str]().union(*sets)


def is_free(item: Any) -> bool:  # noqa: ANN401  # a node of the parse tree
    """Whether a node is a long repeat that can hold text: letters, and something besides letters and digits."""
    code, argument = item
    if code not in REPEATS or argument[1] < LONG:
        return False
    found = charset(argument[2])
    return {"a", "z"} <= found and not all(char.isalnum() or char == "_" for char in found)


def free_texts(text: str) -> tuple[re.Pattern[str], dict[int, tuple[re.Pattern[str], frozenset[str]]]]:
    """The same regex with every free repeat in a group of its own; by group that repeat alone, and the characters it takes."""
    tree = parse(text)
    groups: dict[int, tuple[re.Pattern[str], frozenset[str]]] = {}
    _mark(tree, tree.state, groups)
    return compiler.compile(tree), groups


def _mark(tree: Any, state: Any, groups: dict[int, Any]) -> None:  # noqa: ANN401  # a private tree
    for place, item in enumerate(tree.data):
        if is_free(item):
            alone = compiler.compile(parser.SubPattern(state, [item]))
            group = state.opengroup(None)
            inside = parser.SubPattern(state, [item])
            state.closegroup(group, inside)
            tree.data[place] = (op.SUBPATTERN, (group, 0, 0, inside))
            groups[group] = alone, charset(item[1][2])
        elif item[0] not in (op.ASSERT_NOT, op.POSSESSIVE_REPEAT, op.MIN_REPEAT):
            for inner in parts(item):
                _mark(inner, state, groups)


def languages(text: str) -> dict[str, float]:
    """By the name of each group, how many texts it can capture at most; infinity where there is no bound."""
    tree = parse(text)
    names = {number: name for name, number in tree.state.groupdict.items()}
    return {names[item[1][0]]: count(item[1][3]) for item in walk(tree) if item[0] is op.SUBPATTERN and item[1][0] in names}


def count(tree: Iterable[Any]) -> float:
    """How many texts a tree matches at most, over the alphabet."""
    total = 1.0
    for item in tree:
        total *= _count(item)
    return total


def _count(item: Any) -> float:  # noqa: ANN401  # a node of the parse tree
    code, argument = item
    if code in REPEATS:
        least, most, body = argument
        inner = count(body)
        if most > LONG:
            return float("inf")
        return sum(inner**times for times in range(least, most + 1))
    if code is op.BRANCH:
        return sum(count(branch) for branch in argument[1])
    if code in ASSERTIONS or code is op.AT:
        return 1.0
    return float(len(chars(item))) or count(inside(item))


def walk(tree: Iterable[Any]) -> Iterator[Any]:
    """Every node of a tree, from left to right, parents first."""
    for item in tree:
        yield item
        for inner in parts(item):
            yield from walk(inner)


def sample(tree: Iterable[Any], branch: int = 0) -> str:
    """A text that a tree matches, as far as its assertions let it; `branch` chooses among alternatives."""
    return "".join(_sample(item, branch) for item in tree)


def _sample(item: Any, branch: int) -> str:  # noqa: ANN401  # a node of the parse tree
    code, argument = item
    if code in REPEATS:
        return sample(argument[2], branch) * max(int(argument[0]), 1)
    if code is op.BRANCH:
        return sample(argument[1][branch % len(argument[1])], branch)
    if code in ASSERTIONS or code is op.AT:
        return ""
    if found := chars(item):
        return next((char for char in "a1-/ .:" if char in found), min(found))
    return sample(inside(item), branch)
