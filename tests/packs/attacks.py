"""Lines on which a regex backtracks badly if it can: made from its own parse tree.

A backtracking engine takes quadratic time where two repeats can share a text, and the end does not fit: for each place where
the first may stop, the second runs on to the end. So for every repeat there is a line that leads up to it, then what keeps both
it and what follows it going, over and over, and an end that fits nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.packs.trees import LONG, REPEATS, chars, parse, parts, sample

END = "\x00"
BRANCHES = 2  # of alternatives, so many are tried
AHEAD = 40  # so many characters of what follows a repeat may keep it going


class Attack(NamedTuple):
    """Hostile lines of any length."""

    lead: str
    pump: str

    def line(self, size: int) -> str:
        """The line of about this many characters."""
        return self.lead + self.pump * (size // len(self.pump) + 1) + END


def attacks(text: str) -> list[Attack]:
    """What to try on a regex."""
    tree = list(parse(text))
    return list(dict.fromkeys(attack for branch in range(BRANCHES) for attack in _attacks(tree, "", "", branch) if attack.pump))


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
