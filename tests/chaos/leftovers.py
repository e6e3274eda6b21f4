"""What a process holds, and what it leaves behind."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def descriptors(pid: int) -> list[str]:
    """What the descriptors of a process lead to."""
    found: list[str] = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # a connection that has just been closed
            found.append(os.readlink(entry))  # noqa: PTH115  # "(deleted)" is no part of a path
    return found


def threads(pid: int) -> int:
    """How many threads a process has."""
    return len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208  # as many as there are names


def superfluous(pid: int, logs: list[Path]) -> list[str]:
    """What a process that has nothing to do should not have open: deleted files, rotated ones, one of them twice."""
    files = sorted(path for path in descriptors(pid) if "/logs/" in path or path.endswith(" (deleted)"))
    expected = sorted(str(path) for path in logs)
    return [] if files == expected else sorted({*files} ^ {*expected}) or ["a file twice"]


def left_in(folder: Path) -> list[str]:
    """What an exporter that has ended leaves beside its state."""
    return sorted({path.name for path in folder.iterdir()} - {"state.db", "state.db.lock"})
