"""What a scrape answers: the snapshot, and what prometheus-client says of this process, in the format that is asked for.

Which format that is, its content type, and the metrics of the process are prometheus-client's; the snapshot's text is ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from log2metrics.flow import Snapshot
from log2metrics.sinks.exposition import Dialect, Exposition

_OPENMETRICS = "application/openmetrics-text"

# All our names are of the old character set, so no escaping scheme changes them; the scheme `values` of prometheus-client
# would rename samples but not their families.
_ESCAPING = re.compile(r";\s*escaping=[^;,]*")


class Scrape:
    """Answers scrapes, in any thread. `snapshot` is asked once for each."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot
        self._exposition = Exposition()
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        PlatformCollector(registry=self._process)

    def answer(self, accept: str) -> tuple[bytes, str]:
        """Give the body that the `Accept` header asks for, and its content type."""
        try:
            encode, content_type = choose_encoder(_ESCAPING.sub("", accept))
        except TypeError:  # the header asks for a version that is not a number
            encode, content_type = choose_encoder("")
        dialect = Dialect.OPENMETRICS if content_type.startswith(_OPENMETRICS) else Dialect.PROMETHEUS
        snapshot = self._snapshot()
        parts = self._exposition.parts((*snapshot.families, *snapshot.own), dialect)
        return b"".join([*parts, encode(self._process)]), content_type  # the last has what ends an OpenMetrics text
