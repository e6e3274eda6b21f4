"""Which line format some lines have: JSON, syslog, logfmt, or none that is known."""

from __future__ import annotations

import re
from collections.abc import Sequence

from log2metrics.match.formats import Format, line_format

_SHARE = 0.6  # of the lines; there are always some of another kind between them
_ANOTHER_PAIR = re.compile(r"\s[A-Za-z_][\w.-]*+=", re.ASCII)
_FIRST_PAIR = re.compile(r"[A-Za-z_][\w.-]*=", re.ASCII)


def recognise(lines: Sequence[str]) -> Format:
    """The format that most of these lines have; plain if there is none."""
    return next((name for name in (Format.JSON, Format.SYSLOG, Format.LOGFMT) if _share(name, lines) >= _SHARE), Format.PLAIN)


def _share(name: Format, lines: Sequence[str]) -> float:
    return sum(_is(name, line) for line in lines) / max(len(lines), 1)


def _is(name: Format, line: str) -> bool:
    if name is Format.LOGFMT and not (_FIRST_PAIR.match(line) and _ANOTHER_PAIR.search(line)):
        return False
    parsed = line_format(name).parse(line)
    return parsed is not None and (name is not Format.SYSLOG or bool(parsed.program))
