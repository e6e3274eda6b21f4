"""One template → metrics, and lines that prove them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from log2metrics.match.formats import Format, line_format
from log2metrics.match.formats.parsed import Parsed
from log2metrics.match.pattern import Pattern
from log2metrics.suggest.draft import MetricDraft
from log2metrics.suggest.fields import field_variables
from log2metrics.suggest.metrics import Subject, metrics_of
from log2metrics.suggest.naming import has_words
from log2metrics.suggest.pattern import lay_out
from log2metrics.suggest.variables import understood
from log2metrics.templates.miner import Template


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a template became: its metrics, and real lines that they count."""

    metrics: tuple[MetricDraft, ...]
    example: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What all templates of one pack have in common: the format, and where rules must name them, regexes for programs.

    Those are by the templates' topics.
    """

    format: Format
    programs: Mapping[str, str] = field(default_factory=dict)


def draw(template: Template, frame: Frame, prefix: str, taken: Collection[str]) -> Drawing | None:
    """Draw the metrics of a template, called by none of the names taken; None if it says too little to be told by."""
    form = line_format(frame.format)
    pairs = [(line, parsed) for line in template.samples if (parsed := form.parse(line))]
    structured = frame.format in {Format.JSON, Format.LOGFMT}
    bare = structured and not template.chunks
    layout = lay_out(template.chunks, ["" if bare else parsed.message for _, parsed in pairs])
    if layout is None:
        return None
    lines = [pairs[number] for number in layout.lines]
    fields = field_variables(form, [parsed for _, parsed in lines]) if structured else {}
    if not (has_words(template.chunks) or (bare and fields)):
        return None
    named = understood([*layout.variables, *fields.values()])
    count = len(layout.variables)
    subject = Subject(
        chunks=template.chunks,
        count=template.count,
        layout=layout,
        variables=tuple(named[:count]),
        fields=dict(zip(fields, named[count:], strict=True)),
        where={"program": frame.programs[template.topic]} if template.topic in frame.programs else {},
        bare=bare,
    )
    metrics = tuple(metrics_of(subject, prefix, list(taken)))
    matched = [(line, place) for place, (line, parsed) in enumerate(lines) if bare or _is_matched(metrics, parsed)]
    example = _example(matched, subject)
    return Drawing(metrics, example) if example else None


def _is_matched(metrics: Sequence[MetricDraft], parsed: Parsed) -> bool:
    """Whether the regexes match on the engine that will run them."""
    return all(Pattern(metric.rule.match).find_exact(parsed.message) is not None for metric in metrics)


def _example(lines: Sequence[tuple[str, int]], subject: Subject) -> tuple[str, ...]:
    """Two lines, as short and as plain as there are, that differ in a label if there is one. Each has its number."""
    measured = [variable for variable, _ in subject.named if variable.unit is not None]
    labels = [variable for variable, _ in subject.named if variable.is_label]
    readable = sorted(
        lines,
        key=lambda pair: (any(_is_zero(each.values[pair[1]]) for each in measured), not pair[0].isprintable(), len(pair[0])),
    )
    if not readable:
        return ()
    first, number = readable[0]
    said = [variable.values[number] for variable in labels]
    other = (line for line, place in readable if [variable.values[place] for variable in labels] != said)
    return (first, *islice(other, 1))


def _is_zero(value: str) -> bool:
    """Whether a value leaves no mark: a series that is 0 proves nothing."""
    return not value.strip("+-0.")
