"""A PackDraft as YAML: what is written reads back as it was meant, whatever characters were in the log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from log2metrics.metric import visible_text
from log2metrics.suggest.draft import LabelDraft, MetricDraft, PackDraft

_COMMENT_CHARS = 120
_BARE = re.compile(r"[A-Za-z_/][\w./-]*\Z", re.ASCII)
_NOT_BARE = frozenset({"null", "Null", "NULL"})


def pack_text(draft: PackDraft, expects: Sequence[Sequence[str]]) -> str:
    """The YAML of a pack. `expects` are the samples that each of its examples gives."""
    lines = [f"title: {_scalar(draft.title)}", f"format: {draft.format}"]
    if draft.programs:
        lines.append(f"program: [{', '.join(map(_scalar, draft.programs))}]")
    lines.append("metrics:" if draft.metrics else "metrics: []")
    for metric in draft.metrics:
        lines += _metric(metric)
    lines.append("examples:" if draft.examples else "examples: []")
    for example, expect in zip(draft.examples, expects, strict=True):
        lines += _example(example, expect)
    return "\n".join(lines) + "\n"


def _metric(metric: MetricDraft) -> Iterator[str]:
    yield f"  # {comment(metric.comment)}"
    yield f"  - name: {metric.name}"
    if metric.type != "counter":
        yield f"    type: {metric.type}"
    yield f"    help: {_scalar(metric.help)}"
    if metric.labels:
        yield "    labels:"
        yield from (f"      {label.name}: {_label(label)}" for label in metric.labels)
    if metric.buckets:
        yield f"    buckets: [{', '.join(f'{bound:g}' for bound in metric.buckets)}]"
    yield "    rules:"
    first, *others = _rule(metric)
    yield f"      - {first}"
    yield from (f"        {line}" for line in others)


def _rule(metric: MetricDraft) -> Iterator[str]:
    rule = metric.rule
    texts = {"match": rule.match, "log_format": rule.log_format}
    yield from (f"{key}: {_quoted(text)}" for key, text in texts.items() if text)
    yield from (f"{key}: {{{_pairs(pairs)}}}" for key, pairs in {"where": rule.where, "set": rule.set}.items() if pairs)
    if rule.value:
        yield f"value: {_quoted(rule.value)}"


def _pairs(pairs: Mapping[str, str]) -> str:
    return ", ".join(f"{_scalar(name)}: {_quoted(text)}" for name, text in pairs.items())


def _label(label: LabelDraft) -> str:
    if label.values:
        return f"{{values: [{', '.join(map(_scalar, label.values))}], other: other}}"
    return f"{{limit: {label.limit}}}"


def _example(lines: Sequence[str], expect: Sequence[str]) -> Iterator[str]:
    yield "  - lines: " + _block(lines)
    yield "    expect: " + _block(expect)


def _block(lines: Sequence[str]) -> str:
    """Some lines as a block as they are, or, where they can't stand in one, in double quotes."""
    if not lines:
        return "''"
    if all(line.isprintable() and line and not line[0].isspace() for line in lines):
        return "|\n" + "\n".join(f"      {line}" for line in lines)
    return _double("".join(f"{line}\n" for line in lines))


def comment(text: str) -> str:
    """A text for a comment: on one line, of characters that can be seen."""
    shown = visible_text(text)
    return shown if len(shown) <= _COMMENT_CHARS else shown[: _COMMENT_CHARS - 1] + "…"


def _scalar(text: str) -> str:
    return text if _BARE.match(text) and text not in _NOT_BARE else _quoted(text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'" if text.isprintable() else _double(text)


def _double(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join("\\n" if char == "\n" else visible_text(char) for char in escaped) + '"'
