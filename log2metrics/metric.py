"""What a metric is: its name, type, labels and bounds.

Knows nothing of logs, files or sinks; every room may import it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Any

Regex = Any  # `re.Pattern` or `regex.Pattern`: the two share no base class

#: Label pairs sorted by name. The one key of a series everywhere: store, state, snapshot and sinks.
Labels = tuple[tuple[str, str], ...]

DEFAULT_LIMIT = 1000
DEFAULT_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
MAX_LABEL_CHARS = 1024
OTHER = "other"
REWRITE_SECONDS = 0.05  # of processor time, for each rewrite of one text

# Control characters, line and paragraph separators, surrogates and bidirectional overrides: what could break a line of
# an exposition, of a Graphite or Influx stream, of an HTML page or of a terminal.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


class MetricType(StrEnum):
    """The Prometheus type of a metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


def safe_text(text: str) -> str:
    """Text that no output can be broken by: unsafe characters become U+FFFD, and it is cut at 1,024 characters."""
    if len(text) > MAX_LABEL_CHARS:
        text = text[: MAX_LABEL_CHARS - 1] + "…"
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub("\ufffd", text)


def visible_text(text: str) -> str:
    r"""The same text on one line, with what can't be seen written as an escape: `\x1b`, `\u202e`.

    The escapes are those of YAML's double quotes and of regexes.
    """
    return text if text.isprintable() else "".join(char if char.isprintable() else _escaped(ord(char)) for char in text)


def _escaped(code: int) -> str:
    if code <= 0xFF:  # noqa: PLR2004  # what has two digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # the same for four


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a metric, and what may become its value."""

    name: str
    values: tuple[str, ...] = ()
    other: str | None = None
    rewrite: tuple[tuple[Regex, str], ...] = ()  # compiled by `regex`, whose calls take a time limit
    lower: bool = False
    limit: int | None = None

    @property
    def closed(self) -> bool:
        """Whether every value this label can take is known beforehand."""
        return bool(self.values) and self.other is not None

    @property
    def known(self) -> tuple[str, ...]:
        """All values of a closed label, or the ones an open label is known to take."""
        if self.other is None or self.other in self.values:
            return self.values
        return (*self.values, self.other)

    def clean(self, raw: str) -> str:
        """The label value for captured text: lower-cased, rewritten, mapped to `other` where it is not known, safe.

        Raises TimeoutError where a rewrite takes too long.
        """
        text = raw.lower() if self.lower else raw
        for pattern, replacement in self.rewrite:
            text = pattern.sub(replacement, text, timeout=REWRITE_SECONDS)
        if self.values and self.other is not None and text not in self.values:
            return self.other
        return safe_text(text)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric family as its pack defines it."""

    name: str
    type: MetricType
    help: str
    labels: tuple[Label, ...] = ()
    limit: int = DEFAULT_LIMIT
    expire_seconds: float | None = None
    buckets: tuple[float, ...] = field(default=DEFAULT_BUCKETS)
    graphite: str | None = None

    def known_series(self) -> list[Labels]:
        """The label sets that exist from the start: all combinations of known values, if every label has some.

        A gauge has none: a value nobody has logged is not 0.
        """
        if self.type is MetricType.GAUGE or not all(label.values for label in self.labels):
            return []
        ordered = sorted(self.labels, key=lambda label: label.name)
        return [
            tuple(zip((label.name for label in ordered), values, strict=True))
            for values in product(*(label.known for label in ordered))
        ]
