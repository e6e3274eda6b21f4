"""A Rule: when a line counts for a metric, and what its captures become.

A Rule that exists has compiled patterns and names only captures and fields that there are. It is stateless. Finding its
match is the Ruleset's part; interpreting what was captured is done here, once per distinct tuple of captures.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from log2metrics.match.formats import Format, line_format
from log2metrics.match.logformat import log_format_pattern
from log2metrics.match.pattern import Pattern, PatternError
from log2metrics.match.template import Template, parse_template
from log2metrics.metric import Labels, Metric, MetricType

Captures = tuple[str | None, ...]
Picker = slice  # which of the captures a template is rendered from
Made = TypeVar("Made")

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\Z", re.ASCII)

__all__ = ["Captures", "PatternError", "Rule", "RuleSpec", "Slot", "compile_rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """A rule as it is written: texts, with definitions already expanded."""

    match: str | None = None
    log_format: str | None = None
    unless: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    each: str | None = None
    set: Mapping[str, str] = field(default_factory=dict)
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one captured text comes from: a group of `match` or `each` by its number, or a field of the line by its name."""

    origin: Literal["match", "each", "field"]
    key: int | str


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One compiled rule of one metric.

    `slots` say what to capture, those for the labels first: `label_slots` of them, the rest is for the value.
    """

    metric: Metric
    spec: RuleSpec
    format: Format
    index: int
    count_all: bool
    match: Pattern | None
    unless: Pattern | None
    where: tuple[tuple[str, Pattern], ...]
    each: Pattern | None
    slots: tuple[Slot, ...]
    label_slots: int
    templates: tuple[tuple[str, Template, Picker], ...]
    value: tuple[Template, Picker] | None

    @property
    def literals(self) -> frozenset[str] | None:
        """Strings of which at least one stands in every message this rule counts, or None."""
        found = self.match.literals if self.match else None
        return found or (self.each.literals if self.each else None)

    def labels_of(self, captures: Captures) -> Labels:
        """The series that these captures belong to. Raises TimeoutError where a rewrite takes too long."""
        by_name = {label.name: label for label in self.metric.labels}
        return tuple((name, by_name[name].clean(text.render(_pick(captures, picker)))) for name, text, picker in self.templates)

    def value_of(self, captures: Captures) -> float | None:
        """The number that these captures stand for; None if it is not one the metric can take.

        A number is finite, and not negative for a counter.
        """
        if self.value is None:
            return 1.0
        template, picker = self.value
        text = template.render(_pick(captures, picker))
        number = float(text) if _NUMBER.match(text) else math.nan
        usable = math.isfinite(number) and (number >= 0 or self.metric.type is not MetricType.COUNTER)
        return number if usable else None


def compile_rule(  # noqa: PLR0913  # a rule is compiled from what its metric, pack and place in it say
    metric: Metric,
    spec: RuleSpec,
    line: Format,
    words: Mapping[str, tuple[str, ...]] | None = None,
    index: int = 0,
    *,
    count_all: bool = False,
) -> Rule:
    r"""Compile one rule of a metric for lines of one format.

    `words` are the named lists for `\L<name>`, `index` is the rule's place among its metric's. Raises PatternError.
    """
    match = _match_pattern(spec, words)
    each = _pattern("each", spec.each, words)
    if not (match or each or spec.where):
        raise PatternError(
            f"a rule of {metric.name} matches nothing", right="`match`, `log_format`, `each` or `where` in every rule"
        )
    names = _Names(match, each, line)
    templates = _label_templates(metric, spec, names)
    value = _in_field("value", parse_template, spec.value) if spec.value is not None else None
    label_names = [name for _, template in templates for name in template.names]
    value_names = list(value.names) if value else []
    slots = tuple(names.slot("", name) for name in label_names) + tuple(names.slot("value", name) for name in value_names)
    return Rule(
        metric=metric,
        spec=spec,
        format=line,
        index=index,
        count_all=count_all,
        match=match,
        unless=_pattern("unless", spec.unless, words),
        where=tuple(_condition(name, text, names, words) for name, text in spec.where.items()),
        each=each,
        slots=slots,
        label_slots=len(label_names),
        templates=tuple(_pickers(templates)),
        value=(value, slice(len(label_names), None)) if value else None,
    )


class _Names:
    """The names a rule's templates may use, and where each comes from."""

    def __init__(self, match: Pattern | None, each: Pattern | None, line: Format) -> None:
        self._line = line
        self._fields = line_format(line).fields
        self._slots = {name: Slot("match", number) for name, number in match.groups.items()} if match else {}
        self._slots |= {name: Slot("each", number) for name, number in each.groups.items()} if each else {}

    def has(self, name: str) -> bool:
        return name in self._slots or self.is_field(name)

    def is_field(self, name: str) -> bool:
        return self._fields is None or name in self._fields

    def slot(self, place: str, name: str) -> Slot:
        if not self.has(name):
            raise PatternError(f"there is no capture or field {name!r}", right=self.described(), field=place)
        return self._slots.get(name) or Slot("field", name)

    def described(self) -> str:
        known = sorted({*self._slots, *(self._fields or ())})
        return f"one of {', '.join(known)}" if known else "a named group such as (?P<name>…) in `match`"


def _match_pattern(spec: RuleSpec, words: Mapping[str, tuple[str, ...]] | None) -> Pattern | None:
    if spec.log_format is None:
        return _pattern("match", spec.match, words)
    if spec.match is not None:
        raise PatternError("a rule has both `match` and `log_format`", right="one of them", field="log_format")
    return _in_field("log_format", lambda text: Pattern(log_format_pattern(text)), spec.log_format)


def _pattern(place: str, text: str | None, words: Mapping[str, tuple[str, ...]] | None) -> Pattern | None:
    return None if text is None else _in_field(place, lambda given: Pattern(given, words), text)


def _in_field(place: str, make: Callable[[str], Made], text: str) -> Made:
    try:
        return make(text)
    except PatternError as error:
        raise PatternError(str(error), right=error.right, field=place) from error


def _condition(name: str, text: str, names: _Names, words: Mapping[str, tuple[str, ...]] | None) -> tuple[str, Pattern]:
    place = f"where.{name}"
    if not names.is_field(name):
        raise PatternError(f"lines of this format have no field {name!r}", right="a field of the pack's format", field=place)
    return name, _in_field(place, lambda given: Pattern(given, words), text)


def _label_templates(metric: Metric, spec: RuleSpec, names: _Names) -> list[tuple[str, Template]]:
    """A template for every label, sorted by label name: from `set`, else the capture or field of the same name."""
    labels = sorted(label.name for label in metric.labels)
    for name in spec.set:
        if name not in labels:
            known = f"one of its labels: {', '.join(labels)}" if labels else "no `set`, since it has no labels"
            raise PatternError(f"metric {metric.name} has no label {name!r}", right=known, field=f"set.{name}")
    templates = []
    for name in labels:
        if name not in spec.set and not names.has(name):
            raise PatternError(
                f"a rule of {metric.name} leaves the label {name!r} without a value",
                right=f"`set: {{{name}: …}}`, or a capture (?P<{name}>…) in `match`",
            )
        template = _in_field(f"set.{name}", parse_template, spec.set.get(name, f"{{{name}}}"))
        for used in template.names:
            names.slot(f"set.{name}", used)
        templates.append((name, template))
    return templates


def _pickers(templates: list[tuple[str, Template]]) -> Iterator[tuple[str, Template, Picker]]:
    start = 0
    for name, template in templates:
        end = start + len(template.names)
        yield name, template, slice(start, end)
        start = end


def _pick(captures: Captures, picker: Picker) -> list[str]:
    return [text or "" for text in captures[picker]]
