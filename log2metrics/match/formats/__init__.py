"""Line formats: where the message of a line begins, and which fields the line has besides.

One module per format; a new one is a module and a line in `_FORMATS`. A format gets one line without its line end and
knows nothing of rules.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib import import_module

from log2metrics.match.formats.parsed import LineFormat


class Format(StrEnum):
    """The line formats by the names a pack uses."""

    PLAIN = "plain"
    SYSLOG = "syslog"
    JSON = "json"
    LOGFMT = "logfmt"


_FORMATS = {
    Format.PLAIN: "plain:Plain",
    Format.SYSLOG: "syslog:Syslog",
    Format.JSON: "jsonline:JsonLine",
    Format.LOGFMT: "logfmt:Logfmt",
}


@cache
def line_format(name: Format) -> LineFormat:
    """The format of this name; formats have no state, so there is one of each."""
    module, kind = _FORMATS[name].split(":")
    made: LineFormat = getattr(import_module(f"{__name__}.{module}"), kind)()
    return made


@cache
def wrapped_format(name: Format) -> LineFormat:
    """The same for lines that keep what they were wrapped in."""
    from log2metrics.match.formats.wrapped import wrapped  # noqa: PLC0415  # few sources want it

    return wrapped(line_format(name))
