"""The quick road: every regex runs over all its candidate lines of a Block, one step at a time.

Each step is one loop that runs in C: take the messages, find the regex in each, take the captures out of the matches. The
result is that of going line by line, which `Counting.line_carefully` does.

Knows nothing of how candidates were found, nor of time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import compress
from operator import call, itemgetter, not_
from typing import NamedTuple

from log2metrics.match.columns import Columns
from log2metrics.match.counting import Counting, Plan, Step, evaluate, finds
from log2metrics.match.formats.parsed import LineFormat
from log2metrics.match.index import Candidates
from log2metrics.match.pattern import Match, Pattern
from log2metrics.match.rule import Slot
from log2metrics.match.tally import Key


class Found(NamedTuple):
    """Lines that a regex was found in, and the matches."""

    places: Sequence[int]
    matches: Sequence[Match]

    def only(self, chosen: Iterable[object]) -> Found:
        """Those for which this is true."""
        chosen = list(chosen)
        return self if all(chosen) else Found(list(compress(self.places, chosen)), list(compress(self.matches, chosen)))


def count_batch(counting: Counting, candidates: Candidates, plan: Plan, *, plain: bool) -> None:
    """Count all candidates. `plain` says that all lines are plain text."""
    formats: dict[int, Columns] = {}
    matched: dict[int, Sequence[int]] = {}
    for line_format, programs, chains in plan:
        columns = formats.get(id(line_format))
        if columns is None:
            places = _wanted(line_format, plan, candidates)
            columns = formats[id(line_format)] = Columns(line_format, candidates.lines, places, plain=plain)
        group = _Group(columns, candidates.of_probes, programs, counting)
        for chain in chains:
            matched.update((id(places), places) for places in group.count(chain))
    counting.matched += _united(list(matched.values()), candidates.lines.count)


def _united(several: Sequence[Sequence[int]], count: int) -> int:
    """How many of so many lines are in any of these, each of which has a line once."""
    most = max(map(len, several), default=0)
    return most if most == count or len(several) == 1 else len(set().union(*several))


def _wanted(line_format: LineFormat, plan: Plan, candidates: Candidates) -> Sequence[int]:
    """The lines that rules of this format look at."""
    if all(form is line_format for form, _, _ in plan):
        return range(candidates.lines.count)
    chains = [chain for form, _, chains in plan if form is line_format for chain in chains]
    wanted = [candidates.of_probes[probe] for probe in {step.probe for chain in chains for step in chain}]
    some = [places for places in wanted if places is not None]
    return range(candidates.lines.count) if len(some) < len(wanted) else sorted(set().union(*some))


class _Group:
    """The rules of one pack at work."""

    def __init__(
        self,
        columns: Columns,
        of_probes: Mapping[int, Sequence[int] | None],
        programs: frozenset[str],
        counting: Counting,
    ) -> None:
        self._columns = columns
        self._of_probes = of_probes
        self._programs = programs
        self._counting = counting
        self._found: dict[int, Found] = {}  # by probe

    def count(self, chain: Sequence[Step]) -> Iterable[Sequence[int]]:
        """Count with the rules of one metric; the lines that each of them has counted."""
        counted: set[int] = set()
        for step in chain:
            found = self._found_by(step, counted)
            places = self._count(step, found) if found.places else ()
            if not step.rule.count_all and step is not chain[-1]:
                counted.update(places)
            if places:
                yield places

    def _found_by(self, step: Step, counted: AbstractSet[int]) -> Found:
        """What a rule finds in lines that aren't counted yet; what others ask for too is found in all lines, once."""
        if not step.shares:
            return self._search(step, counted)
        found = self._found.get(step.probe)
        if found is None:
            found = self._found[step.probe] = self._search(step, frozenset())
        return found.only(place not in counted for place in found.places) if counted else found

    def _search(self, step: Step, counted: AbstractSet[int]) -> Found:
        places, messages = self._tried(step.probe, counted)
        if step.lets_all_in:
            return Found(places, places)  # there is nothing to be captured
        find, not_plain = step.find, self._columns.not_plain
        matches: list[Match]
        if not_plain:
            find_exact = step.find_exact
            finders = [find_exact if place in not_plain else find for place in places]
            matches = list(map(call, finders, messages))
        else:
            matches = list(map(find, messages))
        hits = list(filter(None, matches))
        return Found(places if len(hits) == len(matches) else list(compress(places, matches)), hits)

    def _tried(self, probe: int, counted: AbstractSet[int]) -> tuple[Sequence[int], Iterable[str]]:
        """The lines that a regex is to be searched in, and their messages."""
        columns, programs = self._columns, self._programs
        places = self._of_probes[probe]
        if places is None and not programs and not counted:
            return columns.places, columns.messages
        places = columns.places if places is None else columns.present(places)
        if programs:
            program_at = columns.program_at
            places = [place for place in places if program_at[place] in programs]
        if counted:
            places = [place for place in places if place not in counted]
        return places, map(columns.message_at.__getitem__, places)

    def _count(self, step: Step, found: Found) -> Sequence[int]:
        """Count with one rule, as far as it lets the lines in; which it has."""
        if step.rule.each:
            return self._count_each(step, found)
        found = self._let_in(step, found)
        if step.from_match:
            self._counting.add_keys(step, found.places, list(step.capture_all(found.matches)), self._columns.weights)
        else:
            self._count_texts(step, found)
        return found.places

    def _count_texts(self, step: Step, found: Found) -> None:
        columns = [list(self._texts(slot, found)) for slot in step.rule.slots]
        given = [number for number, column in enumerate(columns) if column.count(None) < len(column)]
        if len(given) == 1 and not step.has_one_slot:
            row = partial(_row, given[0], len(columns))
            self._counting.add_texts(step, found.places, columns[given[0]], row, self._columns.weights)
        else:
            keys: Sequence[Key] = columns[0] if step.has_one_slot else list(zip(*columns, strict=True))
            self._counting.add_keys(step, found.places, keys, self._columns.weights)

    def _let_in(self, step: Step, found: Found) -> Found:
        if step.rule.unless:
            messages = map(self._columns.message_at.__getitem__, found.places)
            found = found.only(map(not_, map(self._finder(step.rule.unless), messages)))
        for condition in step.rule.where:
            texts = list(self._texts(condition.slot, found))
            finds = self._finder(condition.pattern)
            is_met = {text: text is not None and finds(text) for text in set(texts)}
            found = found.only(map(is_met.__getitem__, texts))
        return found

    def _finder(self, pattern: Pattern) -> Callable[[str], object]:
        return pattern.find if self._columns.plain else partial(finds, pattern)

    def _texts(self, slot: Slot, found: Found) -> Iterable[str | None]:
        if slot.origin == "field":
            return self._columns.field(str(slot.key), found.places)
        return map(itemgetter(slot.key), found.matches)

    def _count_each(self, step: Step, found: Found) -> Sequence[int]:
        counted: list[int] = []
        for place, match in zip(*found, strict=True):
            captured = evaluate(step.rule, self._columns.parsed(place), self._columns.format, match)
            if captured:
                self._counting.add(step, [place] * len(captured), captured, self._columns.weights)
                counted.append(place)
        return counted


def _row(number: int, width: int, text: str | None) -> Key:
    """The captures of which all but one are none."""
    return (*(None,) * number, text, *(None,) * (width - number - 1))
