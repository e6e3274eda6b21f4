"""A progress bar on standard error, where that is a terminal, and nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

from log2metrics.metric import safe_text

Part = TypeVar("Part")


def progress(parts: Iterable[Part], total: int, name: str) -> Iterator[Part]:
    """The same parts, shown as they come: how many of `total` there have been."""
    if not sys.stderr.isatty():
        yield from parts
        return
    from rich.console import Console  # noqa: PLC0415  # only where it draws
    from rich.progress import track  # noqa: PLC0415  # the same

    coming = iter(parts)
    first = list(islice(coming, 1))  # that forks processes, which the bar's threads must not be there for
    yield from track(chain(first, coming), safe_text(name), total, console=Console(stderr=True), transient=True)
