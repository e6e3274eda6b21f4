"""`run`: a daemon and its web server, put together and taken apart again."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from log2metrics.cli.run import load
from log2metrics.cli.serve import parse_listen, serve
from log2metrics.config.problems import ConfigError
from log2metrics.config.settings import Config, Web
from log2metrics.config.values import Address
from log2metrics.daemon import Daemon
from log2metrics.store.state import State, StateHeldError
from tests.cli.conftest import Invoke
from tests.cli.files import write_config, write_pack
from tests.harness import PATIENCE_SECONDS

FREE = Address("127.0.0.1", 0)


def get(port: int | None, path: str = "/metrics") -> str:
    """What the web server says."""
    assert port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def during(daemon: Daemon, step: Callable[[], object]) -> object:
    """Run the daemon here and the step in a thread; then it ends."""
    results: list[object] = []

    def do() -> None:
        try:
            results.append(step())
        finally:
            daemon.stop()

    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    daemon.run()
    thread.join(30)
    return results[0]


@pytest.mark.parametrize(
    ("text", "expected"), [("127.0.0.1:80", ("127.0.0.1", 80)), (":80", ("", 80)), ("[::1]:80", ("::1", 80))]
)
def test_an_address_is_read(text: str, expected: tuple[str, int]) -> None:
    """A host and a port, or a port alone."""
    assert expected == parse_listen(text)


def test_a_wrong_address_is_refused() -> None:
    """With what would be right."""
    with pytest.raises(click.UsageError, match=r"^--listen: found '80'; write HOST:PORT or :PORT, such as "):
        parse_listen("80")


def test_what_is_in_the_files_is_served(tmp_path: Path) -> None:
    """From the file to /metrics, and with what is running; kept in the state at the end."""
    write_pack(tmp_path)
    (tmp_path / "app.log").write_text("hit=a\n", encoding="utf-8")
    config = load(write_config(tmp_path))
    with serve(lambda: config, FREE) as (daemon, port):
        text = during(daemon, lambda: get(port))
    assert isinstance(text, str)
    assert 'hits_total{of="a"} 1.0\n' in text
    assert re.search(r'^log2metrics_build_info\{python="3\.\d+\.\d+",version="\d+\.\d+\.\d+"\} 1\.0$', text, re.MULTILINE)
    state = State(tmp_path / "state.db")
    assert [1.0] == [row.value for row in state.read().series]
    state.close()


def test_at_the_end_everything_is_let_go() -> None:
    """Port and signals, whatever happened in between."""
    config = Config(None, (), None, Web(FREE))
    ports: list[int | None] = []

    def crash() -> None:
        with serve(lambda: config) as (_, port):
            ports.append(port)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        crash()
    with socket.create_server(("127.0.0.1", ports[0] or 0)) as again:
        assert ports == [again.getsockname()[1]]
    assert signal.SIG_DFL == signal.getsignal(signal.SIGVTALRM)


def test_a_reload_during_the_start_does_no_harm() -> None:
    """The signal is ignored from before the configuration is read, until there is somebody to handle it."""

    def load_slowly() -> Config:
        signal.raise_signal(signal.SIGHUP)
        return Config(None, (), None, None)

    with serve(load_slowly) as (daemon, _):
        assert signal.SIG_IGN != signal.getsignal(signal.SIGHUP)
        during(daemon, lambda: None)


def test_without_a_web_server_there_is_none() -> None:
    """`web: none`, unless the command line asks for one."""
    config = Config(None, (), None, None)
    with serve(lambda: config) as (daemon, port):
        assert (None, None) == (port, during(daemon, lambda: None))
    with serve(lambda: config, FREE) as (_, port):
        assert port


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """And the state is let go again."""
    write_pack(tmp_path)
    config = load(write_config(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(OSError, match=f"cannot listen on 127.0.0.1 port {port}"),
            serve(lambda: config, Address("127.0.0.1", port)),
        ):
            pass
    State(tmp_path / "state.db").close()


def test_a_state_that_is_held_is_told(tmp_path: Path) -> None:
    """Before anything is served."""
    write_pack(tmp_path)
    config = load(write_config(tmp_path))
    state = State(tmp_path / "state.db")
    with pytest.raises(StateHeldError), serve(lambda: config, FREE):
        pass
    state.close()


def test_a_wrong_config_is_told(tmp_path: Path) -> None:
    """With all its problems."""
    with pytest.raises(ConfigError):
        load(tmp_path / "none.yml")


def test_without_a_config_the_usual_files_are_followed() -> None:
    """With the shipped packs, where the files are."""
    config = load(None)
    assert config.path is None
    assert config.sources
    assert config.state


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[[signal.Signals], None]:
    """Have this signal sent as soon as somebody listens."""
    listen = Daemon.handle_signals

    def tell(number: signal.Signals) -> None:
        def listen_and_hear(daemon: Daemon) -> None:
            listen(daemon)
            os.kill(os.getpid(), number)

        monkeypatch.setattr(Daemon, "handle_signals", listen_and_hear)

    return tell


def test_it_runs_until_it_is_told_to_end(invoke: Invoke, tmp_path: Path, told: Callable[[signal.Signals], None]) -> None:
    """It says where it serves and that it has ended; nothing goes to standard output."""
    write_pack(tmp_path)
    told(signal.SIGTERM)
    result = invoke("run", "-c", write_config(tmp_path, web={"listen": "127.0.0.1:0"}))
    assert (0, "") == (result.exit_code, result.stdout)
    lines = [line.partition(" level=")[2] for line in result.stderr.splitlines()]
    assert re.fullmatch(r"info msg=serving port=\d+", lines[0])
    assert "info msg=stopped" == lines[-1]


def test_it_says_as_much_as_it_is_asked_to(invoke: Invoke, tmp_path: Path, told: Callable[[signal.Signals], None]) -> None:
    """`--log-level warning`: nothing, while nothing is wrong. Without a web server there is nothing to say of one."""
    write_pack(tmp_path)
    config = write_config(tmp_path, web="none", state="none")
    told(signal.SIGINT)
    result = invoke("run", "-c", config, "--log-level", "warning")
    assert (0, "", "") == (result.exit_code, result.stdout, result.stderr)
    assert "serving" not in invoke("run", "-c", config).stderr


def test_a_listen_option_comes_before_the_config(invoke: Invoke, tmp_path: Path) -> None:
    """And is checked before anything is opened."""
    write_pack(tmp_path)
    result = invoke("run", "-c", write_config(tmp_path), "--listen", "nowhere")
    assert (2, False) == (result.exit_code, (tmp_path / "state.db").exists())
