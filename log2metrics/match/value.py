"""What number a text stands for, in base units: plain, with units, with its digits in groups, or a list of upstreams.

    350ms   1.5s   1m30.5s   2min 3s     a duration; with more than one unit the larger come first
    512B   512kB   3.4MiB                bytes; kB, MB … are thousands, KiB, MiB … are 1024s
    12k   1.2M   512Mi                   k, K, M, G and T are thousands of anything, Ki, Mi, Gi and Ti are 1024s
    1,234,567.8                          commas between groups of three digits
    0.1, 0.2 : -                         the sum of what nginx says of several upstreams, but for those it says nothing of

A unit must fit the metric: one whose name ends in `_seconds` takes no bytes, one in `_bytes` no time, a `_total` behind it
aside. Alone, `m` could be minutes, milli or mega: it is minutes for a metric in seconds, and no unit elsewhere.

Knows nothing of templates and captures.
"""

from __future__ import annotations

import math
import re
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple


class Dimension(StrEnum):
    """What a number measures."""

    SECONDS = "seconds"
    BYTES = "bytes"
    COUNT = "count"


class Unit(NamedTuple):
    """What a unit measures, and by what a number of them is multiplied and divided to give base units."""

    dimension: Dimension
    times: int = 1
    by: int = 1


MAX_CHARS = 1024  # of what is not a plain number

_MICRO = ("us", "\u00b5s", "\u03bcs")  # µ the micro sign, as Go and systemd write it, and μ the letter
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3600, "min": 60, "m": 60, "s": 1}
_PARTS = {"ms": 1000} | dict.fromkeys(_MICRO, 1_000_000) | {"ns": 1_000_000_000}
_PREFIXES = "KMGTP"
UNITS = (
    {name: Unit(Dimension.SECONDS, times) for name, times in _SECONDS.items()}
    | {name: Unit(Dimension.SECONDS, 1, by) for name, by in _PARTS.items()}
    | {"B": Unit(Dimension.BYTES), "kB": Unit(Dimension.BYTES, 1000)}
    | {f"{prefix}B": Unit(Dimension.BYTES, 1000**power) for power, prefix in enumerate(_PREFIXES, 1)}
    | {f"{prefix}iB": Unit(Dimension.BYTES, 1024**power) for power, prefix in enumerate(_PREFIXES, 1)}
    | {"k": Unit(Dimension.COUNT, 1000)}
    | {prefix: Unit(Dimension.COUNT, 1000**power) for power, prefix in enumerate(_PREFIXES[:-1], 1)}
    | {f"{prefix}i": Unit(Dimension.COUNT, 1024**power) for power, prefix in enumerate(_PREFIXES[:-1], 1)}
)
_MINUTES_OR_NOT = "m"

#: What may stand behind a number, in words.
DESCRIBED = {
    Dimension.SECONDS: "ns, us, ms, s, m, min, h, d or w",
    Dimension.BYTES: "B, kB, MB, …, KiB, MiB, … or k, M, …, Ki, Mi, …",
    Dimension.COUNT: "k, M, …, Ki, Mi, …, or a unit of bytes (kB, KiB, …) or of time (ms, s, min, h, …)",
}

_DIGITS = r"(?:(?:\d{1,3}(?:,\d{3})++|\d++)(?:\.\d*+)?|\.\d++)"
_EXPONENT = r"(?:[eE][+-]?\d{1,3})?"
_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_NUMBER = re.compile(rf"[+-]?(?:\d+(?:\.\d*)?|\.\d+){_EXPONENT}\Z", re.ASCII)
_GROUPED = re.compile(rf"[+-]?{_DIGITS}\Z", re.ASCII)
_PART = re.compile(rf"({_DIGITS}{_EXPONENT}) ?({_UNIT})", re.ASCII)
_QUANTITY = re.compile(rf"([+-]?)({_PART.pattern}(?: ?{_PART.pattern})*+)\Z", re.ASCII)
_BETWEEN_UPSTREAMS = re.compile(", | : ")
_OF_UPSTREAM = re.compile(r"\d+(?:\.\d+)?\Z|-\Z", re.ASCII)
_NIL = "-"


def dimension_of(metric: str) -> Dimension:
    """What a metric of this name measures: seconds or bytes where its name ends so, a count of anything elsewhere."""
    unit = metric.removesuffix("_total").rpartition("_")[2]
    return Dimension(unit) if unit in {Dimension.SECONDS, Dimension.BYTES} else Dimension.COUNT


def read_value(text: str, wanted: Dimension) -> float | None:
    """The number that a text stands for, in base units, if it is one for a metric of this dimension. It may be infinite."""
    if _NUMBER.match(text):
        return float(text)
    if len(text) > MAX_CHARS:
        return None
    if _GROUPED.match(text):
        return _as_float(text)
    if quantity := _QUANTITY.match(text):
        size = _size(_PART.findall(quantity[2]), wanted)
        return -size if size is not None and quantity[1] == "-" else size
    return _sum(_BETWEEN_UPSTREAMS.split(text))


def _fits(name: str, wanted: Dimension) -> bool:
    if name == _MINUTES_OR_NOT:
        return wanted is Dimension.SECONDS
    dimension = UNITS[name].dimension
    return wanted in {dimension, Dimension.COUNT} or (wanted is Dimension.BYTES and dimension is Dimension.COUNT)


def _size(parts: list[tuple[str, str]], wanted: Dimension) -> float | None:
    units = [UNITS[name] for _, name in parts]
    if len(parts) == 1:
        if not _fits(parts[0][1], wanted):
            return None
    elif wanted is Dimension.BYTES or not _is_duration(units):
        return None
    return sum(_as_float(digits) * unit.times / unit.by for (digits, _), unit in zip(parts, units, strict=True))


def _is_duration(units: list[Unit]) -> bool:
    """Whether units can stand behind one another: all of time, and each smaller than the one before it."""
    sizes = [unit.times / unit.by for unit in units if unit.dimension is Dimension.SECONDS]
    return len(sizes) == len(units) and all(larger > smaller for larger, smaller in pairwise(sizes))


def _as_float(digits: str) -> float:
    return float(digits.replace(",", ""))


def _sum(upstreams: list[str]) -> float | None:
    """The sum over upstreams; None if there are not several, or nothing is said of any."""
    if len(upstreams) == 1 or not all(map(_OF_UPSTREAM.match, upstreams)):
        return None
    numbers = [float(text) for text in upstreams if text != _NIL]
    return math.fsum(numbers) if numbers else None
