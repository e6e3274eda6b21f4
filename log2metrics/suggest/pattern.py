"""A template and its sample lines → a regex that matches them, and the values that the lines have in its variables.

The regex is anchored at both ends and has no repeat within a repeat. Lines that it does not match after all (a space that
is none, say) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from log2metrics.metric import visible_text
from log2metrics.suggest.variables import Variable
from log2metrics.templates.scan import SHAPES, Chunks, Kind

_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")
_GAP = r"([ \t]+)"
_EDGE = r"([ \t]*)"
_FIRST_LOOK = {kind: f"((?x:{shape}))" for kind, shape in SHAPES.items()} | {Kind.ANY: r"(\S+)", Kind.REST: "(.*)"}
_SHAPES_OF = {
    Kind.NUMBER: (r"\d+", r"\d+\.\d+", r"\d+(?:\.\d+)?", r"[+-]?\d+(?:\.\d+)?"),
    Kind.ADDRESS: (r"[\d.]+", r"[\d.:]+", r"[\w.:/%]+"),
    Kind.ID: (r"[\w-]+",),
    Kind.ANY: (r"\w+", r"[\w-]+", r"[\w.-]+", r"[\w./-]+", r"\S+"),
    Kind.REST: (r".*",),
}
_MOST_TIMES = 4
_ANY_QUOTES = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*')"""
_RUN = re.compile(
    r"""(?P<day>(?<=[A-Za-z]{3})\ (?:\ \d|\d\d?)(?=\ ))     # after the name of a month
    |   (?P<hour>(?<!\d)\d(?=:\d\d:\d\d))
    |   (?P<sign>(?:(?<=:\d\d)|(?<=:\d\d\ )|(?<=[.,]\d{3})|(?<=[.,]\d{6})|(?<=[.,]\d{9}))[+-])     # of a zone
    |   \d+|[A-Za-z]+|\ +|[^\dA-Za-z\ ]""",
    re.VERBOSE,
)
_OTHER_RUNS = {"day": r" [ \d]?\d", "hour": r"\d\d?", "sign": "[+-]"}
_SHORT_HOUR, _LONG_HOUR = r"\d\d?:\d\d:\d\d", r"\d\d:\d\d:\d\d"
_DIGITS = {1: r"\d", 2: r"\d\d"}


def literal(text: str) -> str:
    """A text as a regex that matches it, of characters that can be seen."""
    return "".join(visible_text(_SPECIAL.sub(r"\\\g<0>", char)) for char in text)


@dataclass(frozen=True, slots=True)
class Layout:
    """The regex of a template in parts: texts that are regexes already, and variables by their number."""

    parts: tuple[str | int, ...]
    variables: tuple[Variable, ...]
    lines: tuple[int, ...]  # which of the messages it matches

    def regex(self, captured: Collection[str], variables: Sequence[Variable]) -> str:
        """The whole regex, with captures for the variables of these names."""
        return "".join(part if isinstance(part, str) else _variable(variables[part], captured) for part in self.parts)


def lay_out(chunks: Chunks, messages: Sequence[str]) -> Layout | None:
    """The layout of a template, after these messages of it; None if it matches none of them."""
    pieces = list(_pieces(chunks))
    first_look = re.compile(
        "".join(_FIRST_LOOK[part] if isinstance(part, Kind) else _part(part) for part in pieces) + r"\Z", re.ASCII
    )
    found = [(number, match.groups()) for number, text in enumerate(messages) if (match := first_look.match(text))]
    if not found:
        return None
    columns = list(zip(*(groups for _, groups in found), strict=True))
    parts: list[str | int] = []
    variables: list[Variable] = []
    column = iter(columns)
    for place, piece in enumerate(pieces):
        if isinstance(piece, Kind):
            parts.append(len(variables))
            before, after = _text(pieces[:place]), _text(pieces[place + 1 :])
            variables.append(Variable(piece, before, after, tuple(map(str, next(column)))))
        elif piece in {_GAP, _EDGE}:
            parts.append(_gap(piece, set(map(str, next(column)))))
        else:
            parts.append(literal(piece))
    return Layout(("^", *parts, "$"), tuple(variables), tuple(number for number, _ in found))


def _pieces(chunks: Chunks) -> Iterator[str | Kind]:
    yield _EDGE
    for number, chunk in enumerate(chunks):
        if number:
            yield _GAP
        yield from chunk
    if not chunks or chunks[-1] != (Kind.REST,):
        yield _EDGE


def _part(piece: str) -> str:
    return piece if piece in {_GAP, _EDGE} else literal(piece)


def _gap(piece: str, seen: set[str]) -> str:
    if len(seen) == 1:
        return literal(seen.pop())
    blank = " " if set("".join(seen)) <= {" "} else r"\s"
    return blank + ("+" if piece == _GAP else "*")


def _text(pieces: Sequence[str | Kind]) -> str:
    r"""The literal text around a variable; what else there is stands as `\0` in it."""
    return "".join({_GAP: " ", _EDGE: ""}.get(piece, piece) if isinstance(piece, str) else "\0" for piece in pieces)


def _variable(variable: Variable, captured: Collection[str]) -> str:
    take: Callable[[str], str] = str
    if variable.name in captured:
        take = f"(?P<{variable.name}>{{}})".format
    if variable.kind is Kind.QUOTED:
        return _quoted(variable.values, take)
    if variable.kind is Kind.TIME:
        return take(_time(variable.values))
    shapes = _SHAPES_OF[variable.kind]
    shape = next((shape for shape in shapes if all(re.fullmatch(shape, value, re.ASCII) for value in variable.values)), r"\S+")
    return take(shape)


def _quoted(values: Sequence[str], take: Callable[[str], str]) -> str:
    signs = {value[0] for value in values}
    if len(signs) > 1:
        return _ANY_QUOTES
    (sign,) = signs
    inside = r'(?:[^"\\]|\\.)*' if any("\\" in value for value in values) and sign == '"' else f"[^{sign}]*"
    return sign + take(inside) + sign


def _time(values: Sequence[str]) -> str:
    r"""The shape of the times, `\d{4}-\d\d-\d\d`, or a choice between few shapes."""
    shapes = list(dict.fromkeys("".join(map(_run, _RUN.finditer(value))) for value in values))
    if any(_SHORT_HOUR in shape for shape in shapes):
        shapes = list(dict.fromkeys(shape.replace(_LONG_HOUR, _SHORT_HOUR, 1) for shape in shapes))
    if len(shapes) > _MOST_TIMES:
        return r"[\w:.,/+-]+(?: [\w:.,/+-]+)*?"
    return shapes[0] if len(shapes) == 1 else f"(?:{'|'.join(shapes)})"


def _run(found: re.Match[str]) -> str:
    text = found[0]
    if found.lastgroup:
        return _OTHER_RUNS[found.lastgroup]
    if text.isdigit():
        return _DIGITS.get(len(text)) or (rf"\d{{{len(text)}}}" if len(text) == 4 else r"\d+")  # noqa: PLR2004  # a year
    if text.isalpha():
        return text if text in "TZ" else "[A-Za-z]+"
    return " +" if text.isspace() and len(text) > 1 else literal(text)
