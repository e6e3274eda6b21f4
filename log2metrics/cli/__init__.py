"""The command line: one module per command, each imported when it is called.

The only place with exit codes and terminal output: 0 done, 1 the world is in the way, 2 the operator's files or words are
wrong.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from importlib import import_module
from io import TextIOWrapper

import click

COMMANDS = {
    "run": "Follow logs, count, and serve /metrics.",
    "once": "Read what is there, print the numbers, exit.",
    "check": "Check config and packs, and run every example.",
    "explain": "Show why a line matches or doesn't.",
    "status": "Show what the running exporter is doing.",
    "suggest": "Draft a pack for the lines that no pack knows.",
    "patterns": "List the shipped packs, or show one.",
    "generate": "Write files for other programs.",
    "demo": "See it work on a made-up log.",
}


class _Commands(click.Group):
    """Finds commands by module name, so that one command doesn't pay for the imports of another."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # the same
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # the same
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from log2metrics.config.problems import meant  # noqa: PLC0415  # only when a word is wrong

            found = error.format_message().rstrip(".")
            raise click.UsageError(f"{found}; {meant(args[0], COMMANDS, 'log2metrics --help lists them')}") from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "-V", "--version", package_name="log2metrics", message="%(prog)s %(version)s")
def commands() -> None:
    """Follow log files and turn what they say into Prometheus metrics."""


def main() -> None:
    """Run the command line; no traceback ever reaches the user."""
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while the modules are read is nobody's to report
    from log2metrics.cli.failure import exit_code_of  # noqa: PLC0415  # not for those who only ask what commands there are

    signal.signal(signal.SIGINT, handler)
    gc.set_threshold(50_000)  # next to nothing here is garbage in circles: looking for it would cost a tenth of the start
    if not isinstance(sys.stdout, TextIOWrapper):  # None: it was closed by whoever started us
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # for the rest of the process
    sys.stdout.reconfigure(errors="replace")  # a terminal without UTF-8 gets a `?` for what it can't show
    try:
        code = commands.main(standalone_mode=False) or 0  # click returns the code of an Exit
    except BaseException as error:  # noqa: BLE001  # this is the one place where everything ends
        code = exit_code_of(error)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = code or exit_code_of(error)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the end of the process does not try again
    sys.exit(code)
