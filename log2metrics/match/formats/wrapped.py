"""Lines that keep what they were wrapped in: a head of fixed width, with the stream and the time, before each line.

Around another format, whose lines follow the head. Its own fields come first; what the wrapping says is only looked at where
a rule asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from log2metrics.match.formats.parsed import LineFormat, Lines, Parsed, Split, Splitter
from log2metrics.shape.wrapping import FIELDS, HEAD_BYTES, read_head


class Wrapped:
    """Some format behind a head."""

    def __init__(self, inner: LineFormat) -> None:
        self._inner = inner
        self.fields = None if inner.fields is None else inner.fields | frozenset(FIELDS)
        self.verbatim = inner.verbatim

    def parse(self, line: str) -> Parsed | None:
        """Take what follows the head apart; None if that isn't of the format."""
        parsed = self._inner.parse(line[HEAD_BYTES:])
        return parsed and parsed._replace(origin=(line[:HEAD_BYTES], parsed))

    def has_field(self, name: str) -> bool:
        """One of the format's, or of the wrapping's."""
        return name in FIELDS or self._inner.has_field(name)

    def field(self, parsed: Parsed, name: str) -> str | None:
        """The text of a field of the line, else of its wrapping."""
        head, own = parsed.origin
        text = self._inner.field(own, name) if self._inner.has_field(name) else None
        return read_head(head, name) if text is None else text

    def time(self, line: str) -> str | None:
        """The stamp of the wrapping; where the line has none, its own."""
        return read_head(line[:HEAD_BYTES], "time") or self._inner.time(line[HEAD_BYTES:])

    def names(self, parsed: Parsed) -> Sequence[str]:
        """The fields of the line, and those of the wrapping."""
        own = self._inner.names(parsed.origin[1])
        return [*(name for name in FIELDS if name not in own), *own]


class WrappedSplitter(Wrapped):
    """A format behind a head that can take many lines apart at once."""

    def __init__(self, inner: Any) -> None:  # noqa: ANN401  # both a LineFormat and a Splitter
        super().__init__(inner)
        self._splitter: Splitter = inner
        self.split_fields: Mapping[str, bool] = inner.split_fields

    def split(self, lines: Lines) -> Split:
        """Take lines apart as the format does."""
        return self._splitter.split(Lines.of([line[HEAD_BYTES:] for line in lines.each]))


def wrapped(inner: LineFormat) -> LineFormat:
    """This format behind a head."""
    return WrappedSplitter(inner) if isinstance(inner, Splitter) else Wrapped(inner)
