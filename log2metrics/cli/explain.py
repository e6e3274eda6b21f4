"""`log2metrics explain`: why a line matches, and why it doesn't."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from log2metrics.alarm import SignalTimer
from log2metrics.cli.terminal import style
from log2metrics.config.load import load_config
from log2metrics.config.packs import library, load_packs
from log2metrics.config.settings import Pack
from log2metrics.match.explain import Finding, GroupFinding, Reach, explain
from log2metrics.match.guard import Alarm
from log2metrics.match.ruleset import Group
from log2metrics.metric import Labels

_GROUP_SECONDS = 2.0
_AROUND = 40  # characters of text shown on either side of the place where a regex stopped


@click.command("explain")
@click.argument("line", required=False)
@click.option("-p", "--patterns", help="Packs by name or path, separated by commas.  [default: all shipped]")
@click.option("-c", "--config", "path", type=click.Path(dir_okay=False, path_type=Path), help="The packs of this config.")
def command(line: str | None, patterns: str | None, path: Path | None) -> None:
    """Show which rules see LINE (or each line of standard input), what they capture, which series change.

    Where a rule does not match, it says why: which text is missing, and where the regex stopped.
    """
    groups = list(_groups(patterns, path))
    lines = [line] if line is not None else sys.stdin.buffer.read().decode("utf-8", "replace").split("\n")
    for number, text in enumerate(lines):
        if line is None and number == len(lines) - 1 and not text:
            break
        _explain(groups, text.removesuffix("\n").removesuffix("\r"))


def _groups(patterns: str | None, path: Path | None) -> Iterable[tuple[Pack, Group]]:
    if path:
        sources = load_config(path).sources
        pairs = [(pack, source.format or pack.format) for source in sources for pack in source.packs]
    else:
        names = [name.strip() for name in patterns.split(",")] if patterns else library()
        pairs = [(pack, pack.format) for pack in load_packs(names, Path())]
    return [(pack, Group(form, frozenset(pack.programs), pack.rules)) for pack, form in pairs]


def _explain(groups: Iterable[tuple[Pack, Group]], line: str) -> None:
    click.echo(f"{style('line', bold=True)} {style(line)}")
    with SignalTimer() as timer:
        found = [(pack, _found(group, line, timer)) for pack, group in groups]
    for pack, finding in sorted(found, key=lambda pair: not pair[1].counted):
        _show(pack, finding)
    if not any(finding.counted for _, finding in found):
        click.echo(style("No rule counts this line.", fg="yellow"))
    click.echo()


def _found(group: Group, line: str, timer: SignalTimer) -> GroupFinding:
    """What a pack makes of a line, or that a regex of it takes too long, which in the daemon would be a timeout."""
    try:
        finding: GroupFinding = timer.run(_GROUP_SECONDS, lambda: explain(group, line))
    except (Alarm, TimeoutError):
        return GroupFinding(group, reason=f"a regex takes over {_GROUP_SECONDS:g} s for this line: it times out")
    return finding


def _show(pack: Pack, finding: GroupFinding) -> None:
    if finding.reason:
        click.echo(f"\n{style(pack.name, bold=True)} {style('- ' + finding.reason, dim=True)}")
        return
    click.echo(f"\n{style(pack.name, bold=True)}")
    if finding.fields:
        click.echo("  " + style(" ".join(f"{name}={text}" for name, text in finding.fields), dim=True))
    for each in finding.findings:
        _show_rule(each)


def _show_rule(finding: Finding) -> None:
    name = f"{finding.rule.metric.name}, rule {finding.rule.index + 1}"
    if not finding.series:
        click.echo(f"  {style('✗', fg='red')} {name}: {style(finding.reason)}")
        if finding.reach:
            _show_reach(finding.reach)
        return
    click.echo(f"  {style('✓', fg='green')} {style(name, bold=True)}")
    for label, text in finding.captures:
        click.echo(f"      {label} = {style(text, fg='cyan')}")
    for labels, value, times in finding.series:
        click.echo(f"      → {style(_series(finding.rule.metric.name, labels), fg='green')} {_change(finding, value, times)}")


def _show_reach(reach: Reach) -> None:
    before, after = reach.text_before[-_AROUND:], reach.text_after[:_AROUND]
    more = "…" if len(reach.text_before) > _AROUND else ""
    rest = "…" if len(reach.text_after) > _AROUND else ""
    if reach.matched:
        click.echo(f"      matches  {style(reach.matched, fg='green')}")
    click.echo(f"      but not  {style(reach.missing, fg='red')}")
    click.echo(f"      in text  {more}{style(before, fg='green')}{style(after, fg='red')}{rest}")
    click.echo(f"               {' ' * (len(more) + len(before))}^")


def _series(name: str, labels: Labels) -> str:
    inside = ",".join(f'{label}="{text}"' for label, text in labels if text)
    return f"{name}{{{inside}}}" if inside else name


def _change(finding: Finding, value: float | None, times: int) -> str:
    if value is None:
        return style("not changed: the value is no usable number", fg="red")
    sign = {"counter": "+", "gauge": "= ", "histogram": "observes "}[finding.rule.metric.type]
    return f"{sign}{value:g}" + (f" ({times} times)" if times != 1 else "")
