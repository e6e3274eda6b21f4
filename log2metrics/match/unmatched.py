"""Which lines of some data no rule counts, found by counting parts of it: counting itself needs not remember them.

Knows nothing of why a line is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from log2metrics.match.formats import Format, line_format
from log2metrics.match.rule import Rule
from log2metrics.match.tally import Tally


def unmatched(data: bytes, count: Callable[[bytes], Tally], tally: Tally | None = None) -> Iterator[bytes]:
    """The lines (without their ends) that no rule counts, in order. `tally` is what `data` counts, if that is known."""
    counted = tally or count(data)
    if counted.matched == 0:
        yield from data.split(b"\n")[:-1]
    elif counted.matched < counted.lines:
        middle = data.find(b"\n", len(data) // 2, -1) + 1 or data.rfind(b"\n", 0, -1) + 1
        yield from unmatched(data[:middle], count)
        yield from unmatched(data[middle:], count)


def is_telling(rule: Rule) -> bool:
    """Whether a rule says anything of the lines it counts: one that counts an empty message counts them all."""
    return bool(rule.where or rule.each or rule.match is None or rule.match.find("") is None)


def said(line: str) -> tuple[str, str]:
    """The program of a line and its message, if it has the header of a syslog; else no program, and the whole line."""
    parsed = line_format(Format.SYSLOG).parse(line)
    return (parsed.program, parsed.message) if parsed else ("", line)
