"""What to call the metrics of a template, and how to say what they count."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from unicodedata import combining, normalize

from log2metrics.metric import visible_text
from log2metrics.suggest.words import LEVELS, STOP, name_of, unit_of
from log2metrics.templates.scan import Chunks, Kind

WORDS = 4
_HELP_CHARS = 100
_COLOUR = re.compile(r"\x1b\[[\d;]*[A-Za-z]?")
_WORD = re.compile(r"[A-Za-z][A-Za-z]+")
_FOREIGN = re.compile(r"(?:(?![\x00-\x7f])[^\W\d_]){2}")


def slug(chunks: Chunks, names: Container[str], most: int = WORDS) -> str:
    """The words that a template is known by, joined: `connection_closed`. Those in `names` only if there are no others."""
    words = [word.lower() for word in _words(chunks) if unit_of(word) is None]
    words = [word for word in dict.fromkeys(words) if word not in STOP]
    telling = [word for word in words if word not in LEVELS and (word not in names or word == _heading(chunks))]
    return name_of("_".join((telling or words)[:most])) or "lines"


def _heading(chunks: Chunks) -> str:
    """The one word in capitals that a message begins with: `XSTATS 1795190185 RR=0 …`."""
    first = chunks[0][0] if chunks and len(chunks[0]) == 1 else ""
    return first.lower() if isinstance(first, str) and first.isupper() and first.isalpha() else ""


def has_words(chunks: Chunks) -> bool:
    """Whether anything in a template tells what it is about."""
    texts = _texts(chunks)
    # `at` and `in` don't; in other scripts than ours, two letters may be a word
    return any(len(word) > 2 for text in texts for word in _WORD.findall(text)) or any(map(_FOREIGN.search, texts))  # noqa: PLR2004  # the same


def _words(chunks: Chunks) -> list[str]:
    return [word for text in _texts(chunks) for word in _WORD.findall(_latin(text))]


def _latin(text: str) -> str:
    """The text without its accents, and a space for each letter of another script."""
    if text.isascii():
        return text
    return "".join(each if each.isascii() else " " for each in normalize("NFKD", text) if not combining(each))


def _texts(chunks: Chunks) -> list[str]:
    return [_COLOUR.sub(" ", piece) for chunk in chunks for piece in chunk if isinstance(piece, str)]


def said(chunks: Chunks) -> str:
    """What the lines of a template say, with `…` for what differs."""
    text = " ".join("".join("…" if isinstance(piece, Kind) else piece for piece in chunk) for chunk in chunks)
    text = visible_text(re.sub(r"…(?:[^\w()\[\]{}<>]*…)+", "…", text))
    return text if len(text) <= _HELP_CHARS else text[: _HELP_CHARS - 1] + "…"


def unused(name: str, suffix: str, taken: Sequence[str]) -> str:
    """A name with this suffix that differs from all that are taken, beyond the suffix too."""
    known = {each.removesuffix("_total") for each in taken}
    numbers = (f"{name}{'' if number == 1 else f'_{number}'}" for number in range(1, len(taken) + 2))
    return next(each for each in numbers if (each + suffix).removesuffix("_total") not in known) + suffix
