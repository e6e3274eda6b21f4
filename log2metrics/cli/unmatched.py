"""`log2metrics once --unmatched`: samples of the lines that no rule counts, by template.

Of a config all files are read that its sources lead to now, whatever has been counted of them: the state is not looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import click

from log2metrics.cli.failure import Failed
from log2metrics.cli.files import hint_of
from log2metrics.cli.terminal import amount, style, visible
from log2metrics.cli.unknown import Reader
from log2metrics.config.settings import Config, Source
from log2metrics.match.unmatched import said
from log2metrics.tail.discovery import Discovery
from log2metrics.tail.filesystem import FileSystem, check_regular
from log2metrics.templates.miner import Miner, Template
from log2metrics.templates.scan import shown

_MOST_TEMPLATES = 20
_WIDTH = 200  # characters of a line that are shown
_COUNT_WIDTH = 9


def show_unmatched(given: Config | Source, last: int | None) -> None:
    """Print the most frequent templates of the lines that no pack of a source counts, each with a line.

    Of each file that is all lines, or its `last` ones. Raises Failed.
    """
    sources = [given] if isinstance(given, Source) else given.sources
    readers = [Reader(source, last=last) for source in sources]
    for reader, source in zip(readers, sources, strict=True):
        if isinstance(given, Source):
            _show_source(reader, source.selection.globs)
        else:
            _show_source(reader, list(_files(source, reader)), source.name)
    if any(reader.unreadable for reader in readers):
        some = any(reader.files for reader in readers)
        raise Failed("some files could not be read; the samples are of the others" if some else "no file could be read")


def _files(source: Source, reader: Reader) -> Iterator[str]:
    """The files that a source leads to now, each once, whatever it is called; what is not there may come yet."""
    seen: set[tuple[int, int]] = set()
    for path in Discovery(source.selection.globs, FileSystem()).paths(reader.fail):
        try:
            status = os.stat(path)  # noqa: PTH116  # the tail room's paths are strings
            check_regular(status)
        except FileNotFoundError:
            continue
        except OSError as error:
            reader.fail(path, error)
            continue
        if (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            yield path


def _show_source(reader: Reader, files: Sequence[str], title: str = "") -> None:
    miner = Miner(most_samples=1)
    for line in reader.unknown(files):
        program, message = said(line)
        miner.add(message, line, program)
    templates = miner.templates()
    if title and templates:
        click.echo(style(title, bold=True))
    for template in templates[:_MOST_TEMPLATES]:
        _show(template)
    _tell(reader, miner, templates[_MOST_TEMPLATES:], title)


def _show(template: Template) -> None:
    text = f"{template.topic}: {shown(template.chunks)}" if template.topic else shown(template.chunks)
    click.echo(f"{template.count:{_COUNT_WIDTH},}  {style(visible(text, _WIDTH), bold=True)}")
    click.echo(f"{'':{_COUNT_WIDTH}}  {style(visible(template.samples[0], _WIDTH), dim=True)}")


def _tell(reader: Reader, miner: Miner, rest: Sequence[Template], title: str) -> None:
    unmatched = reader.lines - reader.known
    left = sum(template.count for template in rest) + miner.dropped
    more = f"; {left:,} of them are of rarer templates, which are not shown" if left else ""
    where = f" in {amount(reader.files, 'file')}" if title else ""
    click.echo(f"{f'{title}: ' if title else ''}{amount(reader.lines, 'line')}{where}, {unmatched:,} unmatched{more}", err=True)
    if reader.wrapping:
        click.echo(hint_of(reader.wrapping, by_config=bool(title)), err=True)
