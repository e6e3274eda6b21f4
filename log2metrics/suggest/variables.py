"""The variables of a template: what the lines have in each, what it is called, and what it is good for.

A variable is a label if it has few values and none of them says who, where or when; a number is a value if what stands
beside it says that something was measured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from log2metrics.suggest.words import (
    CODES,
    COUNT,
    LEVELS,
    METHODS,
    PRIVATE,
    STOP,
    Unit,
    is_outcome,
    measures,
    name_of,
    unit_in_name,
    unit_of,
)
from log2metrics.templates.scan import Kind, scan

MOST_VALUES = 10
_LABEL_CHARS = 40
_SEEN_TWICE = 2
_TIMESTAMP = 1e9  # a number from here on is rather a time in Unix seconds
_NAMED_KINDS = {Kind.TIME: "time", Kind.ADDRESS: "address", Kind.ID: "id", Kind.NUMBER: "number"}

_KEY = re.compile(r"""([A-Za-z_][\w.-]*)["']?[=:]["'(\[]?\Z""")
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]*")
_ANY_WORD = re.compile(r"[^\W\d_](?:[^\W\d]|-)*")
_ENDS = frozenset({"", ",", ";", ")"})
_ATTACHED = re.compile(r"[A-Za-zµ%]+")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: its kind, the text on either side of it, and its value in each sample line.

    `key` is what the text before it calls it (`bytes=`). `name` is what a pattern may call it. `unit` is set for numbers
    that were measured.
    """

    kind: Kind
    before: str
    after: str
    values: tuple[str, ...]
    key: str = ""
    name: str = ""
    unit: Unit | None = None

    @property
    def words(self) -> frozenset[str]:
        """The words that tell what it is: the parts of its key, or the word before it."""
        return frozenset([*self.key.split("_"), self.key] if self.key else _last_word(self.before))

    @property
    def is_label(self) -> bool:
        """Whether its values may be a label's: few, seen more than once, and not about a person, an address or a time."""
        distinct = set(self.values)
        few = 1 < len(distinct) <= MOST_VALUES and len(self.values) >= _SEEN_TWICE * len(distinct)
        if not few or self.unit is not None or self.kind in {Kind.TIME, Kind.ADDRESS, Kind.ID, Kind.REST}:
            return False
        if self.words & PRIVATE:
            return False
        if self.kind is Kind.NUMBER:
            return bool(self.words & CODES)
        return all(_is_word(value.strip("\"'") if self.kind is Kind.QUOTED else value) for value in distinct)


def _is_word(value: str) -> bool:
    """Whether a value is a word of a few, not somebody's address or a number of something."""
    if len(value) > _LABEL_CHARS or "@" in value or not value.isprintable() or unit_of(value):
        return False
    return not any(isinstance(piece, Kind) for chunk in scan(value) for piece in chunk)


def understood(variables: Sequence[Variable]) -> list[Variable]:
    """The same variables with names of their own and their units."""
    taken: set[str] = set()
    named = []
    for variable in variables:
        known = replace(variable, key=variable.key or _key(variable))
        known = replace(known, unit=_unit(known))
        name = _unused(_name(known), taken)
        taken.add(name)
        named.append(replace(known, name=name))
    return named


def _unused(name: str, taken: set[str]) -> str:
    return next(
        each for number in range(1, len(taken) + 2) if (each := name if number == 1 else f"{name}{number}") not in taken
    )


def _key(variable: Variable) -> str:
    found = _KEY.search(variable.before.rstrip(" "))
    return name_of(found[1]) if found else _counted_before(variable)


def _counted_before(variable: Variable) -> str:
    """`queue depth 12`: what a number is of that stands behind it and ends what is said."""
    word = "".join(_last_word(variable.before))
    is_last = variable.kind is Kind.NUMBER and variable.after[:1] in _ENDS
    return word if is_last and unit_in_name(word, decimal=False) is COUNT else ""


def _name(variable: Variable) -> str:
    return _name_by_values(variable.values) or variable.key or _name_by_neighbours(variable)


def _name_by_values(values: Sequence[str]) -> str:
    words = {value.strip("\"'") for value in values}
    if all(word.lower() in LEVELS for word in words):
        return "level"
    if words <= METHODS:
        return "method"
    return "outcome" if all(map(is_outcome, words)) else ""


def _name_by_neighbours(variable: Variable) -> str:
    if variable.unit is COUNT:
        return name_of(_first_word(variable.after)) or "number"
    before = name_of("".join(_last_word(variable.before)))
    if before in {"is", "are", "now"} and variable.kind is Kind.ANY:
        return "state"
    otherwise = variable.unit.name if variable.unit else _NAMED_KINDS.get(variable.kind, "word")
    return before if before and before not in STOP else otherwise


def _unit(variable: Variable) -> Unit | None:
    if variable.kind is not Kind.NUMBER:
        return None
    attached = _ATTACHED.match(variable.after)
    following = variable.after.lstrip(" ") if variable.after.startswith(" ") else ""
    found = unit_of(attached[0]) if attached else unit_of(following.split(" ")[0])
    if found is None and variable.key:
        return unit_in_name(variable.key, decimal=all("." in value for value in variable.values))
    if found is None and not attached and not variable.key and _counts_things(variable):
        found = COUNT
    varies = len(set(variable.values)) > 1 or len(variable.values) == 1
    return found if found and measures(variable.words) and (varies or found is not COUNT) else None


def _counts_things(variable: Variable) -> bool:
    """`12 jobs waiting`: a number before a noun in the plural."""
    word = _first_word(variable.after) if variable.after.startswith(" ") else ""
    numbers = [float(value) for value in variable.values]
    if not any(numbers) or max(numbers) >= _TIMESTAMP:
        return False
    return word.endswith("s") and not word.endswith(("ss", "us", "is")) and word.lower() not in STOP


def _first_word(text: str) -> str:
    found = _WORD.match(text.lstrip(" "))
    return found[0] if found else ""


def _last_word(text: str) -> list[str]:
    """The word right before a variable: in the same chunk, or in the one before it."""
    near = text.rpartition("\0")[2].split(" ")[-2:]
    return [word.lower() for word in _ANY_WORD.findall(" ".join(near))[-1:]]
