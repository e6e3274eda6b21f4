r"""Definitions: `%{NAME}` and `%{NAME:capture}` in a regex stand for a regex with a name.

`%{NAME}` becomes `(?:…)` and `%{NAME:capture}` becomes `(?P<capture>…)`. A definition that is a list of words becomes
the named list `\L<NAME>`. Anything else after `%` is left as it is; for the literal text `%{NAME}` a regex says `%\{NAME}`.

A pack's definitions come before the shipped ones. Knows nothing of rules, and compiles nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from log2metrics.config.problems import listed, meant

Definition = str | tuple[str, ...]

NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_USE = re.compile(rf"%\{{(?P<name>{NAME.pattern})(?::(?P<capture>{NAME.pattern}))?\}}", re.ASCII)
MAX_CHARS = 100_000


class DefinitionError(ValueError):
    """A definition that is used and can't be: str() says what was found, `right` what would be right."""

    def __init__(self, found: str, right: str) -> None:
        super().__init__(found)
        self.right = right


class BrokenDefinitionError(DefinitionError):
    """The use of a definition that has a problem of its own."""


class Definitions:
    """Definitions by name, each fully expanded once, over shipped ones.

    `broken` holds those that could not be, with the reason; a text that uses one raises BrokenDefinitionError.
    """

    def __init__(self, own: Mapping[str, Definition], shipped: Definitions | None = None) -> None:
        self.own = own
        self._shipped = shipped
        self._expanded: dict[str, str] = {}
        self._open: list[str] = []
        self.broken: dict[str, DefinitionError] = {}
        for name in own:
            with suppress(DefinitionError):
                self.regex(name)

    @property
    def names(self) -> frozenset[str]:
        """All names that may be used."""
        return self._shipped.names | self.own.keys() if self._shipped else frozenset(self.own)

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        r"""The lists of words, for `\L<NAME>`."""
        shipped = self._shipped.words if self._shipped else {}
        return shipped | {name: value for name, value in self.own.items() if isinstance(value, tuple)}

    def expand(self, text: str) -> str:
        """Give the regex with every definition put in. Raises DefinitionError."""
        return _USE.sub(self._group, text) if "%{" in text else text

    def regex(self, name: str) -> str:
        """Say what a name stands for, without definitions in it. Raises DefinitionError."""
        if name not in self.own:
            known = self.names
            if self._shipped and name in known:
                return self._shipped.regex(name)
            otherwise = f"known definitions: {listed(sorted(known), 'and')}"
            raise DefinitionError(f"no definition `{name}`", meant(name, known, otherwise))
        if name in self.broken:
            raise BrokenDefinitionError(f"`%{{{name}}}` has a problem of its own", "a definition that works")
        if name not in self._expanded:
            self._expanded[name] = self._expand_own(name)
        return self._expanded[name]

    def _group(self, use: re.Match[str]) -> str:
        group = f"?P<{use['capture']}>" if use["capture"] else "?:"
        return f"({group}{self.regex(use['name'])})"

    def _expand_own(self, name: str) -> str:
        if name in self._open:
            circle = " → ".join([*self._open[self._open.index(name) :], name])
            raise DefinitionError(f"definitions that go in a circle: {circle}", "a definition that does not need itself")
        value = self.own[name]
        self._open.append(name)
        try:
            return _bounded(name, self.expand(value) if isinstance(value, str) else rf"\L<{name}>")
        except DefinitionError as error:
            self.broken[name] = error
            raise BrokenDefinitionError(str(error), error.right) from error
        finally:
            self._open.pop()


def _bounded(name: str, text: str) -> str:
    if len(text) > MAX_CHARS:
        raise DefinitionError(f"`{name}` becomes longer than {MAX_CHARS:,} characters", "shorter definitions")
    return text
