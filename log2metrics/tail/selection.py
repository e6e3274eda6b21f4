"""Which files a source follows, and how they are to be read: the tail room's view of a Source."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from log2metrics.metric import Labels, Regex, safe_text
from log2metrics.shape.shape import Shape


class StartAt(StrEnum):
    """What to do with a file that is met at the very first start."""

    BEGINNING = "beginning"
    END = "end"


@dataclass(frozen=True, slots=True)
class Selection:
    """The files of one source: absolute glob patterns, where to start, the labels they give.

    `rotated` are further patterns: where their rotated files may go, besides their own directories. `shape` says what a line
    is in them.
    """

    source: str
    globs: tuple[str, ...]
    start_at: StartAt = StartAt.END
    labels: Labels = ()
    file_labels: Regex | None = None
    line_bytes: int = 65536
    rotated: tuple[str, ...] = ()
    shape: Shape = field(default_factory=Shape)

    def labels_of(self, path: str) -> Labels:
        """The labels of every line of this file: the source's own and the groups that `file_labels` finds in the path.

        A group that takes no part in the match gives no label; one that is named like a label of the source replaces it.
        """
        found = self.file_labels.search(path) if self.file_labels is not None else None
        groups = found.groupdict() if found else {}
        named = {name: safe_text(value) for name, value in groups.items() if value is not None}
        return tuple(sorted({**dict(self.labels), **named}.items()))
