"""Snapshot → text, for each reader its own: Prometheus, Graphite, Telegraf, scripts. No sink can change a number.

A new sink is one new file and one line in `OUTPUTS`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from log2metrics.flow import Snapshot
from log2metrics.sinks.graphite import GraphiteSettings


class Renderer(Protocol):
    """Writes a snapshot in one format; `own` includes what the exporter says of itself."""

    def __call__(self, snapshot: Snapshot, *, own: bool, graphite: GraphiteSettings | None = None) -> str:
        """Give the whole text, ending with a newline unless it is empty."""


def _in(module: str, function: str) -> Renderer:
    """Import the sink when it is first called: nobody pays for a format that is not written."""

    def render(snapshot: Snapshot, *, own: bool, graphite: GraphiteSettings | None = None) -> str:
        sink: Renderer = getattr(import_module(f"log2metrics.sinks.{module}"), function)
        return sink(snapshot, own=own, graphite=graphite)

    return render


#: Every output format by the name that the command line gives it.
OUTPUTS: dict[str, Renderer] = {
    "prometheus": _in("exposition", "render_prometheus"),
    "openmetrics": _in("exposition", "render_openmetrics"),
    "graphite": _in("graphite", "render"),
    "influx": _in("influx", "render"),
    "json": _in("json_text", "render"),
}
