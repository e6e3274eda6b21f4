from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tail.scene import FailingSystem, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A source that follows `*.log` and has been started before."""
    scene = Scene(tmp_path)
    scene.look()
    yield scene
    scene.files.close()


@pytest.fixture
def failing() -> FailingSystem:
    """A file system that fails where it is told to."""
    return FailingSystem()
