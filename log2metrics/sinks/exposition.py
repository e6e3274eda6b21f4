"""The Prometheus text format 0.0.4 and OpenMetrics 1.0, quick for many series.

https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/, byte
by byte as prometheus-client writes them, which a property test holds. That library makes an object of every sample at every
scrape, 6 µs each; here the text before a number is remembered from one scrape to the next, and a family that has not changed
is not written again.

Refuses to know HTTP and prometheus-client: `once` starts without either.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from itertools import accumulate, chain, islice

from log2metrics.flow import Family, HistogramValue, Snapshot, Value
from log2metrics.metric import Labels, Metric, MetricType
from log2metrics.sinks.graphite import GraphiteSettings
from log2metrics.sinks.samples import families, samples

TOTAL = "_total"
END_OF_OPENMETRICS = b"# EOF\n"

_SPECIAL = re.compile('[\\\\"\n\ud800-\udfff]')
_SERIES_PER_PART = 1000  # few enough that what is needed to write them is soon free again
_FIRST_EXPONENT = 1e6  # from here on numbers are written as Go does


class Dialect(Enum):
    """The two texts. They differ in what stands above the samples of a family, and in how they end."""

    PROMETHEUS = "Prometheus text format 0.0.4"
    OPENMETRICS = "OpenMetrics 1.0"


class Exposition:
    """Writes snapshots, and remembers of the last one what the next will say again.

    Any thread may write. They take turns, so that of many who ask for the same snapshot one does the work.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sheets: dict[str, _Sheet] = {}

    def parts(self, wanted: Iterable[Family], dialect: Dialect) -> list[bytes]:
        """Write families in their order, one without series too; what ends an OpenMetrics text is left to the caller."""
        with self._lock:
            pairs = [(self._sheet(family.metric), family) for family in wanted]
            self._sheets = {sheet.metric.name: sheet for sheet, _ in pairs}
            return [part for sheet, family in pairs for part in (sheet.head(dialect), *sheet.body(family))]

    def _sheet(self, metric: Metric) -> _Sheet:
        sheet = self._sheets.get(metric.name)
        return sheet if sheet and sheet.metric == metric else _Sheet(metric)


class _Sheet:
    """What is remembered of one metric: its text as last written, and what stands before the numbers of its series."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self._name = metric.name.removesuffix(TOTAL) + TOTAL if metric.type is MetricType.COUNTER else metric.name
        self._family = Family(metric, {})
        self._body: list[bytes] = []
        self._before: dict[Labels, tuple[str, ...]] = {}  # in the order of labels; a text for every sample of the series

    def head(self, dialect: Dialect) -> bytes:
        """What a family is called, and what it is about."""
        name, text = self._name, self.metric.help.replace("\\", r"\\").replace("\n", r"\n")
        if dialect is Dialect.OPENMETRICS:
            text = text.replace('"', r"\"")
            if self.metric.type is MetricType.COUNTER:
                name = name.removesuffix(TOTAL)
        return f"# HELP {name} {text}\n# TYPE {name} {self.metric.type}\n".encode()

    def body(self, family: Family) -> list[bytes]:
        """All samples of the family. One that is the same object as the last time has the same."""
        if family is not self._family:
            self._body = list(self._written(family.series))
            self._family = family
        return self._body

    def _written(self, series: Mapping[Labels, Value]) -> Iterator[bytes]:
        if len(series) != len(self._before) or not all(map(series.__contains__, self._before)):
            self._look_over(series)
        rest = iter(self._before.items())
        while some := list(islice(rest, _SERIES_PER_PART)):
            before = chain.from_iterable([texts for _, texts in some])
            numbers = map(float, _numbers([series[labels] for labels, _ in some]))
            lines = [
                f"{text}{number!r}\n" if -math.inf < number < _FIRST_EXPONENT else f"{text}{go_text(number)}\n"
                for text, number in zip(before, numbers, strict=True)
            ]
            yield "".join(lines).encode()

    def _look_over(self, series: Mapping[Labels, Value]) -> None:
        """Series have come or gone: keep what is known of those that stay."""
        known = self._before
        stay, new = [labels for labels in known if labels in series], [labels for labels in series if labels not in known]
        self._before = {
            labels: known.get(labels) or self._before_numbers(labels, series[labels])
            for labels in sorted(stay + new, key=_flat)  # the first are in order already, which is most of the work
        }

    def _before_numbers(self, labels: Labels, value: Value) -> tuple[str, ...]:
        if not isinstance(value, HistogramValue):  # what `samples` would say, three times as fast
            return (_before_number(self._name, labels),)
        found = samples(self.metric, labels, value)
        return tuple([_before_number(self._name + suffix, sample_labels) for suffix, sample_labels, _ in found])


def render_prometheus(snapshot: Snapshot, *, own: bool, graphite: GraphiteSettings | None = None) -> str:  # noqa: ARG001 - all sinks are called alike
    """Write the Prometheus text format 0.0.4."""
    return b"".join(Exposition().parts(families(snapshot, own=own), Dialect.PROMETHEUS)).decode()


def render_openmetrics(snapshot: Snapshot, *, own: bool, graphite: GraphiteSettings | None = None) -> str:  # noqa: ARG001 - all sinks are called alike
    """Write OpenMetrics 1.0 text, without `_created` series."""
    parts = Exposition().parts(families(snapshot, own=own), Dialect.OPENMETRICS)
    return b"".join([*parts, END_OF_OPENMETRICS]).decode()


def go_text(number: float) -> str:
    """Write a number as Go would, whose exponents begin sooner than Python's."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else f"{number:+}".replace("inf", "Inf")
    text = repr(number)
    if number < _FIRST_EXPONENT or "e" in text:
        return text
    digits, _, fraction = text.partition(".")
    mantissa = f"{digits[0]}.{digits[1:]}{fraction}".rstrip("0.")
    return f"{mantissa}e+{len(digits) - 1:02d}"


def _flat(labels: Labels) -> tuple[str, ...]:
    """Names and values in turn, which sort as the pairs do, and sooner."""
    return tuple(chain(*labels))


def _before_number(name: str, labels: Labels) -> str:
    """The text of a sample up to its number. Empty values are left out, as they mean the same as no label."""
    inside = ",".join([f'{label}="{_escaped(text)}"' for label, text in labels if text])
    return f"{name}{{{inside}}} " if inside else f"{name} "


def _escaped(text: str) -> str:
    """Escape a label value; lone surrogates, which UTF-8 cannot carry, are spelled out."""
    if not _SPECIAL.search(text):
        return text
    carried = text.encode(errors="backslashreplace").decode()
    return carried.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _numbers(values: Iterable[Value]) -> Iterator[float]:
    """The numbers of all samples, series by series."""
    for value in values:
        if isinstance(value, HistogramValue):
            yield from accumulate(value.counts)
            yield value.sum
            yield value.observations
        else:
            yield value
