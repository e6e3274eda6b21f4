"""All rules of one source, compiled together: `count(data) -> Tally`.

Two roads lead to the same answer. Where every rule has a literal, one Aho-Corasick pass over the raw bytes finds the lines
that can match at all, and which rules each of them is a candidate for; the others are never decoded. Where some rule has
none, every line is looked at, and the pass still tells which of the other rules to try.

Rules that share a regex share its search: a pack with three metrics on one access log matches each line once.

`count` is quick and knows no bounds of time; `count_carefully` shows every search to a `Watch`, which may time it or
give it up. Both count the same. Nothing here knows files, clocks or metric stores, and a Ruleset pickles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property

from ahocorasick_rs import BytesAhoCorasick

from log2metrics.match.batch import can_batch, count_batch
from log2metrics.match.counting import Counting, Plan, Step, Watch, make_step
from log2metrics.match.formats import Format, line_format
from log2metrics.match.linetime import LineTimes
from log2metrics.match.pattern import Pattern, is_plain, is_plain_data
from log2metrics.match.rule import Rule
from log2metrics.match.syntax import is_in_raw_lines
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

    def __init__(self, groups: Sequence[Group], zone: tzinfo | None = None) -> None:
        self.groups = tuple(groups)
        self.rules = tuple(rule for group in groups for rule in group.rules)
        self._zone = zone
        self._chains: list[list[list[Step]]] = []  # per group, per metric
        self._needed: list[frozenset[str] | None] = []  # per probe
        self._plans: dict[int, tuple[Plan, bool]] = {}
        self._always = 0
        for group in self.groups:
            self._chains.append(self._make_chains(group))
        self._masks, self._automaton = self._index_literals()

    def __reduce__(self) -> tuple[type[Ruleset], tuple[tuple[Group, ...], tzinfo | None]]:
        return Ruleset, (self.groups, self._zone)

    @cached_property
    def times(self) -> LineTimes:
        """Reads when lines say that they were written, in the zone of the source where they say none."""
        return LineTimes([group.format for group in self.groups], self.rules, self._zone)

    def _make_chains(self, group: Group) -> list[list[Step]]:
        chains: dict[str, list[Step]] = {}
        probes: dict[Pattern | None, int] = {}
        first = sum(len(chain) for made in self._chains for chain in made)
        for number, rule in enumerate(group.rules, first):
            literals = _literals_needed(rule, group)
            probe = probes.setdefault(rule.match, len(self._needed))
            if probe < len(self._needed):
                self._needed[probe] = _either(self._needed[probe], literals)
            else:
                self._needed.append(literals)
            chains.setdefault(rule.metric.name, []).append(make_step(number, rule, probe))
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

    def count(self, data: bytes) -> Tally:
        """Count the lines in `data`, which ends with a newline or is empty."""
        return self.search(data).tally(data.count(b"\n"))

    def search(self, data: bytes) -> Counting:
        """Do the part that may take long; nothing is counted yet, so it may be broken off at any moment."""
        plain = is_plain_data(data)
        counting = Counting(self.rules, plain=plain)
        for mask, lines in self._batches(data, counting):
            self._count_alike(counting, lines, mask, plain=plain)
        return counting

    def _batches(self, data: bytes, counting: Counting) -> Iterable[tuple[int, list[str]]]:
        """The lines that may be counted in batches, by mask; the others are counted on the way."""
        if self._automaton is None and self._plan(self._always)[1]:
            return [(self._always, _lines(data))]
        batches: dict[int, list[str]] = {}
        takers: dict[int, Callable[[str], None]] = {}
        for line, mask in self._candidates(data):
            take = takers.get(mask)
            if take is None:
                take = takers[mask] = self._taker(mask, counting, batches)
            take(line)
        return batches.items()

    def _taker(self, mask: int, counting: Counting, batches: dict[int, list[str]]) -> Callable[[str], None]:
        """Where to put the lines with this mask: into a batch, or, where their order matters, straight into the count."""
        plan, batch = self._plan(mask)
        if batch:
            return batches.setdefault(mask, []).append
        return lambda line: counting.line(line, plan)

    def _count_alike(self, counting: Counting, lines: list[str], mask: int, *, plain: bool) -> None:
        plan, _ = self._plan(mask)
        if not plain:
            for line in lines:
                if not is_plain(line):
                    counting.line(line, plan)
            lines = list(filter(is_plain, lines))
        count_batch(counting, lines, plan)

    def count_carefully(self, data: bytes, watch: Watch) -> Tally:
        """Count the same lines the same, showing every rule's work on every line to the watch."""
        counting = Counting(self.rules, plain=is_plain_data(data))
        for line, mask in self._candidates(data):
            counting.line_carefully(line, self._plan(mask)[0], watch)
        return counting.tally(data.count(b"\n"))

    def _candidates(self, data: bytes) -> Iterator[tuple[str, int]]:
        """The lines that some rule may count, decoded, each with the mask of the probes to try."""
        found = self._automaton.find_matches_as_indexes(data, overlapping=True) if self._automaton else []
        lines = self._every_line(data, self._marked(data, found)) if self._always else self._marked_lines(data, found)
        return ((line.removesuffix("\r"), mask) for line, mask in lines) if b"\r" in data else lines

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

    def _marked_lines(self, data: bytes, found: Iterable[tuple[int, int, int]]) -> Iterator[tuple[str, int]]:
        if data.isascii():  # then places in the bytes are places in the text
            text = data.decode()
            return ((text[start:end], mask) for start, end, mask in self._marked(data, found))
        return ((data[start:end].decode("utf-8", "replace"), mask) for start, end, mask in self._marked(data, found))

    def _every_line(self, data: bytes, marked: Iterator[tuple[int, int, int]]) -> Iterator[tuple[str, int]]:
        start, _, mask = next(marked, (-1, -1, 0))
        at = 0
        lines = data.split(b"\n")
        lines.pop()
        for line in lines:
            tried = self._always
            if at == start:
                tried |= mask
                start, _, mask = next(marked, (-1, -1, 0))
            yield line.decode("utf-8", "replace"), tried
            at += len(line) + 1

    def _plan(self, mask: int) -> tuple[Plan, bool]:
        """What to do with lines of this mask, and whether they may be counted in a batch."""
        found = self._plans.get(mask)
        if found is None:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            plan = self._make_plan(mask)
            found = self._plans[mask] = plan, can_batch(plan)
        return found

    def _make_plan(self, mask: int) -> Plan:
        plan = []
        for group, chains in zip(self.groups, self._chains, strict=True):
            kept = (tuple(step for step in chain if mask >> step.probe & 1) for chain in chains)
            if steps := tuple(chain for chain in kept if chain):
                plan.append((line_format(group.format), group.programs, steps))
        return tuple(plan)


def _lines(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "replace").split("\n")
    lines.pop()
    return [line.removesuffix("\r") for line in lines] if b"\r" in data else lines


def _literals_needed(rule: Rule, group: Group) -> frozenset[str] | None:
    """Strings of which one stands in every raw line that the rule counts; None where nothing is known."""
    if not line_format(group.format).verbatim:
        return None
    return rule.literals or (group.programs if all(map(is_in_raw_lines, group.programs)) else None) or None


def _either(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other
