"""`log2metrics once`: read what is there, print the numbers, exit.

Standard output carries nothing but the output asked for, so that Telegraf's exec input and cron jobs can read it.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from errno import EBADMSG
from pathlib import Path

import click
from click.core import ParameterSource

from log2metrics import telemetry as own
from log2metrics.alarm import SignalTimer
from log2metrics.blocks import Counts, Tools, make_ruleset, metrics_of
from log2metrics.cli.failure import Failed
from log2metrics.cli.files import encoding_option, patterns_option, source_of, unwrap_option
from log2metrics.cli.logs import log_level_option, start_logging
from log2metrics.cli.opened import STDIN, opened, packing_in
from log2metrics.cli.progress import progress
from log2metrics.cli.terminal import amount
from log2metrics.config.load import load_config
from log2metrics.config.packs import load_packs, packs_for
from log2metrics.config.settings import Config, Pack, Source
from log2metrics.flow import Position, Snapshot
from log2metrics.match.guard import Guard
from log2metrics.match.ruleset import Ruleset
from log2metrics.metric import safe_text
from log2metrics.pipeline import Pipeline
from log2metrics.ranges import count_ranges, split
from log2metrics.shape.encodings import UTF8
from log2metrics.shape.shape import Shape
from log2metrics.shape.wrapping import Unwrap
from log2metrics.sinks import OUTPUTS
from log2metrics.sinks.graphite import GraphiteSettings
from log2metrics.store.state import State, StateHeldError, read_committed
from log2metrics.store.store import Store
from log2metrics.tail.discovery import Discovery
from log2metrics.tail.filesystem import FileSystem, allow_open_files
from log2metrics.tail.rotated import packing_of, parse
from log2metrics.tail.whole import last_lines, whole_blocks
from log2metrics.telemetry import Telemetry

log = logging.getLogger(__name__)

_WITH_CONFIG = "With -c the config says what is read and how: neither FILES nor options for them can be given besides."
_BIG_BYTES = 64 * 1024 * 1024  # from here on, more processes are worth their start


@click.command("once")
@click.argument("files", nargs=-1)
@patterns_option("Packs by name or path, separated by commas.  [default: those for files of this name, else all]")
@click.option(
    "-c", "--config", "path", type=click.Path(dir_okay=False, path_type=Path), help="Go on from the state of this config."
)
@click.option("-o", "--output", type=click.Choice(list(OUTPUTS)), default="prometheus", show_default=True, help="The format.")
@click.option(
    "--to", type=click.Path(dir_okay=False, path_type=Path), help="Write this file, atomically, in place of standard output."
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes to count big files with.  [default: the processors]")
@click.option("-n", "--last", type=click.IntRange(min=1), help="Only the last N lines of each file.")
@unwrap_option
@encoding_option
@click.option("--prefix", help="Put this before every Graphite path.")
@click.option("--unmatched", is_flag=True, help="Print samples of the lines that no rule counts, and count nothing.")
@click.option("--own", "with_own", is_flag=True, help="With the exporter's own metrics, log2metrics_….")
@log_level_option
def command(  # noqa: PLR0913, PLR0917  # one argument per option
    files: tuple[str, ...],
    patterns: Sequence[str] | None,
    path: Path | None,
    output: str,
    to: Path | None,
    jobs: int | None,
    last: int | None,
    unwrap: Unwrap | None,
    encoding: str,
    prefix: str | None,
    unmatched: bool,  # noqa: FBT001  # an option of the command line
    with_own: bool,  # noqa: FBT001  # the same
    log_level: str,
) -> None:
    """Read FILES (`-` is standard input) from beginning to end, print the numbers, exit.

    With -c and no FILES: read what the config's sources have to say since the last time, add it to the state, and print
    the totals.
    """
    start_logging("warning" if log_level == "info" else log_level)
    if path and (files or patterns is not None or jobs or unwrap or encoding != UTF8 or (last and not unmatched)):
        raise click.UsageError(_WITH_CONFIG)
    if unmatched:
        _refuse_formats(click.get_current_context())
    if not path and not files:
        raise click.UsageError("Name the FILES to read (`-` for standard input), or a config with -c.")
    given = load_config(path) if path else source_of(files, _packs(patterns, files), unwrap, encoding)
    if unmatched:
        from log2metrics.cli.unmatched import show_unmatched  # noqa: PLC0415  # who wants numbers does not pay for it

        show_unmatched(given, last)
        return
    if to and to.exists() and any(each.exists() and to.samefile(each) for each in map(Path, _inputs(given, path))):
        raise click.UsageError(f"--to: {safe_text(str(to))} is read here: name another file for the numbers.")
    snapshot, graphite, unreadable = _numbers(given, Reading(last, jobs or os.cpu_count() or 1))
    if prefix is not None:
        graphite = replace(graphite, prefix=prefix)
    _write(OUTPUTS[output](snapshot, own=with_own, graphite=graphite), to)
    if unreadable:
        raise Failed("some files could not be read, or not to their ends; the numbers are of the rest")


def _refuse_formats(context: click.Context) -> None:
    """Refuse what says how numbers are printed, where none are."""
    for option in ("output", "to", "prefix", "with_own"):
        if context.get_parameter_source(option) is ParameterSource.COMMANDLINE:
            name = option.removeprefix("with_")
            raise click.UsageError(f"--unmatched prints samples of lines, not numbers: --{name} does not go with it.")


def _inputs(given: Config | Source, config: Path | None) -> Iterator[str | Path]:
    """The files that are read, or gone on from."""
    if isinstance(given, Config):
        sources = given.sources
        yield from filter(None, (config, given.state))
        for source in sources:
            yield from Discovery(source.selection.globs, FileSystem()).paths(lambda *_: None)
    else:
        sources = (given,)
        yield from (file for file in given.selection.globs if file != STDIN)
    yield from (pack.path for source in sources for pack in source.packs)


def _numbers(given: Config | Source, reading: Reading) -> tuple[Snapshot, GraphiteSettings, list[str]]:
    """The numbers, what the config says of Graphite, and the files that could not be read."""
    with SignalTimer() as timer:
        tools = Tools(Telemetry(), Guard(timer, time.perf_counter), time.time)
        if isinstance(given, Config):
            return _go_on(given, tools), given.graphite or GraphiteSettings(), []
        snapshot, unreadable = _read_files(given, reading, tools)
        return snapshot, GraphiteSettings(), unreadable


def _go_on(config: Config, tools: Tools) -> Snapshot:
    """Read what is new, add it to the state, and give the totals; while the daemon does that, the totals alone."""
    try:
        state = State(config.state) if config.state else None
    except StateHeldError as error:
        log.debug("the state is held: these are the numbers that its holder has committed", extra={"pid": error.holder})
        return _look_on(config, tools)
    allow_open_files()
    pipeline = Pipeline(config.sources, state, tools)
    try:
        pipeline.run(lambda: False)
        if state is None:  # no later run goes on with what is unfinished
            pipeline.finish()
        if not pipeline.committed:
            raise Failed("the state could not be written, so nothing new was counted")
        return pipeline.snapshot
    finally:
        pipeline.close()


def _look_on(config: Config, tools: Tools) -> Snapshot:
    assert config.state is not None  # noqa: S101  # somebody holds it
    kept = read_committed(config.state)
    store = Store(metrics_of(config.sources), tools.telemetry)
    store.restore(kept.series)
    for name, labels, value in kept.own:
        tools.telemetry.restore(name, labels, value)
    return Snapshot(store.families(time.time()), tools.telemetry.families(), time.time())


def _packs(patterns: Sequence[str] | None, files: Iterable[str]) -> tuple[Pack, ...]:
    """The packs named; without names the shipped ones whose usual files are called like one of these, else all."""
    if patterns is not None:
        return load_packs(patterns, Path())
    return packs_for([name for file in files for name in _logs(Path(file).name)])


def _logs(name: str) -> list[str]:
    """What the log is called that a file of this name is, or was rotated from."""
    return [name, name.removesuffix(packing_of(name)), *(rotated.base for rotated in parse(name))]


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: how many lines at most (None: all), in how many processes."""

    last: int | None
    jobs: int

    def may_split(self, name: str, shape: Shape) -> bool:
        """Whether several processes share a file: it is big, and where a line begins is seen by a look at one place."""
        is_whole = name != STDIN and self.last is None and shape.unwrap is None and shape.encoding == UTF8
        return is_whole and self.jobs > 1 and Path(name).stat().st_size >= _BIG_BYTES and not _is_compressed(name)


def _is_compressed(name: str) -> bool:
    with Path(name).open("rb") as file:
        return bool(packing_in(file))


def _read_files(source: Source, reading: Reading, tools: Tools) -> tuple[Snapshot, list[str]]:
    metrics = metrics_of([source])
    store = Store(metrics, tools.telemetry)
    store.declare(metrics)
    ruleset = make_ruleset(source)
    unreadable, nothing = list[str](), True
    for name in source.selection.globs:
        try:
            _read_file(name, source, reading, (ruleset, store, tools))
        except OSError as error:
            click.echo(f"log2metrics: {safe_text(name)}: {error.strerror}", err=True)
            unreadable.append(name)
            nothing &= error.errno != EBADMSG
        else:
            nothing = False
    if nothing:
        raise Failed("no file could be read")
    _tell_losses(tools.telemetry)
    return Snapshot(store.families(time.time()), tools.telemetry.families(), time.time()), unreadable


def _read_file(name: str, source: Source, reading: Reading, parts: tuple[Ruleset, Store, Tools]) -> None:
    ruleset, store, tools = parts
    counts = Counts(store, tools)
    try:
        if reading.may_split(name, source.selection.shape):
            ranges = split(name, source.selection)
            for counted in progress(count_ranges(ranges, ruleset, source.selection, reading.jobs), len(ranges), name):
                counts.add(counted)
        else:
            _count_alone(name, source, reading.last, ruleset, counts)
    finally:  # what was read before the trouble is counted
        counts.apply()


def _count_alone(name: str, source: Source, last: int | None, ruleset: Ruleset, counts: Counts) -> None:
    line_bytes = source.selection.line_bytes
    with opened(name) as file:
        start = last_lines(file, last, line_bytes, source.selection.shape) if last else file
        for block in whole_blocks(start, Position(source.name, name, 0, 0, 0), line_bytes, shape=source.selection.shape):
            counts.count(block, ruleset)


def _tell_losses(telemetry: Telemetry) -> None:
    """Say on standard error what was not counted: silence means that nothing was lost."""
    named = {
        own.LINES_TRUNCATED: ("line cut", "lines cut"),
        own.MULTILINE_TIMEOUTS: ("timeout of `multiline`", "timeouts of `multiline`"),
        own.RULE_TIMEOUTS: ("timeout", "timeouts"),
        own.RULE_SKIPPED: ("line skipped", "lines skipped"),
        own.VALUE_ERRORS: ("value that is no usable number", "values that are no usable numbers"),
        own.FOLDED: ("increment folded into `other`", "increments folded into `other`"),
    }
    names = {own.PREFIX + counter.name: words for counter, words in named.items()}
    for family in telemetry.families():
        for labels, value in family.series.items():
            if family.metric.name in names and isinstance(value, float) and value:
                where = " ".join(text for _, text in labels)
                click.echo(f"log2metrics: {where}: {amount(round(value), *names[family.metric.name])}", err=True)


def _write(text: str, to: Path | None) -> None:
    if to is None:
        sys.stdout.buffer.write(text.encode())  # whatever the locale: expositions are UTF-8
        return
    if to.exists() and not to.is_file():
        raise Failed(f"--to: {safe_text(str(to))} is no regular file, which alone is replaced")
    # In the same folder, so that renaming it is atomic, and named so that no textfile collector reads it half-written.
    try:
        handle, name = tempfile.mkstemp(prefix=f".{to.name}.", suffix=".tmp", dir=to.parent)
    except OSError as error:
        raise Failed(f"--to: {safe_text(str(to))} can't be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
        Path(name).replace(to)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
