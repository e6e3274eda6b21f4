r"""One regex, on the engine that gives it its right meaning fastest.

Patterns are written in the dialect of the `regex` package. The standard library's `re` is about twice as fast, so a
pattern runs there when it has the same meaning; what `re` refuses, or compiles into something else, runs on `regex`.

The meaning of `\w`, `\d`, `\s`, `\b` and of ignoring case is the same in both for *plain* text (ASCII without the four
separators U+001C to U+001F) and differs elsewhere. A pattern that uses one of them is therefore kept in two compiled forms:
`find` for plain text, `find_exact` for any text.

Knows nothing of rules, lines or time.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any

import regex

from log2metrics.match.syntax import Syntax, is_readable, read_syntax

Match = Any  # `re.Match` or `regex.Match`: the same methods, no base class in common
Find = Callable[[str], "Match | None"]

_SEPARATORS = "\x1c\x1d\x1e\x1f"


class PatternError(ValueError):
    """A pattern, template or rule that can't work: str() says what was found, `right` what would be right.

    `field` names the place in the rule: `match`, `set.<label>`, …; empty for the rule as a whole.
    """

    def __init__(self, found: str, *, right: str, field: str = "") -> None:
        super().__init__(found)
        self.right = right
        self.field = field


class Engine(StrEnum):
    """What a pattern runs on."""

    RE = "re"
    REGEX = "regex"


def is_plain(text: str) -> bool:
    """Whether both engines read this text alike: ASCII, and none of the separators U+001C to U+001F."""
    return text.isascii() and (text.isprintable() or not has_separators(text))


def has_separators(text: str) -> bool:
    """Whether any of U+001C to U+001F is in a text."""
    return any(separator in text for separator in _SEPARATORS)


def is_plain_data(data: bytes) -> bool:
    """Whether bytes are plain text, before they are decoded."""
    return data.isascii() and not any(separator in data for separator in _SEPARATORS.encode())


class Pattern:
    r"""A pattern, checked when it is made and compiled when it is first used: many never are.

    `choices` are sets of strings of which at least one stands in every text that the pattern matches, the set that says
    most first; there may be none. One that `finds_all` matches any text. `words` are the named lists for `\L<name>`.
    """

    def __init__(self, text: str, words: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.text = text
        self._words = {name: tuple(values) for name, values in (words or {}).items() if rf"\L<{name}>" in text}
        syntax = None if self._words else read_syntax(text)
        self._syntax: Syntax = syntax or Syntax()
        self.engine = Engine.RE if syntax else Engine.REGEX
        self.choices = self._syntax.choices
        self.finds_all = self._syntax.finds_all
        self.groups: Mapping[str, int] = syntax.groups if syntax else dict(self._exact.groupindex)

    @property
    def literals(self) -> frozenset[str] | None:
        """The best of the choices; None where there is none."""
        return next(iter(self.choices), None)

    @cached_property
    def _plain(self) -> Any:  # noqa: ANN401  # either engine's
        if self.engine is Engine.REGEX:
            return self._exact
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:  # for plain text it means the same, and classes are a fifth quicker
                return re.compile(self.text, re.ASCII)
            except ValueError:  # it asks for the contrary
                return re.compile(self.text)

    @cached_property
    def _exact(self) -> Any:  # noqa: ANN401  # `regex` has no public type for what it compiles
        return _compile_regex(self.text, self._words)

    @property
    def _compiled_for_any_text(self) -> Any:  # noqa: ANN401  # either engine's
        return self._exact if self._syntax.differs_beyond_plain else self._plain

    @cached_property
    def find(self) -> Find:
        """Find the first match in plain text (see `is_plain`)."""
        find: Find = self._plain.match if self._syntax.anchored else self._plain.search
        return find

    @cached_property
    def find_exact(self) -> Find:
        """Find the first match in any text."""
        compiled = self._compiled_for_any_text
        find: Find = compiled.match if self._syntax.anchored else compiled.search
        return find

    def find_all(self, text: str) -> Iterator[Match]:
        """All matches in any text, from left to right, not overlapping."""
        compiled = self._plain if is_plain(text) else self._compiled_for_any_text
        found: Iterator[Match] = compiled.finditer(text)
        return found

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and (self.text, self._words) == (other.text, other._words)

    def __hash__(self) -> int:
        return hash(self.text)

    def __reduce__(self) -> tuple[type[Pattern], tuple[str, Mapping[str, tuple[str, ...]]]]:
        return Pattern, (self.text, self._words)


def check_regex(text: str) -> None:
    """Raise PatternError if a text is no regex. Nothing is compiled where the standard library can tell."""
    if not is_readable(text):
        _compile_regex(text, {})


def compile_text(text: str) -> Any:  # noqa: ANN401  # `regex` has no public type for what it compiles
    """Compile for replacing text, always on `regex`, whose calls take a time limit. Raises PatternError."""
    return _compile_regex(text, {})


def _compile_regex(text: str, words: Mapping[str, tuple[str, ...]]) -> Any:  # noqa: ANN401  # see above
    named_lists: Any = {name: list(values) for name, values in words.items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return regex.compile(text, ignore_unused=True, **named_lists)
    except regex.error as error:
        raise _not_a_regex(text, error) from error
    except (OverflowError, ValueError, RecursionError) as error:
        raise PatternError(f"{text!r} is not a regular expression: {error}", right="a simpler expression") from error


def _not_a_regex(text: str, error: Any) -> PatternError:  # noqa: ANN401  # the attributes of `regex.error` have no types
    place = f" at character {error.pos + 1}" if error.pos is not None else ""
    return PatternError(f"{text!r} is not a regular expression: {error.msg}{place}", right=_advice(error.msg))


def _advice(message: str) -> str:
    if "parenthes" in message or message == "missing )":
        return r"close every group, and write \( for a parenthesis in the text"
    if "set" in message or "range" in message:
        return r"close every [set], and write \[ for a bracket in the text"
    if "repeat" in message:
        return r"write \* \+ \? for these characters in the text"
    return "an expression in the syntax of the Python package regex"
