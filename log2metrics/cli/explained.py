"""How `explain` shows what it has found: captures in colour, each the same in the message and in the list below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from log2metrics.cli.terminal import columns, is_coloured, style, visible
from log2metrics.config.settings import Pack
from log2metrics.match.explain import Finding, GroupFinding, Reach
from log2metrics.metric import Labels
from log2metrics.sinks.samples import number_text

_AROUND = 40  # characters of text shown on either side of the place where a regex stopped
_MOST_CHARS = 2000  # of a line that are shown
_REGEX_CHARS = 100  # of what a regex has matched, and of the rest
_COLORS = ("cyan", "magenta", "yellow", "blue")


def show_line(line: str, hint: str = "") -> None:
    """Show the line that is explained, on one line, and what there is to say of it beforehand."""
    click.echo(f"{style('line', bold=True)} {style(visible(line, _MOST_CHARS))}")
    if hint:
        click.echo(style(hint, dim=True))


def show_group(pack: Pack, finding: GroupFinding) -> None:
    """Show what a pack makes of the line as a whole: its fields, or why no rule sees it."""
    if finding.reason:
        click.echo(f"\n{style(pack.name, bold=True)} {style('- ' + visible(finding.reason), dim=True)}")
        return
    click.echo(f"\n{style(pack.name, bold=True)}")
    if finding.fields:
        fields = visible(" ".join(f"{name}={text}" for name, text in finding.fields), _MOST_CHARS)
        click.echo("  " + style(fields, dim=True))


def show_finding(finding: Finding, message: str, reach: Reach | None) -> None:
    """Show what a rule captures and which series change, or why it does not match."""
    name = _name(finding)
    if not finding.series:
        click.echo(f"  {style('✗', fg='red')} {name}: {style(visible(finding.reason))}")
        if reach:
            _show_reach(reach)
        return
    click.echo(f"  {style('✓', fg='green')} {style(name, bold=True)}")
    if finding.spans and is_coloured():
        click.echo(f"      {_highlighted(message[:_MOST_CHARS], finding.spans)}")
    for told in _captured(finding.captures):
        click.echo(f"      {told}")
    for occurrence in finding.occurrences:
        click.echo(f"      each: {', '.join(_captured(occurrence))}" if occurrence else "      each")
    for labels, value, times in finding.series:
        click.echo(f"      → {style(_series(finding.rule.metric.name, labels), fg='green')} {_change(finding, value, times)}")


def show_alike(findings: Sequence[Finding]) -> None:
    """Show rules of one metric, one after the other, that don't count the line for the same reason."""
    first, last = findings[0].rule, findings[-1].rule
    name = f"{first.metric.name}, rules {first.index + 1} to {last.index + 1}"
    click.echo(f"  {style('✗', fg='red')} {name}: {style(visible(findings[0].reason))}")


def show_near_misses(misses: Sequence[tuple[Pack, Finding, Reach]], packs: int) -> None:
    """Show the rules that came nearest, of so many packs that nobody has named."""
    shown = None
    for pack, finding, reach in misses:
        if pack is not shown:
            click.echo(f"\n{style(pack.name, bold=True)}")
        shown = pack
        click.echo(f"  {style('✗', fg='red')} {_name(finding)}: {style(visible(finding.reason))}")
        _show_reach(reach)
    found = "these rules came nearest" if misses else "no rule came near"
    click.echo(style(f"\nOf {packs} packs that do not count the line {found}; -p NAME shows every rule of one.", dim=True))


def _captured(captures: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Each capture with its name, in the colour that it has in the message."""
    for number, (name, text) in enumerate(captures):
        yield f"{name} = {style(visible(text, _MOST_CHARS), fg=_COLORS[number % len(_COLORS)])}"


def _highlighted(message: str, spans: Sequence[tuple[int, int, int]]) -> str:
    """The message with its captures in colour; of captures in one another the outer one."""
    parts, at = [], 0
    for number, start, end in spans:
        if start >= at:
            parts += [style(visible(message[at:start]), dim=True)]
            parts += [style(visible(message[start:end]), fg=_COLORS[number % len(_COLORS)])]
            at = end
    return "".join([*parts, style(visible(message[at:]), dim=True)])


def _show_reach(reach: Reach) -> None:
    if not reach.width:
        click.echo(f"      regex    {style(_beginning(reach.matched + reach.missing), dim=True)}")
        return
    before, after = visible(reach.text_before[-_AROUND:]), visible(reach.text_after[:_AROUND])
    more = "…" if len(reach.text_before) > _AROUND else ""
    rest = "…" if len(reach.text_after) > _AROUND else ""
    click.echo(f"      matches  {style(_end(reach.matched), fg='green')}")
    click.echo(f"      but not  {style(_beginning(reach.missing), fg='red')}")
    click.echo(f"      in text  {more}{style(before, fg='green')}{style(after, fg='red')}{rest}")
    click.echo(f"               {' ' * columns(more + before)}^")


def _name(finding: Finding) -> str:
    return f"{finding.rule.metric.name}, rule {finding.rule.index + 1}"


def _beginning(regex: str) -> str:
    return visible(regex, _REGEX_CHARS)


def _end(regex: str) -> str:
    shown = visible(regex)
    return shown if len(shown) <= _REGEX_CHARS else "…" + shown[1 - _REGEX_CHARS :]


def _series(name: str, labels: Labels) -> str:
    inside = ",".join(f'{label}="{text}"' for label, text in labels if text)
    return f"{name}{{{inside}}}" if inside else name


def _change(finding: Finding, value: float | None, times: int) -> str:
    if value is None:
        return style("not changed: the value is no usable number", fg="red")
    sign = {"counter": "+", "gauge": "= ", "histogram": "observes "}[finding.rule.metric.type]
    return f"{sign}{number_text(value)}" + (f" ({times} times)" if times != 1 else "")
