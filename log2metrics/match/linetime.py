"""When the last lines of a Block say that they were written.

Only the last line that says so is read, and no more than the end of the Block is looked at for it. Where a rule has a log
format with a variable for the time, its capture is the stamp; else the line's format knows where to look.

What time it is now comes as an argument, and what is done with the answer is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from log2metrics.match.formats import Format, line_format
from log2metrics.match.formats.parsed import LineFormat
from log2metrics.match.pattern import Pattern
from log2metrics.match.rule import Rule
from log2metrics.match.timestamp import read_time

SEARCHED_BYTES = 64 * 1024
SEARCHED_LINES = 64
_VARIABLES = ("time_iso8601", "time_local", "msec")


class LineTimes:
    """Reads the times of lines of these formats, that these rules count. Without a zone they are in this host's."""

    def __init__(self, formats: Sequence[Format], rules: Sequence[Rule], zone: tzinfo | None) -> None:
        # Any line is a plain one: that is tried last.
        named = sorted(dict.fromkeys(formats), key=Format.PLAIN.__eq__)
        self._formats: list[LineFormat] = [line_format(name) for name in named]
        self._captures = dict(capture for rule in rules if (capture := _capture(rule)))
        self._zone = zone

    def last(self, data: bytes, now: float) -> float | None:
        """When the last line with a time stamp was written, in Unix seconds; None if none of the last lines has one."""
        stamps = (stamp for line in _last_lines(data) for stamp in self._stamps(line))
        times = (read_time(stamp, self._zone, now) for stamp in stamps)
        return next((time for time in times if time is not None), None)

    def _stamps(self, line: str) -> Iterator[str]:
        for pattern, group in self._captures.items():
            if (found := pattern.find_exact(line)) and found[group]:
                yield found[group].lstrip("[")  # Apache's %t brings its brackets along
        for each in self._formats:
            if stamp := each.time(line):
                yield stamp


def _capture(rule: Rule) -> tuple[Pattern, int] | None:
    """The regex of a rule's log format, and the number of its capture that is a time."""
    if rule.spec.log_format is None or rule.match is None or rule.format is not Format.PLAIN:
        return None
    group = next((rule.match.groups[name] for name in _VARIABLES if name in rule.match.groups), None)
    return (rule.match, group) if group else None


def _last_lines(data: bytes) -> Iterator[str]:
    """The last lines, from the end; one that begins too far away is left out."""
    lines = data[-SEARCHED_BYTES:].split(b"\n")
    if len(data) > SEARCHED_BYTES:
        del lines[0]
    for line in lines[-2 : -2 - SEARCHED_LINES : -1]:
        yield line.decode("utf-8", "replace").removesuffix("\r")
