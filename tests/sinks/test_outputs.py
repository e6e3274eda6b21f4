from __future__ import annotations

import subprocess
import sys

import pytest

from log2metrics.sinks import OUTPUTS
from log2metrics.sinks.graphite import GraphiteSettings
from log2metrics.sinks.samples import number_text

from .snapshots import EXAMPLE


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_output_shows_the_same_numbers(name: str) -> None:
    """All sinks are called alike, show both kinds of families, and leave the exporter's own away when told to."""
    everything = OUTPUTS[name](EXAMPLE, own=True)
    assert everything.endswith("\n")
    assert all(word in everything for word in ("sshd_logins", "publickey", "0.25", "log2metrics_lines"))
    assert "log2metrics_lines" not in OUTPUTS[name](EXAMPLE, own=False)


def test_graphite_settings_reach_the_sink() -> None:
    """`once` writes the paths that `run` would push."""
    settings = GraphiteSettings(prefix="{hostname}.", hostname="web1")
    assert "web1.load.host.a_b 0.25 1700000000\n" in OUTPUTS["graphite"](EXAMPLE, own=False, graphite=settings)


def test_only_an_exposition_pays_for_prometheus_client() -> None:
    """A command that writes Graphite lines starts quickly."""
    program = """if True:
        import sys
        from log2metrics.flow import Snapshot
        from log2metrics.sinks import OUTPUTS
        for name in ("graphite", "influx", "json"):
            OUTPUTS[name](Snapshot(), own=True)
        print([name for name in ("prometheus_client", "jinja2", "cheroot") if name in sys.modules])
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "[]\n" == done.stdout


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (3, "3"), (0.1, "0.1"), (-2.5, "-2.5"), (1e300, "1e+300"), (float("nan"), None), (float("-inf"), None)],
)
def test_numbers_are_written_short(value: float, text: str | None) -> None:
    """Whole numbers have no fraction, and what is no number has no text."""
    assert text == number_text(value)
