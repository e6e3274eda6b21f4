"""The metrics of one template: a counter of its lines, and one for each number in it that was measured."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from log2metrics.metric import MetricType
from log2metrics.suggest.buckets import buckets_for
from log2metrics.suggest.draft import LabelDraft, MetricDraft, RuleDraft
from log2metrics.suggest.naming import WORDS, said, slug, unused
from log2metrics.suggest.pattern import Layout
from log2metrics.suggest.variables import Variable
from log2metrics.suggest.words import BYTES, COUNT, STATES, WORK
from log2metrics.templates.scan import Chunks, shown

MOST_LABELS = 3
MOST_MEASURES = 2
_REQUIRED_FIELDS = 3
_SHOWN_FIELDS = 6
_FIRST = ("level", "severity", "outcome", "result", "status", "state", "method")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Subject:
    """One template, understood: its variables, of the message and of the line's fields, by their names."""

    chunks: Chunks
    count: int
    layout: Layout
    variables: tuple[Variable, ...]  # the layout's
    fields: Mapping[str, Variable]  # by the name of the field
    where: Mapping[str, str]
    bare: bool = False  # there is no message, only fields

    @property
    def named(self) -> list[tuple[Variable, str]]:
        """All variables, each with what a template calls it: a capture by its name, a field by the field's."""
        return [(each, each.name) for each in self.variables] + [(each, field) for field, each in self.fields.items()]


def metrics_of(subject: Subject, prefix: str, taken: Sequence[str]) -> list[MetricDraft]:
    """Draft the metrics of a template. Their names begin with `prefix`, and are none of those taken."""
    labels = _labels(subject)
    words = _words(subject, prefix, taken)
    base = f"{prefix}_{words}" if prefix else words
    drafts: list[MetricDraft] = []

    def add(name: tuple[str, str], kind: MetricType, text: str, value: tuple[Variable, str] | None = None) -> None:
        full = unused(*name, [*taken, *(draft.name for draft in drafts)])
        drafts.append(_draft(subject, full, kind, (text, labels, value)))

    measured = [(variable, key) for variable, key in subject.named if variable.unit is not None][:MOST_MEASURES]
    if not any(variable.unit is COUNT and not variable.key for variable, _ in measured):
        add((base, "_total"), MetricType.COUNTER, f"Lines {_which(subject)}")
    for variable, key in measured:
        kind = _type(variable, subject)
        add(_measure_name(base, words, variable, kind), kind, _told(variable, subject), (variable, key))
    return drafts


def _words(subject: Subject, prefix: str, taken: Sequence[str]) -> str:
    """The words of a template, more of them where fewer are those of another one."""
    known = {*(variable.name for variable in subject.variables), *prefix.split("_")}
    names = [slug(subject.chunks, known, most) for most in range(WORDS, WORDS + 3)]
    return next((name for name in names if f"{prefix}_{name}_total".lstrip("_") not in taken), names[0])


def _draft(
    subject: Subject,
    name: str,
    kind: MetricType,
    content: tuple[str, Sequence[tuple[Variable, str]], tuple[Variable, str] | None],
) -> MetricDraft:
    text, labels, value = content
    used = {variable.name for variable, _ in (*labels, *([value] if value else []))}
    regex = "" if subject.bare else subject.layout.regex(used, subject.variables)
    sets = {variable.name: f"{{{key}}}" for variable, key in labels if key != variable.name}
    where = {**subject.where, **(_required(subject, labels, value) if subject.bare else {})}
    rule = RuleDraft(match=regex, where=where, set=sets, value=_value(*value) if value else "")
    histogram = kind is MetricType.HISTOGRAM and value is not None
    return MetricDraft(
        name=name,
        type=kind,
        help=text,
        rule=rule,
        comment=f"{subject.count:,} line{'' if subject.count == 1 else 's'}{_template(subject)}",
        labels=tuple(LabelDraft(variable.name) for variable, _ in labels),
        buckets=buckets_for(_numbers(value[0])) if histogram and value else (),
    )


def _template(subject: Subject) -> str:
    return f" {_which(subject)}" if subject.bare else f": {shown(subject.chunks)}"


def _required(subject: Subject, labels: Sequence[tuple[Variable, str]], value: tuple[Variable, str] | None) -> dict[str, str]:
    """The fields that tell the lines of a template without a message: those that are used, or else the first."""
    used = [key for _, key in (*labels, *([value] if value else []))]
    return dict.fromkeys(used or list(subject.fields)[:_REQUIRED_FIELDS], "^")


def _labels(subject: Subject) -> list[tuple[Variable, str]]:
    found = {variable.name: (variable, key) for variable, key in subject.named if variable.is_label}
    order: Callable[[tuple[Variable, str]], tuple[int, int]] = lambda pair: (  # noqa: E731  # two lines long
        _FIRST.index(pair[0].name) if pair[0].name in _FIRST else len(_FIRST),
        len(set(pair[0].values)),
    )
    return sorted(found.values(), key=order)[:MOST_LABELS]


def _type(variable: Variable, subject: Subject) -> MetricType:
    """Durations are a histogram; what was done adds up; what is in use, waiting or left is a state."""
    unit = variable.unit
    if unit is not None and unit.name == "seconds":
        return MetricType.HISTOGRAM
    if any(number < 0 for number in _numbers(variable)) or (unit is not None and unit.name == "ratio"):
        return MetricType.GAUGE
    words = {*slug(subject.chunks, ()).split("_"), *variable.key.split("_")}
    if unit is BYTES or (unit is not None and unit.name == "bytes") or words & WORK:
        return MetricType.GAUGE if words & STATES else MetricType.COUNTER
    return MetricType.GAUGE


def _measure_name(base: str, words: str, variable: Variable, kind: MetricType) -> tuple[str, str]:
    unit = variable.unit.name if variable.unit else ""
    thing = "_".join(part for part in variable.name.split("_") if part not in {unit, "ms", "us", "ns", "s", "sec"})
    parts = [
        base,
        *([thing] if thing and f"_{thing}_" not in f"_{words}_" and thing != unit else []),
        *([unit] if unit else []),
        *(["value"] if kind is not MetricType.COUNTER and (unit or thing) == "total" else []),
    ]
    return "_".join(parts), "_total" if kind is MetricType.COUNTER else ""


def _told(variable: Variable, subject: Subject) -> str:
    unit = variable.unit.name.capitalize() if variable.unit and variable.unit.name else f"The number `{variable.name}`"
    key = f" `{variable.key}`" if variable.key and variable.unit and variable.unit.name else ""
    return f"{unit}{key} in lines {_which(subject)}"


def _which(subject: Subject) -> str:
    return f"with {', '.join(list(subject.fields)[:_SHOWN_FIELDS])}." if subject.bare else f"that say: {said(subject.chunks)}"


def _value(variable: Variable, key: str) -> str:
    exponent = variable.unit.exponent if variable.unit else 0
    return f"{{{key}}}" + (f"e{exponent}" if exponent else "")


def _numbers(variable: Variable) -> list[float]:
    exponent = variable.unit.exponent if variable.unit else 0
    return [float(f"{value}e{exponent}") for value in variable.values if _NUMBER.fullmatch(value)]
