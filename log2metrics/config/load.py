"""Loading: config.yml and the packs it names, into one frozen Config, or one exception with every problem there is.

Reads files when it is called, and follows none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from log2metrics.config.agreement import check_labels, check_packs
from log2metrics.config.defaults import default_state
from log2metrics.config.marks import Document, NodePath, read_document
from log2metrics.config.names import check_graphite_path, check_label_name
from log2metrics.config.packs import PackReader, find_pack, load_packs, shipped_definitions, unknown_pack
from log2metrics.config.problems import ConfigError, Problem
from log2metrics.config.report import sound, validate
from log2metrics.config.schema import ConfigSchema, GraphiteSchema, SourceSchema
from log2metrics.config.settings import Config, Pack, Source, Web
from log2metrics.config.shapes import (
    Tell,
    check_multiline,
    keeps_wrapping,
    look_at_multiline,
    missing_fields,
    multiline_of,
    read_multiline,
)
from log2metrics.match.formats import Format
from log2metrics.match.pattern import PatternError, compile_text
from log2metrics.metric import Regex, safe_text
from log2metrics.shape.multiline import Multiline
from log2metrics.shape.shape import Shape
from log2metrics.sinks.graphite import GraphiteSettings
from log2metrics.tail.selection import Selection

__all__ = ["load_config", "load_packs"]

_NONE = "none"


def load_config(path: Path, env: Mapping[str, str] = os.environ, uid: int | None = None) -> Config:
    """Read a config file and its packs. Raises ConfigError with the problems of all of them.

    Without the key `state` the state file is where the environment and the user of this process say.
    """
    problems: list[Problem] = []
    document = read_document(path, problems)
    keys = validate(ConfigSchema, document, problems) if document else None
    if not document:
        raise ConfigError(problems)
    reader = _Sources(document, path.parent, problems)
    if not keys:
        reader.look()
        raise ConfigError(problems)
    sources = reader.read(keys.sources)
    if keys.graphite:
        for found, right in check_graphite_path(keys.graphite.prefix, ["hostname"]):
            problems.append(document.problem(("graphite", "prefix"), found, right))
    state = path.parent.absolute() / keys.state if keys.state else default_state(env, os.getuid() if uid is None else uid)
    read = [path, *(pack.path for source in sources for pack in source.packs)]
    if not problems and state.resolve() in map(Path.resolve, read):
        found = f"`{keys.state}` is read as YAML: it can't be the state as well"
        problems.append(document.problem(("state",), found, "a file of its own, such as /var/lib/log2metrics/state.db"))
    if problems:
        raise ConfigError(problems)
    return Config(
        path=path,
        sources=sources,
        state=None if keys.state == _NONE else state,
        web=Web(keys.web.listen) if keys.web else None,
        graphite=_graphite(keys.graphite) if keys.graphite else None,
    )


def _graphite(keys: GraphiteSchema) -> GraphiteSettings:
    return GraphiteSettings(
        address=keys.address,
        prefix=keys.prefix,
        interval_seconds=keys.interval,
        style=keys.style,
        values=keys.values,
        queue_points=keys.queue_points,
        timeout_seconds=keys.timeout,
    )


class _Sources:
    """Reads the sources of one config file; problems are appended to `problems`."""

    def __init__(self, document: Document, base: Path, problems: list[Problem]) -> None:
        self._document = document
        self._base = base
        self._problems = problems
        self._packs = PackReader(problems)

    def read(self, keys: Iterable[SourceSchema]) -> tuple[Source, ...]:
        """Read all sources and check them against each other."""
        sources = tuple(self._source(source, ("sources", index)) for index, source in enumerate(keys))
        self._check([source.name for source in sources], [pack for source in sources for pack in source.packs])
        return sources

    def look(self) -> None:
        """Find what else is wrong where not all keys are right: with the sources whose keys are, and the rest in part."""
        sources = self._document.data.get("sources")
        parts = [keys if isinstance(keys, dict) else {} for keys in (sources if isinstance(sources, list) else ())]
        packs: list[Pack] = []
        for index, data in enumerate(parts):
            keys = sound(SourceSchema, data)
            packs += self._source(keys, ("sources", index)).packs if keys else self._look_at(data, ("sources", index))
        self._check([data.get("name") for data in parts], packs)

    def _look_at(self, data: Mapping[str, object], path: NodePath) -> list[Pack]:
        file_labels, patterns = data.get("file_labels"), data.get("patterns")
        look_at_multiline(data.get("multiline"), shipped_definitions(), self._telling(*path, "multiline"))
        self._file_labels(file_labels if isinstance(file_labels, str) else None, (*path, "file_labels"))
        names = enumerate(patterns if isinstance(patterns, list) else [patterns])
        named = [(place, name) for place, name in names if isinstance(name, str) and name]
        packs = [self._read_pack(name, None, (*path, "patterns", place)) for place, name in named]
        return [pack for pack in packs if pack]

    def _check(self, names: list[object], packs: Iterable[Pack]) -> None:
        for index, name in enumerate(names):
            if name is not None and name in names[:index]:
                self._add(("sources", index, "name"), f"a second source `{name}`", "a name of its own for each source")
        self._problems.extend(check_packs({id(pack): pack for pack in packs}.values()))

    def _source(self, keys: SourceSchema, path: NodePath) -> Source:
        packs = self._read_packs(keys, path)
        file_labels = self._file_labels(keys.file_labels, (*path, "file_labels"))
        self._check_labels(keys, file_labels, packs, path)
        if safe_text(keys.name) != keys.name:
            self._add((*path, "name"), "a name with unprintable characters, or a very long one", "a short word")
        selection = Selection(
            source=keys.name,
            globs=tuple(str(self._base.absolute() / file) for file in keys.files),
            start_at=keys.start_at,
            labels=tuple(sorted((name, safe_text(value)) for name, value in keys.labels.items())),
            file_labels=file_labels,
            line_bytes=keys.line_bytes,
            rotated=tuple(str(self._base.absolute() / file) for file in keys.rotated),
            shape=Shape(keys.unwrap, self._multiline(keys, packs, path), keys.encoding, keeps_wrapping(packs, keys.unwrap)),
        )
        for pack, name in missing_fields(packs, keys.unwrap):
            found = f"`{pack.name}` asks for `{name}`, which only wrapped lines have"
            self._add((*path, "patterns"), found, "`unwrap` in this source")
        return Source(selection, packs, keys.format, keys.timezone)

    def _multiline(self, keys: SourceSchema, packs: Iterable[Pack], path: NodePath) -> Multiline | None:
        """What the source says, or else its packs."""
        if "multiline" in keys.model_fields_set:
            return read_multiline(keys.multiline, shipped_definitions(), self._telling(*path, "multiline"))
        for pack, first in check_multiline(packs):
            found = f"`{pack.name}` and `{first.name}` differ in `multiline`"
            places = f"{pack.path}:{pack.multiline_line} and {first.path}:{first.multiline_line}"
            self._add((*path, "patterns"), f"{found}: {places}", "`multiline` in this source, or a source for each")
        return multiline_of(packs)

    def _read_packs(self, keys: SourceSchema, path: NodePath) -> tuple[Pack, ...]:
        packs: list[Pack] = []
        for index, name in enumerate(keys.patterns):
            place = (*path, "patterns", index)
            if pack := self._read_pack(name, keys.format, place):
                if any(pack is other for other in packs):
                    self._add(place, f"`{name}` a second time", "each pack once: its metrics would count twice")
                elif pack.programs and keys.format not in {None, Format.SYSLOG}:
                    self._add(
                        place, f"`{name}` is for some programs, which format {keys.format} does not name", "`format: syslog`"
                    )
                packs.append(pack)
        return tuple(packs)

    def _read_pack(self, name: str, line_format: Format | None, place: NodePath) -> Pack | None:
        found = find_pack(name, self._base)
        if found is None:
            self._add(place, *unknown_pack(name, self._base))
            return None
        return self._packs.read(found, line_format)

    def _file_labels(self, text: str | None, path: NodePath) -> Regex | None:
        if text is None:
            return None
        try:
            pattern = compile_text(text)
        except PatternError as error:
            self._add(path, str(error), error.right)
            return None
        if not pattern.groupindex:
            self._add(path, f"`{text}` names no group", "a named group for each label, such as (?P<vhost>[^/]+)")
        return pattern

    def _check_labels(self, keys: SourceSchema, file_labels: Regex | None, packs: Iterable[Pack], path: NodePath) -> None:
        by_place: dict[str, Any] = {"labels": keys.labels, "file_labels": file_labels.groupindex if file_labels else ()}
        for place, names in by_place.items():
            for name in names:
                for found, right in check_label_name(name):
                    self._add((*path, place, name), found, right)
            for pack in packs:
                for name in check_labels(pack, names):
                    self._add(
                        (*path, place, name), f"metrics of `{pack.name}` have a label `{name}` of their own", "another name"
                    )
        for name in by_place["labels"]:
            if name in by_place["file_labels"]:
                self._add((*path, "file_labels"), f"the label `{name}` is in `labels` too", "one of the two")

    def _telling(self, *path: str | int) -> Tell:
        return lambda key, found, right: self._add((*path, *key), found, right)

    def _add(self, path: NodePath, found: str, right: str) -> None:
        self._problems.append(self._document.problem(path, found, right))
