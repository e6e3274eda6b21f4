"""What words in logs tell of the value beside them: its unit, whether it is a state or a code, or whose it is.

Only English and the units of the usual programs are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP = _words(
    """a about after an and are as at be been before by for from has have in into is it its no not of on or than that the this
    to was were will with via"""
)
LEVELS = _words(
    """trace debug info information notice warn warning err error crit critical fatal alert emerg panic severe fine"""
)
METHODS = _words("GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT PROPFIND")
# What the words beside a variable must not be, if it is to be a label: somebody's name, address, number or time.
PRIVATE = _words(
    """user uid gid username login account owner who ruser logname subject customer tenant for from by to peer remote ip addr
    address host hostname client src dst rhost server email mail sender recipient id ids pid ppid tid sid uuid guid session
    token key cookie hash digest checksum nonce serial thread conn connection request req trace span transaction job time date
    timestamp ts at since until port url uri query referer agent cursor inode offset"""
)
CODES = _words(
    """status code level exit signal errno rc retcode result severity priority class reason stratum type state http_status
    statuscode status_code exit_code"""
)
STATES = _words(
    """usage used free available memory heap depth queue queued waiting pending active open opened current currently remaining
    left load temperature backlog connected running idle total"""
)
WORK = _words(
    """processed sent received imported exported deleted written wrote read copied inserted updated removed added loaded
    fetched transferred uploaded downloaded dropped flushed generated indexed merged cleaned expired purged rejected"""
)
OUTCOMES = _words("ok done success successful failure error fail timeout denied allowed refused lost")
_NO_MEASURE = PRIVATE | CODES | _words("line version step attempt error number no row column build release page")

_NAME_CHARS = 40
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as metrics have it: what their names end in, and the exponent that turns the logged number into it."""

    name: str
    exponent: int = 0


SECONDS, BYTES = Unit("seconds"), Unit("bytes")
COUNT = Unit("")
_UNITS = {
    Unit("seconds", -9): "ns nsec nanos nanosecond nanoseconds",
    Unit("seconds", -6): "us µs usec usecs micros microsecond microseconds",
    Unit("seconds", -3): "ms msec msecs millis millisecond milliseconds",
    SECONDS: "s sec secs second seconds",
    Unit("minutes"): "min mins minutes",
    Unit("hours"): "h hours",
    BYTES: "B b byte bytes octets",
    Unit("bytes", 3): "kB KB kb",
    Unit("bytes", 6): "MB",
    Unit("bytes", 9): "GB",
    Unit("kibibytes"): "KiB",
    Unit("mebibytes"): "MiB",
    Unit("gibibytes"): "GiB",
    Unit("ratio", -2): "% percent",
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_BY_NAME = {
    SECONDS: "duration elapsed took latency runtime walltime",
    BYTES: "bytes size length len",
    COUNT: "count total rows lines items records messages hits queries entries files rate depth",
}
_NAMED = {word: unit for unit, words in _BY_NAME.items() for word in words.split()}


def unit_of(word: str) -> Unit | None:
    """The unit that a word after a number names."""
    return _UNIT_OF.get(word.strip(".,;:()[]{}"))


def unit_in_name(name: str, *, decimal: bool) -> Unit | None:
    """The unit that the name of a value tells: `duration_ms`, `bytes_sent`. A time with decimals is a number of seconds."""
    parts = name.split("_")
    if decimal and len(parts) > 1 and parts[-1] == "time":
        return SECONDS
    if set(parts[-1:]) & _NO_MEASURE:
        return None
    suffix = _UNIT_OF.get(parts[-1]) if len(parts) > 1 else None
    return suffix or next((_NAMED[part] for part in (*reversed(parts),) if part in _NAMED), None)


def is_outcome(word: str) -> bool:
    """Whether a word tells how something ended: `Accepted`, `failed`, `done`."""
    return word.isalpha() and (word.lower() in OUTCOMES or word.lower().endswith("ed"))


def measures(words: Iterable[str]) -> bool:
    """Whether a number beside these words can be a measurement: it is no code, identifier or place."""
    return not set(words) & _NO_MEASURE


def name_of(text: str) -> str:
    """A text as a part of a metric's or label's name; empty if nothing of it can be used."""
    snake = re.sub(r"[^a-z0-9]+", "_", _CAMEL.sub("_", text).lower()).strip("_")
    whole = snake if len(snake) <= _NAME_CHARS else snake[:_NAME_CHARS].rpartition("_")[0] or snake[:_NAME_CHARS]
    return whole.lstrip("0123456789_")
