"""Time stamps: the text of one → Unix seconds.

    2026-11-21T03:00:00.5+01:00   2026-11-21 03:00:00,5   Sat 2026-11-21 03:00:00 UTC      ISO 8601 and its kin
    2026/11/21 03:00:00           21/Nov/2026:03:00:00 +0000   21-Nov-2026 03:00:00        nginx's, access logs', PHP's
    Nov 21 03:00:00               Sat Nov 21 03:00:00.5 2026   I1121 03:00:00.5            syslog's, C's and Apache's, klog's
    1795190159.123                1795190159123                                            Unix seconds, ms, µs or ns

Where a stamp says no zone it is in the one given (None: this host's). Where it says no year, or an hour that there is twice,
it is the time nearest to now. What can't be on a calendar is no time; a leap second is the second after.

What time it is now comes as an argument. Knows nothing of lines and their formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import product

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = f"(?P<name>{'|'.join(_MONTHS)})"
_DAY = "(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9})\d*)?"
_ZONE = r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)(?!\w))?"
_SHAPES = [
    re.compile(shape, re.ASCII)
    for shape in (
        rf"{_DAY}(?P<year>\d{{4}})(?P<between>[-/])(?P<month>\d\d)(?P=between)(?P<day>\d\d)[T ]{_CLOCK}{_ZONE}",
        rf"(?P<day>\d\d)/{_MONTH}/(?P<year>\d{{4}}):{_CLOCK}{_ZONE}",
        rf"(?P<day>\d{{1,2}})[ -]{_MONTH}[ -](?P<year>\d{{4}}) {_CLOCK}{_ZONE}",
        rf"{_DAY}{_MONTH} +(?P<day>\d{{1,2}}) {_CLOCK} (?P<year>(?:19|20)\d\d)(?!\w){_ZONE}",
        rf"{_DAY}{_MONTH} +(?P<day>\d{{1,2}}) (?:(?P<year>\d{{4}}) )?{_CLOCK}{_ZONE}",
        rf"[IWEF](?P<month>\d\d)(?P<day>\d\d) +{_CLOCK}",
        r"(?P<unix>\d{10}(?:\.\d{1,9})?)(?![\w.-])",
    )
]
_NUMBER = re.compile(r"\d{1,10}\.\d{1,18}[eE]\+?\d{1,2}\Z|\d{9,19}(?:\.\d{1,9})?\Z", re.ASCII)

# Where the stamp of a line is that has no other format: at its beginning, perhaps after a process number as Redis writes
# it, or first thing in brackets.
_PLACE = re.compile(r"\A(?:\d{1,10}:[A-Z] )?|[\[(]", re.ASCII)
_SEARCHED_CHARS = 512
_MAX_PLACES = 8

_EARLIEST, _LATEST = 946_684_800.0, 4_102_444_800.0  # the years 2000 to 2099, in which a number can be a time
_PER_SECOND = (1, 1e3, 1e6, 1e9)  # so far apart that no number can be a time in two of them
_LEAP_DAY = (2, 29)


def find_stamp(line: str) -> str | None:
    """The text of the first time stamp at the beginning of a line, or of a bracket in it."""
    start = line[:_SEARCHED_CHARS]
    for place, _ in zip(_PLACE.finditer(start), range(_MAX_PLACES), strict=False):
        for shape in _SHAPES:
            if found := shape.match(start, place.end()):
                return found[0]
    return None


def read_time(text: str, zone: tzinfo | None, now: float) -> float | None:
    """The Unix seconds that a text stands for that begins with a time stamp, or is a number; None for any other."""
    if _NUMBER.match(text):
        return _unix(float(text))
    found = next((found for shape in _SHAPES if (found := shape.match(text))), None)
    if found is None:
        return None
    parts = found.groupdict()
    return _unix(float(parts["unix"])) if "unix" in parts else _on_calendar(parts, zone, now)


def _unix(number: float) -> float | None:
    times = (number / divisor for divisor in _PER_SECOND)
    return next((time for time in times if _EARLIEST <= time < _LATEST), None)


def _on_calendar(parts: dict[str, str | None], zone: tzinfo | None, now: float) -> float | None:
    zone = _offset(parts["zone"]) if parts.get("zone") else zone
    times = (_instant(parts, year, zone, fold) for year, fold in product(_years(parts, zone, now), (0, 1)))
    return min((time for time in times if time is not None), key=lambda time: abs(time - now), default=None)


def _years(parts: dict[str, str | None], zone: tzinfo | None, now: float) -> Iterator[int]:
    """The year of a stamp, or those that it could be of."""
    if year := parts.get("year"):
        yield int(year)
        return
    this = datetime.fromtimestamp(now, zone).year
    around = 4 if (_month(parts), int(parts["day"] or 0)) == _LEAP_DAY else 1
    yield from range(this - around, this + around + 1)


def _month(parts: dict[str, str | None]) -> int:
    return int(parts.get("month") or _MONTHS.index(parts["name"] or "") + 1)


def _instant(parts: dict[str, str | None], year: int, zone: tzinfo | None, fold: int) -> float | None:
    day, hour, minute, second = (int(parts[name] or 0) for name in ("day", "hour", "minute", "second"))
    leap = second == 60  # noqa: PLR2004  # the second after 59
    try:
        whole = datetime(year, _month(parts), day, hour, minute, second - leap, tzinfo=zone, fold=fold).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return whole + leap + float(f"0.{parts.get('fraction') or 0}")


def _offset(text: str | None) -> tzinfo:
    """The zone of an offset such as +0100, -03 or +05:30; UTC for its names."""
    if text is None or text[0] not in "+-":
        return UTC
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    offset = timedelta(hours=min(hours, 23), minutes=min(minutes, 59))
    return timezone(-offset if text[0] == "-" else offset)
