"""Lines that are one, from the config to the numbers: over kills and rotations, and with what is hostile in them."""

from __future__ import annotations

import signal
from typing import Any

from tests.harness import Exporter, Program, append, until

TIME = b"2026-11-21T03:00:00.123456789Z"
TRACE = b'Traceback (most recent call last):\n  File "a.py", line 5, in <module>\n    x\nValueError: no\n'
PEAK_KIB = 300 * 1024


def wrapped(text: bytes) -> list[bytes]:
    """The same as containerd writes it."""
    return [TIME + b" stderr F " + line + b"\n" for line in text.split(b"\n")[:-1]]


def exceptions(exporter: Exporter) -> dict[tuple[str, ...], float]:
    """What has been counted by now."""
    return exporter.scrape().by("python_exceptions_total", "type")


def test_a_traceback_of_a_container_counts_once(program: Program) -> None:
    """Written in pieces, with the other stream in between, over a kill and a rotation."""
    log = program.folder / "app.log"
    source = {"name": "app", "files": ["app.log"], "patterns": ["python-traceback"], "unwrap": "cri", "start_at": "beginning"}
    config = program.config(source | {"multiline": {"start": "%{TRACE_START}", "continue": "%{TRACE}", "quiet": "60s"}})
    lines = wrapped(TRACE)
    append(log, lines[0] + lines[1] + TIME + b" stdout P par\n")
    exporter = program.start(config).ready()
    assert {} == exceptions(exporter)
    exporter.stop(signal.SIGKILL)
    append(log, TIME + b" stdout F t\n" + lines[2] + lines[3])
    exporter = program.start(config).ready()
    assert {} == exceptions(exporter)
    append(log, b"".join(wrapped(b"started\n" + TRACE)))
    assert {("ValueError",): 1} == exceptions(exporter)
    log.rename(program.folder / "app.log.1")
    append(log, b"".join(wrapped(b"next\n")))
    until(lambda: exceptions(exporter) == {("ValueError",): 2}, "the last one of the rotated file")
    assert 4 == exporter.scrape().total("log2metrics_lines_total", source="app") - 1


def test_what_never_ends_takes_bounded_memory(program: Program) -> None:
    """A record, the parts of a line, and a line without an end: cut once, and what comes next is counted."""
    common = {"patterns": ["python-traceback"], "start_at": "beginning"}
    files: dict[str, tuple[dict[str, Any], bytes, bytes]] = {
        "record": ({"multiline": {"continue": "^ "}}, b"a\n" + b" go on\n" * 500_000, b"next\n"),
        "parts": ({"unwrap": "cri"}, (TIME + b" stdout P x\n") * 300_000, TIME + b" stdout F \n" + wrapped(b"next\n")[0]),
        "line": ({"unwrap": "docker"}, b'{"log":"' + b"x" * 100_000_000, b"\nnext\n"),
    }
    for name, (_, content, _) in files.items():
        (program.folder / name).write_bytes(content)
    sources = [{"name": name, "files": [name], **common, **keys} for name, (keys, _, _) in files.items()]
    exporter = program.start(program.config(*sources)).ready()
    for name, (_, _, rest) in files.items():
        append(program.folder / name, rest)
    two = {(name,): 2.0 for name in files}
    until(lambda: exporter.scrape().by("log2metrics_lines_total", "source") == two, "two lines of each")
    assert {(name,): 1.0 for name in files} == exporter.scrape().by("log2metrics_lines_truncated_total", "source")
    assert exporter.peak_kib() < PEAK_KIB
