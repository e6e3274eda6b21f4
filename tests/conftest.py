from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.harness import Program

# The same examples every time, however slow the machine is; HYPOTHESIS_PROFILE=search looks further.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: some tests do little but wait for servers."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """The command line of log2metrics; at the end nothing that it started may be left."""
    program = Program(tmp_path)
    yield program
    program.end()


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Real logs, which are kept beside the project."""
    folder = Path(__file__).parents[2] / "shared" / "corpora"
    if not folder.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no logs in {folder}")
    return folder


@pytest.fixture(scope="session")
def installed() -> Callable[[str], str]:
    """Ask for the path of a program from a Debian package: without it a test is skipped, except in CI."""

    def find(name: str) -> str:
        path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if path is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed")
        return path

    return find
