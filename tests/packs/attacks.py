"""Lines on which a regex backtracks badly if it can: made from its own parse tree.

A backtracking engine takes quadratic time where two repeats can share a text, and the end does not fit: for each place where
the first may stop, the second runs on to the end. So for every repeat there is a line that leads up to it, then what keeps both
it and what follows it going, over and over, and an end that fits nothing; and for every few parts of a regex that follow one
another a line with just these parts again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from tests.packs.trees import LONG, REPEATS, chars, parse, parts, sample

END = "\x00"
BRANCHES = 2  # of alternatives, so many are tried
AHEAD = 40  # so many characters of what follows a repeat may keep it going
TOGETHER = 3  # so many parts of a regex are repeated together


class Attack(NamedTuple):
    """Hostile lines of any length."""

    lead: str
    pump: str
    end: str = END

    def line(self, size: int) -> str:
        """The line of about this many characters."""
        return self.lead + self.pump * (size // len(self.pump) + 1) + self.end


@cache
def attacks(text: str) -> list[Attack]:
    """What to try on a regex."""
    tree = list(parse(text))
    tried = [_again(tree, "", "", 0), *(_attacks(tree, "", "", branch) for branch in range(BRANCHES))]
    return list(dict.fromkeys(attack for some in tried for attack in some if attack.pump))


def _attacks(tree: list[Any], lead: str, after: str, branch: int) -> Iterator[Attack]:
    """What leads up to each repeat of a tree, and what to repeat there. `after` fits what comes behind the tree."""
    texts = [sample([item], branch) for item in tree]
    for place, item in enumerate(tree):
        before, behind = lead + "".join(texts[:place]), "".join(texts[place + 1 :]) + after
        if item[0] in REPEATS and item[1][1] > LONG:
            yield from (Attack(before, pump) for pump in _texts(item, behind, branch))
        for inner in parts(item):
            yield from _attacks(list(inner), before, texts[place] + behind if item[0] in REPEATS else behind, branch)


def _texts(item: Any, behind: str, branch: int) -> Iterator[str]:  # noqa: ANN401  # a node of the parse tree
    """What may keep a repeat going: its own text, characters of it, and what follows it, up to each end of a word there."""
    body = sample(item[1][2], branch)
    yield body
    yield from (char for char in 'a 1"' if any(char in chars(inner) for inner in item[1][2]))
    ends = [place for place, char in enumerate(behind[:AHEAD], 1) if not char.isalnum()]
    yield from (behind[:end] for end in (1, *ends, len(behind)))
    yield from (body + behind[:end] for end in (1, len(behind)))


def _again(tree: list[Any], lead: str, after: str, branch: int) -> Iterator[Attack]:
    """A few parts of a tree, what leads up to them, and what follows them once at the end."""
    texts = [sample([item], branch) for item in tree]
    words = [text for text in _words(tree, texts) if text]
    for start in range(len(words)):
        before = lead + "".join(words[:start])
        yield from (Attack(before, "".join(words[start:stop])) for stop in range(start + 1, start + TOGETHER + 1))
        yield Attack(before, words[start], "".join(words[start + 1 :]) + after + END)
    for place, item in enumerate(tree):
        before, behind = lead + "".join(texts[:place]), "".join(texts[place + 1 :]) + after
        for inner in parts(item):
            yield from _again(list(inner), before, behind, branch)


def _words(tree: list[Any], texts: list[str]) -> Iterator[str]:
    """The texts of a tree's parts, with literals that follow one another together."""
    for is_literal, group in groupby(zip(tree, texts, strict=True), key=lambda pair: pair[0][0] is op.LITERAL):
        found = [text for _, text in group]
        yield from ["".join(found)] if is_literal else found
