"""Lines that no rule counts → a pack for the most frequent of them.

Lines are taken one at a time, and of each template a few are kept; the pack is drawn from those.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from log2metrics.match.formats import Format, line_format
from log2metrics.suggest.access import access_metrics, guess_log_format
from log2metrics.suggest.draft import MetricDraft, PackDraft
from log2metrics.suggest.drawing import Frame, draw
from log2metrics.suggest.fields import field_names
from log2metrics.suggest.programs import Programs
from log2metrics.suggest.recognise import recognise
from log2metrics.suggest.words import name_of
from log2metrics.templates.miner import Miner, Template
from log2metrics.templates.scan import MAX_CHARS, Kind

FIRST_LINES = 2000  # by which the format is told
_TIMED_ONLY = 0.3  # of the lines
_TIMED_FIRST = 0.05
_FEW_LINES = 100  # up to here, a template counts that was seen once


class Suggester:
    """Takes lines in, bounded in memory, and drafts a pack for them."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._miner = Miner()
        self._programs = Programs()
        self._format: Format | None = None
        self._goes_on = False  # whether an indented line may go on from another: one was not
        self.lines = 0

    def add(self, line: str) -> None:
        """Take one line in, without its line end.

        One that goes on from the line before it, is over-long, or has a U+0000, which no pack can hold, is passed over.
        """
        self.lines += 1
        line = line.rstrip("\r")
        if len(line) > MAX_CHARS or "\0" in line:
            return
        is_indented = line[:1].isspace()
        if is_indented and self._goes_on:
            return
        self._goes_on |= not is_indented
        if self._format is None:
            self._first.append(line)
            if len(self._first) == FIRST_LINES:
                self._settle()
        else:
            self._mine(line, self._format)

    def _settle(self) -> Format:
        """Tell the format by the first lines, and mine them."""
        if self._format is None:
            self._format = recognise(self._first)
            for line in self._first:
                self._mine(line, self._format)
        return self._format

    def _mine(self, line: str, name: Format) -> None:
        parsed = line_format(name).parse(line)
        if parsed is None:
            return
        if name in {Format.JSON, Format.LOGFMT} and parsed.message is line:
            self._miner.add("", line, " ".join(field_names(parsed)))
        else:
            self._miner.add(parsed.message, line, self._programs.family(parsed.program))

    def draft(self, name: str, top: int, taken: Collection[str] = ()) -> PackDraft:
        """Draft a pack for the `top` most frequent templates; its metrics are called none of `taken`.

        `name` is what the lines are of; those of no program have it at the beginning of their metrics' names.
        """
        form = self._settle()
        log_format = guess_log_format(self._first) if form is Format.PLAIN else None
        if log_format:
            metrics, example = access_metrics(log_format, self._first, name_of(name), taken)
            return PackDraft(name, form, (), metrics, (example,), self.lines, self.lines, 1)
        templates = self._miner.templates()
        often = [template for template in templates if template.count > 1 or self.lines <= _FEW_LINES] or templates
        return self._draw(name, templates, _telling(often) if form is Format.PLAIN else often, top, taken)

    def _draw(
        self, name: str, all_templates: Sequence[Template], telling: Sequence[Template], top: int, taken: Collection[str]
    ) -> PackDraft:
        form = self._settle()
        metrics: list[MetricDraft] = []
        examples: list[tuple[str, ...]] = []
        drawn: list[Template] = []
        frame = Frame(form, self._named(telling, top) if form is Format.SYSLOG else {})
        for template in telling:
            program = self._programs.only(template.topic) or template.topic
            prefix = name_of(program if form is Format.SYSLOG and program else name)
            drawing = draw(template, frame, prefix, [*taken, *(metric.name for metric in metrics)])
            if drawing is None:
                continue
            metrics += drawing.metrics
            examples.append(drawing.example)
            drawn.append(template)
            if len(drawn) == top:
                break
        programs = {self._programs.only(template.topic) for template in drawn} if form is Format.SYSLOG else set()
        return PackDraft(
            title=name,
            format=form,
            programs=tuple(sorted(each for each in programs if each)) if all(programs) else (),
            metrics=tuple(metrics),
            examples=tuple(examples),
            lines=self.lines,
            covered=sum(template.count for template in drawn),
            templates=len(all_templates),
        )

    def _named(self, templates: Sequence[Template], top: int) -> dict[str, str]:
        """Regexes for the programs of these templates, if the `top` most frequent are of more than one program."""
        often = {template.topic for template in templates[:top]}
        if len(often) <= 1 and all(self._programs.only(family) is not None for family in often):
            return {}
        return {template.topic: self._programs.regex(template.topic) for template in templates if template.topic}


def _telling(templates: Sequence[Template]) -> Sequence[Template]:
    """The templates that may begin lines of a log: where many begin with a time, those, or those first."""
    lines = sum(template.count for template in templates)
    whole = [template for template in templates if not _is_frame(template)]
    timed = [template for template in whole if _begins_with_time(template)]
    share = sum(template.count for template in timed) / max(lines, 1)
    if share > _TIMED_ONLY:
        return timed
    return sorted(whole, key=lambda each: not _begins_with_time(each)) if share > _TIMED_FIRST else whole


def _is_frame(template: Template) -> bool:
    """Whether the lines are of a stack trace: `#12 …`."""
    return template.chunks[:1] == (("#", Kind.NUMBER),)


def _begins_with_time(template: Template) -> bool:
    return any(Kind.TIME in chunk for chunk in template.chunks[:2])
