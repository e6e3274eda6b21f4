from __future__ import annotations

import pickle
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from log2metrics.match import ruleset as module
from log2metrics.match.formats import Format
from log2metrics.match.index import Index
from log2metrics.match.rule import Captures, Rule
from log2metrics.match.ruleset import Group, Ruleset
from log2metrics.metric import MetricType

from .build import metric, patterns, rule, ruleset, totals
from .drafts import DATA, HITS, SPECS, Draft, drafts, labelled
from .reference import Reference, by_metric, seen

SYSLOG = "Nov 15 03:36:56 web1 {}: {}\n"


class Watch:
    """Lets everything run, and remembers what."""

    def __init__(self) -> None:
        self.ran: list[Rule] = []

    def run(self, found: Rule, work: Callable[[], list[Captures] | None]) -> list[Captures] | None:
        """Do the work."""
        self.ran.append(found)
        return work()


#: A rule without a literal, that counts nothing: with it in the set every line is looked at.
EVERY_LINE = Group(Format.PLAIN, frozenset(), (rule("never", match="(?!)"),))


@settings(max_examples=250)
@given(packs=st.lists(drafts(), max_size=3), lines=DATA)
@example([Draft(Format.JSON, [(HITS, {"match": "(?i)k"})])], [b'{"msg":"\\u212a"}\n'])
@example([Draft(Format.PLAIN, [(HITS, {"match": "x"})]), Draft(Format.SYSLOG, [])], [b"x\n"])
@example([Draft(Format.PLAIN, [(HITS, {"match": "x"})], ("sshd",))], [b"x sshd\n"])
@example([Draft(Format.SYSLOG, [(HITS, {"match": "x"})], ("\ufffd",))], [b"Nov 15 03:36:56 h \xff: x\n"])
@example([Draft(Format.SYSLOG, [(HITS, {"match": "x"})], ("",))], [b"Nov 15 03:36:56 h x\n"])
@example([Draft(Format.PLAIN, [(HITS, {"match": "half\\ud800"})])], [b"half\xed\xa0\x80\n"])
def test_all_roads_count_what_is_counted_line_by_line(packs: list[Draft], lines: list[bytes]) -> None:
    """Literals first, every line, carefully, or one line at a time with nothing but regex: the numbers are the same."""
    data = b"".join(lines)
    groups = [pack.group() for pack in packs]
    reference = Reference(groups)
    reference.count(data)
    expected = (reference.lines, reference.matched, dict(reference.counts), by_metric(reference.latest))
    made = Ruleset(groups)
    assert expected == seen(made.count(data))
    assert expected == seen(made.count_carefully(data, Watch()))
    assert expected == seen(Ruleset([*groups, EVERY_LINE]).count(data))


@given(packs=st.lists(drafts(), max_size=3), lines=DATA, draw=st.data())
def test_it_makes_no_difference_which_literals_are_looked_for(packs: list[Draft], lines: list[bytes], draw: Any) -> None:  # noqa: ANN401  # hypothesis
    """Whichever set of literals a regex is given, or none so that it is tried on every line: the same is counted."""
    made = Ruleset([pack.group() for pack in packs])
    data = b"".join(lines)
    expected = seen(made.count(data))
    made._index = Index([draw.draw(st.sampled_from([None, *choices])) for choices in made._choices])
    assert expected == seen(made.count(data))


def test_what_stands_in_every_line_is_not_looked_for() -> None:
    """A sample of the log shows it; what tells lines apart is looked for all the same. A short sample shows nothing."""
    made = ruleset(rule("a", match="every"), rule("b", match="seldom"), rule("c", match="[a-z]+"))
    every, seldom = frozenset({"every"}), frozenset({"seldom"})
    made.count(b"every line\n" * 20)
    assert [every, seldom, None] == list(made._index.needed)
    for _ in range(module.SAMPLE_BLOCKS):
        tally = made.count(b"every line\n" * 199 + b"seldom\n")
    assert [None, seldom, None] == list(made._index.needed)
    assert {("a", ()): 199, ("b", ()): 1, ("c", ()): 200} == totals(tally)
    for _ in range(module.SAMPLE_BLOCKS):
        made.count(b"another line\n" * 200)
    assert [every, seldom, None] == list(made._index.needed)


def test_of_several_literals_the_one_that_is_rare_in_this_log_is_looked_for() -> None:
    """The longest need not be the one that tells the lines of a log apart; the sample may end within a line."""
    made = ruleset(rule("a", match="^renewed certificate for .* by hand$"))
    assert (frozenset({"renewed certificate for "}),) == made._index.needed
    tally = made.count(b"renewed certificate for x\n" * 2000 + b"renewed certificate for y by hand\n")
    assert {("a", ()): 1} == totals(tally)
    assert (frozenset({" by hand"}),) == made._index.needed


@given(
    spec=st.one_of(st.sampled_from(SPECS), patterns().map(lambda text: {"match": text})),
    lines=st.lists(st.text(alphabet="abk Fs7-_\r\t").map(lambda text: text.encode() + b"\n")),
    times=st.integers(1, 3),
)
def test_the_dense_road_counts_the_same(spec: dict[str, Any], lines: list[bytes], times: int) -> None:
    """One regex for all rules, on plain lines, takes a shorter way to the same numbers."""
    pack = Group(Format.PLAIN, frozenset(), tuple(rule(f"m{n}", "who", **labelled(spec)) for n in range(times)))
    data = b"".join(lines)
    assert seen(Ruleset([pack]).count(data)) == seen(Ruleset([pack, EVERY_LINE]).count(data))


@given(packs=st.lists(drafts(), max_size=3), lines=DATA, cuts=st.sets(st.integers(0, 8)))
def test_where_a_block_ends_changes_no_count(packs: list[Draft], lines: list[bytes], cuts: set[int]) -> None:
    """However the lines come, in one Block or in many, they add up to the same."""
    made = Ruleset([pack.group() for pack in packs])
    ends = sorted(cuts | {len(lines)})
    blocks = [b"".join(lines[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    assert seen(made.count(b"".join(lines))) == seen(*(made.count(block) for block in blocks if block))


@given(packs=st.lists(drafts(), max_size=3), lines=DATA)
def test_a_ruleset_that_was_pickled_counts_the_same(packs: list[Draft], lines: list[bytes]) -> None:
    """Counting runs in other processes too."""
    made = Ruleset([pack.group() for pack in packs])
    copy: Ruleset = pickle.loads(pickle.dumps(made))  # noqa: S301  # our own bytes
    data = b"".join(lines)
    assert [rule.metric.name for rule in made.rules] == [rule.metric.name for rule in copy.rules]
    assert made.count(data).counts == copy.count(data).counts


def test_the_first_rule_of_a_metric_that_matches_counts_the_line() -> None:
    """Later rules of the metric don't see it; those of other metrics do."""
    rules = [rule("a", "r", match="x", set={"r": name}) for name in ("first", "second")]
    made = ruleset(*rules, rule("b", match="x"))
    assert {("a", ()): 2, ("b", ()): 2} == totals(made.count(b"x\nx\ny\n"))
    assert {0, 2} == set(made.count(b"x\n").counts)


def test_with_count_all_every_rule_that_matches_counts() -> None:
    """`count: all` lets a line count once for each of the metric's rules."""
    made = ruleset(*(rule("a", match=text, count_all=True) for text in ("x", "y", "z")))
    tally = made.count(b"xy\n")
    assert {0: {(): 1}, 1: {(): 1}} == tally.counts
    assert 1 == tally.matched


def test_each_counts_every_occurrence_in_a_line_that_match_let_in() -> None:
    """One line may count many times, and is one matched line all the same."""
    made = ruleset(rule("q", "type", match="NSTATS", each=r"(?P<type>[A-Z]+)=(?P<n>\d+)", value="{n}"))
    tally = made.count(b"NSTATS A=67 NS=15 A=67\nXSTATS A=1\nNSTATS none\n")
    assert {("A", "67"): 2, ("NS", "15"): 1} == tally.counts[0]
    assert (3, 1) == (tally.lines, tally.matched)


def test_unless_and_where_keep_lines_out_and_leave_them_to_the_next_rule() -> None:
    """A rule that refuses a line has not counted it."""
    made = ruleset(
        rule("a", line=Format.SYSLOG, match="x", unless="not"),
        rule("a", line=Format.SYSLOG, match="x", where={"host": "^web"}),
        rule("a", line=Format.SYSLOG, match="x", where={"severity": "err"}),
        line=Format.SYSLOG,
    )
    data = (SYSLOG.format("su", "x") + SYSLOG.format("su", "not x") + "Nov 15 03:36:56 db su: not x\n").encode()
    assert {0: {(): 1}, 1: {(): 1}} == made.count(data).counts


def test_programs_are_told_by_the_header_and_not_by_the_message() -> None:
    """A message that names the program is not from it."""
    made = ruleset(rule("a", line=Format.SYSLOG, match="x"), line=Format.SYSLOG, programs=["sshd", "su"])
    lines = [
        SYSLOG.format("sshd[1]", "x"),
        SYSLOG.format("su", "x"),
        SYSLOG.format("evil", "sshd[1]: x"),
        SYSLOG.format("sshd2", "x"),
    ]
    assert {("a", ()): 2} == totals(made.count("".join(lines).encode()))


def test_a_repeated_message_counts_as_often_as_it_was_repeated() -> None:
    """One matched line stands for so many messages, with the captures of the one inside."""
    made = ruleset(rule("a", "who", line=Format.SYSLOG, match=r"^for (?P<who>\w+)$"), line=Format.SYSLOG)
    data = SYSLOG.format("su", "message repeated 5 times: [ for ann]") + SYSLOG.format("su", "for ann")
    tally = made.count(data.encode())
    assert [(("ann",), 6)] == [(captures, times) for _, captures, times in tally.items()]
    assert (2, 2) == (tally.lines, tally.matched)


def test_a_gauge_keeps_what_was_seen_last_at_the_end() -> None:
    """The store takes them in order, so the last value stays."""
    made = ruleset(rule(metric("g", kind=MetricType.GAUGE), match=r"v=(?P<v>\d)", value="{v}"))
    assert [("2",), ("1",)] == [captures for _, captures, _ in made.count(b"v=1\nv=2\nv=1\n").items()]


@pytest.mark.parametrize(
    "made",
    [
        ruleset(rule("a", match="end$"), rule("b", match="never")),
        ruleset(rule("a", match="end$")),
        ruleset(rule("a", match="end$"), rule("b", match="(?!)")),
    ],
    ids=["literals first", "dense", "every line"],
)
def test_a_carriage_return_before_the_newline_is_no_part_of_the_line(made: Ruleset) -> None:
    """Lines end alike on every road, and one carriage return belongs to the line end, not two."""
    assert {("a", ()): 2} == totals(made.count(b"the end\r\nthe end\nthe end\r\r\n"))


def test_rules_with_one_regex_share_its_search() -> None:
    """Three metrics of one access log cost one search a line; carefully counted, each is shown to the watch."""
    made = ruleset(*(rule(f"m{number}", "s", match=r"^x (?P<s>\d)") for number in range(3)))
    watch = Watch()
    assert {("m0", ("1",)): 2, ("m1", ("1",)): 2, ("m2", ("1",)): 2} == totals(made.count(b"x 1\nx 1\n"))
    assert 1 == len(made._choices)
    made.count_carefully(b"x 1\n", watch)
    assert list(made.rules) == watch.ran


def test_rules_that_share_a_search_need_no_common_literal() -> None:
    """What one of them needs besides may not hide a line from the other."""
    made = ruleset(rule("a", each="needed"), rule("b", each="wanted"), rule("c", match="needed|wanted"))
    assert {("a", ()): 1, ("b", ()): 1, ("c", ()): 2} == totals(made.count(b"needed\nwanted\n"))


def test_lines_without_a_literal_are_never_shown_to_a_regex() -> None:
    """The cost of a line that nobody asks for is independent of the number of patterns."""
    watch = Watch()
    made = ruleset(*(rule(f"m{number}", match=f"daemon{number} failed") for number in range(9)))
    tally = made.count_carefully(b"all is well\ndaemon3 failed\ndaemon failed\n" * 2, watch)
    assert [made.rules[3]] * 2 == watch.ran
    assert (6, 2) == (tally.lines, tally.matched)


def test_more_combinations_of_literals_than_are_remembered_do_no_harm() -> None:
    """Plans are made per combination, and forgotten when there are too many."""
    made = ruleset(*(rule(f"m{number}", match=f"<{number:02}>") for number in range(13)))
    lines = ["".join(f"<{number:02}>" for number, there in enumerate(chosen) if there) for chosen in product([0, 1], repeat=13)]
    counted = totals(made.count("".join(f"{line}\n" for line in lines).encode()))
    assert {(f"m{number}", ()): 4096 for number in range(13)} == counted
    assert len(made._plans) <= module._MAX_PLANS


def test_without_rules_lines_are_counted_and_nothing_matches() -> None:
    """A source whose packs are empty still says how many lines it has."""
    for made in (Ruleset([]), ruleset()):
        tally = made.count(b"a\n\nb\r\n")
        assert (3, 0, {}) == (tally.lines, tally.matched, dict(totals(tally)))


def test_the_format_of_the_group_decides_where_literals_are_looked_for() -> None:
    """A source may give packs another format than their own: in JSON a message need not stand in the line as it is."""
    made = Ruleset([Group(Format.JSON, frozenset(), (rule("a", match="a b c"),))])
    assert {("a", ()): 1} == totals(made.count(b'{"msg":"a\\u0020b c"}\n'))


@pytest.mark.parametrize("form", [Format.PLAIN, Format.SYSLOG])
@pytest.mark.parametrize("others", [(), (rule("all", match=r"^(?P<m>\w+) (?P<s>\S+)"),)], ids=["alone", "sharing"])
def test_conditions_on_captures_hold_on_every_road(form: Format, others: tuple[Rule, ...]) -> None:
    """`where` asks captures as well as fields: in batches, line by line and watched the same lines are counted."""
    match = r"^(?P<m>\w+) (?P<s>\S+)"
    rules = [
        *others,
        rule("errors", "m", line=form, match=match, where={"s": "^5"}),
        rule("posts", line=form, match=match, where={"s": "^5", "m": "POST"}, unless="x"),
    ]
    header = "Nov 15 03:36:56 web1 su: " if form is Format.SYSLOG else ""
    lines = ["GET 500", "GET 404", "POST 502", "POST 503 x", "PUT", "POST 5é"]
    data = "".join(f"{header}{line}\n" for line in lines).encode()
    expected = {("errors", ("GET",)): 1, ("errors", ("POST",)): 3, ("posts", ()): 2}
    if others:
        expected["all", ()] = 5
    for made in (ruleset(*rules, line=form), Ruleset([Group(form, frozenset(), tuple(rules)), EVERY_LINE])):
        for tally in (made.count(data), made.count_carefully(data, Watch())):
            assert expected == totals(tally)
            assert (5 if others else 4) == tally.matched


def test_a_condition_on_a_capture_leaves_lines_out() -> None:
    """What it leaves out is not matched."""
    made = ruleset(rule("errors", log_format="$remote_addr $status $request_time", where={"status": "^5"}))
    tally = made.count(b"::1 500 0.1\n::1 200 0.1\n::1 502 -\n")
    assert ({0: {(): 2}}, 3, 2) == (tally.counts, tally.lines, tally.matched)


def test_a_condition_on_what_each_captures_is_for_each_occurrence() -> None:
    """The occurrences for which it does not hold are left out, and a line in which none is left is not matched."""
    made = ruleset(rule("queries", "type", each=r"(?P<type>[A-Z]+)=(?P<n>\d+)", where={"type": "^A"}, set={"type": "{type}"}))
    tally = made.count(b"A=1 NS=2 AAAA=3\nNS=4\n")
    assert {("queries", ("A",)): 1, ("queries", ("AAAA",)): 1} == totals(tally)
    assert (2, 1) == (tally.lines, tally.matched)


def test_a_capture_hides_the_field_of_its_name_from_conditions() -> None:
    """As it does from templates; a group that took no part in the match fulfils no condition."""
    made = ruleset(
        rule("capture", line=Format.JSON, match="^(?P<status>[a-z]+)?;", where={"status": "^ok$"}),
        rule("field", line=Format.JSON, match=";", where={"status": "^ok$"}),
        line=Format.JSON,
    )
    lines = [b'{"msg":"ok;","status":"bad"}', b'{"msg":"bad;","status":"ok"}', b'{"msg":";","status":"ok"}']
    assert {("capture", ()): 1, ("field", ()): 2} == totals(made.count(b"\n".join([*lines, b""])))


def test_captures_and_fields_of_many_lines_keep_their_places() -> None:
    """Lines that are counted together give each label what is captured for it, wherever fields of the header stand between."""
    counting = rule(
        "n_total", "a", "b", "z", line=Format.SYSLOG, match="^(?P<b>one|two) (?P<z>[a-z]+)$", set={"a": "{program}"}
    )
    data = b"Nov 15 03:36:56 web1 sshd: one day\nNov 15 03:36:57 web1 cron: two eyes\n"
    expected = {("n_total", ("sshd", "one", "day")): 1, ("n_total", ("cron", "two", "eyes")): 1}
    assert expected == totals(ruleset(counting, line=Format.SYSLOG).count(data))
    last = rule("n_total", "a", "z", line=Format.SYSLOG, match="^(?P<a>one|two) ", set={"z": "{program}"})
    swapped = {("n_total", ("one", "sshd")): 1, ("n_total", ("two", "cron")): 1}
    assert swapped == totals(ruleset(last, line=Format.SYSLOG).count(data))
