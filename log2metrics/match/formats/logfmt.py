r"""Logfmt lines: `level=info msg="listening on :80" port=80`, as Go services write them.

A key without a value is `true`; a quoted value may contain \" and \\, and \x1b or \u200b as Go quotes. The message is `msg` or
`message`, the whole line without one. A line without a single `key=` isn't logfmt.
"""

from __future__ import annotations

import re
import sys

from log2metrics.match.formats.parsed import TIMES, Parsed
from log2metrics.match.quotes import inside_quotes

_PAIR = re.compile(rf'(?P<key>[^\s="\x00-\x1f]++)(?:=(?:"(?P<quoted>{inside_quotes()})"|(?P<bare>[^\s"]*+)))?+', re.DOTALL)
_KEY = re.compile(r'[^\s="\x00-\x1f]=')
_ESCAPE = re.compile(r"\\(?:x(?P<x>[0-9a-f]{2})|u(?P<u>[0-9a-f]{4})|U(?P<long>[0-9a-f]{8})|(?P<sign>.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_LAST_ASCII = 0x7F
_SURROGATES = range(0xD800, 0xE000)


class Logfmt:
    """The format of logs made of `key=value` pairs."""

    fields: frozenset[str] | None = None
    verbatim = False

    def parse(self, line: str) -> Parsed | None:
        """Take a line apart; None if it has no pair."""
        if _KEY.search(line) is None:
            return None
        pairs = {found["key"]: _value(found) for found in _PAIR.finditer(line)}
        return Parsed(pairs.get("msg", pairs.get("message", line)), "", 1, pairs)

    def has_field(self, name: str) -> bool:  # noqa: ARG002  # the Protocol's signature
        """Any name may occur."""
        return True

    def field(self, parsed: Parsed, name: str) -> str | None:
        """The value of a key."""
        value: str | None = parsed.origin.get(name)
        return value

    def time(self, line: str) -> str | None:
        """The first of the fields that hold one."""
        parsed = self.parse(line)
        return next((text for name in TIMES if parsed and (text := self.field(parsed, name))), None)

    def names(self, parsed: Parsed) -> list[str]:
        """The keys."""
        return sorted(parsed.origin)


def _value(found: re.Match[str]) -> str:
    if found["quoted"] is not None:
        return _ESCAPE.sub(_unescaped, found["quoted"])
    return "true" if found["bare"] is None else found["bare"]


def _unescaped(escape: re.Match[str]) -> str:
    if sign := escape["sign"]:
        return _ESCAPED.get(sign, sign)
    last = _LAST_ASCII if escape["x"] else sys.maxunicode  # above, \x is a byte that is no text
    code = int(escape["x"] or escape["u"] or escape["long"], 16)
    return "\ufffd" if code > last or code in _SURROGATES else chr(code)
