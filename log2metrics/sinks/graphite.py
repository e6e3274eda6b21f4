"""Graphite's plaintext: `path value timestamp`, dotted or tagged.

Whatever a label says, a point stays one line of three words, and no path stands twice in one push: series that fall on
the same path are summed. Refuses to know sockets and time; `graphite_sender` sends.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from string import Formatter

from log2metrics.flow import Snapshot
from log2metrics.metric import Labels, Metric, MetricType, safe_text
from log2metrics.sinks.samples import BUCKET, INFINITY, families, number_text, ordered, samples

MAX_PART_CHARS = 200  # carbon makes a file of each part: 255 bytes is the limit of most file systems
DEFAULT_ADDRESS = ("localhost", 2003)
_EMPTY = "none"

_NOT_IN_PART = re.compile(r"[^A-Za-z0-9_:-]")
_NOT_IN_PATH = re.compile(r"[^A-Za-z0-9_:.-]")
# carbon splits a line at any Unicode white space, and takes a path with a brace for the OpenMetrics notation.
_NOT_IN_TAG = re.compile(r"[\s;{]|^~")


class Style(StrEnum):
    """How labels become part of a path."""

    DOTTED = "dotted"  # name.label.value
    TAGGED = "tagged"  # name;label=value, from Graphite 1.1 on


class Values(StrEnum):
    """What is sent for a counter or histogram."""

    CUMULATIVE = "cumulative"  # its value
    INTERVAL = "interval"  # how much it grew since the last push


def short_hostname() -> str:
    """Give this host's name up to the first dot."""
    return socket.gethostname().partition(".")[0]


@dataclass(frozen=True, slots=True)
class GraphiteSettings:
    """Where Graphite is, and what it is told. `{hostname}` in `prefix` stands for the short host name.

    `address` is carbon's host and port; while it is away `queue_points` are kept, and the oldest are dropped first.
    """

    address: tuple[str, int] = DEFAULT_ADDRESS
    prefix: str = ""
    interval_seconds: float = 10.0
    style: Style = Style.DOTTED
    values: Values = Values.CUMULATIVE
    queue_points: int = 100_000
    timeout_seconds: float = 5.0
    hostname: str = field(default_factory=short_hostname)

    @property
    def path_prefix(self) -> str:
        """The prefix as it stands before every path."""
        return _NOT_IN_PATH.sub("_", self.prefix.replace("{hostname}", _part(self.hostname)))


def render(snapshot: Snapshot, *, own: bool, graphite: GraphiteSettings | None = None) -> str:
    """Write the snapshot as plaintext with its own timestamp; without settings dotted and without a prefix."""
    settings = graphite or GraphiteSettings()
    return "".join(f"{line}\n" for line in lines(snapshot, settings, snapshot.timestamp, own=own))


def lines(snapshot: Snapshot, settings: GraphiteSettings, timestamp: float, *, own: bool = True) -> list[str]:
    """Give one line, without its newline, per path. `timestamp` is in Unix seconds, sent in whole seconds.

    A number that is not finite is left out: Graphite has no way to keep it.
    """
    points: dict[str, float] = {}
    for family in families(snapshot, own=own):
        metric = family.metric
        for labels, value in ordered(family):
            for suffix, sample_labels, number in samples(metric, labels, value):
                if isfinite(number):
                    path = _path(metric, suffix, sample_labels, settings.style)
                    before = 0 if metric.type is MetricType.GAUGE else points.get(path, 0)
                    points[path] = before + number
    prefix, seconds = settings.path_prefix, int(timestamp)
    return [f"{prefix}{path} {number_text(value)} {seconds}" for path, value in points.items()]


def _path(metric: Metric, suffix: str, labels: Labels, style: Style) -> str:
    if metric.graphite is not None:
        return _own_path(metric.graphite, suffix, dict(labels))
    name = _part(metric.name + suffix)
    if style is Style.TAGGED:
        return name + "".join(_tag(label, text) for label, text in labels if text)
    return ".".join([name, *(_part(text) for label in labels for text in label)])


def _own_path(template: str, suffix: str, texts: dict[str, str]) -> str:
    """Fill a metric's template; the parts of a histogram stand below its path."""
    path = ""
    for literal, name, spec, _ in Formatter().parse(template):
        path += _NOT_IN_PATH.sub("_", literal)
        if name is not None:
            path += _part(format(texts.get(name, ""), spec or ""))
    if suffix == BUCKET:
        return f"{path}.bucket.{_part(texts['le'])}"
    return path + suffix.replace("_", ".")


def _part(text: str) -> str:
    if text == INFINITY:
        return "inf"
    return _NOT_IN_PART.sub("_", text[:MAX_PART_CHARS]) or _EMPTY


def _tag(label: str, text: str) -> str:
    # carbon keeps the metric's name in a tag `name` of its own.
    tag = "label_name" if label == "name" else label
    return f";{tag}={_NOT_IN_TAG.sub('_', safe_text(text[:MAX_PART_CHARS]))}"
