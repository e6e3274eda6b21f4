"""Samples of the lines of one source that no rule counts: the latest few templates, each with its latest line.

Looks at a few lines a second at most, and only of Blocks in which some line was not counted; in between it costs a comparison.
Log text is kept here and nowhere else. Who may read it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from log2metrics.match.guard import Guard
from log2metrics.match.ruleset import Ruleset
from log2metrics.match.unmatched import said, unmatched
from log2metrics.templates.miner import Miner, Template
from log2metrics.templates.scan import MAX_CHARS, shown

EVERY_SECONDS = 1.0
LINES_AT_ONCE = 5
MOST_TEMPLATES = 10
MOST_LINE_CHARS = 300
_REMEMBERED_TEMPLATES = 50


def _spread(data: bytes, ruleset: Ruleset) -> Iterator[bytes]:
    """The first unmatched line in each of a few equal parts of a Block."""
    start = 0
    for number in range(1, LINES_AT_ONCE + 1):
        end = data.find(b"\n", max(len(data) * number // LINES_AT_ONCE - 1, start)) + 1
        if end:
            yield from islice(unmatched(data[start:end], ruleset.count), 1)
            start = end


@dataclass(frozen=True, slots=True)
class Sample:
    """One template of lines that no rule counts: how many of the lines looked at had it, the latest, and when that was.

    `seen` is in Unix seconds.
    """

    template: str
    line: str
    count: int
    seen: float


class Samples:
    """The samples of one source. `latest` never changes and is replaced as a whole, so any thread may read it."""

    def __init__(self, guard: Guard, clock: Callable[[], float], head_bytes: int = 0) -> None:
        self._guard = guard
        self._head_bytes = head_bytes  # before each line, which are not of it
        self._clock = clock
        self._next = 0.0
        self._miner = Miner(_REMEMBERED_TEMPLATES, 1, most_seen=_REMEMBERED_TEMPLATES)
        self._ring: dict[Template, Sample] = {}
        self.latest: tuple[Sample, ...] = ()

    def offer(self, data: bytes, ruleset: Ruleset, missed: int) -> None:
        """Take samples of the lines of a Block that no rule counts, which are so many, if it is time to."""
        if not missed or self._clock() < self._next:
            return
        self._next = self._clock() + EVERY_SECONDS
        found: list[bytes] = []
        self._guard.glance(lambda: found.extend(_spread(data, ruleset)))
        for line in found:
            self._take(line[self._head_bytes : 4 * MAX_CHARS].decode("utf-8", "replace").removesuffix("\r"))
        self.latest = tuple(reversed(self._ring.values()))

    def _take(self, line: str) -> None:
        program, message = said(line)
        template = self._miner.add(message, "", program)
        text = f"{program}: {shown(template.chunks)}" if program else shown(template.chunks)
        self._ring.pop(template, None)
        shortened = line if len(line) <= MOST_LINE_CHARS else line[: MOST_LINE_CHARS - 1] + "…"
        self._ring[template] = Sample(text[:MOST_LINE_CHARS], shortened, template.count, self._clock())
        if len(self._ring) > MOST_TEMPLATES:
            del self._ring[next(iter(self._ring))]
