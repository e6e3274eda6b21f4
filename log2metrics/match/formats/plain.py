"""Plain lines: the message is the whole line, and there are no fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from log2metrics.match.formats.parsed import Lines, Parsed, Split
from log2metrics.match.timestamp import find_stamp


class Plain:
    """The format of logs that have no common header."""

    fields: frozenset[str] | None = frozenset()
    verbatim = True
    split_fields: Mapping[str, bool] = {}

    def parse(self, line: str) -> Parsed | None:
        """Every line is a plain line."""
        return Parsed(line, "", 1, None)

    def has_field(self, name: str) -> bool:  # noqa: ARG002  # the Protocol's signature
        """There are none."""
        return False

    def field(self, parsed: Parsed, name: str) -> str | None:  # noqa: ARG002  # the Protocol's signature
        """There are none."""
        return None

    def time(self, line: str) -> str | None:
        """A stamp of a well-known shape, at the beginning of the line or of a bracket in it."""
        return find_stamp(line)

    def names(self, parsed: Parsed) -> Sequence[str]:  # noqa: ARG002  # the same
        """There are none."""
        return ()

    def split(self, lines: Lines) -> Split:
        """All lines are ordinary, and none has a program."""
        return Split(lines.each, ("",) * len(lines.each))
