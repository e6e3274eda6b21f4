"""What the web room asks of the program that it shows.

Only types live here: no HTTP, no HTML. The only log text in them are the samples of unmatched lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from log2metrics.flow import Snapshot


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One followed file: how far it is counted, and when its last line was (Unix seconds; None: none yet)."""

    path: str
    offset: int
    behind_bytes: int
    last_line: float | None = None


@dataclass(frozen=True, slots=True)
class SampleStatus:
    """A template of lines that no rule counts, the latest of them, and how many of those looked at had it.

    `seen` says when the latest was, in Unix seconds.
    """

    template: str
    line: str
    count: int
    seen: float


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source: lines counted since ever, those of them that no rule counted, and its files.

    `lines_per_second` are of the last minute. `samples` are some of the unmatched lines, the latest first: log text, and
    not for everybody.
    """

    name: str
    lines: int = 0
    unmatched_lines: int = 0
    files: tuple[FileStatus, ...] = ()
    lines_per_second: float = 0.0
    samples: tuple[SampleStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What the exporter is doing. `started` is in Unix seconds, `series` counts them by the metric's name.

    `rule_seconds` are what the rules of each metric have cost since the start, as estimated from samples; `suspended` are
    the metrics of which a rule keeps timing out. `samples_shown` is false where they were taken out.
    """

    version: str
    started: float
    sources: tuple[SourceStatus, ...] = ()
    series: Mapping[str, int] = field(default_factory=dict)
    last_reload_ok: bool = True
    rule_seconds: Mapping[str, float] = field(default_factory=dict)
    suspended: tuple[str, ...] = ()
    samples_shown: bool = True

    @property
    def without_log_text(self) -> Status:
        """The same for those who may not read logs."""
        sources = tuple(replace(source, samples=()) for source in self.sources)
        return replace(self, sources=sources, samples_shown=False)


class Exporter(Protocol):
    """The running program; its methods are called from the threads of the server."""

    @property
    def ready(self) -> bool:
        """Whether what was in the files at the start has been counted."""

    def scrape(self) -> Snapshot:
        """Count what has been written until now, and give the snapshot; may take about a second."""

    def reload(self) -> str | None:
        """Read the configuration again; give its problems as text, None if it is good and in force."""

    def status(self) -> Status:
        """Tell what is going on, without counting anything first."""
