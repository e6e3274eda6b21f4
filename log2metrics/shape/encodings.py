"""Encodings by the names of Python's codecs: where their lines end, and what these say as UTF-8.

Knows nothing of what lines mean.
"""

from __future__ import annotations

import codecs
from encodings.aliases import aliases
from functools import cache

UTF8 = "utf-8"

# Of a file whose encoding leaves it open: which byte order its first bytes tell. Without them it is that of most writers.
_ORDERS = {
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}
_NO_FILES = {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"}


def encoding(name: str) -> str | None:
    """The codec of this name as Python calls it; None if there is none that a file could be written in."""
    try:
        found = codecs.lookup(name)
        known = found.name.replace("_", "-")
        if known in _NO_FILES or b"".decode(name) or "a\n".encode(name).decode(name) != "a\n":
            return None
    except (LookupError, ValueError, TypeError):
        return None
    return UTF8 if known in {"utf-8-sig", "ascii"} else known


def encoding_names() -> list[str]:
    """The names that are known, for one who has written another."""
    names = {*aliases, *aliases.values(), "koi8_u", "utf_8"}
    return sorted(name.replace("_", "-") for name in names if encoding(name))


def needs_head(name: str) -> bool:
    """Whether only the first bytes of a file tell how it is written."""
    return name in _ORDERS


def ordered(name: str, head: bytes) -> str:
    """The same encoding with its byte order, from the first four bytes of a file."""
    orders = _ORDERS.get(name)
    return next((order for bom, order in orders if head.startswith(bom)), orders[0][1]) if orders else name


@cache
def newline_of(name: str) -> bytes:
    """How a line end is written."""
    return "\n".encode(ordered(name, b""))


@cache
def bom_of(name: str) -> bytes:
    """What may stand at the very beginning of a file and is no text."""
    return "\ufeff".encode(name) if name.startswith("utf-") else b""


def split_lines(data: bytes, start: int, newline: bytes) -> tuple[list[bytes], int]:
    """The whole lines of `data[start:]` without their ends, and where the last one's rest begins."""
    if len(newline) == 1:
        lines = data[start:].split(newline)
        return lines, len(data) - len(lines.pop())
    lines, at = [], start
    while (end := find_newline(data, at, newline)) >= 0:
        lines.append(data[at:end])
        at = end + len(newline)
    return lines, at


def last_line_end(data: bytes, start: int, newline: bytes) -> int:
    """Where the last whole line of `data[start:]` ends; `start` if there is none."""
    end = data.rfind(newline, start)
    while end >= 0 and (end - start) % len(newline):
        end = data.rfind(newline, start, end + len(newline) - 1)
    return start if end < 0 else end + len(newline)


def find_newline(data: bytes, start: int, newline: bytes) -> int:
    """Where the first line end in `data[start:]` is, at a whole number of units from `start`; -1 if there is none."""
    end = data.find(newline, start)
    while end >= 0 and (end - start) % len(newline):
        end = data.find(newline, end + 1)
    return end


def as_utf8(line: bytes, name: str) -> bytes:
    """A line in UTF-8; what can't be decoded becomes U+FFFD."""
    return line if name == UTF8 else utf8(line.decode(name, "replace"))


def utf8(text: str) -> bytes:
    """Any text as bytes of one line; halves of surrogate pairs become U+FFFD."""
    line = text.replace("\n", " ") if "\n" in text else text
    try:
        return line.encode()
    except UnicodeEncodeError:
        return line.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
