"""YAML text → plain data, and the line of every node in it.

Every scalar stays the text that was typed: `no`, `1.0` and `0644` are not turned into something else before the schema
has said what is wanted there. Only a missing value, `~` and `null` become None, and the line end at the end of a `|` or `>`
is left out: no line has one, so a regex with it would match none. `<<` takes in the keys of mappings with an anchor.
Knows no key of any schema.

The text is read event by event, so that nesting and aliases are bounded before anything is built from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader

from log2metrics.config.problems import Problem

NodePath = tuple[str | int, ...]
Event = Any  # PyYAML's events have no base class with what they have in common

MAX_DEPTH = 50
MAX_NODES = 100_000
MAX_BYTES = 16 * 1024 * 1024

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BLOCKS = frozenset({"|", ">"})
_MERGE = "<<"  # https://yaml.org/type/merge.html

# What to do about a syntax error, by a phrase of the parser's message.
_HINTS = (
    ("unknown escape character", "a regex belongs in single quotes, where a backslash is a backslash"),
    ("scanning an alias", "a text that starts with `*` needs quotes"),
    ("scanning an anchor", "a text that starts with `&` needs quotes"),
    ("scanning a directive", "a text that starts with `%` needs quotes"),
    ("mapping values are not allowed", "a text that contains `: ` needs quotes, and keys of one mapping the same indent"),
    ("quoted scalar", "a quote that is opened must be closed; within single quotes, `'` is written `''`"),
    ("flow sequence", "a list that is opened with `[` is closed with `]`, with commas between its items"),
    ("flow mapping", "a mapping that is opened with `{` is closed with `}`, with commas between its keys"),
    ("block", "keys of one mapping, and items of one list, have the same indent"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: its mapping of keys and the lines that its nodes stand on, by their path."""

    file: str
    data: Mapping[str, object]
    lines: Mapping[NodePath, int]

    def line(self, path: NodePath) -> int:
        """Give the line of a node; of the nearest one around it if the path leads nowhere."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: NodePath, found: str, right: str) -> Problem:
        """Make a problem of the node at this path."""
        return Problem(self.file, self.line(path), found, right)


class _MalformedError(Exception):
    """The document can't be read on from here."""

    def __init__(self, line: int, found: str, right: str) -> None:
        super().__init__(found)
        self.line, self.found, self.right = line, found, right


def read_document(path: Path, problems: list[Problem]) -> Document | None:
    """Read one YAML file. What is wrong with it is appended to `problems`; None if there is nothing to go on with."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        text = raw[:MAX_BYTES].decode("utf-8-sig")
    except OSError as error:
        found = f"cannot be read: {error.strerror or error}"
        problems.append(Problem(str(path), None, found, "a YAML file that this user may read"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.append(
            Problem(str(path), line, f"byte 0x{error.object[error.start]:02x} is not UTF-8", "a file saved as UTF-8")
        )
    else:
        if len(raw) <= MAX_BYTES:
            return parse_document(text, str(path), problems)
        problems.append(Problem(str(path), None, f"more than {MAX_BYTES:,} bytes", "a file of that size is hardly meant"))
    return None


def parse_document(text: str, file: str, problems: list[Problem]) -> Document | None:
    """Do the same with text that has been read already; `file` is what problems call it."""
    unprintable = Reader.NON_PRINTABLE.search(text)
    if unprintable:
        line = text.count("\n", 0, unprintable.start()) + 1
        found = f"control character U+{ord(unprintable.group()):04X}"
        problems.append(Problem(file, line, found, "YAML is printable text; in double quotes it can be written as an escape"))
        return None
    builder = _Builder(file, yaml.parse(text, Loader=_LOADER), problems)
    try:
        data = builder.document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(Problem(file, line, f"not valid YAML: {error.problem}", _hint(error, text)))
    except _MalformedError as error:
        problems.append(Problem(file, error.line, error.found, error.right))
    else:
        if isinstance(data, dict):
            return Document(file, data, builder.lines)
        found = "there is nothing in it" if data is None else f"a {'list' if isinstance(data, list) else 'text'} at the top"
        problems.append(Problem(file, builder.lines.get((), 1), found, "`key: value` lines are wanted"))
    return None


def _hint(error: yaml.MarkedYAMLError, text: str) -> str:
    if error.problem_mark and "cannot start any token" in str(error.problem):
        character = text.splitlines()[error.problem_mark.line][error.problem_mark.column]
        return "spaces in place of tabs" if character == "\t" else f"a text that starts with `{character}` needs quotes"
    message = f"{error.context} {error.problem}"
    return next((hint for phrase, hint in _HINTS if phrase in message), "a text with special characters needs quotes")


class _Builder:
    """Builds data from parser events, and notes the lines."""

    def __init__(self, file: str, events: Iterator[Event], problems: list[Problem]) -> None:
        self.lines: dict[NodePath, int] = {}
        self._file = file
        self._events = events
        self._problems = problems
        self._anchors: dict[str, tuple[object, int]] = {}  # the data, and of how many nodes it consists
        self._nodes = 0

    def document(self) -> object:
        """Build the data of the only document there is; None if there is none."""
        data: object = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _MalformedError(_line(event), "a second document", "one document per file, without `---` between")
                first = next(self._events)
                self.lines[()] = _line(first)
                data = self._node(first, ())
        return data

    def _node(self, event: Event, path: NodePath) -> object:
        self._count(event, 1)
        if len(path) > MAX_DEPTH:
            raise _MalformedError(_line(event), f"nested deeper than {MAX_DEPTH} levels", "nothing here needs that depth")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None:
            self._add(
                event,
                f"a tag `{event.tag.replace('tag:yaml.org,2002:', '!!')}`",
                "no tag: values are read as their key wants them",
            )
        before = self._nodes
        data = self._value(event, path)
        if event.anchor:
            self._anchors[event.anchor] = (data, self._nodes - before + 1)
        return data

    def _value(self, event: Event, path: NodePath) -> object:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        if "\0" in event.value:  # neither a path nor a line ever has one
            self._add(event, "a text with the character U+0000", r"a text without it; a regex may say `\x00`, in single quotes")
        if event.style in _BLOCKS and not event.value.endswith("\n\n"):
            return event.value.removesuffix("\n")
        plain = event.implicit[0]
        return None if plain and event.value in _NULLS else event.value

    def _mapping(self, path: NodePath) -> dict[str, object]:
        data: dict[str, object] = {}
        merged: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or not event.value:
                self._add(event, "a key that is no text", "a word before the colon")
                self._node(event, (*path, 0))
                self._node(next(self._events), (*path, 0))
                continue
            key = event.value
            if key == _MERGE and event.implicit[0]:
                self._merge(event, self._node(next(self._events), (*path, key)), merged)
                continue
            if key in data:
                self._add(event, f"`{key}` a second time (first in line {self.lines[*path, key]})", "each key once")
            self.lines[*path, key] = _line(event)
            data[key] = self._node(next(self._events), (*path, key))
        return merged | data

    def _merge(self, event: Event, given: object, merged: dict[str, object]) -> None:
        for each in given if isinstance(given, list) else [given]:
            if isinstance(each, dict):
                merged.update((key, value) for key, value in each.items() if key not in merged)
            else:
                self._add(event, f"`{_MERGE}` with what is no mapping", "`<<: *name`, of a mapping that has `&name` before it")

    def _sequence(self, path: NodePath) -> list[object]:
        data: list[object] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            self.lines[*path, len(data)] = _line(event)
            if isinstance(event, yaml.ScalarEvent):
                # A list of names may stand for a mapping by name: its items are also found by what they say.
                self.lines.setdefault((*path, event.value), _line(event))
            data.append(self._node(event, (*path, len(data))))
        return data

    def _alias(self, event: Event) -> object:
        if event.anchor not in self._anchors:
            found = f"`*{event.anchor}` refers to nothing before it"
            raise _MalformedError(_line(event), found, "a text that starts with `*` needs quotes")
        data, nodes = self._anchors[event.anchor]
        self._count(event, nodes - 1)
        return data

    def _count(self, event: Event, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise _MalformedError(_line(event), f"more than {MAX_NODES:,} values", "a file of that size is hardly meant")

    def _add(self, event: Event, found: str, right: str) -> None:
        self._problems.append(Problem(self._file, _line(event), found, right))


def _line(event: Event) -> int:
    line: int = event.start_mark.line + 1
    return line
