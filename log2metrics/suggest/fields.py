"""The fields of structured lines as variables: what each has in some lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from log2metrics.match.formats.parsed import LineFormat, Parsed
from log2metrics.suggest.variables import Variable
from log2metrics.suggest.words import name_of
from log2metrics.templates.scan import Kind, scan

MOST_FIELDS = 40
_DEPTH = 3
_NAME = re.compile(r"[A-Za-z_][\w.-]*\Z", re.ASCII)
_MESSAGES = frozenset({"message", "msg", "log"})


def field_names(parsed: Parsed) -> list[str]:
    """The fields of a line that a rule can name, nested ones by dotted name; none of a line that has no structure."""
    names = _flat(parsed.origin, "", _DEPTH) if isinstance(parsed.origin, Mapping) else iter(())
    return sorted(name for name in names if _NAME.match(name) and name not in _MESSAGES)[:MOST_FIELDS]


def _flat(members: Mapping[str, object], before: str, depth: int) -> Iterator[str]:
    for name, value in members.items():
        if isinstance(value, Mapping) and depth > 1:
            yield from _flat(value, f"{before}{name}.", depth - 1)
        else:
            yield before + name


def field_variables(form: LineFormat, lines: Sequence[Parsed]) -> dict[str, Variable]:
    """The fields that all these lines have, as variables."""
    names = set.intersection(*(set(field_names(parsed)) for parsed in lines)) if lines else set()
    columns = {name: [form.field(parsed, name) for parsed in lines] for name in sorted(names)}
    full = {name: tuple(map(str, column)) for name, column in columns.items() if None not in column}
    return {name: Variable(_kind(values), "", "", values, key=name_of(name)) for name, values in full.items() if name_of(name)}


def _kind(values: Sequence[str]) -> Kind:
    kinds = {piece for value in values for chunk in scan(value) for piece in chunk}
    kind = kinds.pop() if len(kinds) == 1 else Kind.ANY
    return kind if isinstance(kind, Kind) else Kind.ANY
