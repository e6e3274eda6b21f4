from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.match.pattern import PatternError
from log2metrics.match.template import parse_template


@pytest.mark.parametrize(
    ("template", "values", "rendered"),
    [
        ("plain", [], "plain"),
        ("", [], ""),
        ("{status}", ["404"], "404"),
        ("{status:.1}xx", ["404"], "4xx"),
        ("{a}-{b}-{a}", ["1", "2", "3"], "1-2-3"),
        ("{{{a}}}", ["x"], "{x}"),
        ("{a:>5}|{a:<3}|{a:^3}", ["x", "x", "x"], "    x|x  | x "),
        ("{a:0>5}", ["42"], "00042"),
        ("{a:s}", ["x"], "x"),
        ("{http.status}/{user-name}", ["200", "ann"], "200/ann"),
        ("{a}", ["{b}"], "{b}"),
    ],
)
def test_a_template_puts_captures_into_text(template: str, values: list[str], rendered: str) -> None:
    """Names in braces become the captured text, cut or padded by their format; captured braces are mere text."""
    assert rendered == parse_template(template).render(values)


def test_names_stand_in_order_of_appearance() -> None:
    """The rule captures what the template names, in that order."""
    assert ("b", "a", "b") == parse_template("x{b}{a:.1}{b}y").names


@pytest.mark.parametrize(
    "template",
    [
        "{a[0]}",
        "{a!r}",
        "{a!r:.1}",
        "{}",
        "{0}",
        "{a b}",
        "{a:{b}}",
        "{a:1000}",
        "{a:.10000}",
        "{a:d}",
        "{a:,}",
        "{a:=5}",
        "{a:٣}",
    ],
)
def test_a_template_reaches_nothing_but_the_text_of_captures(template: str) -> None:
    """No indexes, conversions, nested fields, numbers or widths without bound; the message says what can be written."""
    with pytest.raises(PatternError) as caught:
        parse_template(template)
    assert template in str(caught.value)
    assert caught.value.right


@pytest.mark.parametrize("template", ["{a", "a}", "{a!}", "{"])
def test_unbalanced_braces_are_refused(template: str) -> None:
    """A brace that is meant as one is doubled, and the message says so."""
    with pytest.raises(PatternError, match="is not a template") as caught:
        parse_template(template)
    assert "a literal brace is written {{" in caught.value.right


def test_a_name_with_dots_is_a_name_and_no_way_into_an_object() -> None:
    """`{a.__class__}` asks for a field of that name; there is nothing to reach through it."""
    assert ("a.__class__",) == parse_template("{a.__class__}").names


@given(st.text(alphabet="{}ab.!:<>1s[]"))
def test_any_text_is_rendered_or_refused(text: str) -> None:
    """What was accepted when it was read never fails when it is used."""
    with suppress(PatternError):
        template = parse_template(text)
        assert isinstance(template.render(["value"] * len(template.names)), str)
