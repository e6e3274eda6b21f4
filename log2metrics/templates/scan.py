"""Takes a message apart: chunks between spaces, each of literal text and of variables that can be told by their shape.

A number, a time, an address, an identifier or a quoted text is a variable wherever it stands. Everything else is literal
until another message of the same template says something else in its place.

Knows one message at a time.
"""

from __future__ import annotations

import re
from enum import Enum, auto

MAX_CHARS = 2000  # of a message that are looked at
MAX_CHUNKS = 60


class Kind(Enum):
    """What a variable looks like."""

    NUMBER = auto()
    TIME = auto()
    ADDRESS = auto()
    ID = auto()
    QUOTED = auto()
    ANY = auto()  # no space in it
    REST = auto()  # all that follows

    __hash__ = object.__hash__  # Enum's own is slow, and kinds are looked up by the million


Piece = str | Kind
Chunk = tuple[Piece, ...]  # no two texts side by side
Chunks = tuple[Chunk, ...]

ANYTHING: Chunk = (Kind.ANY,)
REST: Chunk = (Kind.REST,)

_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?"
_UNIT = r"(?:[nuµm]?s|sec|secs|min|h|%|[kKMGT]i?[Bb]?|[Bb]|bytes)"
_TIME = rf"""
    (?:
      (?<!\w)\d{{4}}[-/]\d\d[-/]\d\d(?:(?:[T\ ]|\ -\ ){_CLOCK}(?:Z|\ ?[+-]\d\d:?\d\d)?)?
    | (?<!\w)\d\d[-/.]\d\d[-/.]\d{{4}}(?:[T\ -]{_CLOCK})?
    | (?<!\w)\d\d[-/]{_MONTH}[-/]\d{{4}}[:\ ]{_CLOCK}(?:\ [+-]\d{{4}})?
    | (?<!\w)(?:{_DAY},?\ )?{_MONTH}\ [\ \d]?\d(?:\ \d{{4}})?\ {_CLOCK}(?:\ [A-Z]{{3,4}})?(?:\ \d{{4}})?
    | (?<!\w){_CLOCK}(?!:)
    | (?<=(?<!\w)[IWEF])\d{{4}}\ {_CLOCK}  # glog
    )(?!\w)"""
_ADDRESS = r"""
    (?:
      (?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|/\d{1,2})?(?![\w.]*\w)
    | (?<![\w:.])(?=[\da-fA-F]{0,4}:[\da-fA-F]{0,4}:[\da-fA-F:])[\da-fA-F:]{2,39}(?:(?<=[\da-fA-F])|(?<=::))
      (?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?:%\w+)?(?!\w|:\w)
    )"""
_ID = r"""
    (?<!\w)(?:
      [\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}
    | 0[xX][\da-fA-F]+
    | (?=[a-fA-F]*\d)(?=\d*[a-fA-F])[\da-fA-F]{8,}
    )(?!\w)"""
_KEY = r'"(?:[^"\\]|\\.)*+"\ ?:'
_QUOTED = r""" (?: "(?:[^"\\]|\\.)*+" | (?<![^\s=(\[,:])'[^']*'(?!\w) ) """
_NUMBER = rf"(?:(?<![^\s=(\[,])[+-])?(?<![\w.])\d+(?:\.\d+)?(?={_UNIT}?(?![\w.]*\w))"

#: What a variable of each kind is, where it is told by its shape, for regexes in verbose mode and ASCII alone.
SHAPES = {Kind.TIME: _TIME, Kind.ADDRESS: _ADDRESS, Kind.ID: _ID, Kind.QUOTED: _QUOTED, Kind.NUMBER: _NUMBER}

_NAMED = [f"(?P<{kind.name}>{shape})" for kind, shape in SHAPES.items()]
_VARIABLE = re.compile("|".join([*_NAMED[:3], f"(?P<KEY>{_KEY})", *_NAMED[3:]]), re.VERBOSE | re.ASCII)
_SPACES = re.compile("[ \t]+")


def scan(message: str) -> Chunks:
    """The chunks of a message; what is past `MAX_CHARS` or `MAX_CHUNKS` is one REST at the end."""
    chunks: list[list[Piece]] = [[]]
    at = 0
    cut = len(message) > MAX_CHARS
    message = message[:MAX_CHARS]
    for found in _VARIABLE.finditer(message):
        if found.lastgroup == "KEY":  # of JSON: as constant as a word
            continue
        _add_text(chunks, message[at : found.start()])
        chunks[-1].append(Kind[str(found.lastgroup)])
        at = found.end()
    _add_text(chunks, message[at:])
    taken = tuple(tuple(chunk) for chunk in chunks if chunk)
    if len(taken) > MAX_CHUNKS or cut:
        return (*taken[: MAX_CHUNKS - 1], REST)
    return taken


def _add_text(chunks: list[list[Piece]], text: str) -> None:
    if not text:
        return
    first, *others = _SPACES.split(text)
    if first:
        chunks[-1].append(first)
    chunks.extend([[part] if part else [] for part in others])


def shown(chunks: Chunks) -> str:
    """A template as people read it: `Connection closed by <address> port <number>`."""
    return " ".join("".join(piece if isinstance(piece, str) else _NAMES[piece] for piece in chunk) for chunk in chunks)


_NAMES = {kind: f"<{kind.name.lower()}>" for kind in Kind} | {Kind.ANY: "<*>", Kind.REST: "…", Kind.QUOTED: '"<*>"'}
