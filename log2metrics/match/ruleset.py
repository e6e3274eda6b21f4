"""All rules of one source, compiled together: `count(data) -> Tally`.

Two roads lead to the same answer. Where every rule has a literal, one Aho-Corasick pass over the raw bytes finds the lines
that can match at all, and which rules each of them is a candidate for; the others are never decoded. Where some rule has
none, every line is looked at, and the pass still tells which of the other rules to try.

Rules that share a regex share its search: a pack with three metrics on one access log matches each line once.

`count` is quick and knows no bounds of time; `count_carefully` shows every search to a `Watch`, which may time it or
give it up. Both count the same. Nothing here knows files, clocks or metric stores, and a Ruleset pickles.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import BytesAhoCorasick

from log2metrics.match.counting import Counting, Plan, Step, Watch, make_step
from log2metrics.match.formats import Format, line_format
from log2metrics.match.pattern import is_plain_data
from log2metrics.match.rule import Rule
from log2metrics.match.tally import Tally

_MAX_PLANS = 4096


@dataclass(frozen=True, slots=True)
class Group:
    """The rules of one pack: one line format, the programs whose lines they are for (none: all), the rules in order."""

    format: Format
    programs: frozenset[str]
    rules: tuple[Rule, ...]


class Ruleset:
    """The compiled rules of one source."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = tuple(groups)
        self.rules = tuple(rule for group in groups for rule in group.rules)
        self._chains: list[list[list[Step]]] = []  # per group, per metric
        self._needed: list[frozenset[str] | None] = []  # per probe
        self._plans: dict[int, Plan] = {}
        self._always = 0
        for group in self.groups:
            self._chains.append(self._make_chains(group))
        self._masks, self._automaton = self._index_literals()
        self._dense = self._dense_steps()

    def __reduce__(self) -> tuple[type[Ruleset], tuple[tuple[Group, ...]]]:
        return Ruleset, (self.groups,)

    def _make_chains(self, group: Group) -> list[list[Step]]:
        chains: dict[str, list[Step]] = {}
        probes: dict[str | None, int] = {}
        first = sum(len(chain) for made in self._chains for chain in made)
        for number, rule in enumerate(group.rules, first):
            text = rule.match.text if rule.match else None
            literals = _literals_needed(rule, group)
            if text in probes:
                self._needed[probes[text]] = _either(self._needed[probes[text]], literals)
            else:
                probes[text] = len(self._needed)
                self._needed.append(literals)
            chains.setdefault(rule.metric.name, []).append(make_step(number, rule, probes[text]))
        return list(chains.values())

    def _index_literals(self) -> tuple[list[int], BytesAhoCorasick | None]:
        """Per literal the set of probes that it makes a line a candidate for, as a bit mask; and their automaton."""
        masks: dict[bytes, int] = defaultdict(int)
        for probe, literals in enumerate(self._needed):
            if literals is None:
                self._always |= 1 << probe
            for literal in literals or ():
                masks[literal.encode()] |= 1 << probe
        return list(masks.values()), BytesAhoCorasick(list(masks)) if masks else None

    def _dense_steps(self) -> list[Step]:
        """All steps, if they share one regex for plain lines that nearly every line will match, and each is simple."""
        if len(self._needed) != 1 or self.groups[0].format is not Format.PLAIN:
            return []
        (chains,) = self._chains
        usable = all(len(chain) == 1 and chain[0].simple and not chain[0].is_gauge for chain in chains)
        return [chain[0] for chain in chains] if usable and self.rules[0].match else []

    def count(self, data: bytes) -> Tally:
        """Count the lines in `data`, which ends with a newline."""
        plain = is_plain_data(data)
        if self._dense and plain:
            return self._count_dense(data)
        counting = Counting(self.rules, plain=plain)
        for line, mask in self._candidates(data):
            counting.line(line, self._plan(mask))
        return counting.tally(data.count(b"\n"))

    def count_carefully(self, data: bytes, watch: Watch) -> Tally:
        """Count the same lines the same, showing every rule's work on every line to the watch."""
        counting = Counting(self.rules, plain=is_plain_data(data))
        for line, mask in self._candidates(data):
            counting.line_carefully(line, self._plan(mask), watch)
        return counting.tally(data.count(b"\n"))

    def _count_dense(self, data: bytes) -> Tally:
        """The shortest way for one regex that nearly every line matches."""
        lines = data.decode().split("\n")
        lines.pop()
        if b"\r" in data:
            lines = [line.removesuffix("\r") for line in lines]
        found = [match for match in map(self._dense[0].find, lines) if match]
        counts = {step.number: Counter(map(step.capture, found)) for step in self._dense}
        return Tally(self.rules, len(lines), len(found), {number: counted for number, counted in counts.items() if counted})

    def _candidates(self, data: bytes) -> Iterator[tuple[str, int]]:
        """The lines that some rule may count, decoded, each with the mask of the probes to try."""
        found = self._automaton.find_matches_as_indexes(data, overlapping=True) if self._automaton else []
        marked = self._marked(data, found)
        return self._every_line(data, marked) if self._always else self._marked_lines(data, marked)

    def _marked(self, data: bytes, found: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
        """(start, end, mask) of every line with a literal in it, in order."""
        masks, start, end, mask = self._masks, 0, 0, 0
        for literal, at, _ in found:
            if at >= end:
                if mask:
                    yield start, end, mask
                start, end = data.rfind(b"\n", end, at) + 1 or end, data.find(b"\n", at)
                mask = 0
            mask |= masks[literal]
        if mask:
            yield start, end, mask

    def _marked_lines(self, data: bytes, marked: Iterator[tuple[int, int, int]]) -> Iterator[tuple[str, int]]:
        for start, end, mask in marked:
            yield data[start:end].decode("utf-8", "replace").removesuffix("\r"), mask

    def _every_line(self, data: bytes, marked: Iterator[tuple[int, int, int]]) -> Iterator[tuple[str, int]]:
        start, _, mask = next(marked, (-1, -1, 0))
        at = 0
        for line in data[:-1].split(b"\n"):
            tried = self._always
            if at == start:
                tried |= mask
                start, _, mask = next(marked, (-1, -1, 0))
            yield line.decode("utf-8", "replace").removesuffix("\r"), tried
            at += len(line) + 1

    def _plan(self, mask: int) -> Plan:
        plan = self._plans.get(mask)
        if plan is None:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            plan = self._plans[mask] = self._make_plan(mask)
        return plan

    def _make_plan(self, mask: int) -> Plan:
        plan = []
        for group, chains in zip(self.groups, self._chains, strict=True):
            kept = (tuple(step for step in chain if mask >> step.probe & 1) for chain in chains)
            if steps := tuple(chain for chain in kept if chain):
                plan.append((line_format(group.format), group.programs, steps))
        return tuple(plan)


def _literals_needed(rule: Rule, group: Group) -> frozenset[str] | None:
    """Strings of which one stands in every raw line that the rule counts; None where nothing is known."""
    if not line_format(rule.format).verbatim:
        return None
    return rule.literals or group.programs or None


def _either(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other
