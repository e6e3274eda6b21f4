"""Files that are named on the command line: by which packs they are read, and what a line is in them.

A source of a config says the latter for itself; the options here are for files without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from log2metrics.config.problems import ConfigError, Problem, listed, meant
from log2metrics.config.settings import Pack, Source
from log2metrics.config.shapes import keeps_wrapping, missing_fields, multiline_of, multiline_problems
from log2metrics.config.values import meant_encoding
from log2metrics.shape.encodings import UTF8, encoding
from log2metrics.shape.shape import Shape
from log2metrics.shape.wrapping import Unwrap
from log2metrics.tail.selection import Selection

Command = TypeVar("Command", bound=Callable[..., Any])


def _unwrap(context: click.Context, parameter: click.Parameter, value: str | None) -> Unwrap | None:  # noqa: ARG001  # click's
    if value is None or value in list(Unwrap):
        return Unwrap(value) if value else None
    raise click.UsageError(f"--unwrap: found {value!r}; {meant(value, Unwrap, f'write {listed(Unwrap)}')}")


def _names(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> list[str] | None:  # noqa: ARG001  # the same
    return [name.strip() for names in value for name in names.split(",")] or None


def _encoding(context: click.Context, parameter: click.Parameter, value: str) -> str:  # noqa: ARG001  # the same
    if name := encoding(value):
        return name
    raise click.UsageError(f"--encoding: found {value!r}; {meant_encoding(value)}")


def patterns_option(text: str) -> Callable[[Command], Command]:
    """The option for packs; it may be repeated."""
    return click.option("-p", "--patterns", metavar="PACKS", multiple=True, callback=_names, help=text)


unwrap_option = click.option(
    "--unwrap", metavar="|".join(Unwrap), callback=_unwrap, help="Take off what this container runtime put around each line."
)
encoding_option = click.option(
    "--encoding", metavar="NAME", default=UTF8, callback=_encoding, show_default=True, help="How the files are encoded."
)


def hint_of(wrapping: Unwrap, *, by_config: bool = False) -> str:
    """What to say of lines that seem to be wrapped, and are taken as they are."""
    how = f"`unwrap: {wrapping}` in the source" if by_config else f"`--unwrap {wrapping}`"
    return f"wrapped by a container runtime, it seems; {how} takes that off"


def source_of(files: Iterable[str], packs: tuple[Pack, ...], unwrap: Unwrap | None, encoding: str) -> Source:
    """The files as a source for these packs. Raises ConfigError where it can't be said what a line is to all of them."""
    problems = list(multiline_problems(packs))
    for pack, name in missing_fields(packs, unwrap):
        problems.append(Problem(str(pack.path), None, f"it asks for `{name}`, which only wrapped lines have", "`--unwrap`"))
    if problems:
        raise ConfigError(problems)
    shape = Shape(unwrap, multiline_of(packs), encoding, keeps_wrapping(packs, unwrap))
    return Source(Selection("once", tuple(files), shape=shape), packs)
