"""`python -m benchmarks`: measure every case, print one table.

Measured is the whole process, from its start to its exit, with the log in the page cache: interpreter or runtime, imports,
compiling the rules, reading, counting and printing. That is fair to both, since mtail does the same in its whole-file mode.
`scrape` and `backlog` measure the running program, over HTTP. The counts of every run are compared with the truth about the
log: a program that counts wrong ends the benchmark.

Not measured: rotation, and what the daemon costs while little happens. mtail and rg may use all processors, we use one where
nothing else is said: compare the CPU times. Figures depend on the machine and on what else it does, so that claims are
ratios; `small` alone is a claim in seconds.
"""

from __future__ import annotations

import cProfile
import io
import os
import pstats
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from benchmarks.cases import CASES, Case
from benchmarks.lineup import LINEUP
from benchmarks.measure import measure
from benchmarks.programs import Task, WrongCountError, make_task, once_options
from benchmarks.report import markdown, table

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "log2metrics-benchmarks"
_NAMES = [case.name for case in CASES]
_PROFILE_LINES = 25
_PIPE_COLUMNS = 140


@click.command()
@click.option("--quick", is_flag=True, help="Smaller logs, for a first look: speed beside mtail is not judged.")
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="How often every program runs.")
@click.option("--case", "chosen", type=click.Choice(_NAMES), multiple=True, help="Only this case; may be repeated.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the table as Markdown.")
@click.option("--profile", type=click.Choice(_NAMES), help="Profile our side of this case instead.")
@click.option("--cache", type=click.Path(path_type=Path), default=_CACHE, show_default=True, help="Where the logs are kept.")
def main(  # noqa: PLR0913  # one argument per option
    *, quick: bool, rounds: int, chosen: tuple[str, ...], as_markdown: bool, profile: str | None, cache: Path
) -> None:
    """Measure log2metrics beside mtail, with `rg -c` and `wc -l` as the limit, and print one table."""
    wanted = [profile] if profile else chosen or _NAMES
    errors = Console(stderr=True)
    cases = [case for case in CASES if case.name in wanted]
    if profile:
        print(_profiled(_task(cases[0], cache, quick=quick)))
        return
    turns = track(cases, "Measuring", console=errors, disable=not errors.is_terminal)
    try:
        results = [measure(_task(case, cache, quick=quick), LINEUP[case.kind], rounds) for case in turns]
    except WrongCountError as error:
        raise click.ClickException(str(error)) from error
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"{error}\n{error.stderr}") from error
    if as_markdown:
        print(markdown(results))
    else:
        Console(width=None if sys.stdout.isatty() else _PIPE_COLUMNS).print(table(results))


def _task(case: Case, cache: Path, *, quick: bool) -> Task:
    return make_task(case, case.quick_lines if quick else case.lines, cache)


def _profiled(task: Task) -> str:
    """Where the time of `once` goes on a task, without its imports: the functions that take most of it themselves."""
    from log2metrics.cli.once import command  # noqa: PLC0415  # the benchmark itself must not need the command

    profile, text = cProfile.Profile(), io.StringIO()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        profile.runcall(command.main, once_options(task)[1:], standalone_mode=False)
    pstats.Stats(profile, stream=text).strip_dirs().sort_stats("tottime").print_stats(_PROFILE_LINES)
    return text.getvalue()


if __name__ == "__main__":
    sys.exit(main())
