"""What a line is, as it is written in a config and in packs: `multiline`, what packs of one source agree on and ask for.

Knows nothing of other keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from log2metrics.config.definitions import BrokenDefinitionError, DefinitionError, Definitions
from log2metrics.config.problems import Problem
from log2metrics.config.schema import MultilineSchema
from log2metrics.config.settings import Pack
from log2metrics.match.formats import line_format
from log2metrics.match.pattern import Pattern, PatternError, compile_text
from log2metrics.shape.multiline import Multiline
from log2metrics.shape.wrapping import Unwrap

_REGEXES = ("start", "continue", "end")

#: Takes a problem: the key below `multiline` (or none), what was found, what would be right.
Tell = Callable[[tuple[str, ...], str, str], None]


def read_multiline(keys: MultilineSchema | None, definitions: Definitions, tell: Tell) -> Multiline | None:
    """Read a `multiline`; None if there is none, or it has problems, which are told."""
    if keys is None:
        return None
    texts = dict(zip(_REGEXES, (keys.start, keys.continue_, keys.end), strict=True))
    if not any(texts.values()):
        tell((), "`multiline` without a regex", "`start`, `continue` or `end`, which say what lines are one")
        return None
    regexes = {key: _regex(key, text, definitions, tell) for key, text in texts.items() if text is not None}
    if not all(regexes.values()):
        return None
    start = regexes.get("start")
    return Multiline(
        start=start,
        follows=regexes.get("continue"),
        end=regexes.get("end"),
        max_lines=keys.lines,
        max_bytes=keys.bytes,
        quiet_seconds=keys.quiet,
        literals=tuple(sorted(Pattern(start).literals or ())) if start else (),
    )


def look_at_multiline(written: object, definitions: Definitions, tell: Tell) -> None:
    """Find what is wrong with the regexes of what stands in the place of a `multiline`, where its keys can't be read."""
    keys: Mapping[str, object] = written if isinstance(written, Mapping) else {}
    for key in _REGEXES:
        if isinstance(text := keys.get(key), str):
            _regex(key, text, definitions, tell)


def _regex(key: str, text: str, definitions: Definitions, tell: Tell) -> str | None:
    try:
        expanded = definitions.expand(text)
        compile_text(expanded)
    except BrokenDefinitionError:
        return None  # told where the definition stands
    except (DefinitionError, PatternError) as error:
        tell((key,), str(error), error.right)
        return None
    return expanded


def keeps_wrapping(packs: Iterable[Pack], unwrap: Unwrap | None) -> bool:
    """Whether rules of these packs ask for what the wrapping says: whoever asks for nothing pays for nothing."""
    return unwrap is not None and any(rule.of_wrapping for pack in packs for rule in pack.rules)


def missing_fields(packs: Iterable[Pack], unwrap: Unwrap | None) -> Iterator[tuple[Pack, str]]:
    """Find the fields that rules ask for and no line of a source has, since it is not wrapped."""
    for pack in packs if unwrap is None else ():
        names = (name for rule in pack.rules for name in rule.of_wrapping if not line_format(rule.format).has_field(name))
        yield from ((pack, name) for name in dict.fromkeys(names))


def multiline_of(packs: Iterable[Pack]) -> Multiline | None:
    """The `multiline` of packs that agree on it."""
    return next((pack.multiline for pack in packs if pack.multiline), None)


def check_multiline(packs: Iterable[Pack]) -> Iterator[tuple[Pack, Pack]]:
    """Find packs whose `multiline` is another than that of an earlier one, and that one."""
    first: Pack | None = None
    for pack in packs:
        if pack.multiline and first is None:
            first = pack
        elif pack.multiline and first and pack.multiline != first.multiline:
            yield pack, first


def multiline_problems(packs: Iterable[Pack]) -> Iterator[Problem]:
    """The same as problems of the packs, for packs that are used together without a config."""
    for pack, first in check_multiline(packs):
        place = f"{first.path}:{first.multiline_line}"
        found = f"`{pack.name}` and `{first.name}` differ in `multiline`: {place}"
        yield Problem(str(pack.path), pack.multiline_line, found, "one of them at a time, or a config that says `multiline`")
