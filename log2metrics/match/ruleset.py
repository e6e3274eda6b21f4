"""All rules of one source, compiled together: `count(data) -> Tally`.

Two roads lead to the same answer. Where every rule has a literal, one Aho-Corasick pass over the raw bytes finds the lines
that can match at all, and which rules each of them is a candidate for; the others are never decoded. Where some rule has
none, every line is looked at, and the pass still tells which of the other rules to try.

Rules that share a regex share its search: a pack with three metrics on one access log matches each line once.

`count` is quick and knows no bounds of time; `count_carefully` shows every search to a `Watch`, which may time it or
give it up. Both count the same. Nothing here knows files, clocks or metric stores, and a Ruleset pickles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property

from log2metrics.match.batch import count_batch
from log2metrics.match.counting import Counting, Plan, Step, Watch, make_step
from log2metrics.match.formats import Format, line_format, wrapped_format
from log2metrics.match.formats.parsed import LineFormat
from log2metrics.match.index import Index
from log2metrics.match.linetime import LineTimes
from log2metrics.match.pattern import Pattern, is_plain_data
from log2metrics.match.rule import Rule
from log2metrics.match.survey import Choice, Survey
from log2metrics.match.syntax import is_in_raw_lines, is_strong
from log2metrics.match.tally import Tally

SAMPLE_BLOCKS = 64
SAMPLE_BYTES = 4096
SAMPLE_PLACES = 8
_MAX_PLANS = 4096


@dataclass(frozen=True, slots=True)
class Group:
    """The rules of one pack: one line format, the programs whose lines they are for (none: all), the rules in order.

    `wrapped` lines keep what they were wrapped in; those of all groups of a ruleset do, or none.
    """

    format: Format
    programs: frozenset[str]
    rules: tuple[Rule, ...]
    wrapped: bool = False

    @property
    def form(self) -> LineFormat:
        """What takes the lines apart."""
        return wrapped_format(self.format) if self.wrapped else line_format(self.format)


class Ruleset:
    """The compiled rules of one source."""

    def __init__(self, groups: Sequence[Group], zone: tzinfo | None = None) -> None:
        self.groups = tuple(groups)
        self.rules = tuple(rule for group in groups for rule in group.rules)
        self._zone = zone
        self._chains: list[list[list[Step]]] = []  # per group, per metric
        self._choices: list[Sequence[Choice]] = []  # per probe
        self._plans: dict[int, Plan] = {}
        for group in self.groups:
            self._chains.append(self._make_chains(group))
        self._survey = Survey(self._choices)
        self._full_index = self._index = Index(self._survey.first)
        self._until_sample = 0  # Blocks

    def __reduce__(self) -> tuple[type[Ruleset], tuple[tuple[Group, ...], tzinfo | None]]:
        return Ruleset, (self.groups, self._zone)

    @cached_property
    def times(self) -> LineTimes:
        """Reads when lines say that they were written, in the zone of the source where they say none."""
        return LineTimes([group.format for group in self.groups], self.rules, self._zone)

    def _make_chains(self, group: Group) -> list[list[Step]]:
        chains: dict[str, list[Step]] = {}
        probes: dict[Pattern | None, int] = {}
        uses = Counter(rule.match for rule in group.rules)
        first = sum(len(chain) for made in self._chains for chain in made)
        for number, rule in enumerate(group.rules, first):
            choices = _choices(rule, group)
            probe = probes.setdefault(rule.match, len(self._choices))
            if probe == len(self._choices):
                self._choices.append(choices)
            elif choices != self._choices[probe]:
                self._choices[probe] = _either(self._choices[probe], choices)
            chains.setdefault(rule.metric.name, []).append(make_step(number, rule, probe, shares=uses[rule.match] > 1))
        return list(chains.values())

    def count(self, data: bytes) -> Tally:
        """Count the lines in `data`, which ends with a newline or is empty."""
        return self.search(data).tally(data.count(b"\n"))

    def search(self, data: bytes) -> Counting:
        """Do the part that may take long; nothing is counted yet, so it may be broken off at any moment."""
        counting = Counting(self.rules)
        candidates = self._chosen_index(data).candidates(data)
        plan = self._plan(sum(1 << probe for probe in candidates.of_probes))
        count_batch(counting, candidates, plan, plain=is_plain_data(data))
        return counting

    def _chosen_index(self, data: bytes) -> Index:
        """The index that suits the log: every so often a sample shows which literals tell its lines apart."""
        self._until_sample -= 1
        if self._until_sample < 0:
            needed = self._survey.needed(_sample(data), self._index.needed)
            if needed is not None:
                self._until_sample = SAMPLE_BLOCKS
                self._index = self._index if needed == self._index.needed else Index(needed)
        return self._index

    def count_carefully(self, data: bytes, watch: Watch) -> Tally:
        """Count the same lines the same, showing every rule's work on every line to the watch."""
        counting = Counting(self.rules)
        candidates = self._full_index.candidates(data)
        always = sum(1 << probe for probe, places in candidates.of_probes.items() if places is None)
        masks = [always] * candidates.lines.count
        for probe, places in candidates.of_probes.items():
            for place in places or ():
                masks[place] |= 1 << probe
        for place, line in enumerate(candidates.lines.each):
            counting.line_carefully(place, line, self._plan(masks[place]), watch)
        return counting.tally(data.count(b"\n"))

    def _plan(self, mask: int) -> Plan:
        """What to do with lines that are to be tried by these probes."""
        found = self._plans.get(mask)
        if found is None:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            found = self._plans[mask] = self._make_plan(mask)
        return found

    def _make_plan(self, mask: int) -> Plan:
        plan = []
        for group, chains in zip(self.groups, self._chains, strict=True):
            kept = (tuple(step for step in chain if mask >> step.probe & 1) for chain in chains)
            if steps := tuple(chain for chain in kept if chain):
                plan.append((group.form, group.programs, steps))
        return tuple(plan)


def _sample(data: bytes) -> bytes:
    """Some lines from all parts of a Block: lines of one kind often come together."""
    if len(data) <= SAMPLE_BYTES * SAMPLE_PLACES:
        return data
    starts = [data.rfind(b"\n", 0, len(data) * place // SAMPLE_PLACES) + 1 for place in range(SAMPLE_PLACES)]
    return b"".join([data[start : data.rfind(b"\n", 0, start + SAMPLE_BYTES) + 1] for start in starts])


def _choices(rule: Rule, group: Group) -> Sequence[Choice]:
    """Sets of strings of which one stands in every raw line that the rule counts, best first; none where nothing is known."""
    if not group.form.verbatim:
        return ()
    programs = [group.programs] if group.programs and all(map(is_in_raw_lines, group.programs)) else []
    return sorted([*rule.choices, *programs], key=is_strong, reverse=True)


def _either(some: Sequence[Choice], others: Sequence[Choice]) -> Sequence[Choice]:
    common = [choice for choice in some if choice in others]
    return common or ([some[0] | others[0]] if some and others else ())
