"""What all parts of this room work with for one source: its selection, its limits, and what comes from outside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from log2metrics.tail.filesystem import FileSystem
from log2metrics.tail.identity import Rotation
from log2metrics.tail.selection import Selection
from log2metrics.tail.tailer import BLOCK_BYTES
from log2metrics.telemetry import ROTATIONS, Telemetry

log = logging.getLogger(__name__)

GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read at once, and how long a file that has left its path is kept open after its last line.

    For as long, what can't be found or read at a rotation is tried again before it is given up. `search_steps` (of 1 MiB,
    where files are compressed) is what all searches of a source get at a time.
    """

    block_bytes: int = BLOCK_BYTES
    grace_seconds: float = GRACE_SECONDS
    search_steps: int = 32


@dataclass(frozen=True, slots=True)
class Setting:
    """The surroundings of one source. `clock` gives Unix seconds."""

    selection: Selection
    telemetry: Telemetry
    clock: Callable[[], float]
    limits: Limits = field(default_factory=Limits)
    system: FileSystem = field(default_factory=FileSystem)

    @property
    def source(self) -> str:
        """The name of the source."""
        return self.selection.source

    def rotated(self, path: str, kind: Rotation) -> None:
        """Count a rotation of the log at this path."""
        self.telemetry.add(ROTATIONS, 1, self.source, kind)
        log.info("rotated", extra={"source": self.source, "file": path, "kind": str(kind)})
