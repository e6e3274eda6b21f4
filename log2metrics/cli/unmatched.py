"""`log2metrics once --unmatched`: samples of the lines that no rule counts, by template."""

from __future__ import annotations

from collections.abc import Sequence

import click

from log2metrics.cli.failure import Failed
from log2metrics.cli.terminal import style, visible
from log2metrics.cli.unknown import Reader
from log2metrics.config.settings import Source
from log2metrics.match.unmatched import said
from log2metrics.templates.miner import Miner, Template
from log2metrics.templates.scan import shown

_MOST_TEMPLATES = 20
_WIDTH = 200  # characters of a line that are shown
_COUNT_WIDTH = 9


def show_unmatched(source: Source, last: int | None) -> None:
    """Print the most frequent templates of the lines that no pack of a source counts, each with a line. Raises Failed."""
    miner = Miner(most_samples=1)
    files = source.selection.globs
    reader = Reader(source, last=last)
    for line in reader.unknown(files):
        program, message = said(line)
        miner.add(message, line, program)
    if len(reader.unreadable) == len(files):
        raise Failed("no file could be read")
    templates = miner.templates()
    for template in templates[:_MOST_TEMPLATES]:
        _show(template)
    _tell(reader, miner, templates[_MOST_TEMPLATES:])
    if reader.unreadable:
        raise Failed("some files could not be read; the samples are of the others")


def _show(template: Template) -> None:
    text = f"{template.topic}: {shown(template.chunks)}" if template.topic else shown(template.chunks)
    click.echo(f"{template.count:{_COUNT_WIDTH},}  {style(visible(text, _WIDTH), bold=True)}")
    click.echo(f"{'':{_COUNT_WIDTH}}  {style(visible(template.samples[0], _WIDTH), dim=True)}")


def _tell(reader: Reader, miner: Miner, rest: Sequence[Template]) -> None:
    unmatched = reader.lines - reader.known
    left = sum(template.count for template in rest) + miner.dropped
    more = f"; {left:,} of them are of rarer templates, which are not shown" if left else ""
    click.echo(f"{reader.lines:,} lines, {unmatched:,} unmatched{more}", err=True)
