"""The vocabulary of what the exporter says of itself.

Every metric named `log2metrics_…` is declared here, once, and reached by its constant. A `Telemetry` holds their values
and is passed to the rooms as one argument; it may be called from any thread. It does not know who reads it.

Durable counters are kept in the state with the positions, in the same transaction, and go on over a restart.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from log2metrics.flow import Family
from log2metrics.metric import Label, Labels, Metric, MetricType

PREFIX = "log2metrics_"


class Loss(StrEnum):
    """Why bytes could not be had: the `reason` of `lost_bytes_total`."""

    TRUNCATED = "truncated"
    ROTATED_AWAY = "rotated_away"
    CORRUPT = "corrupt"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Own:
    """One metric of the exporter's own: name without the prefix, type, label names, help, and whether it is durable."""

    name: str
    type: MetricType
    labels: tuple[str, ...]
    help: str
    durable: bool = False

    @property
    def metric(self) -> Metric:
        """The same as a Metric, for sinks."""
        return Metric(PREFIX + self.name, self.type, self.help, tuple(Label(name) for name in self.labels))


VOCABULARY: list[Own] = []


def _counter(name: str, labels: tuple[str, ...], text: str, *, durable: bool = True) -> Own:
    own = Own(name, MetricType.COUNTER, labels, text, durable)
    VOCABULARY.append(own)
    return own


def _gauge(name: str, labels: tuple[str, ...], text: str) -> Own:
    own = Own(name, MetricType.GAUGE, labels, text)
    VOCABULARY.append(own)
    return own


LINES = _counter("lines_total", ("source",), "Complete lines, as rules see them.")
BYTES = _counter("bytes_total", ("source",), "Bytes of complete lines, as rules see them.")
LINES_MATCHED = _counter("lines_matched_total", ("source",), "Lines that at least one rule counted.")
LINES_UNMATCHED = _counter("lines_unmatched_total", ("source",), "Lines that no rule counted.")
LINES_TRUNCATED = _counter("lines_truncated_total", ("source",), "Lines cut at a limit; the rest was skipped.")
MULTILINE_TIMEOUTS = _counter(
    "multiline_timeouts_total",
    ("source",),
    "Searches of a `multiline` regex that took too long, or were left out because too many had.",
)
LOST_BYTES = _counter("lost_bytes_total", ("source", "reason"), "Bytes that could not be read, by reason.")
ROTATIONS = _counter("rotations_total", ("source", "kind"), "Rotations seen, by kind.")
FILE_ERRORS = _counter("file_errors_total", ("source", "reason"), "Failed attempts to open or read a file, by reason.")
RULE_TIMEOUTS = _counter("rule_timeouts_total", ("metric",), "Lines a rule was given up on because it took too long.")
RULE_SKIPPED = _counter("rule_skipped_lines_total", ("metric",), "Lines not shown to a rule while it was suspended.")
VALUE_ERRORS = _counter("value_errors_total", ("metric",), "Lines that matched, but whose value was not a usable number.")
FOLDED = _counter("folded_total", ("metric",), "Increments folded into the series `other` at a limit.")
GRAPHITE_POINTS = _counter("graphite_points_total", ("result",), "Graphite points, by result: sent, queued or dropped.")
STATE_COMMITS = _counter("state_commits_total", (), "Transactions written to the state.")
STATE_ERRORS = _counter("state_errors_total", ("reason",), "Transactions that failed, by reason.", durable=False)
RULE_SECONDS = _counter("rule_seconds_total", ("metric",), "Seconds spent matching, estimated from samples.", durable=False)

FILES = _gauge("files", ("source",), "Files being followed.")
FILE_BEHIND = _gauge("file_behind_bytes", ("source", "file"), "Bytes written to the file and not yet counted.")
FILE_LAST_LINE = _gauge(
    "file_last_line_timestamp_seconds", ("source", "file"), "When the last line of the file was counted, in Unix seconds."
)
EVENT_LAG = _gauge(
    "event_lag_seconds", ("source",), "How long before it was read the line read last says that it was written, in seconds."
)
RULE_SUSPENDED = _gauge("rule_suspended", ("metric",), "1 while a rule of the metric is suspended for timing out.")
SERIES = _gauge("series", ("metric",), "Series in memory, idle ones included.")
GRAPHITE_QUEUE = _gauge("graphite_queue_points", (), "Graphite points waiting to be sent.")
RELOAD_SUCCESSFUL = _gauge("config_last_reload_successful", (), "1 if the last load of the configuration succeeded.")
RELOAD_TIMESTAMP = _gauge(
    "config_last_reload_success_timestamp_seconds", (), "When the configuration was last loaded, in Unix seconds."
)
BUILD_INFO = _gauge("build_info", ("version", "python"), "Always 1; the labels say what is running.")


class Telemetry:
    """The current values of the vocabulary."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[Own, dict[tuple[str, ...], float]] = {own: {} for own in VOCABULARY}
        self._changed: set[tuple[Own, tuple[str, ...]]] = set()
        self._families: dict[Own, Family] = {}  # of those in which nothing has changed since

    def add(self, own: Own, amount: float = 1, *labels: str) -> None:
        """Add to a counter. Adding 0 makes the series exist."""
        with self._lock:
            self._put(own, labels, self._values[own].get(labels, 0.0) + amount)
            if own.durable:
                self._changed.add((own, labels))

    def set(self, own: Own, value: float, *labels: str) -> None:
        """Set a gauge."""
        with self._lock:
            self._put(own, labels, value)

    def _put(self, own: Own, labels: tuple[str, ...], value: float) -> None:
        if self._values[own].get(labels) != value:
            self._values[own][labels] = value
            self._families.pop(own, None)

    def clear(self, own: Own, *prefix: str) -> None:
        """Forget the series of a gauge whose first labels are these: a file that is gone has no lag."""
        with self._lock:
            values = self._values[own]
            for labels in [key for key in values if key[: len(prefix)] == prefix]:
                del values[labels]
                self._families.pop(own, None)

    def get(self, own: Own, *labels: str) -> float:
        """The current value; 0 for a series that does not exist."""
        with self._lock:
            return self._values[own].get(labels, 0.0)

    def has(self, own: Own, *labels: str) -> bool:
        """Whether the series exists."""
        with self._lock:
            return labels in self._values[own]

    def take_changes(self) -> list[tuple[str, Labels, float]]:
        """The durable counters that changed since the last call, as (name, labels, value)."""
        with self._lock:
            changed, self._changed = self._changed, set()
            return [(PREFIX + own.name, _pairs(own, labels), self._values[own][labels]) for own, labels in changed]

    def restore(self, name: str, labels: Labels, value: float) -> bool:
        """Set a durable counter to what the state holds; False if the vocabulary has no such counter."""
        values = dict(labels)
        for own in VOCABULARY:
            if own.durable and PREFIX + own.name == name and sorted(own.labels) == sorted(values):
                with self._lock:
                    self._put(own, tuple(values[label] for label in own.labels), value)
                return True
        return False

    def families(self) -> tuple[Family, ...]:
        """All series that exist, for a snapshot; a family in which nothing has changed is the same object as before."""
        with self._lock:
            return tuple(self._family(own, values) for own, values in self._values.items() if values)

    def _family(self, own: Own, values: Mapping[tuple[str, ...], float]) -> Family:
        found = self._families.get(own)
        if found is None:
            series = {_pairs(own, labels): value for labels, value in values.items()}
            found = self._families[own] = Family(own.metric, series)
        return found


def _pairs(own: Own, values: Iterable[str]) -> Labels:
    return tuple(sorted(zip(own.labels, values, strict=True)))
