"""The names that rotation gives: which log a file comes from, by its name alone.

`NAME.1`, `NAME-20261120`, `NAME.2026-11-20`, `NAME.old` and what else logrotate and its kin make, with or without an
ending of compression; and `STEM-20261120.EXT`, `STEM.1.EXT`, which its option `extension` makes. A name is only a hint:
what a file is, its content says. Looks at nothing but text.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

#: The endings of compressed files whose content can be read.
PACKINGS = (".gz", ".bz2", ".xz", ".zst")

_DATE = r"\d{4}(?:[-_.]?\d{2}){1,2}(?:[-_.T:]?\d+)*"
_SUFFIX = re.compile(rf"\.\d{{1,4}}|[._-]{_DATE}|\.old")
_INFIX = re.compile(rf"(?:(\.\d{{1,4}})|[._-]{_DATE})(\.[A-Za-z]\w*)")


@dataclass(frozen=True, slots=True)
class RotatedName:
    """One way to read a name: the name of the log it comes from.

    It is `doubtful` where the name may as well be that of a log of its own: `worker.1.log` beside `worker.log`.
    """

    base: str
    doubtful: bool


def packing_of(name: str) -> str:
    """The ending that says how the file is compressed; empty if it is not."""
    return next((ending for ending in PACKINGS if name.endswith(ending)), "")


def parse(name: str) -> list[RotatedName]:
    """The logs that a file of this name may have been rotated from; none if it is no rotated name."""
    name = name.removesuffix(packing_of(name))
    found: list[RotatedName] = []
    for at in range(1, len(name)):
        if name[at] in "._-":
            if _SUFFIX.fullmatch(name, at):
                found.append(RotatedName(name[:at], doubtful=False))
            elif match := _INFIX.fullmatch(name, at):
                found.append(RotatedName(name[:at] + match[2], doubtful=match[1] is not None))
    return found


def origins(name: str) -> list[str]:
    """The names of all logs that a file of this name may be a copy of: besides the rotated ones, those it begins with."""
    beginnings = [name[:at] for at in range(1, len(name)) if name[at] in "._-~"]
    return [*(rotated.base for rotated in parse(name)), *beginnings]


def is_rotation(path: str, log: str) -> bool:
    """Whether the file at `path` is named as if it were rotated from this log: beside it, or in a directory there."""
    directory, name = os.path.split(path)
    log_directory, base = os.path.split(log)
    beside = log_directory in {directory, os.path.dirname(directory)}  # noqa: PTH120 - paths are strings in this room
    return beside and any(rotated.base == base for rotated in parse(name))
