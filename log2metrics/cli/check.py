"""`log2metrics check`: config and packs are read, and every example is run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from log2metrics.alarm import SignalTimer
from log2metrics.cli.terminal import amount, style, visible
from log2metrics.config.load import load_config
from log2metrics.config.marks import read_document
from log2metrics.config.packs import library, library_folder, load_packs
from log2metrics.config.problems import ConfigError, Problem
from log2metrics.config.settings import Pack
from log2metrics.examples import Difference, run_examples
from log2metrics.match.guard import Alarm

_PACK_SECONDS = 10.0
_SHOWN_CHARS = 100


@click.command("check")
@click.argument("files", nargs=-1)
def command(files: tuple[str, ...]) -> None:
    """Check FILES: configs, and packs by name or path; the shipped packs if there are none.

    All problems are told at once, with their places. Exit code 2 if there are any.
    """
    packs, configs, problems = _load(files)
    failures = 0
    for pack in {pack.path.resolve(): pack for pack in packs}.values():
        failures += _check(pack)
    for config in configs:
        click.echo(f"{config}: {style('ok', fg='green')}")
    for problem in dict.fromkeys(problems):
        click.echo(str(problem), err=True)
    if failures or problems:
        raise click.exceptions.Exit(2)


def _load(files: Iterable[str]) -> tuple[list[Pack], list[Path], list[Problem]]:
    packs: list[Pack] = []
    configs: list[Path] = []
    problems: list[Problem] = []
    for name in files or library():
        try:
            if files and _is_config(name):
                packs += (pack for source in load_config(Path(name)).sources for pack in source.packs)
                configs.append(Path(name))
            else:
                packs += load_packs([name], Path() if files else library_folder())
        except ConfigError as error:
            problems += error.problems
    return packs, configs, problems


def _is_config(name: str) -> bool:
    """Whether a file is a config rather than a pack: it has none of the keys that every pack has."""
    document = read_document(Path(name), [])  # what is wrong with it is told when it is read as what it is
    return document is not None and not {"title", "metrics"} & document.data.keys()


def _check(pack: Pack) -> bool:
    """Tell how a pack's examples went; True if any failed."""
    try:
        with SignalTimer() as timer:
            differences = timer.run(_PACK_SECONDS, lambda: run_examples(pack))
    except Alarm:
        click.echo(f"{pack.path}: its examples take over {_PACK_SECONDS:g} s; write regexes without nested repeats", err=True)
        return True
    except TimeoutError as error:
        click.echo(f"{pack.path}: {error}", err=True)
        return True
    count = len(pack.examples)
    told = f"{amount(count, 'example')}, {amount(len(pack.metrics), 'metric')}"
    if not differences:
        note = style("ok", fg="green") if count else style("ok, but no example proves it", fg="yellow")
        click.echo(f"{pack.path}: {note} ({told})")
    for difference in differences:
        _show(pack, difference)
    return bool(differences)


def _show(pack: Pack, difference: Difference) -> None:
    place = f"{pack.path}:{difference.example.line}"
    if difference.wrong is not None:
        right = 'a series and its number, such as name{label="value"} 1'
        click.echo(f"{place}: `expect` has `{visible(difference.wrong, _SHOWN_CHARS)}`; {right}", err=True)
        return
    click.echo(f"{place}: {style('example fails', fg='red')}: - expected, + counted", err=True)
    for line in difference.lines:
        color = {"-": "red", "+": "green"}.get(line[:1])
        click.echo("  " + style(line, fg=color), err=True)
