"""The house as it is drawn: which room knows which, what each says of itself, and where the program waits."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import log2metrics
from log2metrics import telemetry

HOUSE = Path(log2metrics.__file__).parent
COMMON = {"metric", "flow", "telemetry"}

# cli → {daemon, status …} → {web, pipeline, config, examples, suggest, alarm, barrier}
#     → {tail, match, templates, store, sinks}
#     → {shape, telemetry} → flow → metric
ARROWS = {
    "metric": set(),
    "flow": {"metric"},
    "telemetry": {"metric", "flow"},
    "match": {"metric", "shape.wrapping"},
    "templates": set(),
    "shape": {"metric"},
    "tail": COMMON | {"shape"},
    "store": COMMON,
    "sinks": COMMON,
    "alarm": {"match.guard"},
    "barrier": set(),
    "rates": set(),
    "samples": {"match", "templates"},
    "config": {"metric", "telemetry", "match", "shape", "sinks.graphite", "tail.selection"},
    "web": {"metric", "flow", "sinks.exposition"},
    "blocks": COMMON | {"config.settings", "match", "store"},
    "pipeline": COMMON | {"blocks", "config.settings", "rates", "samples", "store", "tail"},
    "ranges": {"flow", "alarm", "blocks", "match", "tail"},
    "suggest": {"metric", "match", "templates"},
    "examples": {"flow", "telemetry", "config.settings", "match", "shape", "store", "sinks.exposition"},
    "status": COMMON | {"pipeline", "samples", "web.exporter"},
    "daemon": {"flow", "telemetry", "barrier", "blocks", "config.problems", "config.settings", "pipeline", "status",
               "web.exporter",
               "sinks.graphite_sender", "sinks.schedule", "tail.wakeups"},
    "cli": COMMON | {"alarm", "blocks", "config", "daemon", "examples", "match", "pipeline", "ranges", "shape", "sinks",
                     "store", "suggest", "tail", "templates", "web"},
    "__main__": {"cli"},
}  # fmt: skip
WORLD = {"asyncio", "multiprocessing", "os", "pathlib", "queue", "select", "signal", "socket", "sqlite3", "subprocess",
         "tempfile", "threading", "time"}  # fmt: skip
PURE = {"match", "shape", "metric", "flow", "templates", "suggest"}
WAITING = {"sleep", "wait", "wait_for", "select", "poll"}

# DESIGN.md, section 8: what an operator can rely on.
PROMISED = {
    "lines_total": {"source"},
    "bytes_total": {"source"},
    "lines_matched_total": {"source"},
    "lines_unmatched_total": {"source"},
    "lines_truncated_total": {"source"},
    "lost_bytes_total": {"source", "reason"},
    "rotations_total": {"source", "kind"},
    "file_behind_bytes": {"source", "file"},
    "file_last_line_timestamp_seconds": {"source", "file"},
    "file_errors_total": {"source", "reason"},
    "rule_seconds_total": {"metric"},
    "rule_timeouts_total": {"metric"},
    "rule_suspended": {"metric"},
    "value_errors_total": {"metric"},
    "series": {"metric"},
    "folded_total": {"metric"},
    "config_last_reload_successful": set(),
    "config_last_reload_success_timestamp_seconds": set(),
    "state_commits_total": set(),
    "graphite_points_total": {"result"},
    "build_info": {"version", "python"},
}


def name_of(path: Path) -> str:
    """The dotted name of a module, without that of the package."""
    return ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix("__init__").strip(".")


MODULES = {name: ast.parse(path.read_text(encoding="utf-8")) for path in HOUSE.rglob("*.py") if (name := name_of(path))}


def imports(tree: ast.Module) -> Iterator[str]:
    """Every module that is imported, inside functions too; of `from package import module` the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [node.module] if node.module != "log2metrics" else [f"log2metrics.{alias.name}" for alias in node.names]
            yield from (name for name in names if name)


def arrows() -> dict[str, set[str]]:
    """Per room the modules of other rooms that it imports."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, tree in MODULES.items():
        room = name.split(".")[0]
        own = (target.removeprefix("log2metrics.") for target in imports(tree) if target.startswith("log2metrics."))
        found[room] |= {target for target in own if target.split(".")[0] != room}
    return found


def leads_to(target: str, allowed: set[str]) -> str | None:
    """The arrow that allows an import: to the module itself, or to its whole room."""
    return next((arrow for arrow in allowed if target == arrow or target.startswith(f"{arrow}.")), None)


def test_imports_only_go_to_the_right() -> None:
    """No room knows another that it may not know, whether at the top of a module or inside a function."""
    wrong = {(room, target) for room, targets in arrows().items() for target in targets if not leads_to(target, ARROWS[room])}
    assert set() == wrong


def test_every_arrow_is_needed() -> None:
    """What is drawn is what is built: an arrow that nothing uses any more is taken out of the drawing."""
    used = {(room, leads_to(target, ARROWS[room])) for room, targets in arrows().items() for target in targets}
    assert {(room, arrow) for room, drawn in ARROWS.items() for arrow in drawn} == used


def test_every_room_is_drawn() -> None:
    """A new room has its place in the drawing."""
    assert set(ARROWS) == {name.split(".")[0] for name in MODULES}


@pytest.mark.parametrize("name", sorted(name for name in MODULES if name.split(".")[0] in PURE))
def test_matching_touches_nothing_outside(name: str) -> None:
    """The counting of lines, and what is drawn from them, knows no files, sockets, clocks, signals or threads."""
    assert set() == {target.split(".")[0] for target in imports(MODULES[name])} & WORLD


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_module_says_what_it_does(name: str) -> None:
    """Whoever opens a file reads first what it is for."""
    first, _, _ = (ast.get_docstring(MODULES[name]) or "").partition("\n")
    assert first.endswith((".", ":", "`"))
    assert len(first.split()) > 2


def test_nothing_is_too_long_to_be_read_at_once() -> None:
    """A module has fewer than 300 lines, a function at most 45."""
    functions = {
        f"{name}.{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
    modules = {name: max(node.end_lineno or 0 for node in tree.body) for name, tree in MODULES.items() if tree.body}
    assert {} == {name: lines for name, lines in functions.items() if lines > 45}
    assert {} == {name: lines for name, lines in modules.items() if lines >= 300}


def test_only_the_daemon_and_the_command_line_wait() -> None:
    """Nothing sleeps; and only where the threads are at home does anybody wait for another."""
    waiting = {
        name
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and (node.attr if isinstance(node, ast.Attribute) else node.id) in WAITING
    }
    assert {"barrier", "daemon", "cli.demo"} == waiting
    assert not any("sleep" in ast.dump(tree) for tree in MODULES.values())


def constants() -> dict[str, telemetry.Own]:
    """The vocabulary by the names of its constants."""
    return {name: each for name, each in vars(telemetry).items() if isinstance(each, telemetry.Own)}


@pytest.mark.parametrize("name", sorted(constants()))
def test_every_word_of_the_vocabulary_is_spoken(name: str) -> None:
    """No metric is declared that nothing ever sets."""
    users = {
        module
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name)
    }
    assert set() != users - {"telemetry"}


def test_the_vocabulary_has_no_word_twice() -> None:
    """Each name stands for one metric, and each metric is reached by its constant."""
    names = [own.name for own in telemetry.VOCABULARY]
    assert sorted(set(names)) == sorted(names)
    assert list(constants().values()) == telemetry.VOCABULARY


def test_what_the_design_promises_exists() -> None:
    """Alerts are written on these names and labels."""
    there = {own.name: set(own.labels) for own in telemetry.VOCABULARY}
    assert PROMISED == {name: there.get(name) for name in PROMISED}


def test_the_house_runs_on_what_it_declares() -> None:
    """Nothing is imported but the standard library, the house itself and the dependencies of pyproject.toml."""
    known = {"ahocorasick_rs", "cheroot", "click", "jinja2", "prometheus_client", "pydantic", "pydantic_core", "regex", "rich",
             "watchdog", "yaml", "log2metrics"}  # fmt: skip
    used = {target.split(".")[0] for tree in MODULES.values() for target in imports(tree)}
    assert known == used - set(sys.stdlib_module_names)
