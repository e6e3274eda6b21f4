"""How a command ends that could not do its work: a message on standard error, and an exit code.

Errors are told by whose fault they are: the operator's files and words end with 2, the world's trouble with 1.
"""

from __future__ import annotations

import logging
import sys

import click

from log2metrics.config.problems import ConfigError
from log2metrics.store.state import StateError

log = logging.getLogger(__name__)

WORLD = 1
OPERATOR = 2
INTERRUPTED = 130


class Failed(Exception):  # noqa: N818  # the command has failed, not the program
    """The command could not do all of its work; everything there is to say has been said unless there is a message."""


def exit_code_of(error: BaseException) -> int:
    """Tell what went wrong, and say what to exit with."""
    match error:
        case SystemExit():
            return error.code if isinstance(error.code, int) else WORLD
        case click.ClickException():
            error.show()
            return OPERATOR
        case KeyboardInterrupt() | click.Abort():
            return INTERRUPTED
        case ConfigError():
            print(error, file=sys.stderr)  # noqa: T201  # this is where messages go to the terminal
            return OPERATOR
        case BrokenPipeError():
            return WORLD
        case Failed() | StateError():
            message = str(error)
        case OSError():
            name = f"{error.filename}: " if error.filename else ""
            message = f"{name}{error.strerror or error}"
        case _:
            log.debug("internal error", exc_info=error)
            message = f"internal error: {type(error).__name__}: {error}; please report it (--log-level debug shows where)"
    if message:
        print(f"log2metrics: {message}", file=sys.stderr)  # noqa: T201  # the same
    return WORLD
