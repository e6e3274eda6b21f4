r"""What container runtimes put around the lines of a program, and how it is taken off again.

    2026-11-21T03:00:00.123456789Z stdout F message                             CRI: containerd, CRI-O
    {"log":"message\n","stream":"stdout","time":"2026-11-21T03:00:00.1Z"}       docker, json-file

A long line comes in parts: P, and F for the last one; with docker only the last one ends with a line end. A line that is not
wrapped like this is given as it is.

Where rules ask for what the wrapping says, each line keeps it before it, in a head that has the same width in every line:

    stderr 2026-11-21T03:00:00.123456789Z      message

https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
https://docs.docker.com/engine/logging/drivers/json-file/
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from json.decoder import scanstring  # type: ignore[attr-defined]  # reads one text; typeshed leaves it out
from typing import NamedTuple

from log2metrics.shape.encodings import utf8

NO_STREAM = 0
STREAMS = {b"stdout": 1, b"stderr": 2}
FIELDS = ("stream", "time")  # what rules may ask for
_STREAM_BYTES, _STAMP_BYTES = 6, 35
HEAD_BYTES = _STREAM_BYTES + 1 + _STAMP_BYTES + 1
_NAMES = {number: name for name, number in STREAMS.items()} | {NO_STREAM: b""}

_STRING = rb'"((?:[^"\\\n]|\\.)*+)"'
_CRI = rb"\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) (?P<stream>stdout|stderr) %s(?::[^ \n]{0,64})?(?: |$)"
_CRI_ANY = re.compile(_CRI % b"(?P<tag>[FP])")
_CRI_WHOLE = re.compile(b"^" + _CRI % b"F", re.MULTILINE)
_CRI_PART = re.compile(b"^" + _CRI % b"P", re.MULTILINE)
_DOCKER = re.compile(
    rb'^\{"log": ?' + _STRING + rb', ?"stream": ?"(stdout|stderr)"(?:, ?"attrs": ?\{[^\n]*\})?, ?"time": ?"([^"\n]*)"\}\r?$',
    re.MULTILINE,
)

_STAMP = re.compile(rb"[\dT:.Z+-]{10,%d}" % _STAMP_BYTES)


class Unwrap(StrEnum):
    """The wrappings that are known."""

    CRI = "cri"
    DOCKER = "docker"


class Piece(NamedTuple):
    """What was wrapped: of which stream it is, what the program wrote, and whether its line goes on."""

    stream: int
    text: bytes
    partial: bool = False


def unwrap(line: bytes, wrapping: Unwrap) -> Piece:
    """Take the wrapping off one line."""
    piece = _cri(line) if wrapping is Unwrap.CRI else _docker(line)
    return piece or Piece(NO_STREAM, line)


def wrapping_of(line: bytes) -> Unwrap | None:
    """The wrapping that one line has, as it looks."""
    return next((each for each in Unwrap if unwrap(line, each).stream != NO_STREAM), None)


def unwrap_lines(data: bytes, wrapping: Unwrap) -> bytes | None:
    """Take it off many lines at once; None where some of them are to be looked at one by one."""
    if wrapping is Unwrap.DOCKER:
        return _docker_lines(data)
    texts, times = _CRI_WHOLE.subn(b"", data)
    return None if times != data.count(b"\n") and _CRI_PART.search(data) else texts


def stamp_of(line: bytes, wrapping: Unwrap) -> bytes:
    """The time that one line is wrapped with, as RFC 3339 has it; empty if there is none."""
    if wrapping is Unwrap.CRI:
        return line[: line.index(b" ")] if _CRI_ANY.match(line) else b""
    found = _DOCKER.match(line)
    stamp = found[3] if found else str((_members(line) or {}).get("time")).encode("utf-8", "replace")
    return stamp if _STAMP.fullmatch(stamp) else b""


def head_of(line: bytes, wrapping: Unwrap, stream: int) -> bytes:
    """The head that keeps what one line of a stream was wrapped in; blank if it is not wrapped."""
    stamp = stamp_of(line, wrapping) if stream != NO_STREAM else b""
    return b"%-*b %-*b " % (_STREAM_BYTES, _NAMES[stream], _STAMP_BYTES, stamp)


def read_head(head: str, name: str) -> str | None:
    """What a head says: the `stream` or the `time`; None for anything else, and where it is blank."""
    parts = {"stream": slice(_STREAM_BYTES), "time": slice(_STREAM_BYTES + 1, None)}
    return (head[parts[name]].rstrip() or None) if name in parts else None


def _cri(line: bytes) -> Piece | None:
    head = _CRI_ANY.match(line)
    return Piece(STREAMS[head["stream"]], line[head.end() :], head["tag"] == b"P") if head else None


def _docker_lines(data: bytes) -> bytes | None:
    odd = False

    def text_of(found: re.Match[bytes]) -> bytes:
        nonlocal odd
        text = _log(found[1])
        if text is None or text[1]:
            odd = True
            return b""
        return text[0]

    texts, times = _DOCKER.subn(text_of, data)
    return None if odd or times != data.count(b"\n") else texts


def _docker(line: bytes) -> Piece | None:
    found = _DOCKER.match(line)
    if found is None:
        return _docker_object(line)
    text = _log(found[1])
    return Piece(STREAMS[found[2]], *text) if text else None


def _docker_object(line: bytes) -> Piece | None:
    """The same for an object whose members stand in another order."""
    members = _members(line)
    if members is None or not isinstance(text := members.get("log"), str):
        return None
    stream = STREAMS.get(str(members.get("stream")).encode("utf-8", "replace"))
    return Piece(stream, *_line(text)) if stream else None


def _members(line: bytes) -> dict[str, object] | None:
    try:
        members = json.loads(line.decode("utf-8", "replace"), strict=False) if line.startswith(b"{") else None
    except (ValueError, RecursionError):
        return None
    return members if isinstance(members, dict) else None


def _log(escaped: bytes) -> tuple[bytes, bool] | None:
    """What the member `log` says, and whether its line goes on; None if it can't be read."""
    if escaped.endswith(b"\\n") and escaped.count(b"\\") == 1:  # nearly always
        return escaped[:-2], False
    try:
        text, _ = scanstring(f'{escaped.decode("utf-8", "replace")}"', 0, False)  # noqa: FBT003  # its only form
        return _line(text)
    except ValueError:
        return None


def _line(text: str) -> tuple[bytes, bool]:
    whole = text.endswith("\n")
    return utf8(text[:-1] if whole else text), not whole
