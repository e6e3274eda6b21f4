"""JSON lines: one object per line. Fields are its members, nested ones by dotted name (`http.status`, `errors.0.code`).

The message is the member `message`, `msg` or `log`, whichever comes first in this order; the whole line without one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

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
        """The members of the object, nested ones by dotted name."""
        return sorted(set(_names(parsed.origin)))


def _look_up(value: object, name: str) -> object:
    """What a dotted name leads to. Names of members may have dots too; the longest that is there goes first."""
    if isinstance(value, list):
        value = {str(number): element for number, element in enumerate(value)}
    if not isinstance(value, dict):
        return None
    if name in value:
        return value[name]
    head = name
    while "." in head:
        head = head.rpartition(".")[0]
        if head in value and (found := _look_up(value[head], name[len(head) + 1 :])) is not None:
            return found
    return None


def _names(members: dict[str, object]) -> Iterator[str]:
    waiting: list[tuple[str, object]] = [("", members)]
    while waiting:
        before, value = waiting.pop()
        if isinstance(value, list):
            value = dict(enumerate(value))
        if isinstance(value, dict):
            waiting += ((f"{before}.{name}" if before else str(name), each) for name, each in value.items())
        else:
            yield before


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None
