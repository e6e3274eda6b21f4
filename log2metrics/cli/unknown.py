"""The lines of files that no rule knows: what `suggest` and `once --unmatched` look at."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import click

from log2metrics.alarm import SignalTimer
from log2metrics.blocks import groups_of
from log2metrics.cli.opened import STDIN, opened
from log2metrics.cli.progress import progress
from log2metrics.config.settings import Source
from log2metrics.flow import Position
from log2metrics.match.guard import Guard
from log2metrics.match.rule import Rule
from log2metrics.match.ruleset import Ruleset
from log2metrics.match.tally import Tally
from log2metrics.match.unmatched import is_telling, unmatched
from log2metrics.metric import safe_text
from log2metrics.shape.wrapping import Unwrap, wrapping_of
from log2metrics.tail.whole import last_lines, whole_blocks

_PART_BYTES = 64 * 1024  # of a Block, which is shown to the rules at once


@dataclass(slots=True)
class Reader:
    """Reads files as those of a source, at most so many lines of each; tells how many there were and which packs know them."""

    source: Source
    most_lines: int | None = None
    last: int | None = None
    files: int = 0
    lines: int = 0
    known: int = 0
    by_pack: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    stopped: bool = False  # before the end of a file
    wrapping: Unwrap | None = None  # that the first unknown line seems to have, though the source says of none

    def unknown(self, files: Iterable[str]) -> Iterator[str]:
        """The lines that no rule of the packs knows. A file that can't be read is told of on standard error."""
        source, head = self.source, self.source.selection.shape.head_bytes
        ruleset = Ruleset([replace(group, rules=tuple(filter(is_telling, group.rules))) for group in groups_of(source)])
        owners = {rule: pack.name for pack in source.packs for rule in pack.rules}
        with SignalTimer() as timer:
            guard = Guard(timer, time.perf_counter)
            for name in files:
                try:
                    with opened(name) as file:
                        self.files += 1
                        for data in _shown(self._parts(file), name):
                            tally = guard.count(ruleset, data)
                            self._note(tally, owners)
                            lines = unmatched(data, lambda part: guard.count(ruleset, part), tally)
                            yield from (line[head:].decode("utf-8", "replace").removesuffix("\r") for line in self._seen(lines))
                except OSError as error:
                    self.fail(name, error)

    def _seen(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        """The same lines, after a look at the first."""
        first = next(lines, None)
        if first is not None:
            self.wrapping = self.wrapping or (None if self.source.selection.shape.unwrap else wrapping_of(first))
            yield first
            yield from lines

    def fail(self, name: str, error: OSError) -> None:
        """Tell on standard error that a file can't be read, and go on."""
        click.echo(f"log2metrics: {safe_text(name)}: {error.strerror}", err=True)
        self.unreadable.append(name)

    def _parts(self, file: BinaryIO) -> Iterator[bytes]:
        shape, line_bytes, left = self.source.selection.shape, self.source.selection.line_bytes, self.most_lines
        start = last_lines(file, self.last, line_bytes, shape) if self.last else file
        for block in whole_blocks(start, Position("", "", 0, 0, 0), line_bytes, shape=shape):
            at = 0
            while at < len(block.data):
                end = block.data.find(b"\n", min(at + _PART_BYTES, len(block.data) - 1)) + 1
                data, at = block.data[at:end], end
                whole = data
                if left is not None:
                    data = b"\n".join(whole.split(b"\n", left)[:left]) + b"\n" if whole.count(b"\n") > left else whole
                    left -= data.count(b"\n")
                yield data
                if left == 0:
                    self.stopped |= len(data) < len(whole) or at < len(block.data) or bool(start.read(1))
                    return

    def _note(self, tally: Tally, owners: dict[Rule, str]) -> None:
        self.lines += tally.lines
        self.known += tally.matched
        for rule, _, times in tally.items():
            self.by_pack[owners[rule]] += times


def _shown(parts: Iterable[bytes], name: str) -> Iterable[bytes]:
    """The same parts; how many of a file have been read is shown on a terminal."""
    return parts if name == STDIN else progress(parts, max(Path(name).stat().st_size // _PART_BYTES, 1), name)
