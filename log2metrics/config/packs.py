"""Packs: where they are found, and how one is read.

A pack is named (one of the shipped library) or given as a path, relative to the file that names it. Each is read once, and what
is wrong with it is told once. What packs must agree on is known to `agreement`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from log2metrics.config.agreement import check_packs
from log2metrics.config.definitions import NAME, BrokenDefinitionError, DefinitionError, Definitions
from log2metrics.config.marks import Document, parse_document, read_document
from log2metrics.config.metrics import MetricReader
from log2metrics.config.problems import ConfigError, Problem, meant
from log2metrics.config.report import sound, validate
from log2metrics.config.schema import DefinitionsSchema, MetricSchema, PackSchema
from log2metrics.config.settings import Example, Pack
from log2metrics.config.shapes import Tell, look_at_multiline, read_multiline
from log2metrics.match.formats import Format
from log2metrics.match.pattern import PatternError, check_regex

SUFFIXES = (".yml", ".yaml")
DEFINITIONS = "definitions"


def library_folder() -> Path:
    """Where the shipped packs are: in the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "patterns"
    return installed if installed.is_dir() else package.parent / "patterns"


def library() -> list[str]:
    """List the names of the shipped packs, in order of the alphabet."""
    return sorted(path.stem for path in library_folder().glob("*.yml") if path.stem != DEFINITIONS)


def find_pack(name: str, base: Path) -> Path | None:
    """Find the file of a pack: of this name in the library, or this path (one with a slash or a YAML suffix) from `base`."""
    if not _is_path(name):
        return library_folder() / f"{name}.yml" if name in library() else None
    with suppress(OSError):  # whatever is the matter, reading the file will tell
        return base / name if (base / name).exists() else None
    return base / name


def unknown_pack(name: str, base: Path) -> tuple[str, str]:
    """Tell that there is no such pack: what was found, and what would be right."""
    if _is_path(name):
        return f"there is no file `{base / name}`", "a path relative to the file that names it, or the name of a shipped pack"
    otherwise = "a name that `log2metrics patterns` lists, or a path such as ./my.yml"
    return f"no shipped pack is called `{name}`", meant(name, library(), otherwise)


def _is_path(name: str) -> bool:
    return "/" in name or name.endswith(SUFFIXES)


@cache
def shipped_definitions() -> Definitions:
    """Give the definitions that every pack may use, read once. Raises ConfigError."""
    return read_definitions(library_folder() / f"{DEFINITIONS}.yml")


def read_definitions(path: Path) -> Definitions:
    """Read a file of nothing but definitions. Raises ConfigError."""
    problems: list[Problem] = []
    document = read_document(path, problems)
    keys = validate(DefinitionsSchema, document, problems) if document else None
    if document and keys:
        definitions = Definitions(keys.definitions)
        _check_definitions(definitions, document, problems)
        if not problems:
            return definitions
    raise ConfigError(problems)


def load_packs(names: Iterable[str], base: Path) -> tuple[Pack, ...]:
    """Read the packs of these names, or paths from the folder `base`. Raises ConfigError with the problems of all."""
    problems: list[Problem] = []
    reader = PackReader(problems)
    packs = []
    for name in dict.fromkeys(names):
        path = find_pack(name, base)
        if path is None:
            problems.append(Problem(None, None, *unknown_pack(name, base)))
        elif pack := reader.read(path):
            packs.append(pack)
    return _agreed(packs, problems)


def packs_for(files: Iterable[str]) -> tuple[Pack, ...]:
    """Read the shipped packs whose usual files are called like one of these; all of them if there are none.

    Raises ConfigError.
    """
    problems: list[Problem] = []
    reader = PackReader(problems)
    paths = [library_folder() / f"{name}.yml" for name in library()]
    documents = [(document, path) for path in paths if (document := read_document(path, problems))]
    names = [Path(file).name for file in files]
    chosen = [each for each in documents if any(fnmatch(name, usual) for name in names for usual in _usual_names(each[0]))]
    return _agreed([pack for document, path in chosen or documents if (pack := reader.make(document, path))], problems)


def _agreed(packs: Sequence[Pack], problems: list[Problem]) -> tuple[Pack, ...]:
    """The packs, if nothing is wrong with them, nor with using them together. Raises ConfigError."""
    problems.extend(check_packs(packs))
    if problems:
        raise ConfigError(problems)
    return tuple(packs)


def _usual_names(document: Document) -> list[str]:
    """What a pack's usual files are called, as far as that tells them from others': `*.log` does not."""
    files = document.data.get("files")
    names = [Path(str(file)).name for file in files] if isinstance(files, list) else []
    return [name for name in names if Path(name).stem.strip("*?")]


def parse_pack(text: str, path: Path) -> Pack:
    """Read a pack out of text; `path` is what problems call it. Raises ConfigError."""
    problems: list[Problem] = []
    document = parse_document(text, str(path), problems)
    pack = PackReader(problems).make(document, path) if document else None
    if pack is None or problems:
        raise ConfigError(problems)
    return pack


class PackReader:
    """Reads packs; problems are appended to `problems`."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._packs: dict[tuple[Path, Format | None], Pack | None] = {}

    def read(self, path: Path, line_format: Format | None = None) -> Pack | None:
        """Read the pack in this file, its rules for lines of this format or else of its own. None if it is no pack at all.

        A pack with problems holds what could be read of it, so that more problems can be found.
        """
        key = (path.resolve(), line_format)
        if key not in self._packs:
            document = read_document(path, self._problems)
            self._packs[key] = self.make(document, path, line_format) if document else None
        return self._packs[key]

    def make(self, document: Document, path: Path, line_format: Format | None = None) -> Pack | None:
        """Make the pack that a document is. None if it is no pack at all."""
        keys = validate(PackSchema, document, self._problems)
        if not keys:
            self._look(document, line_format)
            return None
        definitions = Definitions(keys.definitions, shipped_definitions())
        _check_definitions(definitions, document, self._problems)
        self._check(keys, document)
        reader = MetricReader(document, line_format or keys.format, definitions, self._problems)
        read = [reader.read(metric, ("metrics", index)) for index, metric in enumerate(keys.metrics)]
        examples = (
            Example(example.lines, example.expect, document.line(("examples", index)), example.unwrap)
            for index, example in enumerate(keys.examples)
        )
        multiline = read_multiline(keys.multiline, definitions, self._telling(document))
        return Pack(
            name=path.stem,
            path=path,
            title=keys.title,
            format=keys.format,
            metrics=tuple(metric for metric, _ in read),
            rules=tuple(rule for _, rules in read for rule in rules),
            programs=keys.program,
            files=tuple(str(path.parent.absolute() / file) for file in keys.files),
            examples=tuple(examples),
            multiline=multiline,
            multiline_line=document.line(("multiline",)) if multiline else 0,
            metric_lines={metric.name: document.line(("metrics", index)) for index, metric in enumerate(keys.metrics)},
        )

    def _look(self, document: Document, line_format: Format | None) -> None:
        """Find what else is wrong where not all keys are right: with the metrics whose keys are, and the others' regexes.

        Nothing is said of what may hang on a key that is not right.
        """
        own = sound(DefinitionsSchema, {"definitions": document.data.get("definitions", {})})
        if own is None:
            return
        definitions = Definitions(own.definitions, shipped_definitions())
        _check_definitions(definitions, document, self._problems)
        look_at_multiline(document.data.get("multiline"), definitions, self._telling(document))
        if not document.data.keys() <= PackSchema.model_fields.keys():
            return
        form = line_format or next((each for each in Format if each == document.data.get("format", Format.PLAIN)), None)
        reader = MetricReader(document, form or Format.PLAIN, definitions, self._problems)
        metrics = document.data.get("metrics")
        for index, data in enumerate(metrics if isinstance(metrics, list) else ()):
            keys = sound(MetricSchema, data) if form else None
            if keys:
                reader.read(keys, ("metrics", index))
            else:
                reader.look(data, ("metrics", index))

    def _telling(self, document: Document) -> Tell:
        return lambda key, found, right: self._problems.append(document.problem(("multiline", *key), found, right))

    def _check(self, keys: PackSchema, document: Document) -> None:
        if keys.program and keys.format is not Format.SYSLOG:
            found = f"`program` in a pack of format {keys.format}"
            self._problems.append(document.problem(("program",), found, "`format: syslog`: only its lines name a program"))
        lines: dict[str, int] = {}
        for index, metric in enumerate(keys.metrics):
            path = ("metrics", index, "name")
            if metric.name in lines:
                found = f"a second metric `{metric.name}` (the first in line {lines[metric.name]})"
                self._problems.append(document.problem(path, found, "one metric with the rules of both"))
            lines.setdefault(metric.name, document.line(path))


def _check_definitions(definitions: Definitions, document: Document, problems: list[Problem]) -> None:
    for name, text in definitions.own.items():
        path = ("definitions", name)
        if not NAME.fullmatch(name):
            problems.append(document.problem(path, f"`{name}` is no name for a definition", "letters, digits and `_`"))
        try:
            if isinstance(text, str):
                regex = definitions.regex(name)
                # A named list is known only to the rule that uses it.
                if r"\L<" not in regex:
                    check_regex(regex)
        except BrokenDefinitionError:
            error = definitions.broken[name]
            if not isinstance(error, BrokenDefinitionError):
                problems.append(document.problem(path, str(error), error.right))
        except PatternError as error:
            definitions.broken[name] = DefinitionError(str(error), error.right)
            problems.append(document.problem(path, str(error), error.right))
