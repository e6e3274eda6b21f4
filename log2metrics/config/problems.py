"""What is wrong with the operator's files: each problem with its place, all of them in one exception.

Knows neither YAML nor the schema; only how a problem is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where, what was found, what would be right. Without a file it came from the command line."""

    file: str | None
    line: int | None
    found: str
    right: str

    def __str__(self) -> str:
        place = [str(part) for part in (self.file, self.line) if part is not None]
        return ": ".join([*([":".join(place)] if place else []), f"{self.found}; {self.right}"])


class ConfigError(Exception):
    """All problems of the files that were read, once each, in order of file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=lambda each: (each.file or "", each.line or 0, each.found)))
        super().__init__("\n".join(map(str, self.problems)))


def closest(word: str, known: Iterable[str]) -> str | None:
    """Find the known word that this one was probably meant to be."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def listed(words: Iterable[str], last: str = "or") -> str:
    """Join the words to a phrase, quoted: `a`, `b` or `c`."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) < 2:  # noqa: PLR2004 -- a list of two is the shortest that needs a word between
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def meant(word: str, known: Iterable[str], otherwise: str) -> str:
    """Say what would be right in place of an unknown word: the known one it resembles, or else this."""
    close = closest(word, known)
    return f"did you mean `{close}`?" if close else otherwise
