"""What the tests of pipeline, status and daemon stand on: a host with logs, and sources made of small packs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import regex

from log2metrics.blocks import Tools
from log2metrics.config.settings import Pack, Source
from log2metrics.flow import Family, Snapshot, Value
from log2metrics.match.formats import Format
from log2metrics.match.guard import Guard
from log2metrics.match.rule import RuleSpec, compile_rule
from log2metrics.metric import Label, Metric, MetricType
from log2metrics.pipeline import Pipeline
from log2metrics.store.state import Changes, State
from log2metrics.tail.selection import Selection, StartAt
from log2metrics.telemetry import Own, Telemetry


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.step = 0.0

    def __call__(self) -> float:
        """Tell the time, in Unix seconds."""
        self.now += self.step
        return self.now


class Untimed:
    """A Timer that never rings."""

    def run(self, seconds: float, work: Callable[[], Any]) -> Any:  # noqa: ANN401, ARG002  # as the Protocol has it
        """Do the work."""
        return work()


class KilledError(BaseException):
    """What happens to a process that gets SIGKILL: nothing of ours runs any more."""


class FragileState(State):
    """A state on a disk that can be full, in a process that can be killed just before or after a commit."""

    full = False
    killed_before = False
    killed_after = False
    during: Callable[[], None] = staticmethod(lambda: None)

    def commit(self, changes: Changes) -> None:
        """Write, or fail as told."""
        if self.killed_before:
            raise KilledError
        if self.full:
            raise KilledError if self.killed_after else sqlite3.OperationalError("database or disk is full")
        super().commit(changes)
        self.during()
        if self.killed_after:
            raise KilledError


class Host:
    """A folder of logs, and pipelines over it that go on from one state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.telemetry = Telemetry()
        self.state: FragileState | None = None
        self.pipeline: Pipeline | None = None

    def write(self, name: str, text: str) -> None:
        """Append to a log."""
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(text)

    def start(self, *sources: Source, keep: bool = True) -> Pipeline:
        """A new process over these sources; the one before it must have stopped or been killed."""
        self.telemetry = Telemetry()
        self.state = FragileState(self.folder / "state.db") if keep else None
        self.pipeline = Pipeline(sources, self.state, Tools(self.telemetry, Guard(Untimed(), self.clock), self.clock))
        return self.pipeline

    def kill(self) -> None:
        """End the process: the system closes its files, and nothing more is written."""
        if self.pipeline:
            self.pipeline.close()
            self.pipeline = None

    def source(self, *packs: Pack, name: str = "app", files: tuple[str, ...] = ("app.log",), **selection: Any) -> Source:  # noqa: ANN401
        """A source over files of the folder, read from their beginning unless told otherwise."""
        globs = tuple(str(self.folder / file) for file in files)
        return Source(Selection(name, globs, **({"start_at": StartAt.BEGINNING} | selection)), packs)


def pack(name: str = "hits_total", match: str = r"hit=(?P<of>\w+)", **metric: Any) -> Pack:  # noqa: ANN401  # what a Metric takes
    """A pack of one counter, whose labels are the named groups."""
    labels = tuple(Label(group) for group in regex.compile(match).groupindex)
    made = Metric(**{"name": name, "type": MetricType.COUNTER, "help": "Hits.", "labels": labels, **metric})
    rule = compile_rule(made, RuleSpec(match=match), Format.PLAIN)
    return Pack(name, Path(f"{name}.yml"), "Hits", Format.PLAIN, (made,), (rule,))


def run(pipeline: Pipeline) -> Snapshot:
    """One pass with all the time there is."""
    assert pipeline.run(lambda: False)
    return pipeline.snapshot


def series(snapshot: Snapshot, name: str = "hits_total") -> dict[tuple[str, ...], Value]:
    """What readers see of a metric, by label values."""
    return _values(snapshot.families, name)


def said(snapshot: Snapshot, own: Own) -> dict[tuple[str, ...], Value]:
    """What readers see of one of the exporter's own metrics, by label values in order of label name."""
    return _values(snapshot.own, own.metric.name)


def _values(families: tuple[Family, ...], name: str) -> dict[tuple[str, ...], Value]:
    found = next((family.series for family in families if family.metric.name == name), {})
    return {tuple(text for _, text in labels): value for labels, value in found.items()}
