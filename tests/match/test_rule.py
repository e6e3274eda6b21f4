from __future__ import annotations

from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.match.formats import Format
from log2metrics.match.pattern import PatternError
from log2metrics.match.rule import RuleError, Slot
from log2metrics.metric import Label, Metric, MetricType

from .build import metric, rule


def problems(*args: Any, **spec: Any) -> list[PatternError]:  # noqa: ANN401  # what `rule` takes
    """Everything that is wrong with a rule."""
    with pytest.raises(RuleError) as caught:
        rule(*args, **spec)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("labels", "spec", "field", "found", "right"),
    [
        ([], {}, "", "a rule of m matches nothing", "`match`, `log_format`, `each` or `where` in every rule"),
        ([], {"unless": "x"}, "", "a rule of m matches nothing", "`match`, `log_format`, `each` or `where` in every rule"),
        ([], {"match": "("}, "match", "'(' is not a regular expression: missing )", "close every group"),
        ([], {"match": "a", "unless": "*"}, "unless", "'*' is not a regular expression", r"write \* \+ \?"),
        ([], {"each": "[a"}, "each", "'[a' is not a regular expression", "close every [set]"),
        ([], {"match": "a", "log_format": "$b"}, "log_format", "a rule has both `match` and `log_format`", "one of them"),
        ([], {"log_format": "none"}, "log_format", "'none' has no variable", "a log format such as"),
        (
            *([], {"match": "a", "where": {"host": "b"}}, "where.host"),
            *("there is no capture or field 'host'", "a named group such as (?P<name>…) in `match`"),
        ),
        ([], {"match": "(?P<c>a)", "where": {"host": "b"}}, "where.host", "there is no capture or field 'host'", "one of c"),
        (["a"], {"match": "x"}, "", "a rule of m leaves the label 'a' without a value", "`set: {a: …}`, or a capture (?P<a>…)"),
        (["a"], {"match": "x", "set": {"a": "{b"}}, "set.a", "'{b' is not a template", "text with names in braces"),
        (["a"], {"match": "x", "set": {"a": "{b}"}}, "set.a", "there is no capture or field 'b'", "a named group such as"),
        (["a"], {"match": "(?P<c>x)", "set": {"a": "{b}"}}, "set.a", "there is no capture or field 'b'", "one of c"),
        (["a"], {"match": "(?P<a>x)", "set": {"z": "1"}}, "set.z", "metric m has no label 'z'", "one of its labels: a"),
        ([], {"match": "x", "set": {"z": "1"}}, "set.z", "metric m has no label 'z'", "no `set`, since it has no labels"),
        ([], {"match": "x", "value": "{n!r}"}, "value", "'{n!r}' has {n!r}, which is not a name", "text with names in braces"),
        ([], {"match": "x", "value": "{n}"}, "value", "there is no capture or field 'n'", "a named group such as"),
    ],
)
def test_a_rule_that_can_not_work_is_refused(
    labels: list[str], spec: dict[str, Any], field: str, found: str, right: str
) -> None:
    """The error names the place in the rule, what stands there and what would be right."""
    (problem,) = problems("m", *labels, **spec)
    assert field == problem.field
    assert str(problem).startswith(found)
    assert problem.right.startswith(right)


def test_everything_that_is_wrong_with_a_rule_is_told_at_once() -> None:
    """Whoever mends one mistake does not meet the next; names are not doubted where the regexes that have them are wrong."""
    spec = {"unless": "(", "set": {"a": "{x}", "z": "1"}, "where": {"y": "["}, "value": "{v!r}"}
    found = problems("m", "a", "b", match="(?P<c>x)", **spec)
    assert ["unless", "where.y", "where.y", "set.z", "", "set.a", "value"] == [problem.field for problem in found]
    found = problems("m", "a", "b", match="(?P<c>x", **spec)
    assert ["match", "unless", "where.y", "set.z", "value"] == [problem.field for problem in found]


def test_a_text_that_could_not_be_expanded_hides_nothing_else() -> None:
    """What is wrong with a definition has been told; the other parts of the rule are looked at, and there is no rule."""
    assert ["unless"] == [problem.field for problem in problems("m", "a", unless="(", broken=frozenset({"match"}))]
    assert [] == problems("m", match="x", broken=frozenset({"where.host"}))
    assert ["a rule of m matches nothing"] == [str(problem) for problem in problems("m", broken=frozenset({"unless"}))]


def test_an_unknown_name_is_answered_with_the_fields_of_the_format_too() -> None:
    """Who writes a syslog rule sees which fields there are."""
    (problem,) = problems("m", "a", line=Format.SYSLOG, match="(?P<user>x)", set={"a": "{hots}"})
    assert "one of facility, host, message, msgid, pid, program, severity, timestamp, user" == problem.right


def test_a_broken_condition_names_its_field() -> None:
    """The place of a regex under `where` is the field it is for."""
    assert ["where.host"] == [problem.field for problem in problems("m", line=Format.SYSLOG, where={"host": "("})]


def test_labels_come_from_set_then_captures_then_fields() -> None:
    """`set` comes first, and a capture hides the field of its name; labels stand in order of name."""
    made = rule(
        *("m", "user", "host", "program", "kind"),
        line=Format.SYSLOG,
        match="(?P<user>a)(?P<host>b)",
        each="(?P<user>c)",
        set={"kind": "{pid}-{host:.1}"},
    )
    captured = {Slot("match", 2): "web1", Slot("field", "pid"): "42", Slot("field", "program"): "sshd", Slot("each", 1): "ann"}
    captures = tuple(captured[slot] for slot in made.slots)
    assert (("host", "web1"), ("kind", "42-w"), ("program", "sshd"), ("user", "ann")) == made.labels_of(captures)
    assert len(made.slots) == made.label_slots


def test_any_name_may_be_a_field_of_json() -> None:
    """A format whose fields are not known beforehand leaves no label without a source."""
    made = rule("m", "status", line=Format.JSON, match="x", where={"http.method": "GET"})
    assert (Slot("field", "status"),) == made.slots


def test_captures_for_the_value_follow_those_for_the_labels() -> None:
    """The store remembers label sets by the captures that decide about them, and by no others."""
    made = rule("m", "a", match="(?P<n>1)(?P<a>2)(?P<k>3)", value="{n}.{k}")
    assert 1 == made.label_slots
    assert (Slot("match", 2), Slot("match", 1), Slot("match", 3)) == made.slots
    assert (("a", "x"),) == made.labels_of(("x", "7", "25"))
    assert 7.25 == made.value_of(("x", "7", "25"))


def test_a_group_without_a_part_in_the_match_gives_an_empty_text() -> None:
    """An optional group that was not there leaves its label empty."""
    assert (("a", ""),) == rule("m", "a", match="(?P<a>x)?").labels_of((None,))


def test_without_a_value_every_line_counts_one() -> None:
    """Counting lines needs no words."""
    assert 1.0 == rule("m", match="x").value_of(())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("0", 0.0), ("-0", 0.0), ("12", 12.0), ("+1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("1E-2", 0.01)],
        *[
            (text, None)
            for text in ("", "-", "nan", "inf", "-inf", "Infinity", "\uff11\uff12", "٣", "1_000", "1e999", "1e9999", "0x10")
        ],
        *[(text, None) for text in (" 1", "1 ", "1\n", "1,5", "1.2.3", "e5", "--1", "9" * 400)],
    ],
)
def test_a_value_is_a_finite_number_in_ascii(text: str, number: float | None) -> None:
    """What Python would take for a number besides, and what no number can hold, is none."""
    assert number == rule("m", match="(?P<n>.*)", value="{n}").value_of((text,))


@pytest.mark.parametrize(
    ("kind", "number"), [(MetricType.COUNTER, None), (MetricType.GAUGE, -1.0), (MetricType.HISTOGRAM, -1.0)]
)
def test_a_negative_value_is_for_gauges_and_histograms(kind: MetricType, number: float | None) -> None:
    """A counter never goes backwards, whatever a line says."""
    assert number == rule(metric("m", kind=kind), match="(?P<n>.*)", value="{n}").value_of(("-1",))


@given(st.text())
def test_no_text_makes_a_counter_go_backwards(text: str) -> None:
    """Any captured text is a number from 0 up, or none."""
    number = rule("m", match="(?P<n>.*)", value="{n}").value_of((text,))
    assert number is None or 0 <= number < float("inf")


@pytest.mark.parametrize(
    ("captured", "label"),
    [("GET", "get"), ("get", "get"), ("PUT", "put"), ("BREW", "rest"), ("HEAD", "get"), ("", "rest"), ("G\x00T", "rest")],
)
def test_a_label_is_lowered_then_rewritten_then_looked_up(captured: str, label: str) -> None:
    """`lower`, `rewrite`, `values` and `other` work in this order."""
    method = Label("method", values=("get", "put"), other="rest", rewrite=((regex.compile("^head$"), "get"),), lower=True)
    made = rule(Metric("m", MetricType.COUNTER, "Help.", (method,)), match="(?P<method>.*)")
    assert (("method", label),) == made.labels_of((captured,))


def test_a_rule_looks_for_the_literals_of_all_that_it_asks() -> None:
    """`each` has to occur too, and what a condition asks of the text; without any literal every line is looked at."""
    assert [frozenset({"needed"}), frozenset({"other"})] == rule("m", match="needed", each="other").choices
    assert [frozenset({"other"})] == rule("m", match=".", each="other").choices
    assert [frozenset({"other"})] == rule("m", each="other").choices
    assert not rule("m", match=".").choices
    assert [frozenset({"needed"})] == rule("m", line=Format.SYSLOG, where={"program": "needed"}).choices
    assert [frozenset({"needed"})] == rule("m", match="(?P<a>.*)", where={"a": "needed"}).choices
    assert not rule("m", line=Format.SYSLOG, where={"host": "needed"}).choices


def test_a_log_format_gives_its_variables_to_templates() -> None:
    """A rule with `log_format` is a rule with the regex it stands for."""
    made = rule("m", "status", log_format='$remote_addr "$request" $status')
    found = made.match.find('192.0.2.1 "GET / HTTP/1.1" 404') if made.match else None
    assert found is not None
    assert "404" == found["status"]
