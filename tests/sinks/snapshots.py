"""Snapshots that sinks are shown in tests: one that is easy to read, and as many hostile ones as hypothesis can think of."""

from __future__ import annotations

from hypothesis import strategies as st

from log2metrics.flow import Family, HistogramValue, Snapshot, Value
from log2metrics.metric import Label, Labels, Metric, MetricType

TIMESTAMP = 1_700_000_000.0

LOGINS = Metric("sshd_logins_total", MetricType.COUNTER, "SSH logins.", (Label("method"), Label("outcome")))
LOAD = Metric("load", MetricType.GAUGE, "Load.", (Label("host"),))
SECONDS = Metric("request_seconds", MetricType.HISTOGRAM, "Time taken.", (Label("status"),), buckets=(0.5, 1.0))
LINES = Metric("log2metrics_lines_total", MetricType.COUNTER, "Complete lines read.", (Label("source"),))

EXAMPLE = Snapshot(
    families=(
        Family(
            LOGINS,
            {
                (("method", "publickey"), ("outcome", "accepted")): 3.0,
                (("method", "password"), ("outcome", "failed")): 12.0,
            },
        ),
        Family(LOAD, {(("host", "a b"),): 0.25}),
        Family(SECONDS, {(("status", "200"),): HistogramValue((2, 1, 1), 3.5)}),
    ),
    own=(Family(LINES, {(("source", "auth"),): 40.0}),),
    timestamp=TIMESTAMP,
)

NASTY = "\"\\\n\r\t\0 \u2028\u2029\x85\xa0\x1c,=;~!^{}[]()<>&'#.:/-_|%$é漢\U0001f600\ufeff\u202e"
texts = st.text(st.sampled_from(NASTY) | st.characters(exclude_categories=["Cs"]), max_size=12)
counts = st.floats(min_value=0, max_value=1e15)


def labels(*names: str) -> st.SearchStrategy[Labels]:
    """Label sets with these names, which stand in order, and any text."""
    return st.tuples(*(st.tuples(st.just(name), texts) for name in names))


def family(metric: Metric, values: st.SearchStrategy[Value]) -> st.SearchStrategy[Family]:
    """Families of this metric with up to four series."""
    names = sorted(label.name for label in metric.labels)
    return st.dictionaries(labels(*names), values, max_size=4).map(lambda series: Family(metric, series))


histograms = st.builds(HistogramValue, st.tuples(*[st.integers(0, 10**9)] * 3), counts)
snapshots = st.builds(
    Snapshot,
    st.tuples(family(LOGINS, counts), family(LOAD, st.floats()), family(SECONDS, histograms)),
    st.tuples(family(LINES, counts)),
    st.just(TIMESTAMP),
)
