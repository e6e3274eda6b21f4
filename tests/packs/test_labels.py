"""No pack lets a label grow without a bound, whatever strangers write."""

from __future__ import annotations

import random
import re
from collections import defaultdict

import pytest

from log2metrics.config.packs import library
from log2metrics.match.rule import Rule
from log2metrics.metric import Label
from log2metrics.store.store import Store
from log2metrics.telemetry import Telemetry
from tests.packs.library import examples, packs, ruleset
from tests.packs.trees import languages

FEW = 300  # values; more than the kinds of records that audit has, the system calls, or the ports that have a name
WORDS = ("root", "192.0.2.7", "x" * 3000, "GET", "NT_STATUS_OK", "日本語", "\u202e", '\\"', "-1", "1e9", "", "%s", "A=1 B=2")
LINES_OF_EACH = 60


def bound(rule: Rule, label: Label) -> float:
    """How many values this label may take by this rule."""
    if label.closed:
        return len(label.known)
    if label.limit is not None:
        return label.limit + 1
    sizes = {name: size for pattern in (rule.match, rule.each) if pattern for name, size in languages(pattern.text).items()}
    (template,) = (template for found, template, _ in rule.templates if found.name == label.name)
    fields = {"severity": 8}  # of a syslog priority
    values = 1.0
    for name in template.names:
        values *= sizes.get(name, fields.get(name, float("inf"))) + 1
    return values


@pytest.mark.parametrize("name", library())
def test_every_label_has_a_bound(name: str) -> None:
    """A label is closed, or has a limit, or its regexes can capture but a few texts."""
    open_ended = {
        f"{rule.metric.name}{{{label.name}}}"
        for rule in packs()[name].rules
        for label in rule.metric.labels
        if bound(rule, label) > FEW
    }
    assert set() == open_ended


def mutated(line: str, dice: random.Random) -> str:
    """A line with some of its words, digits or characters changed."""
    parts = re.split(r"(\W)", line)
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(parts))
        made = str(dice.randrange(10**6)) if parts[place].isdigit() else f"w{dice.randrange(10**6)}"
        parts[place] = dice.choice((made, made, made, dice.choice(WORDS)))
    return "".join(parts)


@pytest.mark.parametrize("name", library())
def test_random_lines_make_few_series(name: str) -> None:
    """However the words of its lines change, no metric of a pack has more series, and no label more values, than it may."""
    pack = packs()[name]
    dice = random.Random(name)  # noqa: S311  # the same lines every time
    lines = [mutated(line, dice) for line in examples(pack) for _ in range(LINES_OF_EACH)]
    store = Store(pack.metrics, Telemetry())
    store.apply(ruleset(pack).count("".join(f"{line}\n" for line in lines).encode(errors="replace")), 0)
    bounds: dict[tuple[str, str], float] = defaultdict(float)
    for rule in pack.rules:
        for label in rule.metric.labels:
            bounds[rule.metric.name, label.name] += bound(rule, label)
    for family in store.families(0):
        assert len(family.series) <= family.metric.limit
        for label in family.metric.labels:
            values = {dict(labels)[label.name] for labels in family.series}
            assert len(values) <= bounds[family.metric.name, label.name] + len(label.values)
