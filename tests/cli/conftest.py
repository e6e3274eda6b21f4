from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pytest
from click.testing import CliRunner, Result

from log2metrics.cli import commands

Invoke = Callable[..., Result]


@pytest.fixture(autouse=True)
def _process() -> Iterator[None]:
    """Put back what a command sets for its whole process: the log and the signals."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Call the command line; what it says is in the result, and what it raises too, if that is expected."""
    monkeypatch.delenv("NO_COLOR", raising=False)

    def call(*words: object, stdin: bytes | str | BinaryIO = "", fails: bool = False) -> Result:
        return CliRunner().invoke(commands, [str(word) for word in words], input=stdin, catch_exceptions=fails)

    return call
