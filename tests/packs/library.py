"""The shipped packs for tests: by name, all together as on one source, and what of their examples counts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from log2metrics.config.packs import library, library_folder, load_packs
from log2metrics.config.settings import Pack
from log2metrics.match.formats import Format, line_format
from log2metrics.match.rule import Captures, Rule
from log2metrics.match.ruleset import Group, Ruleset
from log2metrics.shape.shape import Shape


@cache
def packs() -> dict[str, Pack]:
    """The library, by name."""
    return {pack.name: pack for pack in load_packs(library(), library_folder())}


@cache
def everything() -> Ruleset:
    """All packs together, as on one source."""
    return ruleset(*packs().values())


def ruleset(*chosen: Pack) -> Ruleset:
    """The rules of these packs, as one source has them."""
    return Ruleset([Group(pack.format, frozenset(pack.programs), pack.rules) for pack in chosen])


def counted(line: str) -> dict[Rule, Captures]:
    """The rules of all packs that count a line, with what they capture."""
    return {rule: captures for rule, captures, _ in everything().count(f"{line}\n".encode()).items()}


def examples(pack: Pack) -> Iterator[str]:
    """The example lines of a pack that count, each once; a repeated message is none of its own."""
    shape = Shape(multiline=pack.multiline)
    texts = [shape.all_lines(example.lines.encode()).decode() for example in pack.examples]
    for line in dict.fromkeys(line for text in texts for line in text.split("\n")):
        if "message repeated" not in line and counted(line):
            yield line


def message_start(line: str) -> int:
    """Where what a program said begins in a line: behind the header of syslog, if it has one."""
    parsed = line_format(Format.SYSLOG).parse(line)
    return len(line) - len(parsed.message) if parsed and parsed.program and parsed.weight == 1 else 0


def message_of(line: str) -> str:
    """What a program said."""
    return line[message_start(line) :]


def searched(rule: Rule, line: str) -> int:
    """Where in a line the text begins that a rule's regex sees."""
    return message_start(line) if rule.format is Format.SYSLOG else 0
