"""Plain lines: the message is the whole line, and there are no fields."""

from __future__ import annotations

from log2metrics.match.formats.parsed import Parsed


class Plain:
    """The format of logs that have no common header."""

    fields: frozenset[str] | None = frozenset()
    verbatim = True

    def parse(self, line: str) -> Parsed | None:
        """Every line is a plain line."""
        return Parsed(line, "", 1, None)

    def field(self, parsed: Parsed, name: str) -> str | None:  # noqa: ARG002  # the Protocol's signature
        """There are none."""
        return None
