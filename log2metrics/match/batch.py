"""The quick road for many lines alike: whole lists of lines go through the regex and into counters, one step at a time.

Lines are alike when the same rules are to be tried on them. Each step then is one loop that runs in C: take the messages out,
find the regex in each, take the captures out of the matches, count them. Only what does not depend on a line's
neighbours is counted so; the rest goes line by line, with the same result.

Knows nothing of how lines were found to be alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress, repeat
from typing import Any

from log2metrics.match.counting import Chains, Counting, Plan, Step
from log2metrics.match.formats.parsed import LineFormat, Split, Splitter
from log2metrics.match.rule import Captures, Slot


def can_batch(plan: Plan) -> bool:
    """Whether lines with this plan may be counted in any order, with one search per rule and line, and no more."""
    formats = {id(line_format) for line_format, _, _ in plan}
    return len(formats) == 1 and isinstance(plan[0][0], Splitter) and all(_is_plain_chain(*group) for group in plan)


def _is_plain_chain(line_format: LineFormat, _: frozenset[str], chains: Chains) -> bool:
    return all(len(chain) == 1 and _is_plain_step(line_format, chain[0]) for chain in chains)


def _is_plain_step(line_format: LineFormat, step: Step) -> bool:
    fields = line_format.split_fields if isinstance(line_format, Splitter) else {}
    rule = step.rule
    return not (
        step.is_gauge
        or rule.match is None
        or rule.unless
        or rule.each
        or any(condition.slot.origin != "match" for condition in rule.where)
        or any(slot.origin == "field" and slot.key not in fields for slot in rule.slots)
    )


def count_batch(counting: Counting, lines: Sequence[str], plan: Plan) -> None:
    """Count lines of plain text that share a plan for which `can_batch` is true."""
    splitter = plan[0][0]
    assert isinstance(splitter, Splitter)  # noqa: S101  # can_batch has made sure
    split = splitter.split(lines)
    for line in split.odd:
        counting.line(line, plan)
    if len(plan) == 1 and len(steps := _by_probe(plan[0][2])) == 1 and all(step.simple for step in steps[0]):
        part, _ = _of_programs(split, plan[0][1])
        counting.matched += _count_fused(counting, steps[0], part.messages)
        return
    matched = bytearray(len(split.messages))
    for _, programs, chains in plan:
        part, places = _of_programs(split, programs)
        for sharing in _by_probe(chains):
            found = list(map(sharing[0].find, part.messages))
            for step in sharing:
                kept = _kept(step, found)
                counting.add_captured(step, _captured(step, kept, part, splitter))
                if kept is not found:
                    _mark(matched, kept, places)
            if not all(step.rule.where for step in sharing):
                _mark(matched, found, places)
    counting.matched += sum(matched)


def _by_probe(chains: Chains) -> list[list[Step]]:
    """The steps of chains that have one each, those together that share a regex."""
    steps: dict[int, list[Step]] = {}
    for (step,) in chains:
        steps.setdefault(step.probe, []).append(step)
    return list(steps.values())


def _count_fused(counting: Counting, steps: list[Step], messages: Sequence[str]) -> int:
    """Count with one regex alone, without keeping matches where one step needs them; how many messages matched."""
    found: Iterable[Any] = filter(None, map(steps[0].find, messages))
    if len(steps) > 1:
        found = list(found)
    for step in steps:
        captured = list(step.capture_all(found))
        counting.add_captured(step, captured)
    return len(captured)


def _of_programs(split: Split, programs: frozenset[str]) -> tuple[Split, Sequence[int]]:
    """The lines of these programs (none: all), and where they stand among the others."""
    if not programs:
        return split, range(len(split.messages))
    chosen = [program in programs for program in split.programs]
    if all(chosen):
        return split, range(len(split.messages))
    return (
        Split(list(compress(split.messages, chosen)), list(compress(split.programs, chosen)), ()),
        list(compress(range(len(chosen)), chosen)),
    )


def _kept(step: Step, found: list[Any]) -> list[Any]:
    """The matches for which a rule's conditions hold, None in the places of the others."""
    for condition in step.rule.where:
        key, finds = condition.slot.key, condition.pattern.find
        found = [match and (text := match[key]) is not None and finds(text) and match for match in found]
    return found


def _captured(step: Step, found: list[Any], split: Split, splitter: Splitter) -> Iterable[Captures]:
    if step.from_match:
        return step.capture_all(filter(None, found))
    columns = [_column(slot, found, split, splitter) for slot in step.rule.slots]
    return compress(zip(*columns, strict=False), found)


def _column(slot: Slot, found: list[Any], split: Split, splitter: Splitter) -> Iterable[str | None]:
    if slot.origin == "field":
        return _field(splitter, split, str(slot.key))
    return (match and match[slot.key] for match in found)


def _field(splitter: Splitter, split: Split, name: str) -> Iterable[str | None]:
    return split.programs if splitter.split_fields[name] else repeat(None)


def _mark(matched: bytearray, found: list[Any], places: Sequence[int]) -> None:
    for place in compress(places, found):
        matched[place] = 1
