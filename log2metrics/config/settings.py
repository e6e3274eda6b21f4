"""What the YAML becomes: frozen types that hold only what can work.

Pure data; how it was written and what could be wrong with it is known elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from log2metrics.config.values import Address
from log2metrics.match.formats import Format
from log2metrics.match.rule import Rule
from log2metrics.metric import Metric
from log2metrics.shape.multiline import Multiline
from log2metrics.shape.wrapping import Unwrap
from log2metrics.sinks.graphite import GraphiteSettings
from log2metrics.tail.selection import Selection

DEFAULT_LISTEN = Address("", 10414)


@dataclass(frozen=True, slots=True)
class Example:
    """Log lines and the exposition text they must give; `line` is where it begins in the pack's file."""

    lines: str
    expect: str
    line: int
    unwrap: Unwrap | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """One kind of log: its metrics, and the rules that feed them, in the order they are written.

    `programs` are empty where every line counts. `files` are absolute paths or globs. `metric_lines` says where in the file
    each metric stands, `multiline_line` where `multiline` does.
    """

    name: str
    path: Path
    title: str
    format: Format
    metrics: tuple[Metric, ...]
    rules: tuple[Rule, ...]
    programs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    metric_lines: Mapping[str, int] = field(default_factory=dict)
    multiline: Multiline | None = None
    multiline_line: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """Files to follow, and the packs that count their lines. A `format` takes the place of the packs' own.

    `timezone` is that of time stamps that say none; None is this host's.
    """

    selection: Selection
    packs: tuple[Pack, ...]
    format: Format | None = None
    timezone: tzinfo | None = None

    @property
    def name(self) -> str:
        """What the exporter's own metrics call it."""
        return self.selection.source


@dataclass(frozen=True, slots=True)
class Web:
    """The HTTP server, and where it listens."""

    listen: Address = DEFAULT_LISTEN


@dataclass(frozen=True, slots=True)
class Config:
    """Everything one run needs to know. No `path`: no file was read. No `state`: nothing is kept over a restart."""

    path: Path | None
    sources: tuple[Source, ...]
    state: Path | None
    web: Web | None = field(default_factory=Web)
    graphite: GraphiteSettings | None = None
