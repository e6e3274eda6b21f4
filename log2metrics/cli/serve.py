"""A daemon and its web server, put together: what `run` and `demo` share."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version

import click

from log2metrics import telemetry as own
from log2metrics.alarm import SignalTimer
from log2metrics.blocks import Tools
from log2metrics.config.settings import Config
from log2metrics.config.values import Address, parse_address
from log2metrics.daemon import Daemon, ignore_hangups
from log2metrics.match.guard import Guard
from log2metrics.pipeline import Pipeline
from log2metrics.store.state import State
from log2metrics.tail.filesystem import allow_open_files
from log2metrics.telemetry import Telemetry
from log2metrics.web.app import App
from log2metrics.web.server import WebServer


def parse_listen(text: str) -> Address:
    """The address in a `--listen` option."""
    address = parse_address(text)
    if address is None:
        raise click.UsageError(f"--listen: found {text!r}; write HOST:PORT or :PORT, such as 127.0.0.1:10414.")
    return address


@contextmanager
def _serving(app: App, listen: Address | None) -> Iterator[int | None]:
    """A web server, by its port; without an address there is none."""
    if listen is None:
        yield None
        return
    server = WebServer(app, listen)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


@contextmanager
def serve(load: Callable[[], Config], listen: Address | None = None) -> Iterator[tuple[Daemon, int | None]]:
    """A daemon over the configuration that `load` gives, now and at every reload, with its web server's port.

    Everything is closed at the end. Raises ConfigError, StateError and OSError.
    """
    ignore_hangups()
    config = load()
    allow_open_files()
    telemetry = Telemetry()
    telemetry.set(own.BUILD_INFO, 1, version("log2metrics"), platform.python_version())
    with SignalTimer() as timer:
        tools = Tools(telemetry, Guard(timer, time.perf_counter), time.time)
        pipeline = Pipeline(config.sources, State(config.state) if config.state else None, tools)
        try:
            daemon = Daemon(config, pipeline, tools, load)
            with _serving(App(daemon), listen or (config.web.listen if config.web else None)) as port:
                daemon.handle_signals()
                yield daemon, port
        finally:
            pipeline.close()
