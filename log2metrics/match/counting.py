"""Counting the candidate lines of one Block: parse, try the rules, collect captures.

The innermost loop of the program. A Plan says which rules to try on a line, chain by chain: a chain holds one metric's rules
in order, and the first that matches ends it (all are tried where the metric says so).

Knows nothing of how candidates are found, nor what captures mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Protocol

from log2metrics.match.formats.parsed import LineFormat, Parsed
from log2metrics.match.pattern import Find, Match, Pattern, is_plain
from log2metrics.match.rule import Captures, Condition, Rule, Slot
from log2metrics.match.tally import Tally
from log2metrics.metric import MetricType


@dataclass(frozen=True, slots=True)
class Step:
    """One rule in a chain. `probe` numbers its regex: steps with one number share the search."""

    number: int
    rule: Rule
    probe: int
    capture: Callable[[Match], Captures]
    capture_all: Callable[[Iterable[Match]], Iterable[Captures]]  # the same for many
    from_match: bool  # all captures are of `match`
    simple: bool  # and there is nothing but `match`
    is_gauge: bool

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


class Watch(Protocol):
    """Sees every rule's work on every line when counting carefully."""

    def run(self, rule: Rule, work: Callable[[], list[Captures] | None]) -> list[Captures] | None:
        """Do the work; return None where it takes too long or the rule is not to be tried."""


def make_step(number: int, rule: Rule, probe: int) -> Step:
    """The step for one rule."""
    from_match = all(slot.origin == "match" for slot in rule.slots)
    simple = from_match and not (rule.unless or rule.where or rule.each)
    return Step(
        number,
        rule,
        probe,
        _capture(rule.slots) if simple else _nothing,
        _capture_all(rule.slots) if from_match else _nothings,
        from_match,
        simple,
        rule.metric.type is MetricType.GAUGE,
    )


def _let_in(message: str) -> Match:  # noqa: ARG001  # in the place of a search
    return True


def _nothing(match: Match) -> Captures:  # noqa: ARG001  # in the place of a capture
    return ()


def _capture(slots: Sequence[Slot]) -> Callable[[Match], Captures]:
    """How to take captures out of a match, as a function that does no more than that."""
    keys = [slot.key for slot in slots]
    if not keys:
        return _nothing
    if len(keys) == 1:
        (key,) = keys
        return lambda match: (match[key],)
    return itemgetter(*keys)


def _nothings(matches: Iterable[Match]) -> Iterable[Captures]:
    return [() for _ in matches]


def _capture_all(slots: Sequence[Slot]) -> Callable[[Iterable[Match]], Iterable[Captures]]:
    """How to take captures out of many matches, with as little as possible done for each."""
    keys = [slot.key for slot in slots]
    if not keys:
        return _nothings
    capture = itemgetter(*keys)
    if len(keys) == 1:
        return lambda matches: zip(map(capture, matches), strict=False)
    return lambda matches: map(capture, matches)


class Counting:
    """The counts of one Block while they grow."""

    def __init__(self, rules: Sequence[Rule], *, plain: bool) -> None:
        self._rules = rules
        self._plain = plain
        self._hits: list[list[Captures]] = [[] for _ in rules]
        self._repeats: Counter[tuple[int, Captures]] = Counter()
        self._latest: dict[tuple[int, Captures], int] = {}
        self.matched = 0

    def line(self, line: str, plan: Plan) -> None:
        """Count one line."""
        plain = self._plain or is_plain(line)
        matched = False
        for line_format, programs, chains in plan:
            parsed = line_format.parse(line)
            if parsed is not None and (not programs or parsed.program in programs):
                is_read_alike = plain if line_format.verbatim else is_plain(parsed.message)
                matched |= self.parsed(parsed, line_format, chains, plain=is_read_alike)
        self.matched += matched

    def parsed(self, parsed: Parsed, line_format: LineFormat, chains: Chains, *, plain: bool) -> bool:
        """Count one line that has been taken apart; whether any rule counted it."""
        message, matched = parsed.message, False
        seen: dict[int, Match | None] = {}
        for chain in chains:
            for step in chain:
                probe = step.probe
                if probe in seen:
                    match = seen[probe]
                else:
                    match = seen[probe] = (step.find if plain else step.find_exact)(message)
                if not match:
                    continue
                captured = [step.capture(match)] if step.simple else _evaluate(step.rule, parsed, line_format, match)
                if not captured:
                    continue
                self._add(step, captured, parsed.weight)
                matched = True
                if not step.rule.count_all:
                    break
        return matched

    def line_carefully(self, line: str, plan: Plan, watch: Watch) -> None:
        """Count one line the same way, with the watch around every rule's work on it."""
        plain = self._plain or is_plain(line)
        matched = False
        for line_format, programs, chains in plan:
            parsed = line_format.parse(line)
            if parsed is None or (programs and parsed.program not in programs):
                continue
            is_read_alike = plain if line_format.verbatim else is_plain(parsed.message)
            for chain in chains:
                for step in chain:
                    captured = watch.run(step.rule, _work(step, parsed, line_format, plain=is_read_alike))
                    if captured:
                        self._add(step, captured, parsed.weight)
                        matched = True
                        if not step.rule.count_all:
                            break
        self.matched += matched

    def _add(self, step: Step, captured: list[Captures], weight: int) -> None:
        if step.is_gauge:
            for captures in captured:
                self._latest.pop((step.number, captures), None)
                self._latest[step.number, captures] = 1
            return
        self._hits[step.number] += captured
        if weight != 1:
            for captures in captured:
                self._repeats[step.number, captures] += weight - 1

    def add_captured(self, step: Step, captured: Iterable[Captures]) -> None:
        """Add what was captured in many lines."""
        self._hits[step.number] += captured

    def add_to(self, tally: Tally, lines: int) -> None:
        """Count what was captured, in a Block of so many lines."""
        tally.lines += lines
        tally.matched += self.matched
        for number, captured in enumerate(self._hits):
            if captured:
                tally.add(number, captured)
        for (number, captures), times in self._repeats.items():
            tally.counts[number][captures] += times
        tally.see(self._latest)

    def tally(self, lines: int) -> Tally:
        """The same in a tally of its own."""
        tally = Tally(self._rules)
        self.add_to(tally, lines)
        return tally


def _work(step: Step, parsed: Parsed, line_format: LineFormat, *, plain: bool) -> Callable[[], list[Captures] | None]:
    def work() -> list[Captures] | None:
        match = (step.find if plain else step.find_exact)(parsed.message)
        return _evaluate(step.rule, parsed, line_format, match) if match else None

    return work


def _evaluate(rule: Rule, parsed: Parsed, line_format: LineFormat, match: Match) -> list[Captures] | None:
    """The captures of a rule whose `match` has matched: one tuple, or one for every occurrence of `each`."""
    if rule.unless and _finds(rule.unless, parsed.message):
        return None
    for condition in rule.where:
        if condition.slot.origin != "each" and not _holds(condition, _text(condition.slot, parsed, line_format, match)):
            return None
    if rule.each is None:
        return [tuple(_text(slot, parsed, line_format, match) for slot in rule.slots)]
    of_each = [condition for condition in rule.where if condition.slot.origin == "each"]
    return [
        tuple(_text(slot, parsed, line_format, match, each) for slot in rule.slots)
        for each in rule.each.find_all(parsed.message)
        if all(_holds(condition, each[condition.slot.key]) for condition in of_each)
    ]


def _text(slot: Slot, parsed: Parsed, line_format: LineFormat, match: Match, each: Match | None = None) -> str | None:
    if slot.origin == "field":
        return line_format.field(parsed, str(slot.key))
    text: str | None = (match if slot.origin == "match" else each)[slot.key]  # type: ignore[index]  # a rule's slots fit it
    return text


def _holds(condition: Condition, text: str | None) -> bool:
    return text is not None and _finds(condition.pattern, text)


def _finds(pattern: Pattern, text: str) -> bool:
    return (pattern.find if is_plain(text) else pattern.find_exact)(text) is not None
