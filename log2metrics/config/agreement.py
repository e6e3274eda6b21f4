"""What packs and sources must agree on to be shown together, as one exposition.

Knows nothing of YAML; packs say where their metrics stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from log2metrics.config.names import exposed_names
from log2metrics.config.problems import Problem
from log2metrics.config.settings import Pack
from log2metrics.metric import Metric, MetricType


def check_packs(packs: Iterable[Pack]) -> Iterator[Problem]:
    """Find metrics of the same name that differ, and metrics of different names that an exposition would mix up."""
    first: dict[str, tuple[Pack, Metric]] = {}
    taken: dict[str, tuple[Pack, Metric]] = {}
    for pack in packs:
        for metric in pack.metrics:
            if metric.name in first:
                if pack is not first[metric.name][0]:  # within a pack, names are told where it is read
                    yield from _check_same(pack, metric, *first[metric.name])
                continue
            first[metric.name] = pack, metric
            for name in sorted(exposed_names(metric)):
                if name in taken:
                    yield _collision(pack, metric, name, *taken[name])
                    break
            taken |= dict.fromkeys(exposed_names(metric), (pack, metric))


def check_labels(pack: Pack, constant: Iterable[str]) -> Iterator[str]:
    """Find the constant labels of a source that a metric of the pack has too."""
    taken = {label.name for metric in pack.metrics for label in metric.labels}
    if any(metric.type is MetricType.HISTOGRAM for metric in pack.metrics):
        taken.add("le")
    return (name for name in constant if name in taken)


def _check_same(pack: Pack, metric: Metric, other_pack: Pack, other: Metric) -> Iterator[Problem]:
    for aspect, here, there in (
        ("type", metric.type, other.type),
        ("labels", _label_names(metric), _label_names(other)),
        ("buckets", _bounds(metric), _bounds(other)),
    ):
        if here != there:
            found = f"`{metric.name}` has the {aspect} {here}, and {there} in {_place(other_pack, other)}"
            yield _problem(pack, metric, found, f"the same {aspect} in both, or another name")
            return


def _collision(pack: Pack, metric: Metric, name: str, other_pack: Pack, other: Metric) -> Problem:
    found = f"`{metric.name}` is exposed as `{name}`, and so is `{other.name}` of {_place(other_pack, other)}"
    return _problem(pack, metric, found, "another name for one of them")


def _problem(pack: Pack, metric: Metric, found: str, right: str) -> Problem:
    return Problem(str(pack.path), pack.metric_lines[metric.name], found, right)


def _place(pack: Pack, metric: Metric) -> str:
    return f"{pack.path}:{pack.metric_lines[metric.name]}"


def _label_names(metric: Metric) -> str:
    return f"[{', '.join(sorted(label.name for label in metric.labels))}]"


def _bounds(metric: Metric) -> str:
    return f"[{', '.join(f'{bound:g}' for bound in metric.buckets)}]"
