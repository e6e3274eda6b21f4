"""`promtool check metrics` has nothing to say of what we print."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from log2metrics.config.packs import library
from tests.harness import PATIENCE_SECONDS, Program

pytestmark = [pytest.mark.real, pytest.mark.corpora]
LOGS = {
    "recorded-A": "*.log",
    "elastic-examples": "**/*log*",
    "seeds": "*.log",
    "lnav": "**/*",
}


def complaints(promtool: str, text: str) -> str:
    """All that promtool has to say, its exit code if that is not 0 included."""
    done = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    return done.stdout + done.stderr + (f"exit code {done.returncode}" if done.returncode else "")


def test_metrics_over_http(program: Program, installed: Callable[[str], str], corpora: Path) -> None:
    """/metrics with all packs, the exporter's own and the process's metrics: no complaint."""
    promtool = installed("promtool")
    files = [str(path) for path in (corpora / "recorded-A").glob("*.log")]
    source = {"name": "all", "files": files, "patterns": library(), "start_at": "beginning"}
    exporter = program.start(program.config(source)).ready()
    text = exporter.get("/metrics").body.decode()
    assert "sshd_logins_total{" in text
    assert "" == complaints(promtool, text)


@pytest.mark.parametrize("corpus", LOGS)
def test_once_over_real_logs(program: Program, installed: Callable[[str], str], corpora: Path, corpus: str) -> None:
    """`once` with all packs, over logs of all kinds, with the exporter's own metrics: no complaint."""
    promtool = installed("promtool")
    files = [path for path in (corpora / corpus).glob(LOGS[corpus]) if path.is_file()]
    assert files
    done = program.run("once", "--own", *files)
    assert 0 == done.returncode
    assert "" == complaints(promtool, done.stdout)
