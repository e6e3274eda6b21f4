"""What counting has to come to: one line at a time, with nothing but the package regex."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import regex

from log2metrics.match.formats import line_format
from log2metrics.match.formats.parsed import Parsed
from log2metrics.match.rule import Captures, Rule
from log2metrics.match.ruleset import Group
from log2metrics.match.tally import Tally
from log2metrics.metric import MetricType


class Reference:
    """Counts line by line: parse, then try each metric's rules in order, on the package regex. As slow as it is plain."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = groups
        self.lines = self.matched = 0
        self.counts: Counter[tuple[Rule, Captures]] = Counter()
        self.latest: list[tuple[Rule, Captures]] = []

    def count(self, data: bytes) -> None:
        """Count all lines."""
        for raw in data.split(b"\n")[:-1]:
            line = raw.decode("utf-8", "replace").removesuffix("\r")
            self.lines += 1
            counted = [self.group(group, line) for group in self.groups]
            self.matched += any(counted)

    def group(self, group: Group, line: str) -> bool:
        """Count one line for one pack; whether any of its rules did."""
        parsed = line_format(group.format).parse(line)
        if parsed is None or (group.programs and parsed.program not in group.programs):
            return False
        counted = set()
        for found in group.rules:
            if found.metric.name in counted and not found.count_all:
                continue
            captured = self.captured(found, parsed)
            for captures in captured:
                self.add(found, captures, parsed.weight)
            if captured:
                counted.add(found.metric.name)
        return bool(counted)

    def captured(self, found: Rule, parsed: Parsed) -> list[Captures]:
        """What one rule captures in one line, occurrence by occurrence."""
        spec, form = found.spec, line_format(found.format)
        match = regex.search(spec.match or "", parsed.message)
        refused = spec.unless is not None and regex.search(spec.unless, parsed.message)
        if not match or refused:
            return []
        occurrences: list[Any] = [None] if spec.each is None else list(regex.finditer(spec.each, parsed.message))

        def fits(each: Any) -> bool:  # noqa: ANN401  # a match of the package regex has no public type
            named = match.groupdict() | (each.groupdict() if each else {})
            texts = {name: named[name] if name in named else form.field(parsed, name) for name in spec.where}
            return all(text is not None and regex.search(spec.where[name], text) for name, text in texts.items())

        origins: list[dict[str, Any]] = [{"match": match, "each": each} for each in occurrences if fits(each)]
        return [
            tuple(
                form.field(parsed, str(slot.key)) if slot.origin == "field" else origin[slot.origin][slot.key]
                for slot in found.slots
            )
            for origin in origins
        ]

    def add(self, found: Rule, captures: Captures, weight: int) -> None:
        """Count, or for a gauge remember as the last."""
        if found.metric.type is not MetricType.GAUGE:
            self.counts[found, captures] += weight
            return
        if (found, captures) in self.latest:
            self.latest.remove((found, captures))
        self.latest.append((found, captures))


Seen = tuple[int, int, dict[tuple[Rule, Captures], int], dict[str, list[tuple[Rule, Captures]]]]


def by_metric(latest: Sequence[tuple[Rule, Captures]]) -> dict[str, list[tuple[Rule, Captures]]]:
    """What gauges saw, in order: between metrics there is none."""
    found: dict[str, list[tuple[Rule, Captures]]] = {}
    for key in latest:
        found.setdefault(key[0].metric.name, []).append(key)
    return found


def seen(*tallies: Tally) -> Seen:
    """What the Tallies of successive Blocks come to."""
    counts: Counter[tuple[Rule, Captures]] = Counter()
    latest: dict[tuple[Rule, Captures], None] = {}
    for tally in tallies:
        for rule, captures, times in tally.items():
            if rule.metric.type is MetricType.GAUGE:
                latest.pop((rule, captures), None)
                latest[rule, captures] = None
            else:
                counts[rule, captures] += times
    return sum(t.lines for t in tallies), sum(t.matched for t in tallies), dict(counts), by_metric(list(latest))
