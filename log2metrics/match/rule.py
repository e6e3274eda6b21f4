"""A Rule: when a line counts for a metric, and what its captures become.

A Rule that exists has compiled patterns and names only captures and fields that there are. It is stateless. Finding its
match is the Ruleset's part; interpreting what was captured is done here, once per distinct tuple of captures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from log2metrics.match.formats import Format, line_format
from log2metrics.match.logformat import log_format_pattern
from log2metrics.match.pattern import Pattern, PatternError
from log2metrics.match.template import Template, parse_template
from log2metrics.match.value import DESCRIBED, Dimension, dimension_of, read_value
from log2metrics.metric import Label, Labels, Metric, MetricType
from log2metrics.shape.wrapping import FIELDS as WRAPPING_FIELDS

Captures = tuple[str | None, ...]
Picker = slice  # which of the captures a template is rendered from
Made = TypeVar("Made")

_SAMPLES = ("1", "100", "1K")  # of which a capture could be one; with none of them a value is a number: it never is

__all__ = ["Captures", "Condition", "PatternError", "Rule", "RuleError", "RuleSpec", "Slot", "compile_rule"]


class RuleError(ValueError):
    """Everything that is wrong with one rule."""

    def __init__(self, problems: Iterable[PatternError]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """A rule as it is written: texts, with definitions already expanded.

    `broken` are the places of texts that could not be expanded, such as `match` or `where.host`.
    """

    match: str | None = None
    log_format: str | None = None
    unless: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    each: str | None = None
    set: Mapping[str, str] = field(default_factory=dict)
    value: str | None = None
    broken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one captured text comes from: a group of `match` or `each` by its number, or a field of the line by its name."""

    origin: Literal["match", "each", "field"]
    key: int | str


@dataclass(frozen=True, slots=True)
class Condition:
    """A regex that must be found in a capture or field."""

    name: str
    slot: Slot
    pattern: Pattern

    @property
    def of_text(self) -> bool:
        """Whether what it asks stands in the line as it is; other fields may be the meaning of what is there."""
        return self.slot.origin != "field" or self.slot.key == "program"


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
    where: tuple[Condition, ...]
    each: Pattern | None
    slots: tuple[Slot, ...]
    label_slots: int
    templates: tuple[tuple[Label, Template, Picker], ...]
    value: tuple[Template, Picker, Dimension] | None

    @property
    def choices(self) -> Sequence[frozenset[str]]:
        """Sets of strings of which at least one stands in every line this rule counts, of `match` first; maybe none."""
        conditions = (condition.pattern for condition in self.where if condition.of_text)
        return [choice for pattern in (self.match, self.each, *conditions) if pattern for choice in pattern.choices]

    @property
    def of_wrapping(self) -> tuple[str, ...]:
        """The names of fields this rule asks for that what a line is wrapped in can give."""
        slots = (*self.slots, *(condition.slot for condition in self.where))
        return tuple(name for name in WRAPPING_FIELDS if Slot("field", name) in slots)

    def labels_of(self, captures: Captures) -> Labels:
        """The series that these captures belong to. Raises TimeoutError where a rewrite takes too long."""
        return tuple([(label.name, label.clean(text.render(_pick(captures, at)))) for label, text, at in self.templates])

    def value_of(self, captures: Captures) -> float | None:
        """The number that these captures stand for, in base units; None if it is not one the metric can take.

        A number is finite, and not negative for a counter.
        """
        if self.value is None:
            return 1.0
        template, picker, dimension = self.value
        return _usable(self.metric, read_value(template.render(_pick(captures, picker)), dimension))


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

    `words` are the named lists for `\L<name>`, `index` is the rule's place among its metric's. Raises RuleError.
    """
    return _Compiler(metric, spec, line, words).rule(index, count_all=count_all)


class _Compiler:
    """Compiles the parts of one rule; what is wrong with any of them is kept until all have been looked at."""

    def __init__(self, metric: Metric, spec: RuleSpec, line: Format, words: Mapping[str, tuple[str, ...]] | None) -> None:
        self._metric = metric
        self._spec = spec
        self._line = line
        self._words = words
        self._problems: list[PatternError] = []

    def rule(self, index: int, *, count_all: bool) -> Rule:
        spec = self._spec
        match, unless, each = self._match(), self._pattern("unless", spec.unless), self._pattern("each", spec.each)
        regexes = (spec.match, spec.log_format, spec.each)
        if all(text is None for text in regexes) and not spec.where and spec.broken <= {"unless"}:
            found = f"a rule of {self._metric.name} matches nothing"
            self._add("", found, "`match`, `log_format`, `each` or `where` in every rule")
        names = _Names(match, each, self._line, is_known=not self._wrong({"match", "log_format", "each"}))
        where = [self._condition(name, text, names) for name, text in spec.where.items()]
        templates = self._label_templates(names)
        value = self._value(names)
        if self._problems or spec.broken:
            raise RuleError(self._problems)
        label_names = [name for _, template in templates for name in template.names]
        value_names = value.names if value else ()
        return Rule(
            metric=self._metric,
            spec=spec,
            format=self._line,
            index=index,
            count_all=count_all,
            match=match,
            unless=unless,
            where=tuple(condition for condition in where if condition),
            each=each,
            slots=tuple(map(names.slot, (*label_names, *value_names))),
            label_slots=len(label_names),
            templates=tuple(_pickers(self._metric, templates)),
            value=(value, slice(len(label_names), None), dimension_of(self._metric.name)) if value else None,
        )

    def _match(self) -> Pattern | None:
        spec = self._spec
        if spec.match is not None and spec.log_format is not None:
            self._add("log_format", "a rule has both `match` and `log_format`", "one of them")
        from_format = self._try("log_format", lambda text: Pattern(log_format_pattern(text)), spec.log_format)
        return from_format or self._pattern("match", spec.match)

    def _pattern(self, place: str, text: str | None) -> Pattern | None:
        return self._try(place, lambda given: Pattern(given, self._words), text)

    def _condition(self, name: str, text: str, names: _Names) -> Condition | None:
        place = f"where.{name}"
        pattern = self._pattern(place, text)
        slot = self._try(place, names.slot, name)
        return Condition(name, slot, pattern) if slot and pattern else None

    def _label_templates(self, names: _Names) -> list[tuple[str, Template]]:
        """A template for every label, sorted by label name: from `set`, else the capture or field of the same name."""
        metric, spec = self._metric, self._spec
        labels = sorted(label.name for label in metric.labels)
        for name in spec.set:
            if name not in labels:
                known = f"one of its labels: {', '.join(labels)}" if labels else "no `set`, since it has no labels"
                self._add(f"set.{name}", f"metric {metric.name} has no label {name!r}", known)
        for name in labels:
            if name not in spec.set and not names.has(name):
                found = f"a rule of {metric.name} leaves the label {name!r} without a value"
                self._add("", found, f"`set: {{{name}: …}}`, or a capture (?P<{name}>…) in `match`")
        given = {name: spec.set.get(name, f"{{{name}}}") for name in labels if name in spec.set or names.has(name)}
        templates = [(name, self._template(f"set.{name}", text, names)) for name, text in given.items()]
        return [(name, template) for name, template in templates if template]

    def _value(self, names: _Names) -> Template | None:
        template = self._template("value", self._spec.value, names)
        if template and all(self._value_of(template, sample) is None for sample in _SAMPLES):
            found = f"{template.text!r} is no number that {self._metric.name} can take, whatever is captured"
            number = "a number from 0 up" if self._metric.type is MetricType.COUNTER else "a number"
            units = DESCRIBED[dimension_of(self._metric.name)]
            self._add("value", found, f"{number}, or one with a unit behind it: {units}")
        return template

    def _value_of(self, template: Template, sample: str) -> float | None:
        text = template.render([sample] * len(template.names))
        return _usable(self._metric, read_value(text, dimension_of(self._metric.name)))

    def _template(self, place: str, text: str | None, names: _Names) -> Template | None:
        template = self._try(place, parse_template, text)
        for name in dict.fromkeys(template.names if template else ()):
            self._try(place, names.slot, name)
        return template

    def _try(self, place: str, make: Callable[[str], Made], text: str | None) -> Made | None:
        if text is None:
            return None
        try:
            return make(text)
        except PatternError as error:
            self._add(place, str(error), error.right)
            return None

    def _add(self, place: str, found: str, right: str) -> None:
        self._problems.append(PatternError(found, right=right, field=place))

    def _wrong(self, places: set[str]) -> bool:
        """Whether anything is wrong at one of these places of the rule."""
        return not places.isdisjoint([*self._spec.broken, *(problem.field for problem in self._problems)])


class _Names:
    """The names a rule's templates and conditions may use, and where each comes from.

    Where the regexes could not be compiled they are not known, and every name is let pass.
    """

    def __init__(self, match: Pattern | None, each: Pattern | None, line: Format, *, is_known: bool) -> None:
        self._form = line_format(line)
        self._is_known = is_known
        self._slots = {name: Slot("match", number) for name, number in match.groups.items()} if match else {}
        self._slots |= {name: Slot("each", number) for name, number in each.groups.items()} if each else {}

    def has(self, name: str) -> bool:
        return not self._is_known or name in self._slots or self._form.has_field(name) or name in WRAPPING_FIELDS

    def slot(self, name: str) -> Slot:
        """Where the text of this name comes from: a capture hides the field of its name. Raises PatternError."""
        if not self.has(name):
            raise PatternError(f"there is no capture or field {name!r}", right=self._described())
        return self._slots.get(name) or Slot("field", name)

    def _described(self) -> str:
        known = sorted({*self._slots, *(self._form.fields or ())})
        return f"one of {', '.join(known)}" if known else "a named group such as (?P<name>…) in `match`"


def _usable(metric: Metric, number: float | None) -> float | None:
    usable = number is not None and math.isfinite(number) and (number >= 0 or metric.type is not MetricType.COUNTER)
    return number if usable else None


def _pickers(metric: Metric, templates: list[tuple[str, Template]]) -> Iterator[tuple[Label, Template, Picker]]:
    labels = {label.name: label for label in metric.labels}
    start = 0
    for name, template in templates:
        end = start + len(template.names)
        yield labels[name], template, slice(start, end)
        start = end


def _pick(captures: Captures, picker: Picker) -> list[str]:
    return [text or "" for text in captures[picker]]
