"""One metric of a pack: from its keys to a Metric and its Rules.

All that can be wrong with a metric by itself is found here, every problem at its own line. Knows neither files nor other
metrics.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import regex

from log2metrics.config.definitions import BrokenDefinitionError, DefinitionError, Definitions
from log2metrics.config.marks import Document, NodePath
from log2metrics.config.names import Refusal, check_graphite_path, check_label_name, check_metric_name
from log2metrics.config.problems import Problem
from log2metrics.config.schema import Count, LabelSchema, MetricSchema, RuleSchema
from log2metrics.match.formats import Format
from log2metrics.match.pattern import PatternError, compile_text
from log2metrics.match.rule import Rule, RuleError, RuleSpec, compile_rule
from log2metrics.metric import DEFAULT_BUCKETS, Label, Metric, MetricType

_REGEXES = ("match", "unless", "each")


class MetricReader:
    """Reads the metrics of one pack; problems are appended to `problems`."""

    def __init__(self, document: Document, line_format: Format, definitions: Definitions, problems: list[Problem]) -> None:
        self._document = document
        self._format = line_format
        self._definitions = definitions
        self._problems = problems

    def read(self, keys: MetricSchema, path: NodePath) -> tuple[Metric, tuple[Rule, ...]]:
        """Give the metric at this path and the rules that could be compiled."""
        metric = Metric(
            name=keys.name,
            type=keys.type,
            help=keys.help,
            labels=tuple(self._label(name, label, (*path, "labels", name)) for name, label in keys.labels.items()),
            limit=keys.limit,
            expire_seconds=keys.expire,
            buckets=keys.buckets or DEFAULT_BUCKETS,
            graphite=keys.graphite,
        )
        self._check(keys, metric, path)
        rules = [self._rule(keys, metric, index, (*path, "rules", index)) for index in range(len(keys.rules))]
        return metric, tuple(rule for rule in rules if rule)

    def look(self, data: object, path: NodePath) -> None:
        """Find the regexes that can't be compiled in a metric whose keys are not all right."""
        rules = data.get("rules") if isinstance(data, dict) else None
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            for place, text in _regexes(rule):
                if isinstance(text, str) and text:
                    self._try(text, (*path, "rules", index, *place))

    def _try(self, text: str, path: NodePath) -> None:
        expanded = self._expand(text, path)
        if expanded is not None and r"\L<" not in expanded:  # a named list is known only to the rule that uses it
            try:
                compile_text(expanded)
            except PatternError as error:
                self._add(path, str(error), error.right)

    def _check(self, keys: MetricSchema, metric: Metric, path: NodePath) -> None:
        checks = {
            "name": check_metric_name(metric.name, metric.type),
            "labels": _check_combinations(metric),
            "buckets": _check_buckets(keys),
            "graphite": check_graphite_path(metric.graphite or "", keys.labels),
        }
        for key, refusals in checks.items():
            self._refuse((*path, key), refusals)
        for name in keys.labels:
            self._refuse((*path, "labels", name), check_label_name(name))
        if metric.type is MetricType.HISTOGRAM and "le" in keys.labels:
            self._add((*path, "labels", "le"), "a histogram with a label `le`", "another name: `le` is the bucket's bound")
        for index, rule in enumerate(keys.rules):
            if metric.type is not MetricType.COUNTER and rule.value is None:
                found = f"a rule of the {metric.type} `{metric.name}` has no `value`"
                self._add((*path, "rules", index), found, "add `value`: a template that gives the number to take")

    def _label(self, name: str, keys: LabelSchema, path: NodePath) -> Label:
        if keys.other is not None and not keys.values:
            self._add((*path, "other"), f"`other` without `values` in the label `{name}`", "the known values, or no `other`")
        for value in sorted({value for value in keys.values if keys.values.count(value) > 1}):
            self._add((*path, "values"), f"`{value}` twice among the values of `{name}`", "each value once")
        rewrite = [self._rewrite(*pair, (*path, "rewrite", index)) for index, pair in enumerate(keys.rewrite)]
        return Label(name, keys.values, keys.other, tuple(pair for pair in rewrite if pair), keys.lower, keys.limit)

    def _rewrite(self, text: str, replacement: str, path: NodePath) -> tuple[Any, str] | None:
        pattern = self._expand(text, path)
        if pattern is None:
            return None
        try:
            compiled = compile_text(pattern)
            # An empty alternative matches everywhere, so that the replacement is looked at now and not at some line.
            compile_text(f"(?:)|{pattern}").sub(replacement, "")
        except PatternError as error:
            self._add(path, str(error), error.right)
        except (regex.error, IndexError) as error:
            self._add(path, f"the replacement `{replacement}` can't be used: {error}", r"a text with \1 or \g<name> for groups")
        else:
            return compiled, replacement
        return None

    def _rule(self, keys: MetricSchema, metric: Metric, index: int, path: NodePath) -> Rule | None:
        spec = self._spec(keys.rules[index], path)
        try:
            return compile_rule(metric, spec, self._format, self._definitions.words, index, count_all=keys.count is Count.ALL)
        except RuleError as error:
            for problem in error.problems:
                place = (part for part in problem.field.split(".", 1) if part)
                self._add((*path, *place), str(problem), problem.right)
            return None

    def _spec(self, rule: RuleSchema, path: NodePath) -> RuleSpec:
        """Give the rule as the match room takes it, without the texts in which a definition is wrong."""
        texts = {key: text for key in _REGEXES if (text := getattr(rule, key))}
        expanded = {key: self._expand(text, (*path, key)) for key, text in texts.items()}
        where = {name: self._expand(text, (*path, "where", name)) for name, text in rule.where.items()}
        usable = {name: text for name, text in where.items() if text is not None}
        broken = {key for key, text in expanded.items() if text is None} | {f"where.{name}" for name in where.keys() - usable}
        return RuleSpec(
            **expanded,
            where=usable,
            log_format=rule.log_format,
            set=rule.set,
            value=rule.value,
            broken=frozenset(broken),
        )

    def _expand(self, text: str, path: NodePath) -> str | None:
        try:
            return self._definitions.expand(text)
        except BrokenDefinitionError:
            return None  # told where the definition stands
        except DefinitionError as error:
            self._add(path, str(error), error.right)
            return None

    def _refuse(self, path: NodePath, refusals: Iterator[Refusal]) -> None:
        for found, right in refusals:
            self._add(path, found, right)

    def _add(self, path: NodePath, found: str, right: str) -> None:
        self._problems.append(self._document.problem(path, found, right))


def _regexes(rule: object) -> Iterator[tuple[NodePath, object]]:
    """What stands where a rule has regexes, whatever else it is."""
    if isinstance(rule, dict):
        yield from (((key,), rule.get(key)) for key in _REGEXES)
        where = rule.get("where")
        yield from ((("where", name), text) for name, text in (where.items() if isinstance(where, dict) else ()))


def _check_combinations(metric: Metric) -> Iterator[Refusal]:
    combinations = math.prod(len(label.known) for label in metric.labels if label.values)
    if combinations > metric.limit:
        found = f"the known values of `{metric.name}` make {combinations} series, and its limit is {metric.limit}"
        yield found, f"`limit: {combinations}` or more, or fewer values"


def _check_buckets(keys: MetricSchema) -> Iterator[Refusal]:
    if keys.buckets is None:
        return
    if keys.type is not MetricType.HISTOGRAM:
        yield f"`buckets` in the {keys.type} `{keys.name}`", "`type: histogram`, or no buckets"
    if any(low >= high for low, high in pairwise(keys.buckets)):
        yield (
            f"the buckets of `{keys.name}` do not ascend",
            f"[{', '.join(f'{bound:g}' for bound in sorted(set(keys.buckets)))}]",
        )
