from __future__ import annotations

from collections import Counter

from log2metrics.match.tally import Tally

from .build import rule


def test_a_tally_lists_what_was_counted_rule_by_rule() -> None:
    """Counters come with how often, gauges in the order they were seen."""
    rules = [rule("a", match="x"), rule("b", match="y")]
    tally = Tally(rules, 9, 5, {0: Counter({("k",): 3, (None,): 1})}, {(1, ("2",)): 1, (1, ("1",)): 1})
    assert [
        (rules[0], ("k",), 3),
        (rules[0], (None,), 1),
        (rules[1], ("2",), 1),
        (rules[1], ("1",), 1),
    ] == list(tally.items())


def test_an_empty_tally_has_nothing() -> None:
    """Nothing was seen, given up or left out."""
    tally = Tally([])
    assert (0, 0, [], 0, 0) == (tally.lines, tally.matched, list(tally.items()), len(tally.timeouts), len(tally.skipped))


def test_tallies_add_up() -> None:
    """What was seen later comes on top; of gauges it comes last."""
    rules = [rule("a", match="x"), rule("b", match="y")]
    tally = Tally(rules, 9, 5, {0: Counter({("k",): 3})}, {(1, ("1",)): 1, (1, ("2",)): 1}, Counter(a=1))
    tally += Tally(rules, 2, 1, {0: Counter({("k",): 1, ("l",): 1})}, {(1, ("1",)): 1}, Counter(a=2), Counter(b=3))
    assert (11, 6, {0: {("k",): 4, ("l",): 1}}, {"a": 3}, {"b": 3}) == (
        *(tally.lines, tally.matched, tally.counts, tally.timeouts, tally.skipped),
    )
    assert [(1, ("2",)), (1, ("1",))] == list(tally.latest)
    assert 4 == tally.distinct
