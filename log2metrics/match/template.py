"""Templates: `"{capture}"` with an optional format spec, as in `"{status:.1}xx"`.

Names only: no attributes, indexes, conversions or nested fields, so that a template can't reach anything but the text of
captures. Knows nothing of rules or metrics.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from string import Formatter

from log2metrics.match.pattern import PatternError

_NAME = re.compile(r"[A-Za-z_@][\w.@-]*\Z", re.ASCII)
_SPEC = re.compile(r"(?:.?[<>^])?\d{0,3}(?:\.\d{1,4})?s?\Z", re.DOTALL | re.ASCII)
_RIGHT = 'text with names in braces, such as "{status}" or "{status:.1}xx"; a literal brace is written {{'


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: literal text and (name, format spec) in turn."""

    text: str
    parts: tuple[tuple[str, str | None, str], ...]  # literal before, name, spec
    is_name: bool = False  # one name and no more, as in most: the text is the value

    @property
    def names(self) -> tuple[str, ...]:
        """The names it takes its text from, in order of appearance."""
        return tuple(name for _, name, _ in self.parts if name is not None)

    def render(self, values: Sequence[str]) -> str:
        """The text with these values, in the order of `names`, put in."""
        if self.is_name:
            return values[0]
        remaining = iter(values)
        return "".join(
            literal if name is None else literal + format(next(remaining), spec) for literal, name, spec in self.parts
        )


def parse_template(text: str) -> Template:
    """Parse a template. Raises PatternError."""
    try:
        parts = tuple(Formatter().parse(text))
    except ValueError as error:
        raise PatternError(f"{text!r} is not a template: {error}", right=_RIGHT) from error
    made = tuple(_part(text, *part) for part in parts)
    return Template(text, made, is_name=len(made) == 1 and made == (("", made[0][1], ""),) and made[0][1] is not None)


def _part(text: str, literal: str, name: str | None, spec: str | None, conversion: str | None) -> tuple[str, str | None, str]:
    if name is None:
        return literal, None, ""
    if conversion or not _NAME.match(name):
        shown = name + (f"!{conversion}" if conversion else "")
        raise PatternError(f"{text!r} has {{{shown}}}, which is not a name", right=_RIGHT)
    if not _SPEC.match(spec or ""):
        raise PatternError(
            f"{text!r} has the format {spec!r}", right="width, alignment or precision of a text, such as :.1 or :>3"
        )
    return literal, name, spec or ""
