"""`log2metrics suggest`: from lines that nothing counts to a pack that does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from log2metrics.cli.failure import Failed
from log2metrics.cli.files import encoding_option, hint_of, patterns_option, source_of, unwrap_option
from log2metrics.cli.opened import STDIN
from log2metrics.cli.terminal import amount
from log2metrics.cli.unknown import Reader
from log2metrics.config.packs import library, library_folder, load_packs, parse_pack
from log2metrics.config.settings import Pack
from log2metrics.examples import counted
from log2metrics.shape.joining import JOINT
from log2metrics.shape.wrapping import Unwrap
from log2metrics.suggest.draft import PackDraft
from log2metrics.suggest.packtext import comment, pack_text
from log2metrics.suggest.suggester import Suggester

_LINES = 100_000
_DRAFT = Path("suggested.yml")


@click.command("suggest")
@click.argument("files", nargs=-1, required=True)
@patterns_option("Lines that these packs count are known.  [default: all shipped packs]")
@click.option("-a", "--all", "everything", is_flag=True, help="Suggest for all lines, known or not.")
@click.option("-t", "--top", type=click.IntRange(1, 100), default=10, show_default=True, help="Templates to suggest for.")
@click.option(
    "-n", "--lines", type=click.IntRange(min=1), default=_LINES, show_default=True, help="Lines of each file to look at."
)
@click.option("--name", help="What the log is of; metrics begin with it.  [default: the file's name]")
@unwrap_option
@encoding_option
def command(  # noqa: PLR0913, PLR0917  # one argument per option
    files: tuple[str, ...],
    patterns: Sequence[str] | None,
    everything: bool,  # noqa: FBT001  # an option of the command line
    top: int,
    lines: int,
    name: str | None,
    unwrap: Unwrap | None,
    encoding: str,
) -> None:
    """Print a pack for the lines of FILES (`-` is standard input) that no pack knows, the most frequent first.

    It is to be edited: names, labels and help are guesses. Its examples are real lines, and `log2metrics check` runs them.
    """
    packs = load_packs(library() if patterns is None else patterns, _base(patterns))
    asked = () if everything else packs
    reader = Reader(source_of(files, asked, unwrap, encoding), most_lines=lines)
    suggester = Suggester()
    joined = reader.source.selection.shape.multiline is not None
    for line in reader.unknown(files):
        # The pack that is printed joins no lines, so it is for the first of those that the packs asked have joined.
        suggester.add(line.partition(JOINT)[0] if joined else line)
    if len(reader.unreadable) == len(files):
        raise Failed("no file could be read")
    draft = suggester.draft(name or _name(files), top, [metric.name for pack in packs for metric in pack.metrics])
    _tell(reader, draft)
    if draft.metrics:
        click.echo(_heading(files, draft) + proven(draft), nl=False)
    if reader.unreadable:
        raise Failed("some files could not be read; the suggestions are for the others")


def _base(patterns: Sequence[str] | None) -> Path:
    return Path() if patterns is not None else library_folder()


def _name(files: Iterable[str]) -> str:
    """The first file's name up to where it is rotated or numbered: `queue` of `queue-2026.log.1`."""
    name = Path(next(iter(files))).name
    return "app" if name == STDIN else name.split(".")[0].rstrip("0123456789-_") or name


def proven(draft: PackDraft) -> str:
    """The text of a pack, its examples with what they count in it."""
    without = parse_pack(pack_text(draft, [() for _ in draft.examples]), _DRAFT)
    return pack_text(draft, [_counted(without, example) for example in draft.examples])


def _counted(pack: Pack, example: tuple[str, ...]) -> list[str]:
    return counted(pack, "".join(f"{line}\n" for line in example))


def _heading(files: Iterable[str], draft: PackDraft) -> str:
    names = ", ".join("standard input" if name == STDIN else Path(name).name for name in files)
    return (
        f"# {comment(f'Suggested for {names}, from {draft.covered:,} of {draft.lines:,} lines.')}\n"
        "# Names, help texts and labels are guesses: edit them, then run `log2metrics check` on this file.\n"
    )


def _tell(reader: Reader, draft: PackDraft) -> None:
    packs = [name for name, _ in reader.by_pack.most_common()]
    known = f"{reader.known:,} known to {', '.join(packs)}" if packs else "none known to a pack"
    lines = amount(reader.lines, "line")
    lines = f"the first {lines} (--lines takes more)" if reader.stopped else lines
    click.echo(f"{lines}: {known}; {draft.lines:,} unknown, of {draft.templates:,} templates", err=True)
    if reader.wrapping:
        click.echo(hint_of(reader.wrapping), err=True)
    if draft.metrics:
        share = f"{draft.covered:,} of the unknown lines ({draft.covered / max(draft.lines, 1):.0%})"
        click.echo(f"suggested: {amount(len(draft.metrics), 'metric')} for {share}", err=True)
    elif draft.lines:
        click.echo("nothing to suggest: what these lines have in common says nothing", err=True)
    else:
        advice = "--all suggests for those too" if reader.known else "there are no lines"
        click.echo(f"nothing to suggest: {advice}", err=True)
