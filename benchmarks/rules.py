"""One list of rules, written as a pack of ours and as a program of mtail's, so that the two can't differ.

A regex is in the part of the syntax that Python, Go and Rust share. Knows nothing of files or of how programs are started.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from log2metrics.match.formats import Format

_NO_LIMIT = 1_000_000  # mtail has none, and counts must be equal


@dataclass(frozen=True, slots=True)
class Rule:
    """One counter, and the regex of the lines that it counts. `labels` are the regex's named groups, sorted.

    In a structured format ours is shown the message alone, and has labels from fields; `raw` is then the regex for programs
    that see a line as it is.
    """

    metric: str
    regex: str
    labels: tuple[str, ...] = ()
    raw: str | None = None

    @property
    def line_regex(self) -> str:
        """The regex to be searched in the whole line."""
        return self.raw or self.regex


def pack_text(rules: Iterable[Rule], line_format: Format) -> str:
    """The pack for log2metrics."""
    metrics = [
        {
            "name": rule.metric,
            "help": "Lines that the regex is found in.",
            "labels": list(rule.labels),
            "limit": _NO_LIMIT,
            "rules": [{"match": rule.regex}],
        }
        for rule in rules
    ]
    return yaml.safe_dump({"title": "benchmark", "format": line_format.value, "metrics": metrics}, sort_keys=False)


def mtail_text(rules: Iterable[Rule]) -> str:
    """The program for mtail."""
    return "\n".join(_mtail_rule(rule) for rule in rules)


def _mtail_rule(rule: Rule) -> str:
    regex = rule.line_regex.replace("/", r"\/")
    by = f" by {', '.join(rule.labels)}" if rule.labels else ""
    keys = "".join(f"[${label}]" for label in rule.labels)
    return f"counter {rule.metric}{by}\n/{regex}/ {{\n  {rule.metric}{keys}++\n}}\n"
