"""log2metrics with troubles: the first argument is a file that says which, the others are the command line.

    [{"call": "pread", "path": "auth-", "errno": 5},
     {"kill": "commit", "commits": 3, "micros": 120}]

While the file has the first entry, every read of a file with `auth-` in its path fails with EIO. `call` is a function of `os`,
or `commit` for SQLite's disk being full. The second entry kills the process in the third commit from then on: at its `begin`,
`within` its statements, in its `commit`, so many microseconds after that began, or `after` it. The program itself knows
nothing of this.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from log2metrics.cli import main

CALLS = ("open", "pread", "stat", "fstat", "scandir")
_STAT, _READLINK = os.stat, os.readlink


class Troubles:
    """What the file says now."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._changed = (0, 0)
        self._entries: list[dict[str, Any]] = []
        self._commits = 0

    def entries(self) -> list[dict[str, Any]]:
        """The entries, read again if the file has changed."""
        status = _STAT(self._path)
        changed = (status.st_ino, status.st_mtime_ns)
        if changed != self._changed:
            self._changed = changed
            self._commits = 0
            self._entries = json.loads(Path(self._path).read_bytes())
        return self._entries

    def fail(self, call: str, target: object) -> None:
        """Raise the error that is meant for this call."""
        for entry in self.entries() if call == "commit" or threading.current_thread() is threading.main_thread() else ():
            if entry.get("call") == call and entry["path"] in (path := _path(target)):
                raise OSError(entry["errno"], os.strerror(entry["errno"]), path)

    def begin(self) -> None:
        """Count one more commit."""
        self._commits += 1 if self.entries() else 0

    def kill(self, moment: str) -> None:
        """End here and now, or some microseconds from now, if this is the moment."""
        for entry in self.entries():
            if entry.get("kill") == moment and self._commits >= entry["commits"]:
                if not entry["micros"]:
                    os.kill(os.getpid(), signal.SIGKILL)
                threading.Timer(entry["micros"] / 1e6, os.kill, (os.getpid(), signal.SIGKILL)).start()


def _path(target: object) -> str:
    return _READLINK(f"/proc/self/fd/{target}") if isinstance(target, int) else os.fsdecode(str(target))


def _failing(call: str, troubles: Troubles) -> Callable[..., object]:
    real: Callable[..., object] = getattr(os, call)

    def wrapped(target: object = ".", *arguments: object, **options: object) -> object:
        troubles.fail(call, target)
        return real(target, *arguments, **options)

    return wrapped


class Connection(sqlite3.Connection):
    """A connection that dies, or finds the disk full, when it is told to."""

    troubles: Troubles

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:  # noqa: ANN401  # as it is declared
        """Begin a transaction, or run any other statement."""
        if sql.startswith("BEGIN"):
            self.troubles.begin()
            self.troubles.kill("begin")
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        """Run the statements of a transaction."""
        try:
            self.troubles.fail("commit", "")
        except OSError as error:
            raise sqlite3.OperationalError("database or disk is full") from error
        cursor = super().executemany(sql, parameters)
        if "series" in sql:
            self.troubles.kill("within")
        return cursor

    def __exit__(  # type: ignore[override]  # the stub says it returns Literal[False]
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool:
        self.troubles.kill("commit")
        outcome = super().__exit__(kind, error, trace)
        self.troubles.kill("after")
        return outcome


def launch(troubles: Troubles) -> None:
    """Put the troubles in the way of the program, and run it."""
    for call in CALLS:
        setattr(os, call, _failing(call, troubles))
    Connection.troubles = troubles
    sqlite3.connect = partial(sqlite3.connect, factory=Connection)  # type: ignore[assignment]  # what its callers see is the same
    main()


if __name__ == "__main__":
    launched = Troubles(sys.argv.pop(1))
    launch(launched)
