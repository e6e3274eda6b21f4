from __future__ import annotations

from collections.abc import Callable
from typing import Any

from log2metrics.match.formats import Format
from log2metrics.match.guard import Alarm, Guard
from log2metrics.match.ruleset import Group, Ruleset
from log2metrics.samples import LINES_AT_ONCE, MOST_LINE_CHARS, MOST_TEMPLATES, Sample, Samples
from tests.pipelines import Clock, Untimed, pack


class Rung:
    """A Timer whose time is always up."""

    def run(self, seconds: float, work: Callable[[], Any]) -> Any:  # noqa: ANN401, ARG002  # as the Protocol has it
        """Do nothing."""
        raise Alarm


class Watched:
    """Samples of a source that counts `hit=…`, offered whole texts."""

    def __init__(self, *, rung: bool = False) -> None:
        self.clock = Clock()
        self.samples = Samples(Guard(Rung() if rung else Untimed(), self.clock), self.clock)
        self.ruleset = Ruleset([Group(Format.PLAIN, frozenset(), pack().rules)])

    def offer(self, *lines: str) -> list[str]:
        """Offer a Block of these lines a second later; the lines of the latest samples."""
        self.clock.now += 1
        return self.offer_at_once(*lines)

    def offer_at_once(self, *lines: str) -> list[str]:
        """Offer a Block without waiting."""
        data = "".join(f"{line}\n" for line in lines).encode()
        self.samples.offer(data, self.ruleset, self.ruleset.count(data).unmatched)
        return [sample.line for sample in self.samples.latest]


def test_unmatched_lines_are_kept_by_template() -> None:
    """The latest of each, the latest template first, with how many have been looked at."""
    watched = Watched()
    watched.offer("hit=a", "user mara came home", "hit=b", "disk full")
    assert ["user olek came home", "disk full"] == watched.offer("user olek came home", "hit=a")
    assert Sample("user <*> came home", "user olek came home", 2, watched.clock.now) == watched.samples.latest[0]


def test_programs_are_told_apart() -> None:
    """The header of a syslog is no part of a template; the program is."""
    watched = Watched()
    watched.offer("Nov 20 15:55:31 alder su[4]: went 1", "Nov 20 15:55:32 alder su[5]: went 2")
    assert ["su: went <number>"] == [sample.template for sample in watched.samples.latest]


def test_few_lines_are_looked_at() -> None:
    """So many of a Block, and none of the Blocks of the same second."""
    watched = Watched()
    watched.offer(*("miss" for _ in range(100)))
    assert [LINES_AT_ONCE] == [sample.count for sample in watched.samples.latest]
    assert ["miss"] == watched.offer_at_once("another line")


def test_the_latest_templates_are_kept() -> None:
    """The one that has not been seen for longest goes, and no line is kept whole that is long."""
    watched = Watched()
    words = [chr(97 + number) * 3 for number in range(MOST_TEMPLATES + 3)]
    for word in words:
        watched.offer(word)
    assert words[:2:-1] == watched.offer("hit=a")
    assert MOST_LINE_CHARS == len(watched.offer("x y " * 100_000)[0])


def test_blocks_without_unmatched_lines_are_not_looked_at() -> None:
    """They do not use up the second either."""
    watched = Watched()
    assert [] == watched.offer("hit=a")
    assert ["miss"] == watched.offer_at_once("miss")


def test_looking_takes_no_time() -> None:
    """When there is no time, there are no samples, and nothing else happens."""
    assert [] == Watched(rung=True).offer("miss", "hit=a")
