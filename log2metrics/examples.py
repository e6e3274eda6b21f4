"""Runs the examples of a pack: these lines must give these series, and no others that are not zero.

Lines go the same way as in the daemon, through Ruleset and Store; only the file is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff

from log2metrics.config.settings import Example, Pack
from log2metrics.flow import Snapshot
from log2metrics.match.ruleset import Group, Ruleset
from log2metrics.shape.shape import Shape
from log2metrics.store.store import Store
from log2metrics.telemetry import Telemetry

_UNPARSABLE = (ValueError, IndexError, KeyError)  # what prometheus-client may raise

Samples = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]


@dataclass(frozen=True, slots=True)
class Difference:
    """An example that did not give what it must: line by line, `-` what is missing and `+` what came instead.

    Or the text in its `expect` that can't be understood; then there are no lines.
    """

    example: Example
    lines: tuple[str, ...]
    wrong: str | None = None


def run_examples(pack: Pack) -> list[Difference]:
    """The examples of a pack that fail."""
    return [difference for example in pack.examples if (difference := _run(pack, example))]


def counted(pack: Pack, lines: str) -> list[str]:
    """What lines count, as the `expect` of an example has it: every series that is not zero."""
    samples = _count(pack, Example(lines, "", 0))
    return [
        _line(name, tuple((label, _escaped(label, text)) for label, text in labels), value)
        for (name, labels), value in samples.items()
    ]


def _escaped(label: str, text: str) -> str:
    if label == "le":
        return f"{float(text):g}".replace("inf", "+Inf")
    return text.replace("\\", "\\\\").replace('"', '\\"')  # there are no line ends in a label


def _run(pack: Pack, example: Example) -> Difference | None:
    try:
        expected = _shown(_parse(example.expect))
    except _UNPARSABLE:
        return Difference(example, (), _first_wrong(example.expect))
    got = _shown(_count(pack, example))
    if expected == got:
        return None
    everything = len(expected) + len(got)
    return Difference(example, tuple(unified_diff(expected, got, n=everything, lineterm=""))[3:])


def _count(pack: Pack, example: Example) -> Samples:
    from log2metrics.sinks.exposition import render_prometheus  # noqa: PLC0415  # most commands run no examples

    store = Store(pack.metrics, Telemetry())
    shape = Shape(example.unwrap, pack.multiline, keeps=example.unwrap is not None)
    ruleset = Ruleset([Group(pack.format, frozenset(pack.programs), pack.rules, shape.keeps)])
    store.apply(ruleset.count(shape.all_lines(_as_data(example.lines))), now=0)
    return _parse(render_prometheus(Snapshot(store.families(0)), own=False))


def _as_data(lines: str) -> bytes:
    return (lines if lines.endswith("\n") else f"{lines}\n").encode(errors="replace")


def _first_wrong(text: str) -> str:
    """The line of a text that is no exposition; all of it, if each of its lines is one."""
    for line in text.split("\n"):
        try:
            _parse(line)
        except _UNPARSABLE:
            return line
    return text


def _parse(text: str) -> Samples:
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415  # as above

    families = list(text_string_to_metric_families(text if text.endswith("\n") else f"{text}\n"))
    return {
        (
            sample.name,
            tuple(sorted((name, _label(name, value)) for name, value in sample.labels.items() if value)),
        ): sample.value
        for family in families
        for sample in family.samples
        if sample.value
    }


def _label(name: str, value: str) -> str:
    if name == "le":
        return str(float(value))
    return value


def _shown(samples: Samples) -> list[str]:
    return sorted(_line(name, labels, value) for (name, labels), value in samples.items())


def _line(name: str, labels: tuple[tuple[str, str], ...], value: float) -> str:
    inside = ",".join(f'{label}="{text}"' for label, text in labels)
    return f"{name}{{{inside}}} {value:.15g}" if inside else f"{name} {value:.15g}"
