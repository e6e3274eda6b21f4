"""Why a line matches a rule or doesn't: the same decisions as in counting, told one by one.

Takes its time, and is for one line at a time. Where a regex fails, its longest beginning that matches is looked for, so that
one sees what the text had to go on with.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

import regex

from log2metrics.match.beginnings import cuts
from log2metrics.match.counting import Counting, evaluate, make_step, occurrences
from log2metrics.match.formats.parsed import LineFormat, Parsed
from log2metrics.match.pattern import Match, Pattern
from log2metrics.match.rule import Condition, Rule
from log2metrics.match.ruleset import Group
from log2metrics.metric import Labels

_TRY_SECONDS = 0.05
_REMEMBERED = 4096  # beginnings of regexes


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a regex got: the beginning of it that matches, the rest, and the text where it would have had to go on."""

    matched: str
    missing: str
    text_before: str
    text_after: str
    start: int = 0  # where in the text the beginning matched

    @property
    def width(self) -> int:
        """How much text the beginning of the regex has taken."""
        return len(self.text_before) - self.start


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule makes of a line. It counted if there are `series`; else `reason` says why not."""

    rule: Rule
    reason: str = ""
    captures: tuple[tuple[str, str], ...] = ()
    occurrences: tuple[tuple[tuple[str, str], ...], ...] = ()  # the captures of each occurrence of `each` that counts
    series: tuple[tuple[Labels, float | None, int], ...] = ()
    spans: tuple[tuple[int, int, int], ...] = ()  # which capture of its regex stands where in the message, from and to
    missed: str | None = None  # the message that the rule's regex does not match
    is_passed_over: bool = False  # an earlier rule of the metric has counted the line

    @property
    def reach(self) -> Reach | None:
        """How far the regex got that does not match. Takes its time."""
        return None if self.missed is None or self.rule.match is None else reach_of(self.rule.match, self.missed)


@dataclass(frozen=True, slots=True)
class GroupFinding:
    """What the rules of one pack make of a line. `fields` are those of its format; `reason` says why no rule saw it."""

    group: Group
    message: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def counted(self) -> bool:
        """Whether any rule counted the line."""
        return any(finding.series for finding in self.findings)


def explain(group: Group, line: str) -> GroupFinding:
    """What the rules of a group make of one line (without its line end)."""
    form = group.form
    parsed = form.parse(line)
    if parsed is None:
        return GroupFinding(group, reason=f"the line is not in the format {group.format}")
    fields = tuple(_fields(form, parsed))
    if group.programs and parsed.program not in group.programs:
        named = f"of program {parsed.program}" if parsed.program else "of no program"
        return GroupFinding(
            group, parsed.message, fields, reason=f"the line is {named}, the pack is for {_words(group.programs)}"
        )
    return GroupFinding(group, parsed.message, fields, tuple(_findings(group, form, parsed)))


def _fields(form: LineFormat, parsed: Parsed) -> Iterator[tuple[str, str]]:
    for name in form.names(parsed):
        text = form.field(parsed, name)
        if text is not None:
            yield name, text


def _findings(group: Group, form: LineFormat, parsed: Parsed) -> Iterator[Finding]:
    counted: dict[str, int] = {}
    for rule in group.rules:
        earlier = counted.get(rule.metric.name)
        if earlier is not None and not rule.count_all:
            yield Finding(rule, f"rule {earlier} has counted the line for this metric", is_passed_over=True)
            continue
        finding = _finding(rule, form, parsed)
        if finding.series:
            counted.setdefault(rule.metric.name, rule.index + 1)
        yield finding


def _finding(rule: Rule, form: LineFormat, parsed: Parsed) -> Finding:
    match = _search(rule.match, parsed.message) if rule.match else None
    if rule.match and match is None:
        return _unmatched(rule, rule.match, parsed.message)
    captures = _captures(match) if match else ()
    if rule.unless and _search(rule.unless, parsed.message):
        return Finding(rule, f"`unless` matches: {rule.unless.text}", captures)
    for condition in rule.where:
        if condition.slot.origin != "each" and (reason := _unmet(condition, form, parsed, match)):
            return Finding(rule, reason, captures)
    series = tuple(_series(rule, form, parsed, match))
    if not series:
        return Finding(rule, _nothing_found(rule), captures)
    each = occurrences(rule, parsed.message)
    spans = [span for found in (match, *each) if found for span in _spans(found)]
    return Finding(rule, "", captures, tuple(map(_captures, each)), series, tuple(sorted(spans, key=itemgetter(1))))


def _captures(match: Match) -> tuple[tuple[str, str], ...]:
    return tuple((name, text or "") for name, text in match.groupdict().items())


def _spans(match: Match) -> Iterator[tuple[int, int, int]]:
    for number, (name, text) in enumerate(_captures(match)):
        if text:
            yield number, *match.span(name)


def _unmet(condition: Condition, form: LineFormat, parsed: Parsed, match: Match | None) -> str:
    """Why a condition does not hold; empty if it does."""
    slot, name = condition.slot, condition.name
    text = match[slot.key] if match and slot.origin == "match" else form.field(parsed, name)
    if text is None:
        kind = "capture" if slot.origin == "match" else "field"
        return f"`where` asks for the {kind} {name}, which the line does not have"
    if _search(condition.pattern, text):
        return ""
    return f"`where` asks for {name}: {condition.pattern.text}, and it is {text!r}"


def _nothing_found(rule: Rule) -> str:
    names = [condition.name for condition in rule.where if condition.slot.origin == "each"]
    return "`each` finds nothing" + (f" for which `where` holds ({', '.join(names)})" if names else "")


def _series(rule: Rule, form: LineFormat, parsed: Parsed, match: Match | None) -> Iterator[tuple[Labels, float | None, int]]:
    """What the line adds with this rule alone."""
    captured = evaluate(rule, parsed, form, match) or []
    counting = Counting([rule])
    counting.add(make_step(0, rule, 0), [0] * len(captured), captured, {0: parsed.weight})
    for _, captures, times in counting.tally(1).items():
        yield rule.labels_of(captures), rule.value_of(captures), times


def _unmatched(rule: Rule, pattern: Pattern, message: str) -> Finding:
    if pattern.literals and not any(literal in message for literal in pattern.literals):
        return Finding(rule, f"the message does not have {_words(pattern.literals, 'or')} in it", missed=message)
    return Finding(rule, "the regex does not match", missed=message)


def reach_of(pattern: Pattern, message: str) -> Reach:
    """The longest beginning of a pattern that matches somewhere in a message: no longer one matches, so it is halved in on."""
    text = pattern.text
    places = cuts(text)
    at = bisect_left(places, 1, key=lambda cut: int(_try(text[: cut.place] + cut.closing, message) is None))
    if at == 0:
        return Reach("", text, "", message)
    cut = places[at - 1]
    match = _try(text[: cut.place] + cut.closing, message)
    end = match.end() if match else 0
    return Reach(text[: cut.place], text[cut.place :], message[:end], message[end:], match.start() if match else 0)


def _try(text: str, message: str) -> Match | None:
    try:
        return _compiled(text).search(message, timeout=_TRY_SECONDS)
    except (regex.error, TimeoutError, ValueError):
        return None


@lru_cache(_REMEMBERED)
def _compiled(text: str) -> Any:  # noqa: ANN401  # `regex` has no public type for what it compiles
    return regex.compile(text)


def _search(pattern: Pattern, text: str) -> Match | None:
    return pattern.find_exact(text)


def _words(words: frozenset[str], last: str = "and") -> str:
    shown = [repr(word) for word in sorted(words)]
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
