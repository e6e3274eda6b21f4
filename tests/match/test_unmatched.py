from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from log2metrics.match.formats import Format
from log2metrics.match.ruleset import Group, Ruleset
from log2metrics.match.unmatched import is_telling, said, unmatched
from tests.pipelines import pack

RULESET = Ruleset([Group(Format.PLAIN, frozenset(), pack().rules)])


@given(st.lists(st.sampled_from(["hit=a", "miss", "", "hit=", "x hit=1 y"]), max_size=40))
def test_unmatched_lines_are_those_that_no_rule_counts(lines: list[str]) -> None:
    """The same as counting each line on its own, and in order."""
    data = "".join(f"{line}\n" for line in lines).encode()
    expected = [line.encode() for line in lines if not RULESET.count(f"{line}\n".encode()).matched]
    assert expected == list(unmatched(data, RULESET.count))


def test_a_rule_that_counts_an_empty_message_tells_nothing() -> None:
    """Every message is counted by it."""
    assert [True, False, False] == [is_telling(pack(match=match).rules[0]) for match in ("hit", "^", ".*")]


def test_syslog_lines_say_what_their_programs_say() -> None:
    """Other lines are taken whole."""
    assert ("su", "x y") == said("Nov 20 15:55:31 alder su[4]: x y")
    assert ("", "x y") == said("x y")
