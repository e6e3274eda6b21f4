"""Lines that keep what they were wrapped in: their fields, and else what their format makes of them."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.match.formats import Format, line_format, wrapped_format
from log2metrics.match.formats.parsed import LineFormat, Lines, Parsed, Splitter
from log2metrics.match.ruleset import Group, Ruleset
from log2metrics.shape.wrapping import Unwrap, head_of
from tests.match.build import rule, totals
from tests.match.test_ruleset import Watch

CRI = b"2026-11-21T03:00:00.123456789+01:00 stderr F "
HEAD = head_of(CRI, Unwrap.CRI, 2).decode()
BLANK = head_of(b"x", Unwrap.CRI, 0).decode()
SYSLOG = "Nov 15 03:36:56 web1 su[1]: x"
REPEATED = "Nov 15 03:36:56 h a: message repeated 2 times: [x]"
LINES = [SYSLOG, "message", "", '{"msg": "m", "stream": "orders"}', "msg=m time=noon", REPEATED]


def parsed(form: LineFormat, line: str) -> Parsed:
    """A line that is of the format."""
    found = form.parse(line)
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "line"), [("plain", "x"), ("syslog", SYSLOG), ("json", '{"msg": "x"}'), ("logfmt", "msg=x")])
def test_every_format_has_the_fields_of_the_wrapping(name: str, line: str) -> None:
    """Beside its own, where the line was wrapped."""
    form, alone = wrapped_format(Format(name)), line_format(Format(name))
    found = parsed(form, HEAD + line)
    assert "x" == found.message
    assert {"stream": "stderr", "time": "2026-11-21T03:00:00.123456789+01:00"} == {
        each: form.field(found, each) for each in ("stream", "time")
    }
    assert {"stream", "time", *alone.names(parsed(alone, line))} == set(form.names(found))
    assert "2026-11-21T03:00:00.123456789+01:00" == form.time(HEAD + line)
    blank = parsed(form, BLANK + line)
    assert [None, None] == [form.field(blank, each) for each in ("stream", "time")]
    assert alone.time(line) == form.time(BLANK + line)


def test_a_line_s_own_field_hides_that_of_the_wrapping() -> None:
    """What the program calls so is what its packs mean."""
    form = wrapped_format(Format.JSON)
    found = parsed(form, HEAD + '{"msg": "m", "stream": "orders"}')
    assert ["orders", "2026-11-21T03:00:00.123456789+01:00"] == [form.field(found, name) for name in ("stream", "time")]


@given(st.sampled_from(Format), st.lists(st.tuples(st.sampled_from([HEAD, BLANK]), st.sampled_from(LINES)), max_size=8))
def test_behind_its_head_a_line_is_what_it_is(name: Format, lines: list[tuple[str, str]]) -> None:
    """Message, program, weight and fields are those of the line alone, one by one as many at once."""
    form, alone = wrapped_format(name), line_format(name)
    assert isinstance(form, Splitter) == isinstance(alone, Splitter)
    for head, line in lines:
        expected, found = alone.parse(line), form.parse(head + line)
        assert (expected and expected[:3]) == (found and found[:3])
    if isinstance(form, Splitter) and isinstance(alone, Splitter):
        whole, bare = (
            form.split(Lines.of([head + line for head, line in lines])),
            alone.split(Lines.of([line for _, line in lines])),
        )
        assert (list(bare.messages), list(bare.programs)) == (list(whole.messages), list(whole.programs))


def test_rules_ask_for_the_fields_on_every_road() -> None:
    """As a condition and as a label; no text of the head is taken for the line's."""
    rules = (
        rule("errors", where={"stream": "stderr"}),
        rule("words", "stream", match=r"^(?:stderr|a)"),
        rule("years", match="2026"),
    )
    made = Ruleset([Group(Format.PLAIN, frozenset(), rules, wrapped=True)])
    data = "".join(f"{head}{line}\n" for head, line in [(HEAD, "a"), (HEAD, "b"), (BLANK, "a"), (BLANK, "é")]).encode()
    expected = {("errors", ()): 2, ("words", ("stderr",)): 1, ("words", (None,)): 1}
    for each in (made, pickle.loads(pickle.dumps(made))):  # noqa: S301  # our own
        for tally in (each.count(data), each.count_carefully(data, Watch())):
            assert (expected, 4, 3) == (totals(tally), tally.lines, tally.matched)
