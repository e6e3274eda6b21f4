"""`log2metrics explain`: why a line matches, and why it doesn't."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import click

from log2metrics.alarm import SignalTimer
from log2metrics.blocks import groups_of
from log2metrics.cli.explained import show_alike, show_finding, show_group, show_line, show_near_misses
from log2metrics.cli.files import encoding_option, hint_of, patterns_option, source_of, unwrap_option
from log2metrics.cli.opened import STDIN, opened
from log2metrics.cli.terminal import style
from log2metrics.config.load import load_config
from log2metrics.config.packs import library, load_packs
from log2metrics.config.settings import Pack, Source
from log2metrics.flow import Position
from log2metrics.match.explain import Finding, GroupFinding, Reach, explain
from log2metrics.match.guard import Alarm
from log2metrics.match.ruleset import Group
from log2metrics.shape.encodings import UTF8
from log2metrics.shape.shape import LINE_BYTES, Shape
from log2metrics.shape.wrapping import Unwrap, wrapping_of
from log2metrics.tail.whole import whole_blocks

#: The packs that are asked, by what a line is to them.
Asking = dict[Shape, list[tuple[Pack, Group]]]

_GROUP_SECONDS = 2.0
_NEAR = 3  # near misses that are shown of packs that nobody has named
_NEAR_CHARS = 4  # of text that a regex must have taken to be near


@dataclass(frozen=True, slots=True)
class Asked:
    """The packs that are asked, and whether the user has named them: then every rule is shown."""

    groups: Sequence[tuple[Pack, Group]]
    by_name: bool
    shape: Shape
    by_config: bool


@click.command("explain")
@click.argument("line", required=False)
@click.option("-f", "--file", "file", type=click.Path(path_type=Path), help="Explain each line of this file.")
@patterns_option("Packs by name or path, separated by commas.  [default: all shipped]")
@click.option("-c", "--config", "path", type=click.Path(dir_okay=False, path_type=Path), help="The packs of this config.")
@unwrap_option
@encoding_option
def command(  # noqa: PLR0913, PLR0917  # one argument per option
    line: str | None, file: Path | None, patterns: Sequence[str] | None, path: Path | None, unwrap: Unwrap | None, encoding: str
) -> None:
    """Show which rules see LINE (or each line of a file, or of standard input), what they capture, which series change.

    Where a rule does not match, it says why: which text is missing, and where the regex stopped. Of packs that are not
    named only the nearest misses are shown.
    """
    if line is not None and file is not None:
        raise click.UsageError("Give a LINE or a --file, not both.")
    if path and (unwrap or encoding != UTF8):
        raise click.UsageError("With -c the config says what a line is: --unwrap and --encoding can't be given besides.")
    by_shape = _of_config(path) if path else _of_packs(patterns, unwrap, encoding)
    if line is not None:  # typed, not read out of a file
        by_shape = _merged((replace(shape, encoding=UTF8), groups) for shape, groups in by_shape.items())
    lines = counted = 0
    with _opened(line, file, often=len(by_shape) > 1) as data:
        start = data.tell() if data.seekable() else 0
        for number, (shape, groups) in enumerate(by_shape.items()):
            if number:
                data.seek(start)
            asked = Asked(groups, bool(patterns or path), shape, bool(path))
            for text in _lines(data, shape):
                lines += 1
                counted += _explain(asked, text)
    if lines > 1:
        click.echo(f"{lines:,} lines, {counted:,} of them counted", err=True)


@contextmanager
def _opened(line: str | None, file: Path | None, *, often: bool) -> Iterator[BinaryIO]:
    """What is to be explained; if it is read more than once, what can't be read again is kept in memory."""
    if line is not None:
        yield BytesIO(os.fsencode(line) + b"\n")
        return
    if file is None and sys.stdin.isatty():
        click.echo("Paste lines to explain; Ctrl-D ends.", err=True)
    with opened(str(file) if file else STDIN) as data:
        yield BytesIO(data.read()) if often and not data.seekable() else data


@dataclass(frozen=True, slots=True)
class _Arriving:
    """Reads what is there, and waits only where nothing is."""

    data: BinaryIO

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, at most so many; none at the end."""
        read: Callable[[int], bytes] = getattr(self.data, "read1", self.data.read)
        return read(size)


def _lines(data: BinaryIO, shape: Shape) -> Iterator[str]:
    for block in whole_blocks(_Arriving(data), Position("", "", 0, 0, 0), LINE_BYTES, shape=shape):
        for line in block.data.split(b"\n")[:-1]:
            yield line.decode("utf-8", "replace").removesuffix("\r")


def _of_config(path: Path) -> Asking:
    """The packs of a config by what a line is to their source."""
    return _merged(map(_of_source, load_config(path).sources))


def _of_packs(patterns: Sequence[str] | None, unwrap: Unwrap | None, encoding: str) -> Asking:
    """The packs that are named, or all shipped ones, as `once` uses them together."""
    packs = load_packs(library() if patterns is None else patterns, Path())
    return _merged([_of_source(source_of((), packs, unwrap, encoding))])


def _of_source(source: Source) -> tuple[Shape, list[tuple[Pack, Group]]]:
    return source.selection.shape, list(zip(source.packs, groups_of(source), strict=True))


def _merged(asked: Iterable[tuple[Shape, list[tuple[Pack, Group]]]]) -> Asking:
    merged: Asking = {}
    for shape, groups in asked:
        merged.setdefault(shape, []).extend(groups)
    return merged


def _explain(asked: Asked, line: str) -> bool:
    """Tell what all packs make of a line; whether any counts it."""
    wrapping = None if asked.shape.unwrap else wrapping_of(line.encode("utf-8", "replace"))
    show_line(line[asked.shape.head_bytes :], hint_of(wrapping, by_config=asked.by_config) if wrapping else "")
    with SignalTimer() as timer:
        found = [(pack, _found(group, line, timer)) for pack, group in asked.groups]
        counted = [pair for pair in found if pair[1].counted]
        others = [pair for pair in found if not pair[1].counted]
        for pack, finding in counted if not asked.by_name else [*counted, *others]:
            show_group(pack, finding)
            for alike in _alike(finding.findings if asked.by_name else [each for each in finding.findings if each.series]):
                if len(alike) > 1:
                    show_alike(alike)
                else:
                    show_finding(alike[0], finding.message, _reach(alike[0], timer) if asked.by_name else None)
        if not counted:
            click.echo(style("No rule counts this line.", fg="yellow"))
        misses = [] if asked.by_name else _near_misses(others, timer, for_program_only=bool(counted))
        if misses or not (asked.by_name or counted):
            show_near_misses(misses, len(others))
    click.echo()
    return bool(counted)


def _alike(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Each alone, but together those that an earlier rule of their metric has counted the line for."""
    groups = groupby(findings, lambda each: (each.rule.metric.name, each.reason) if each.is_passed_over else each.rule)
    return (list(alike) for _, alike in groups)


def _found(group: Group, line: str, timer: SignalTimer) -> GroupFinding:
    """What a pack makes of a line, or that a regex of it takes too long, which in the daemon would be a timeout."""
    try:
        finding: GroupFinding = timer.run(_GROUP_SECONDS, lambda: explain(group, line))
    except (Alarm, TimeoutError):
        return GroupFinding(group, reason=f"a regex takes over {_GROUP_SECONDS:g} s for this line: it times out")
    return finding


def _reach(finding: Finding, timer: SignalTimer) -> Reach | None:
    try:
        reach: Reach | None = timer.run(_GROUP_SECONDS, lambda: finding.reach)
    except Alarm:
        return None
    return reach


def _near_misses(
    found: Iterable[tuple[Pack, GroupFinding]], timer: SignalTimer, *, for_program_only: bool
) -> list[tuple[Pack, Finding, Reach]]:
    """The rules whose regexes got furthest, of packs for the line's program, and of all that have a literal in the line."""
    reached = [
        (pack, finding, reach)
        for pack, group in found
        for finding in group.findings
        if (group.group.programs or (not for_program_only and _has_literal(group, finding)))
        and (reach := _reach(finding, timer))
        and reach.width >= _NEAR_CHARS
    ]
    return sorted(reached, key=lambda each: -each[2].width)[:_NEAR]


def _has_literal(group: GroupFinding, finding: Finding) -> bool:
    literals = finding.rule.match.literals if finding.rule.match else None
    return any(literal in group.message for literal in literals or ())
