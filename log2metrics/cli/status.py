"""`log2metrics status`: what the running exporter is doing, as it says itself on /api/v1/status."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import click

from log2metrics.cli.failure import Failed
from log2metrics.cli.terminal import style, visible
from log2metrics.config.load import load_config
from log2metrics.config.settings import DEFAULT_LISTEN
from log2metrics.config.values import Address, parse_address
from log2metrics.metric import safe_text
from log2metrics.web.page import duration, rate, size

_TIMEOUT_SECONDS = 5.0
_MOST_BYTES = 16 * 1024 * 1024
_SLOWEST = 5
_WIDTH = 160
_HERE = {"", "0.0.0.0", "::"}  # noqa: S104  # where it listens, which is not where we do

Document = Mapping[str, Any]  # as the exporter sends it


@click.command("status")
@click.option("-c", "--config", "path", type=click.Path(dir_okay=False, path_type=Path), help="Ask where this config listens.")
@click.option("--address", help="Ask at this HOST:PORT.  [default: localhost:10414]")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as it came.")
def command(path: Path | None, address: str | None, as_json: bool) -> None:  # noqa: FBT001  # an option of the command line
    """Show what the running exporter is doing: files, how far behind, rates, slowest rules, samples of unmatched lines."""
    document = _ask(_address(path, address))
    if as_json:
        click.echo(json.dumps(document, indent=2))
        return
    try:
        _show(document, time.time())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Failed("what answers is an exporter of another version: --json prints what it says") from error


def _address(path: Path | None, text: str | None) -> Address:
    if path and text:
        raise click.UsageError("Give -c or --address, not both.")
    if text:
        address = parse_address(text)
        if address is None or not address.port:
            raise click.UsageError(f"--address: found {text!r}; write HOST:PORT, such as localhost:10414.")
        return address
    web = load_config(path).web if path else None
    if path and web is None:
        raise click.UsageError(f"{path} has `web: none`: its exporter can't be asked.")
    return web.listen if web else DEFAULT_LISTEN


def _ask(address: Address) -> Document:
    host = "localhost" if address.host in _HERE else address.host
    place = f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}"
    request = Request(f"http://{place}/api/v1/status", headers={"Accept": "application/json"})  # it is http
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=_TIMEOUT_SECONDS) as answer:
            document = json.loads(answer.read(_MOST_BYTES))
    except HTTPError as error:
        with error:  # it is also the answer
            raise Failed(f"{place} answers {error.code} {safe_text(str(error.reason))}: is that log2metrics?") from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        told = getattr(reason, "strerror", None) or reason
        raise Failed(
            f"nothing answers at {place} ({told}): start `log2metrics run`, or say where with -c or --address"
        ) from error
    except ValueError as error:
        raise Failed(f"what answers at {place} is no log2metrics: it sends no JSON") from error
    if not isinstance(document, dict) or "sources" not in document:
        raise Failed(f"what answers at {place} is no log2metrics: it sends other JSON")
    return document


def _show(document: Document, now: float) -> None:
    state = style("ready", fg="green") if document["ready"] else style("not ready: counting what was there", fg="yellow")
    click.echo(f"log2metrics {style(document['version'])}, up for {duration(now - document['started'])}, {state}")
    if not document["last_reload_ok"]:
        click.echo(style("the last reload was refused; the configuration before it is in force", fg="red"))
    for source in document["sources"]:
        _show_source(source, now, shown=document.get("samples_shown", False))
    _show_rules(document)


def _show_source(source: Document, now: float, *, shown: bool) -> None:
    lines_per_second = source.get("lines_per_second", 0.0)
    pace = f", {rate(lines_per_second)} a second" if lines_per_second else ""
    click.echo(
        f"\n{style(source['name'], bold=True)}  {source['lines']:,} lines{pace}; {source['unmatched_lines']:,} unmatched"
    )
    for file in source["files"]:
        behind = file["behind_bytes"]
        lag = style(f"{size(behind)} behind", fg="yellow") if behind else "up to date"
        last = "no line yet" if file["last_line"] is None else f"last line {duration(now - file['last_line'])} ago"
        click.echo(f"  {style(visible(file['path'], _WIDTH))}  {lag}, {last}")
    if not source["files"]:
        click.echo(f"  {style('no file matches yet', dim=True)}")
    for sample in source.get("samples", ()):
        ago = f"{sample['count']:,} sampled, latest {duration(now - sample['seen'])} ago"
        click.echo(f"  {style('unmatched', fg='yellow')}  {style(visible(sample['template'], _WIDTH), bold=True)}  ({ago})")
        click.echo(f"             {style(visible(sample['line'], _WIDTH), dim=True)}")
    if source["unmatched_lines"] and not shown:
        click.echo(f"  {style('samples of unmatched lines are shown to clients on its own host', dim=True)}")


def _show_rules(document: Document) -> None:
    seconds = document.get("rule_seconds", {})
    slowest = sorted(seconds, key=lambda name: -seconds[name])[:_SLOWEST]
    if slowest:
        click.echo(f"\n{style('slowest rules', bold=True)}")
    width = max(map(len, slowest), default=0)
    for name in slowest:
        click.echo(f"  {style(name.ljust(width))}  {seconds[name]:9.3f} s")
    for name in document.get("suspended", ()):
        click.echo(f"  {style(f'{name} is suspended: a rule of it takes too long', fg='red')}")
