from __future__ import annotations

import json
import math

from hypothesis import given

from log2metrics.flow import Family, Snapshot
from log2metrics.metric import Metric, MetricType
from log2metrics.sinks.json_text import render
from log2metrics.sinks.samples import families

from .snapshots import EXAMPLE, snapshots


def test_example_reads_as_one_document() -> None:
    """Each metric has its type, help and series; a histogram's buckets are cumulative, by upper bound."""
    document = json.loads(render(EXAMPLE, own=False))
    assert 1_700_000_000.0 == document["timestamp"]
    logins, load, seconds = document["metrics"]
    assert logins == {
        "name": "sshd_logins_total",
        "type": "counter",
        "help": "SSH logins.",
        "series": [
            {"labels": {"method": "password", "outcome": "failed"}, "value": 12.0},
            {"labels": {"method": "publickey", "outcome": "accepted"}, "value": 3.0},
        ],
    }
    assert [{"labels": {"host": "a b"}, "value": 0.25}] == load["series"]
    assert {"buckets": {"0.5": 2, "1.0": 3, "+Inf": 4}, "sum": 3.5, "count": 4} == seconds["series"][0]["value"]


def test_exporters_own_metrics_are_asked_for() -> None:
    """They stand after the patterns' metrics, or not at all."""
    assert "log2metrics_lines_total" == json.loads(render(EXAMPLE, own=True))["metrics"][-1]["name"]
    assert 3 == len(json.loads(render(EXAMPLE, own=False))["metrics"])


@given(snapshots)
def test_labels_come_back_as_they_are(snapshot: Snapshot) -> None:
    """Whatever labels say, the document is one line of ASCII that holds the same texts."""
    text = render(snapshot, own=True)
    assert text.isascii()
    assert 1 == text.count("\n")
    expected = [[dict(labels) for labels in sorted(family.series)] for family in families(snapshot, own=True)]
    assert expected == [[series["labels"] for series in metric["series"]] for metric in json.loads(text)["metrics"]]


def test_number_that_is_none_is_null() -> None:
    """JSON has no NaN, and a reader that is handed one stops reading."""
    load = Metric("load", MetricType.GAUGE, "Load.")
    document = json.loads(render(Snapshot((Family(load, {(): math.nan}),)), own=True))
    assert document["metrics"][0]["series"] == [{"labels": {}, "value": None}]
