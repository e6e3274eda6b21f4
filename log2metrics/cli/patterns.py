"""`log2metrics patterns`: the shipped library, and one pack with its metrics."""

from __future__ import annotations

from pathlib import Path

import click

from log2metrics.cli.terminal import amount, style
from log2metrics.config.packs import library, library_folder, load_packs
from log2metrics.config.settings import Pack
from log2metrics.metric import Label, Metric


@click.command("patterns")
@click.argument("name", required=False)
@click.option("--source", is_flag=True, help="Print the pack's YAML, to copy and change.")
def command(name: str | None, source: bool) -> None:  # noqa: FBT001  # an option of the command line
    """List the shipped packs; with NAME (or a path), show one with its metrics."""
    if name is None:
        if source:
            raise click.UsageError("Name the pack whose YAML to print.")
        packs = load_packs(library(), library_folder())
        width = max(len(pack.name) for pack in packs)
        for pack in packs:
            count = amount(len(pack.metrics), "metric")
            click.echo(f"{style(pack.name.ljust(width), bold=True)}  {pack.title} ({count})")
        click.echo("\nlog2metrics patterns NAME shows a pack's metrics; --source prints its YAML.", err=True)
        return
    (pack,) = load_packs([name], Path())
    if source:
        click.echo(pack.path.read_text(encoding="utf-8"), nl=False)
    else:
        _show(pack)


def _show(pack: Pack) -> None:
    click.echo(f"{style(pack.name, bold=True)}: {pack.title}")
    click.echo(f"format {pack.format}" + (f", programs {', '.join(pack.programs)}" if pack.programs else ""))
    if pack.files:
        click.echo(f"usually in {', '.join(pack.files)}")
    for metric in pack.metrics:
        click.echo(f"\n{style(_name(metric), fg='cyan')}  {style(str(metric.type), dim=True)}")
        click.echo(f"  {metric.help}")
        for label in metric.labels:
            click.echo(f"  {label.name}: {_values(label)}")


def _name(metric: Metric) -> str:
    labels = ", ".join(label.name for label in metric.labels)
    return f"{metric.name}{{{labels}}}" if labels else metric.name


def _values(label: Label) -> str:
    known = ", ".join(value or '""' for value in label.known)
    bound = f"at most {label.limit} values" if label.limit is not None else "as in the log"
    return known if label.closed else f"{known}, others as in the log" if known else bound
