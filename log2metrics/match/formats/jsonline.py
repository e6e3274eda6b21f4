"""JSON lines: one object per line. Fields are its members, nested ones by dotted name (`http.status`).

The message is the member `message`, `msg` or `log`, whichever comes first in this order; the whole line without one.
"""

from __future__ import annotations

import json
from typing import Any

from log2metrics.match.formats.parsed import TIMES, Parsed

_MESSAGES = ("message", "msg", "log")
# Numbers keep their text: 0.10 stays 0.10, and no number is too long.
_decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


class JsonLine:
    """The format of structured logs."""

    fields: frozenset[str] | None = None
    verbatim = False

    def parse(self, line: str) -> Parsed | None:
        """Take a line apart; None if it is not one JSON object."""
        try:
            members = _decoder.decode(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(members, dict):
            return None
        message = next((text for name in _MESSAGES if isinstance(text := members.get(name), str)), line)
        return Parsed(message, "", 1, members)

    def has_field(self, name: str) -> bool:  # noqa: ARG002  # the Protocol's signature
        """Any name may occur."""
        return True

    def field(self, parsed: Parsed, name: str) -> str | None:
        """The text of a member; None where it is missing, null, an object or a list."""
        return _text(_look_up(parsed.origin, name))

    def time(self, line: str) -> str | None:
        """The first of the fields that hold one."""
        parsed = self.parse(line)
        return next((text for name in TIMES if parsed and (text := self.field(parsed, name))), None)

    def names(self, parsed: Parsed) -> list[str]:
        """The members of the object."""
        return sorted(parsed.origin)


def _look_up(members: dict[str, Any], name: str) -> object:
    if name in members:
        return members[name]
    value: Any = members
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None
