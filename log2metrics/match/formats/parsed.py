"""What every line format gives: the Parsed line, and the Protocol that all formats share."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol


class Parsed(NamedTuple):
    """One line, taken apart as far as every rule needs it.

    `weight` is how many equal messages the line stands for. `origin` is the format's own; it gives fields on demand.
    """

    message: str
    program: str
    weight: int
    origin: Any


class LineFormat(Protocol):
    """Takes lines apart.

    `fields` are the names a rule may use besides its captures, or None where any name may occur. `verbatim` says that
    the message stands in the line as it is, so that its literals can be looked for in the raw bytes.
    """

    fields: frozenset[str] | None
    verbatim: bool

    def parse(self, line: str) -> Parsed | None:
        """Take a line apart; None if it isn't of this format."""

    def field(self, parsed: Parsed, name: str) -> str | None:
        """The text of a field, None where the line doesn't have it."""
