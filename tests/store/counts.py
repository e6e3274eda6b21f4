"""What the tests of the store count with: a rule that takes captures for label values, and tallies of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from log2metrics.flow import HistogramValue, Value
from log2metrics.metric import Labels, Metric
from log2metrics.store.store import Captures, Interpreter, Store, Times


class Rule:
    """Captures are the label values in order of label name, and then the number, if there is one more."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self.names = sorted(label.name for label in metric.labels)
        self.label_slots = len(self.names)
        self.interpreted = 0
        self.slow = frozenset[str]()

    def labels_of(self, captures: Captures) -> Labels:
        """Pair them with the names; what is slow takes too long."""
        self.interpreted += 1
        if self.slow & set(captures):
            raise TimeoutError
        return tuple(zip(self.names, (text or "" for text in captures), strict=True))

    def value_of(self, captures: Captures) -> float | None:
        """The number, or 1; `-` is none."""
        text = captures[self.label_slots] if len(captures) > self.label_slots else "1"
        return None if text is None or text == "-" else float(text)


class Counts:
    """A Tally of one rule, in order."""

    def __init__(self, rule: Rule, *counted: tuple[Captures, int]) -> None:
        self._rule = rule
        self._counted = counted

    def by_rule(self) -> Iterator[tuple[Interpreter, Times]]:
        """All of it."""
        yield self._rule, self._counted


def once(rule: Rule, *captures: Captures) -> Counts:
    """Each of these captures once."""
    return Counts(rule, *((each, 1) for each in captures))


def series(store: Store, now: float = 0.0) -> dict[tuple[str, ...], Value]:
    """What readers see of the first metric, by label values."""
    return {tuple(text for _, text in labels): value for labels, value in store.families(now)[0].series.items()}


def numbers(values: Iterable[Value]) -> list[float]:
    """The values that are numbers: observations of histograms."""
    return [value.observations if isinstance(value, HistogramValue) else value for value in values]
