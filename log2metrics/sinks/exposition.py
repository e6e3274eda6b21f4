"""The Prometheus text format 0.0.4 and OpenMetrics 1.0, written by prometheus-client.

A snapshot is shown to prometheus-client as metric families; escaping, layout and content negotiation are its work. Refuses
to know HTTP: it is given the text of a header and gives back bytes and their type.

This is the one module that imports prometheus-client, which takes a while: import it only where an exposition is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import Metric as Exposed
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from log2metrics.flow import Family, Snapshot
from log2metrics.metric import Labels, MetricType
from log2metrics.sinks.graphite import GraphiteSettings
from log2metrics.sinks.samples import families, ordered, samples

TOTAL = "_total"

# All our names are of the old character set, so no escaping scheme changes them; the scheme `values` of prometheus-client
# would rename samples but not their families.
_ESCAPING = re.compile(r";\s*escaping=[^;,]*")


class SnapshotCollector(Collector):
    """Shows prometheus-client the snapshot that is current when it asks; nothing is kept."""

    def __init__(self, snapshot: Callable[[], Snapshot], *, own: bool = True) -> None:
        self._snapshot = snapshot
        self._own = own

    def collect(self) -> Iterator[Exposed]:
        """Yield every family in the snapshot's order; one without series is announced all the same."""
        for family in families(self._snapshot(), own=self._own):
            yield _exposed(family)


def render_prometheus(snapshot: Snapshot, *, own: bool, graphite: GraphiteSettings | None = None) -> str:  # noqa: ARG001 - all sinks are called alike
    """Write the Prometheus text format 0.0.4."""
    return _text(snapshot, own=own, accept="text/plain")


def render_openmetrics(snapshot: Snapshot, *, own: bool, graphite: GraphiteSettings | None = None) -> str:  # noqa: ARG001 - all sinks are called alike
    """Write OpenMetrics 1.0 text, without `_created` series."""
    return _text(snapshot, own=own, accept="application/openmetrics-text; version=1.0.0")


def process_registry(snapshot: Callable[[], Snapshot]) -> CollectorRegistry:
    """Make a registry of the snapshot, asked for at every scrape, and of what prometheus-client says of this process."""
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(snapshot))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


def negotiate(collector: Collector, accept: str) -> tuple[bytes, str]:
    """Write the format that the `Accept` header asks for; give the body and its content type."""
    try:
        encode, content_type = choose_encoder(_ESCAPING.sub("", accept))
    except TypeError:  # the header asks for a version that is not a number
        encode, content_type = choose_encoder("")
    return encode(collector), content_type


def _text(snapshot: Snapshot, *, own: bool, accept: str) -> str:
    body, _ = negotiate(SnapshotCollector(lambda: snapshot, own=own), accept)
    return body.decode()


def _exposed(family: Family) -> Exposed:
    metric = family.metric
    name = metric.name.removesuffix(TOTAL) if metric.type is MetricType.COUNTER else metric.name
    sample_name = name + TOTAL if metric.type is MetricType.COUNTER else name
    exposed = Exposed(name, metric.help, metric.type.value)
    for labels, value in ordered(family):
        for suffix, sample_labels, number in samples(metric, labels, value):
            exposed.add_sample(sample_name + suffix, _shown(sample_labels), number)
    return exposed


def _shown(labels: Labels) -> dict[str, str]:
    """Leave out empty values, which mean the same as no label, and spell out lone surrogates, which UTF-8 cannot carry."""
    return {name: text.encode(errors="backslashreplace").decode() for name, text in labels if text}
