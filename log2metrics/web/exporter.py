"""What the web room asks of the program that it shows.

Only types live here: no HTTP, no HTML. No log text passes through them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
class SourceStatus:
    """One source: lines counted since ever, those of them that no rule counted, and its files."""

    name: str
    lines: int = 0
    unmatched_lines: int = 0
    files: tuple[FileStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What the exporter is doing. `started` is in Unix seconds, `series` counts them by the metric's name."""

    version: str
    started: float
    sources: tuple[SourceStatus, ...] = ()
    series: Mapping[str, int] = field(default_factory=dict)
    last_reload_ok: bool = True


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
