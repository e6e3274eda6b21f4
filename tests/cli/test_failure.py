"""What went wrong, told by whose fault it is."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import click
import pytest

from log2metrics.cli.failure import Failed, exit_code_of
from log2metrics.config.problems import ConfigError, Problem
from log2metrics.store.state import StateHeldError

PROBLEMS = ConfigError([Problem("c.yml", 2, "this", "that"), Problem("c.yml", 1, "these", "those")])

REPORT = "please report it (--log-level debug shows where)"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (SystemExit(3), 3, ""),
        (SystemExit("text"), 1, ""),
        (click.UsageError("Name a pack."), 2, "Error: Name a pack.\n"),
        (KeyboardInterrupt(), 130, ""),
        (click.Abort(), 130, ""),
        (PROBLEMS, 2, "c.yml:1: these; those\nc.yml:2: this; that\n"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 1, ""),
        (Failed("no file could be read"), 1, "log2metrics: no file could be read\n"),
        (Failed(), 1, ""),
        (
            StateHeldError(Path("s.db"), "1"),
            1,
            "log2metrics: s.db: held by process 1; one exporter per state file: stop it, or name another with `state:`\n",
        ),
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/x"), 1, "log2metrics: /x: No such file or directory\n"),
        (OSError("cannot listen"), 1, "log2metrics: cannot listen\n"),
        (ZeroDivisionError("oh"), 1, f"log2metrics: internal error: ZeroDivisionError: oh; {REPORT}\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_every_error_has_a_code_and_a_message(
    error: BaseException, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """2 for the operator's files and words, 1 for the world's trouble; nothing of it on standard output."""
    assert code == exit_code_of(error)
    assert ("", message) == tuple(capsys.readouterr())


def test_debugging_shows_where_it_happened(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever reports an internal error can say where it is."""
    caplog.set_level("DEBUG")
    error = ZeroDivisionError("division by zero")
    exit_code_of(error)
    (record,) = caplog.records
    assert record.exc_info
    assert error is record.exc_info[1]
