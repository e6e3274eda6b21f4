from __future__ import annotations

from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.config.packs import library, library_folder, load_packs
from log2metrics.config.settings import Pack
from log2metrics.match.beginnings import cuts
from log2metrics.match.explain import Finding, GroupFinding, Reach, explain
from log2metrics.match.formats import Format, line_format
from log2metrics.match.rule import Rule, RuleSpec, compile_rule
from log2metrics.match.ruleset import Group, Ruleset

from .build import metric, patterns, rule, texts

LINE = "Nov 15 03:36:56 web1 sshd[5916]: Failed password for root"


def told(*rules: Rule, line: str = LINE, form: Format = Format.SYSLOG, programs: frozenset[str] = frozenset()) -> GroupFinding:
    """What there is to say of a line."""
    return explain(Group(form, programs, rules), line)


def finding(line: str = LINE, **spec: Any) -> Finding:  # noqa: ANN401  # as different as the keys of a rule
    """What there is to say of a line and one rule."""
    (found,) = told(rule("m", line=Format.SYSLOG, **spec), line=line).findings
    return found


def test_a_line_that_counts_shows_captures_series_and_value() -> None:
    """Who asks sees what the line becomes."""
    found = told(rule("m", "method", line=Format.SYSLOG, match=r"^Failed (?P<method>\w+) for (?P<user>\w+)"))
    assert found.counted
    assert "Failed password for root" == found.message
    header = {"timestamp": "Nov 15 03:36:56", "host": "web1", "program": "sshd", "pid": "5916"}
    assert header | {"message": "Failed password for root"} == dict(found.fields)
    (only,) = found.findings
    assert (("method", "password"), ("user", "root")) == only.captures
    assert (((("method", "password"),), 1.0, 1),) == only.series
    assert ("", None) == (only.reason, only.reach)


def test_repeated_messages_and_occurrences_show_how_often_they_count() -> None:
    """The numbers are those of counting for real."""
    repeated = "Nov 15 03:36:56 web1 sshd[1]: message repeated 5 times: [ k=1 k=2]"
    made = rule("m", "k", line=Format.SYSLOG, each=r"(?P<k>k)=(?P<n>\d)", value="{n}")
    (only,) = told(made, line=repeated).findings
    assert (((("k", "k"),), 1.0, 5), ((("k", "k"),), 2.0, 5)) == only.series
    assert ((("k", "k"), ("n", "1")), (("k", "k"), ("n", "2"))) == only.occurrences


def test_captures_of_occurrences_are_told_with_their_places() -> None:
    """Those that `where` leaves out are not among them; the places are in the order of the message."""
    made = rule("m", line=Format.PLAIN, match=r"(?P<all>A=.*)", each=r"(?P<k>\w)=(?P<n>\d)", where={"k": "[AC]"}, value="{n}")
    (only,) = told(made, line="x A=1 B=2 C=3", form=Format.PLAIN).findings
    assert (("all", "A=1 B=2 C=3"),) == only.captures
    assert ((("k", "A"), ("n", "1")), (("k", "C"), ("n", "3"))) == only.occurrences
    assert ((0, 2, 13), (0, 2, 3), (1, 4, 5), (0, 10, 11), (1, 12, 13)) == only.spans


def test_a_value_that_is_no_number_is_shown_as_none() -> None:
    """The line counts as a value error, and one sees for which series."""
    (only,) = told(rule("m", line=Format.PLAIN, match="(?P<n>.)", value="{n}"), line="-", form=Format.PLAIN).findings
    assert (((), None, 1),) == only.series


def test_the_literal_that_is_missing_is_named() -> None:
    """The commonest reason: a word that isn't there."""
    assert "the message does not have 'Accepted ' in it" == finding(match=r"^Accepted \w+ for").reason
    assert "the message does not have 'Accepted' or 'Invalid' in it" == finding(match="^(?:Accepted|Invalid)").reason


@pytest.mark.parametrize(
    ("pattern", "reach"),
    [
        (r"^Failed (\w+) by", Reach(r"^Failed (\w+) ", "by", "Failed password ", "for root")),
        (r"^Failed \d+", Reach("^Failed ", r"\d+", "Failed ", "password for root")),
        (r"password (?:for (?:admin|guest))", Reach("password (?:for ", "(?:admin|guest))", "Failed password for ", "root")),
        (r"\d{3}", Reach("", r"\d{3}", "", "Failed password for root")),
        ("[[:digit:]]+", Reach("", "[[:digit:]]+", "", "Failed password for root")),
    ],
)
def test_where_the_regex_stopped_is_shown(pattern: str, reach: Reach) -> None:
    """The longest beginning of the regex that matches, and the text it would have had to go on with."""
    found = finding(match=pattern)
    assert found.reach is not None
    assert (reach.matched, reach.missing) == (found.reach.matched, found.reach.missing)
    assert (reach.text_before, reach.text_after) == (found.reach.text_before, found.reach.text_after)


def test_a_regex_whose_literals_are_there_just_does_not_match() -> None:
    """There is no missing word to name."""
    assert "the regex does not match" == finding(match=r"^password").reason


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"match": "Failed", "unless": "for root$"}, "`unless` matches: for root$"),
        ({"match": "Failed", "where": {"host": "^db"}}, "`where` asks for host: ^db, and it is 'web1'"),
        ({"match": "Failed", "where": {"severity": "."}}, "`where` asks for the field severity, which the line does not have"),
        ({"match": "Failed", "each": "x=1"}, "`each` finds nothing"),
    ],
)
def test_what_keeps_a_matching_line_out_is_named(spec: dict[str, Any], reason: str) -> None:
    """`match` let it in, and something else did not."""
    found = finding(**spec)
    assert (reason, ()) == (found.reason, found.series)


def test_an_earlier_rule_that_counted_the_line_is_named() -> None:
    """The second rule of a metric doesn't see what the first has counted; with `count: all` it does."""
    first, second = told(rule("m", match="Failed"), rule("m", match="root"), form=Format.PLAIN).findings
    assert first.series
    assert ("rule 1 has counted the line for this metric", ()) == (second.reason, second.series)
    assert all(found.series for found in told(*[rule("m", match="root", count_all=True)] * 2, form=Format.PLAIN).findings)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LINE, "the line is of program sshd, the pack is for 'cron' and 'su'"),
        ("Nov 15 03:36:56 web1 no tag", "the line is of no program, the pack is for 'cron' and 'su'"),
        ("no header", "the line is not in the format syslog"),
    ],
)
def test_why_no_rule_of_the_pack_saw_the_line_is_said(line: str, reason: str) -> None:
    """Another program's line, or not a line of the format at all."""
    found = told(rule("m", line=Format.SYSLOG, match="x"), line=line, programs=frozenset({"su", "cron"}))
    assert (reason, (), False) == (found.reason, found.findings, found.counted)


def test_the_fields_of_json_are_its_members() -> None:
    """One sees the names that a rule may use; members without a text are none."""
    assert (("a", "1"), ("msg", "x")) == told(line='{"msg":"x","a":1,"b":{}}', form=Format.JSON).fields


def test_nested_members_of_json_are_shown_as_a_rule_names_them() -> None:
    """By dotted name, those of lists too, and as deep as they are."""
    line = '{"http":{"status":502,"a.b":"y"},"errors":[{"code":7}],"none":null}'
    assert (("errors.0.code", "7"), ("http.a.b", "y"), ("http.status", "502")) == told(line=line, form=Format.JSON).fields
    deep = '{"a":' * 300 + "1" + "}" * 300
    assert ((".".join("a" * 300), "1"),) == told(line=deep, form=Format.JSON).fields


def test_a_pattern_with_a_named_list_is_explained_as_far_as_it_can_be() -> None:
    """A beginning that can't be compiled by itself is passed over."""
    made = compile_rule(metric("m"), RuleSpec(match=r"user \L<STAFF>"), Format.PLAIN, {"STAFF": ("ann",)})
    (found,) = told(made, line="user eve", form=Format.PLAIN).findings
    assert Reach("user ", r"\L<STAFF>", "user ", "eve") == found.reach


@pytest.mark.parametrize(
    ("pattern", "beginnings"),
    [
        (r"^a\d+b", ["^", "^a", r"^a\d+"]),
        (r"a(?P<x>bc)d", ["a", "a(?P<x>b)", "a(?P<x>bc)", "a(?P<x>bc)"]),
        (r"a(?:b|c)d(?=e)f", ["a", "a(?:b|c)", "a(?:b|c)d", "a(?:b|c)d(?=e)"]),
        (r"a(?:bc)?d{2,}e", ["a", "a(?:bc)?", "a(?:bc)?d{2,}"]),
        (r"[^]x\]]\x41\p{Lu}.", [r"[^]x\]]", r"[^]x\]]\x41", r"[^]x\]]\x41\p{Lu}"]),
        ("a|b", []),
        ("(a", []),
    ],
)
def test_a_regex_is_cut_between_its_parts(pattern: str, beginnings: list[str]) -> None:
    """In groups too, but not in those that may be passed over."""
    assert beginnings == [pattern[: cut.place] + cut.closing for cut in cuts(pattern)]


@pytest.mark.parametrize("pack", load_packs(library(), library_folder()), ids=lambda pack: pack.name)
def test_every_beginning_of_a_shipped_regex_matches_what_the_whole_matches(pack: Pack) -> None:
    """So that the longest one that matches can be looked for by halving."""
    lines = [line for example in pack.examples for line in example.lines.splitlines()]
    messages = [parsed.message for line in lines if (parsed := line_format(pack.format).parse(line))]
    for pattern in {each.match for each in pack.rules if each.match}:
        found = [message for message in messages if pattern.find_exact(message)]
        for cut in cuts(pattern.text):
            beginning = regex.compile(pattern.text[: cut.place] + cut.closing)
            assert all(beginning.search(message) for message in found), beginning.pattern


SPECS: list[dict[str, Any]] = [
    {"match": "abc", "unless": "k"},
    {"match": "abc", "each": "a"},
    {"each": "b"},
    {"match": "abc"},
    {"match": r"^\w+ s"},
]


@given(
    specs=st.lists(
        st.tuples(st.one_of(st.sampled_from(SPECS), patterns().map(lambda text: {"match": text})), st.booleans()), max_size=4
    ),
    line=texts().filter(lambda text: not text.endswith("\r")),
)
def test_explain_and_counting_agree(specs: list[tuple[dict[str, Any], bool]], line: str) -> None:
    """A rule has series in the explanation if and only if it counts the line."""
    names = {False: metric("first"), True: metric("all")}
    rules = tuple(rule(names[count_all], count_all=count_all, **spec) for spec, count_all in specs)
    group = Group(Format.PLAIN, frozenset(), rules)
    counts = Ruleset([group]).count(line.encode() + b"\n").counts
    shown = explain(group, line).findings
    assert sorted(counts) == [number for number, found in enumerate(shown) if found.series]
    assert all(found.series or found.reason for found in shown)
    for number, found in enumerate(shown):
        assert sum(counts.get(number, {}).values()) == sum(times for _, _, times in found.series)


def test_a_condition_on_a_capture_that_does_not_hold_is_named() -> None:
    """With what the capture is; one that took no part in the match is said to be missing."""
    assert (
        "`where` asks for user: ^ann$, and it is 'root'" == finding(match=r"for (?P<user>\w+)", where={"user": "^ann$"}).reason
    )
    reason = finding(match=r"for (?P<user>\w+)(?P<more> .*)?", where={"more": "x"}).reason
    assert "`where` asks for the capture more, which the line does not have" == reason
    assert finding(match=r"for (?P<user>\w+)", where={"user": "^root$"}).series


def test_occurrences_without_the_capture_asked_for_are_explained() -> None:
    """Not as if there had been none."""
    found = finding(each=r"(?P<word>\w+)", where={"word": "^x$"})
    assert "`each` finds nothing for which `where` holds (word)" == found.reason
