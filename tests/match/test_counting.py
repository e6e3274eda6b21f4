from __future__ import annotations

from collections.abc import Callable

import pytest

from log2metrics.match.counting import Counting, Plan, make_step
from log2metrics.match.formats import Format, line_format
from log2metrics.match.rule import Captures, Rule

from .build import rule, ruleset

MATCH = r"(?P<a>\w+) (?P<b>\w+)(?: (?P<c>\w+))?"


def plan(*rules: Rule, line: Format = Format.PLAIN) -> Plan:
    """All rules in one chain, each with a search of its own."""
    return ((line_format(line), frozenset(), (tuple(make_step(number, made, number) for number, made in enumerate(rules)),)),)


class Refusing:
    """A watch that gives up one rule, or none."""

    def __init__(self, refused: Rule | None = None) -> None:
        self.refused = refused

    def run(self, found: Rule, work: Callable[[], list[Captures] | None]) -> list[Captures] | None:
        """Do the work of the other rules."""
        return None if found is self.refused else work()


def counted(*rules: Rule, line: str, form: Format = Format.PLAIN) -> list[tuple[int, Captures]]:
    """What each of the rules, by its number, captures in a line."""
    counting = Counting(rules)
    counting.line_carefully(0, line, plan(*rules, line=form), Refusing())
    return [(rules.index(made), captures) for made, captures, _ in counting.tally(1).items()]


@pytest.mark.parametrize(
    ("set_", "captures"),
    [
        ({"x": "-"}, ()),
        ({"x": "{b}"}, ("two",)),
        ({"x": "{b}{a}"}, ("two", "one")),
        ({"x": "{a}{c}{a}"}, ("one", None, "one")),
    ],
)
def test_captures_stand_in_the_order_of_the_templates(set_: dict[str, str], captures: Captures) -> None:
    """What a rule needs is captured and nothing else; a group that was not there is None."""
    assert [(0, captures)] == counted(rule("m", "x", match=MATCH, set=set_), line="one two")


def test_captures_of_match_each_and_fields_are_mixed_in_order() -> None:
    """Every slot takes its text from where the rule says."""
    made = rule("m", "x", line=Format.SYSLOG, match="^(?P<a>.)", each=r"(?P<n>\d)", set={"x": "{n}{host}{a}{pid}"})
    line = "Nov 15 03:36:56 web1 su: x 1 2"
    assert [(0, ("1", "web1", "x", None)), (0, ("2", "web1", "x", None))] == counted(made, line=line, form=Format.SYSLOG)


def test_a_rule_that_is_given_up_leaves_the_line_to_the_next() -> None:
    """Careful counting treats it as a rule that did not match."""
    rules = [rule("m", match="x"), rule("m", match="x"), rule("m", match="x")]
    counting = Counting(rules)
    counting.line_carefully(0, "x", plan(*rules), Refusing(rules[0]))
    tally = counting.tally(1)
    assert {1: {(): 1}} == tally.counts
    assert 1 == tally.matched


def test_an_escape_that_is_undone_makes_a_line_other_than_plain() -> None:
    """A line of ASCII may hold a message that is not: then the exact form of the pattern decides."""
    made = rule("m", line=Format.JSON, match=r"a\sb")
    lines = [r'{"msg":"a\u001cb"}', r'{"msg":"a\u0009b"}']
    assert [[], [(0, ())]] == [counted(made, line=line, form=Format.JSON) for line in lines]
    assert {0: {(): 1}} == ruleset(made, line=Format.JSON).count("".join(f"{line}\n" for line in lines).encode()).counts
