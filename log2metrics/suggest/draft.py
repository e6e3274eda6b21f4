"""What is suggested: a pack as a sketch, its metrics, and lines that are to prove them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from log2metrics.match.formats import Format
from log2metrics.metric import MetricType


@dataclass(frozen=True, slots=True)
class LabelDraft:
    """A label: at most `limit` values, or one of `values` and else `other`."""

    name: str
    values: tuple[str, ...] = ()
    limit: int = 20


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """One rule, its texts as a pack has them."""

    match: str = ""
    log_format: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    set: Mapping[str, str] = field(default_factory=dict)
    value: str = ""


@dataclass(frozen=True, slots=True)
class MetricDraft:
    """One metric with one rule. `comment` says which lines it is drawn from."""

    name: str
    type: MetricType
    help: str
    rule: RuleDraft
    comment: str
    labels: tuple[LabelDraft, ...] = ()
    buckets: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class PackDraft:
    """A pack. Each of `examples` is some lines; what they count is found out by counting them.

    `covered` of the `lines` that were looked at are those of the templates it is made of; `templates` says how many
    templates there were.
    """

    title: str
    format: Format
    programs: tuple[str, ...]
    metrics: tuple[MetricDraft, ...]
    examples: tuple[tuple[str, ...], ...]
    lines: int
    covered: int
    templates: int
