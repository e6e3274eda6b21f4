"""What is captured in one Block is collected here; and the careful road: parse a line, try the rules, under a Watch.

A Plan says which rules to try on a line, chain by chain: a chain holds one metric's rules
in order, and the first that matches ends it (all are tried where the metric says so).

Knows nothing of how candidates are found, nor what captures mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import itemgetter
from typing import Any, Protocol

from log2metrics.match.formats.parsed import LineFormat, Parsed
from log2metrics.match.pattern import Find, Match, Pattern, is_plain
from log2metrics.match.rule import Captures, Condition, Rule, Slot
from log2metrics.match.tally import Key, Tally
from log2metrics.metric import MetricType


@dataclass(frozen=True, slots=True)
class Step:
    """One rule in a chain. `probe` numbers its regex: steps with one number share the search, if there are several."""

    number: int
    rule: Rule
    probe: int
    shares: bool
    from_match: bool  # all captures are of `match`
    capture_all: Callable[[Iterable[Match]], Iterable[Key]]  # if they are
    has_one_slot: bool
    is_gauge: bool

    @property
    def lets_all_in(self) -> bool:
        """Whether there is nothing to be found: all lines are the rule's, as far as this goes."""
        return self.rule.match is None or self.rule.match.finds_all

    @property
    def find(self) -> Find:
        """Find the rule's regex in plain text."""
        return self.rule.match.find if self.rule.match else _let_in

    @property
    def find_exact(self) -> Find:
        """Find the rule's regex in any text."""
        return self.rule.match.find_exact if self.rule.match else _let_in


#: The rules to try, metric by metric.
Chains = tuple[tuple[Step, ...], ...]

#: Per group of rules: its line format, its programs (none: all), and its chains.
Plan = tuple[tuple[LineFormat, frozenset[str], Chains], ...]

_NO_WEIGHTS: Mapping[int, int] = {}


class Watch(Protocol):
    """Sees every rule's work on every line when counting carefully."""

    def run(self, rule: Rule, work: Callable[[], list[Captures] | None]) -> list[Captures] | None:
        """Do the work; return None where it takes too long or the rule is not to be tried."""


def make_step(number: int, rule: Rule, probe: int, *, shares: bool = False) -> Step:
    """The step for one rule; whether it `shares` its regex with others."""
    from_match = all(slot.origin == "match" for slot in rule.slots)
    capture_all = _capture_all(rule.slots) if from_match else _nothings
    is_gauge = rule.metric.type is MetricType.GAUGE
    return Step(number, rule, probe, shares, from_match, capture_all, len(rule.slots) == 1, is_gauge)


def _let_in(message: str) -> Match:  # noqa: ARG001  # in the place of a search
    return True


def _nothings(matches: Iterable[Match]) -> Iterable[Key]:
    return [() for _ in matches]


def _capture_all(slots: Sequence[Slot]) -> Callable[[Iterable[Match]], Iterable[Key]]:
    """How to take captures out of many matches, with as little as possible done for each."""
    keys = [slot.key for slot in slots]
    if not keys:
        return _nothings
    capture = itemgetter(*keys)
    return lambda matches: map(capture, matches)


class Counting:
    """What the rules captured in one Block, while it grows. Lines are known by their places, which grow from line to line."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._hits: list[list[Key]] = [[] for _ in rules]
        self._times: list[tuple[int, Mapping[Key, int]]] = []  # the same, counted
        self._repeats: Counter[tuple[int, Key]] = Counter()
        self._latest: list[tuple[int, int, Key]] = []  # of gauges: place, number of the rule, what was captured
        self.matched = 0

    def line_carefully(self, place: int, line: str, plan: Plan, watch: Watch) -> None:
        """Count one line, with the watch around every rule's work on it."""
        matched = False
        for line_format, programs, chains in plan:
            parsed = line_format.parse(line)
            if parsed is None or (programs and parsed.program not in programs):
                continue
            for chain in chains:
                for step in chain:
                    captured = watch.run(step.rule, _work(step, parsed, line_format))
                    if captured:
                        self.add(step, [place] * len(captured), captured, {place: parsed.weight})
                        matched = True
                        if not step.rule.count_all:
                            break
        self.matched += matched

    def add(
        self, step: Step, places: Sequence[int], captured: Sequence[Captures], weights: Mapping[int, int] = _NO_WEIGHTS
    ) -> None:
        """Add what a rule captured in these lines; `weights` are those of lines that stand for several messages."""
        self.add_keys(step, places, [text for (text,) in captured] if step.has_one_slot else captured, weights)

    def add_keys(self, step: Step, places: Sequence[int], keys: Sequence[Key], weights: Mapping[int, int]) -> None:
        """The same, of captures that are already what they are counted by."""
        if step.is_gauge:
            self._latest += [(place, step.number, key) for place, key in zip(places, keys, strict=True)]
            return
        self._hits[step.number] += keys
        for place, key in _repeated(places, keys, weights):
            self._repeats[step.number, key] += weights[place] - 1

    def add_texts(
        self,
        step: Step,
        places: Sequence[int],
        texts: Sequence[str | None],
        row: Callable[[str | None], Key],
        weights: Mapping[int, int],
    ) -> None:
        """The same, of captures that differ in one text only: that is quicker to count by. `row` makes them of it."""
        if step.is_gauge:
            self.add_keys(step, places, list(map(row, texts)), weights)
            return
        self._times.append((step.number, {row(text): times for text, times in Counter(texts).items()}))
        for place, text in _repeated(places, texts, weights):
            self._repeats[step.number, row(text)] += weights[place] - 1

    def add_to(self, tally: Tally, lines: int) -> None:
        """Count what was captured, in a Block of so many lines."""
        tally.lines += lines
        tally.matched += self.matched
        for number, keys in enumerate(self._hits):
            if keys:
                tally.add(number, keys)
        for number, counted in self._times:
            tally.add(number, counted)
        for (number, key), times in (+self._repeats).items():
            tally.counts[number][key] += times
        self._latest.sort(key=itemgetter(0, 1))
        tally.see((number, key) for _, number, key in self._latest)

    def tally(self, lines: int) -> Tally:
        """The same in a tally of its own."""
        tally = Tally(self._rules)
        self.add_to(tally, lines)
        return tally


def _repeated(places: Sequence[int], keys: Sequence[Any], weights: Mapping[int, int]) -> Iterable[tuple[int, Any]]:
    """The lines that stand for several messages, each with what is counted of it."""
    return compress(zip(places, keys, strict=True), map(weights.__contains__, places)) if weights else ()


def _work(step: Step, parsed: Parsed, line_format: LineFormat) -> Callable[[], list[Captures] | None]:
    def work() -> list[Captures] | None:
        match = (step.find if is_plain(parsed.message) else step.find_exact)(parsed.message)
        return evaluate(step.rule, parsed, line_format, match) if match else None

    return work


def evaluate(rule: Rule, parsed: Parsed, line_format: LineFormat, match: Match | None) -> list[Captures] | None:
    """The captures of a rule whose `match` has matched: one tuple, or one for every occurrence of `each`."""
    if rule.unless and finds(rule.unless, parsed.message):
        return None
    for condition in rule.where:
        if condition.slot.origin != "each" and not _holds(condition, _text(condition.slot, parsed, line_format, match)):
            return None
    if rule.each is None:
        return [tuple(_text(slot, parsed, line_format, match) for slot in rule.slots)]
    found = occurrences(rule, parsed.message)
    return [tuple(_text(slot, parsed, line_format, match, each) for slot in rule.slots) for each in found]


def occurrences(rule: Rule, message: str) -> list[Match]:
    """What `each` finds in a message, as far as `where` holds for it; nothing where a rule has none."""
    if rule.each is None:
        return []
    conditions = [condition for condition in rule.where if condition.slot.origin == "each"]
    return [
        each
        for each in rule.each.find_all(message)
        if all(_holds(condition, each[condition.slot.key]) for condition in conditions)
    ]


def _text(slot: Slot, parsed: Parsed, line_format: LineFormat, match: Match | None, each: Match | None = None) -> str | None:
    if slot.origin == "field":
        return line_format.field(parsed, str(slot.key))
    text: str | None = (match if slot.origin == "match" else each)[slot.key]  # type: ignore[index]  # a rule's slots fit it
    return text


def _holds(condition: Condition, text: str | None) -> bool:
    return text is not None and finds(condition.pattern, text)


def finds(pattern: Pattern, text: str) -> bool:
    """Whether a pattern is found in any text."""
    return (pattern.find if is_plain(text) else pattern.find_exact)(text) is not None
