"""What metrics and labels may be called, after the rules of Prometheus and OpenMetrics.

https://prometheus.io/docs/concepts/data_model/ (the classic character set) and
https://prometheus.io/docs/specs/om/open_metrics_spec/ (suffixes). Knows nothing of YAML: a refusal is a pair of what was
found and what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from log2metrics.config.problems import listed
from log2metrics.metric import Metric, MetricType
from log2metrics.telemetry import PREFIX

Refusal = tuple[str, str]

_METRIC = re.compile(r"[A-Za-z_:][\w:]*", re.ASCII)
_LABEL = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_TOTAL = "_total"
_SUFFIXES = {
    MetricType.COUNTER: ("",),
    MetricType.GAUGE: ("",),
    MetricType.HISTOGRAM: ("", "_bucket", "_count", "_sum"),
}


def check_metric_name(name: str, kind: MetricType) -> Iterator[Refusal]:
    """Tell what is wrong with the name of a metric of this type."""
    if not _METRIC.fullmatch(name):
        better = re.sub(r"\W", "_", name if not name[:1].isdigit() else f"_{name}", flags=re.ASCII)
        yield f"`{name}` is no metric name", f"letters, digits, `_` and `:`, such as `{better}`"
    if name.startswith(PREFIX):
        yield f"`{name}` begins with `{PREFIX}`", "another name: this prefix is for what the exporter says of itself"
    if kind is MetricType.COUNTER and not name.endswith(_TOTAL):
        yield f"the counter `{name}` does not end in `{_TOTAL}`", f"`{name}{_TOTAL}`"
    if kind is not MetricType.COUNTER and name.endswith(_TOTAL):
        yield f"the {kind} `{name}` ends in `{_TOTAL}`", f"`{name.removesuffix(_TOTAL)}`, or `type: counter`"


def check_label_name(name: str) -> Iterator[Refusal]:
    """Tell what is wrong with the name of a label."""
    if not _LABEL.fullmatch(name):
        yield f"`{name}` is no label name", "letters, digits and `_`, not beginning with a digit"
    elif name.startswith("__"):
        yield f"the label `{name}` begins with `__`", "another name: Prometheus keeps these for itself"


def exposed_names(metric: Metric) -> frozenset[str]:
    """Every name that an exposition of this metric contains, its OpenMetrics family name included."""
    names = {metric.name + suffix for suffix in _SUFFIXES[metric.type]}
    return frozenset(names | {metric.name.removesuffix(_TOTAL)} if metric.type is MetricType.COUNTER else names)


def check_graphite_path(template: str, known: Iterable[str]) -> Iterator[Refusal]:
    """Tell what is wrong with the names in braces of a Graphite path."""
    names = sorted(known)
    rest = template
    for name in names:
        rest = rest.replace(f"{{{name}}}", "")
    if "{" in rest or "}" in rest:
        right = (
            f"only {listed((f'{{{name}}}' for name in names), 'and')} in braces" if names else "no braces: there are no labels"
        )
        yield f"the path `{template}` has something else than a name in braces", right
