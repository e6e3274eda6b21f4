"""What flows between the rooms: Position, Block and Snapshot.

    files ─▶ Block ─▶ (match) ─▶ Tally ─▶ (store) ─▶ Snapshot ─▶ sinks

Only data lives here: no I/O, no clocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from log2metrics.metric import Labels, Metric


@dataclass(frozen=True, slots=True)
class Position:
    """How far one file has been read for one source; what the state keeps of a file.

    The file is known by device, inode *and* content: `head` is a digest of its first `head_bytes` bytes, `marker` a
    digest of the bytes just before `offset` (both hexadecimal, empty while nothing has been read). `path` is that of the
    log, under which the file was met first, also when it has been rotated; of a compressed file, `offset` and `size` are
    those of its content. `size` and `mtime_ns` are as of the last look.

    A file that is `done` was read to its end and let go; its position is kept for a while so that it is known again.
    """

    source: str
    path: str
    device: int
    inode: int
    offset: int
    head_bytes: int = 0
    head: str = ""
    marker: str = ""
    skipping: int = 0  # what of that which follows has been counted: flags of the room `shape`; 1 is the rest of a line
    size: int = 0
    mtime_ns: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines from one file of one source, as bytes, and the position after them.

    `data` ends with a newline. `labels` are constant for the file. `truncated` lines in it were cut at `line_bytes`. `stamp` is
    when the last one was written, as far as what it was wrapped in says so. `timeouts` are searches for what lines are one that
    were given up.
    """

    source: str
    data: bytes
    position: Position
    labels: Labels = ()
    truncated: int = 0
    stamp: str = ""
    timeouts: int = 0


class HistogramValue(NamedTuple):
    """The value of a histogram series: observations per bucket (not cumulative, the last is +Inf) and their sum."""

    counts: tuple[int, ...]
    sum: float

    @property
    def observations(self) -> int:
        """How many observations there are in all buckets."""
        return sum(self.counts)


Value = float | HistogramValue


@dataclass(frozen=True, slots=True)
class Family:
    """One metric and its series at the moment of a snapshot."""

    metric: Metric
    series: Mapping[Labels, Value]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All numbers as of one commit; never changes, so any thread may read it.

    `families` come from the patterns, `own` from the exporter itself. `timestamp` is in Unix seconds.
    """

    families: tuple[Family, ...] = ()
    own: tuple[Family, ...] = ()
    timestamp: float = 0.0
