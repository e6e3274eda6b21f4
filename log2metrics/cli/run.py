"""`log2metrics run`: the daemon."""

from __future__ import annotations

import glob
import logging
from pathlib import Path

import click

from log2metrics.cli.logs import log_level_option, start_logging
from log2metrics.cli.serve import parse_listen, serve
from log2metrics.config.defaults import default_config
from log2metrics.config.load import load_config
from log2metrics.config.settings import Config

log = logging.getLogger(__name__)


@click.command("run")
@click.option("-c", "--config", "path", type=click.Path(dir_okay=False, path_type=Path), help="The config file.")
@click.option("--listen", help="Where to serve, in place of the config's web.listen: [HOST]:PORT.")
@log_level_option
def command(path: Path | None, listen: str | None, log_level: str) -> None:
    """Follow logs, count, and serve /metrics.

    Without a config file: the shipped packs on the usual log files that exist here.
    """
    start_logging(log_level)
    with serve(lambda: load(path), parse_listen(listen) if listen else None) as (daemon, port):
        if port is not None:
            log.info("serving", extra={"port": port})
        daemon.run()
    log.info("stopped")


def load(path: Path | None) -> Config:
    """The configuration in this file, or the one that holds without any. Raises ConfigError."""
    return load_config(path) if path else default_config(_exists)


def _exists(pattern: str) -> bool:
    return bool(glob.glob(pattern, recursive=True))  # noqa: PTH207  # Path.glob takes no absolute pattern
