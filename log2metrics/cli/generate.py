"""`log2metrics generate`: files for other programs."""

from __future__ import annotations

import json

import click

from log2metrics.config.jsonschema import config_schema, pack_schema

_SCHEMAS = {"config": config_schema, "pack": pack_schema}


@click.group("generate")
def command() -> None:
    """Write files for other programs, to standard output."""


@command.command("schema")
@click.argument("kind", type=click.Choice(list(_SCHEMAS)), default="config")
def schema(kind: str) -> None:
    """The JSON Schema of a config or a pack, for editors.

    Put `# yaml-language-server: $schema=FILE` into the first line of the YAML to make an editor use it.
    """
    click.echo(json.dumps(_SCHEMAS[kind](), indent=2, ensure_ascii=False))


@command.command("packs")
def packs() -> None:
    """The page of the docs about the shipped packs: what each counts, where, and by which labels."""
    from log2metrics.cli.packdocs import render_packs  # noqa: PLC0415  # a schema needs no packs
    from log2metrics.config.packs import library, library_folder, load_packs  # noqa: PLC0415  # the same

    click.echo(render_packs(load_packs(library(), library_folder())), nl=False)
