"""One state, one exporter: a second one is turned away, and a dead one leaves no lock behind."""

from __future__ import annotations

from pathlib import Path
from signal import SIGKILL

import pytest

from tests.harness import Program


@pytest.fixture
def config(program: Program) -> Path:
    """A config with a state."""
    return program.config({"name": "auth", "files": ["auth.log"], "patterns": ["sshd"]})


def test_the_second_is_told_who_was_first(program: Program, config: Path) -> None:
    """The second exits with 1 and says which process holds the state; the first goes on."""
    first = program.start(config).ready()
    second = program.start(config)
    assert 1 == second.wait()
    assert f"held by process {first.pid}" in second.err
    assert "" == second.out
    assert 200 == first.get("/-/ready").status


def test_a_killed_one_holds_nothing(program: Program, config: Path) -> None:
    """After `kill -9` the next one starts at once."""
    program.start(config).ready().stop(SIGKILL)
    assert 200 == program.start(config).ready().get("/-/ready").status


def test_a_state_that_is_no_state_is_set_aside(program: Program, config: Path) -> None:
    """A file that can't be read as a state is kept under another name and told; the exporter starts anew."""
    (program.folder / "state.db").write_bytes(b"no database at all" * 100)
    exporter = program.start(config).ready()
    (aside,) = program.folder.glob("state.db.unreadable-*")
    assert b"no database at all" == aside.read_bytes()[:18]
    assert str(aside) in exporter.err
