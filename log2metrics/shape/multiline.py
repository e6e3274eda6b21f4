r"""Which lines are one: regexes that are searched in each of them, in bounded time.

A regex that takes too long for a line finds nothing in it. One that keeps taking too long rests for many lines, and finds
nothing in those either: hostile lines make it wrong, and never slow. Knows no clock: it is lines that are counted.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import regex

from log2metrics.metric import Regex

log = logging.getLogger(__name__)

SEARCH_SECONDS = 0.01  # of processor time, for each search in one line
REST_AFTER = 10  # timeouts
REST_WITHIN = 10_000  # searches
REST_SEARCHES = 100_000


@dataclass(frozen=True, slots=True)
class Multiline:
    r"""Which lines are one, by regexes that are searched in each of them.

    A line goes on with what is before it if `follows` finds something in it, or, without `follows`, if `start` doesn't. With
    both, only what begins with a `start` goes on. What `end` finds is a last line. In `follows`, a lookbehind with `\n`
    sees the line before.

    At most `max_lines` are joined, and at most `max_bytes` bytes of UTF-8. What nothing has been added to for
    `quiet_seconds` is finished. Of `literals`, if there are some, one stands in every line in which `start` finds something.
    """

    start: str | None = None
    follows: str | None = None
    end: str | None = None
    max_lines: int = 500
    max_bytes: int = 65536
    quiet_seconds: float = 1.0
    literals: tuple[str, ...] = ()

    @property
    def finds_by_literals(self) -> bool:
        """Whether lines that are not joined can be told from others without a look at each."""
        return bool(self.literals and self.start and self.follows)


class Search:
    """One regex that is searched in lines, and rests after too many timeouts among its latest searches."""

    def __init__(self, pattern: Regex, give_up: Callable[[], None]) -> None:
        r"""`pattern` is compiled by `regex`, whose calls take a time limit; one with `\n` in it sees the line before.

        `give_up` is called for every line that it can't tell of.
        """
        text: str = pattern.pattern
        self._text = text
        self._give_up = give_up
        self._sees_before = r"\n" in text
        self._search = pattern.match if text.startswith("^") and "|" not in text else pattern.search
        self._timeouts: deque[int] = deque(maxlen=REST_AFTER)
        self._is_watched = False  # lately it has timed out
        self._asked = self._until = 0  # searches, since it is watched

    def find(self, line: str, before: str) -> bool:
        """Whether something is found in a line after another one; not where it is given up."""
        if self._is_watched and not self._may_search():
            self._give_up()
            return False
        try:
            if self._sees_before:
                return self._search(f"{before}\n{line}", len(before) + 1, timeout=SEARCH_SECONDS) is not None
            return self._search(line, timeout=SEARCH_SECONDS) is not None
        except TimeoutError:
            self._note_timeout()
            self._give_up()
            return False

    def _may_search(self) -> bool:
        self._asked += 1
        self._is_watched = self._asked - max(self._until, self._timeouts[-1] if self._timeouts else 0) < REST_WITHIN
        return self._asked > self._until

    def _note_timeout(self) -> None:
        self._is_watched = True
        self._timeouts.append(self._asked)
        if len(self._timeouts) == REST_AFTER and self._asked - self._timeouts[0] < REST_WITHIN:
            self._timeouts.clear()
            self._until = self._asked + REST_SEARCHES
            log.warning("multiline regex rests: it keeps timing out", extra={"regex": self._text, "lines": REST_SEARCHES})


class Criteria:
    """A Multiline at work. `given_up` counts its searches that took too long, or were left out because too many had."""

    def __init__(self, multiline: Multiline) -> None:
        self._start = self._of(multiline.start)
        self._follows = self._of(multiline.follows)
        self._end = self._of(multiline.end)
        self.given_up = 0

    def _of(self, text: str | None) -> Search | None:
        if text is None:
            return None
        return Search(regex.compile(text, regex.MULTILINE if r"\n" in text else 0), self._give_up)

    def _give_up(self) -> None:
        self.given_up += 1

    def opens(self, line: str) -> bool:
        """Whether a line that begins something may be gone on with."""
        return self._start is None or self._follows is None or self._start.find(line, "")

    def goes_on(self, line: str, before: str) -> bool:
        """Whether a line goes on with what is open, whose last line is `before`."""
        if self._follows is not None:
            return self._follows.find(line, before)
        return self._start is None or not self._start.find(line, "")

    def begins(self, line: str, before: str) -> bool:
        """Whether a line after this one begins something of its own, whatever was before and was cut."""
        if self._start is None and self._follows is None:
            return self.ends(before)
        return self.ends(before) or not (self.goes_on(line, before) or self.goes_on(line, ""))

    def ends(self, line: str) -> bool:
        """Whether a line is a last one."""
        return self._end is not None and self._end.find(line, "")


@cache
def criteria_of(multiline: Multiline) -> Criteria:
    """The same for all that is joined alike in this process: what rests, rests everywhere."""
    return Criteria(multiline)
