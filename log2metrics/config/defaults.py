"""What holds without a config file: the shipped packs on the usual paths, and the usual place of the state.

The file system comes in as a question, the environment as a mapping.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from itertools import chain, count, takewhile
from pathlib import Path

from log2metrics.config.packs import library, library_folder, load_packs
from log2metrics.config.settings import Config, Pack, Source
from log2metrics.config.shapes import multiline_of
from log2metrics.shape.shape import Shape
from log2metrics.tail.selection import Selection

_STATE = "state.db"
_WILD = ("*", "?", "[")
# Debian up to 11 writes most lines of the one into the other as well; both together would count them twice.
_REPEATS = {"/var/log/messages": "/var/log/syslog"}


def default_state(env: Mapping[str, str], uid: int) -> Path:
    """Say where the state is kept: systemd's StateDirectory=, else /var/lib for root, else the user's XDG state folder.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    if folder := env.get("STATE_DIRECTORY"):
        return Path(folder.split(":")[0]) / _STATE
    if uid == 0:
        return Path("/var/lib/log2metrics") / _STATE
    home = env.get("XDG_STATE_HOME") or Path(env.get("HOME", "/")) / ".local" / "state"
    return Path(home) / "log2metrics" / _STATE


def default_config(exists: Callable[[str], bool], env: Mapping[str, str] = os.environ, uid: int | None = None) -> Config:
    """Make the configuration of a host without a config file. `exists` answers for a path or a glob.

    Paths that the same packs name are one source. A path that exists later is not followed until the next start, unless
    there is none at all: then all are kept, since they may appear. Raises ConfigError if a shipped pack is broken.
    """
    sources = _sources(load_packs(library(), library_folder()))
    here = [found for source in sources if (found := _existing(source, exists))]
    return Config(None, tuple(here or sources), default_state(env, os.getuid() if uid is None else uid))


def _sources(packs: Iterable[Pack]) -> list[Source]:
    """One source for each set of packs that some paths share.

    Its name does not depend on which of its paths exist: positions are kept by it.
    """
    packs_of: dict[str, list[Pack]] = {}
    for pack in packs:
        for file in dict.fromkeys(pack.files):
            packs_of.setdefault(file, []).append(pack)
    files_of: dict[tuple[str, ...], list[str]] = {}
    for file, sharing in packs_of.items():
        files_of.setdefault(tuple(pack.name for pack in sharing), []).append(file)
    sources: list[Source] = []
    for names, files in files_of.items():
        name = _unused(names, Path(files[0]).stem.strip("*?[]._-") or "files", {source.name for source in sources})
        sharing_packs = tuple(packs_of[files[0]])
        sources.append(Source(Selection(name, tuple(files), shape=Shape(multiline=multiline_of(sharing_packs))), sharing_packs))
    return sources


def _unused(packs: tuple[str, ...], file: str, taken: Container[str]) -> str:
    """Name a source after its only pack, else after its first file, else with a number."""
    candidates = chain(packs if len(packs) == 1 else (), [file], (f"{file}-{number}" for number in count(2)))
    return next(name for name in candidates if name not in taken)


def _existing(source: Source, exists: Callable[[str], bool]) -> Source | None:
    here = (file for file in source.selection.globs if exists(file) or exists(_folder(file)))
    globs = tuple(file for file in here if file not in _REPEATS or not exists(_REPEATS[file]))
    return replace(source, selection=replace(source.selection, globs=globs)) if globs else None


def _folder(glob: str) -> str:
    """Give the folder in which files of a glob would appear; for a plain path, itself."""
    parts = Path(glob).parts
    plain = takewhile(lambda part: not any(wild in part for wild in _WILD), parts)
    return str(Path(*plain))
