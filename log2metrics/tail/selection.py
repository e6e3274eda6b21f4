"""Which files a source follows, and how they are to be read: the tail room's view of a Source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from log2metrics.metric import Labels, Pattern


class StartAt(StrEnum):
    """What to do with a file that is met at the very first start."""

    BEGINNING = "beginning"
    END = "end"


@dataclass(frozen=True, slots=True)
class Selection:
    """The files of one source: absolute glob patterns, where to start, the labels they give."""

    source: str
    globs: tuple[str, ...]
    start_at: StartAt = StartAt.END
    labels: Labels = ()
    file_labels: Pattern | None = None
    line_bytes: int = 65536
