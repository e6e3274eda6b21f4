"""The page of the docs about the shipped packs, from the packs themselves: what each counts, where, and by which labels.

Renders Markdown; reads nothing and knows no rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from log2metrics.config.settings import Pack
from log2metrics.match.formats import Format
from log2metrics.metric import Label, Metric

_HEAD = """\
# The shipped packs

Name them under `patterns` in a source of the config, or after `--patterns`. `log2metrics patterns NAME --source` prints the YAML of one. What they make of real logs stands in [The packs on real logs](corpora.md). This page is made by `log2metrics generate packs`.
"""  # noqa: E501  # a paragraph is one line
_FORMATS = {
    Format.PLAIN: "Whole lines.",
    Format.SYSLOG: "Lines of syslog",
    Format.JSON: "Lines of JSON.",
    Format.LOGFMT: "Lines of logfmt.",
}


def render_packs(packs: Iterable[Pack]) -> str:
    """Render the page, one section per pack in the order given."""
    packs = list(packs)
    contents = "".join(f"- [{pack.name}](#{pack.name}): {pack.title}\n" for pack in packs)
    return "\n".join([_HEAD, contents, *map(_section, packs)])


def _section(pack: Pack) -> str:
    example = _first_line(pack)
    shown = f"\n```text\n{example}\n```\n" if example else ""
    return f"## {pack.name}\n\n{_paragraph(pack)}\n\n{''.join(_table(pack.metrics))}{shown}"


def _paragraph(pack: Pack) -> str:
    files = f" Usually in {_list(pack.files)}." if pack.files else ""
    return f"**{pack.title}.** {_FORMATS[pack.format]}{_programs(pack)}{files}"


def _programs(pack: Pack) -> str:
    if pack.format is not Format.SYSLOG:
        return ""
    return f", of {_list(pack.programs)}." if pack.programs else ", of all programs."


def _table(metrics: Iterable[Metric]) -> Iterator[str]:
    yield "| metric | type | labels | counts |\n|---|---|---|---|\n"
    for metric in metrics:
        labels = "; ".join(map(_label, metric.labels)) or "none"
        yield f"| `{metric.name}` | {metric.type} | {_cell(labels)} | {_cell(metric.help)} |\n"


def _label(label: Label) -> str:
    if label.known:
        return f"`{label.name}`: {', '.join(value or 'empty' for value in label.known)}"
    return f"`{label.name}`" + (f" (at most {label.limit})" if label.limit is not None else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _first_line(pack: Pack) -> str:
    lines = (line for example in pack.examples if example.expect.strip() for line in example.lines.splitlines())
    return next((line for line in lines if line.strip()), "")


def _list(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
