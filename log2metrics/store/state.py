"""The state: one SQLite file that keeps positions and values, written in one transaction per commit.

Write-ahead logging with `synchronous=NORMAL`: a commit survives the death of the process at any moment; a power loss may
undo the last commits, but never tears one, so that positions and values always belong together.

A damaged state is set aside under another name, never overwritten; another program's database is left alone. Knows
nothing of what positions and series mean.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import IO, Any

from log2metrics.flow import HistogramValue, Position, Value
from log2metrics.metric import Labels
from log2metrics.store.series import SeriesRow

log = logging.getLogger(__name__)

VERSION = 1  # of the tables; one more field in Position is another version
_APPLICATION = 0x4C324D53  # "L2MS": what tells our databases from others'
_BUSY_SECONDS = 0.1  # a pass waits no longer for somebody who looks into the file with a tool of their own
_POSITION = tuple(each.name for each in fields(Position))
_FLAGS = tuple(each.name for each in fields(Position) if isinstance(each.default, bool))
_SCHEMA = """
CREATE TABLE IF NOT EXISTS positions ({columns}, PRIMARY KEY (source, device, inode, done)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS series (
    metric TEXT, labels TEXT, value, updated REAL, PRIMARY KEY (metric, labels)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS own (name TEXT, labels TEXT, value REAL, PRIMARY KEY (name, labels)) WITHOUT ROWID;
""".format(columns=", ".join(_POSITION))
_quoted = json.encoder.encode_basestring_ascii  # a text as JSON
_FORGET_POSITION = "DELETE FROM positions WHERE source=? AND device=? AND inode=? AND done=?"
_PUT_POSITION = f"INSERT OR REPLACE INTO positions VALUES ({', '.join('?' * len(_POSITION))})"  # noqa: S608  # only `?`s


class StateError(Exception):
    """The state can't be used; str() says what was found and what would be right."""


class StateHeldError(StateError):
    """Another process holds the state; `holder` is its number, if it can be known."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(
            f"{path}: held by process {holder}; one exporter per state file: stop it, or name another with `state:`"
        )
        self.holder = holder


@dataclass(frozen=True, slots=True)
class Changes:
    """What one commit writes: positions moved, positions to forget, series and own counters with their new values."""

    positions: Iterable[Position] = ()
    gone: Iterable[Position] = ()
    series: Iterable[SeriesRow] = ()
    own: Iterable[tuple[str, Labels, float]] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What the state holds when it is opened."""

    positions: list[Position] = field(default_factory=list)
    series: list[SeriesRow] = field(default_factory=list)
    own: list[tuple[str, Labels, float]] = field(default_factory=list)


class State:
    """The open state file, held by this process alone."""

    def __init__(self, path: Path) -> None:
        """Open or create. Raises StateError."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _hold(path)
        except OSError as error:
            raise StateError(
                f"{path}: {error.strerror}; the folder of the state must be writable, or name another with `state:`"
            ) from error
        try:
            self._database = self._open()
        except sqlite3.Error as error:
            self._lock.close()
            raise StateError(f"{path}: {error}; the state must be a file on a local, writable file system") from error
        except StateError:
            self._lock.close()
            raise

    def _open(self) -> sqlite3.Connection:
        try:
            return _connect(self.path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) or not self.path.exists():
                raise
            aside = self.path.with_name(f"{self.path.name}.unreadable-{time.strftime('%Y%m%dT%H%M%S')}")
            for suffix in ("", "-wal", "-shm"):
                if os.path.exists(f"{self.path}{suffix}"):  # noqa: PTH110  # a sidecar's name is the path and a suffix
                    os.replace(f"{self.path}{suffix}", f"{aside}{suffix}")  # noqa: PTH105  # the same
            log.error(
                "state set aside: it can't be read", extra={"file": str(self.path), "aside": str(aside), "error": str(error)}
            )
            return _connect(self.path)

    def read(self) -> Kept:
        """Everything the state holds."""
        return _read(self._database)

    def commit(self, changes: Changes) -> None:
        """Write all of it, or nothing. Raises sqlite3.Error."""
        database = self._database
        with database:
            database.execute("BEGIN IMMEDIATE")
            database.executemany(_FORGET_POSITION, map(_identity, changes.gone))
            database.executemany(_PUT_POSITION, map(_position_row, changes.positions))
            database.executemany(
                "INSERT OR REPLACE INTO series VALUES (?,?,?,?)",
                # In the order of the table, which is where most of the time would go.
                sorted((row.metric, _text(row.labels), _stored(row.value), row.updated) for row in changes.series),
            )
            database.executemany(
                "INSERT OR REPLACE INTO own VALUES (?,?,?)",
                ((name, _text(labels), value) for name, labels, value in changes.own),
            )

    def close(self) -> None:
        """Let go of the file and its lock."""
        self._database.close()
        self._lock.close()


def read_committed(path: Path) -> Kept:
    """What another process has committed to the state that it holds; nothing is written. Raises StateError."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=_BUSY_SECONDS, uri=True)) as database:
            database.execute("BEGIN")  # so that all of it is of one commit
            return _read(database)
    except sqlite3.Error as error:
        raise StateError(f"{path}: {error}; another process holds it, and it can't be read just now") from error


def _read(database: sqlite3.Connection) -> Kept:
    query = database.execute
    return Kept(
        positions=[_position(row) for row in query("SELECT * FROM positions")],
        series=[
            SeriesRow(metric, _labels(labels), _value(value), updated)
            for metric, labels, value, updated in query("SELECT metric, labels, value, updated FROM series")
        ],
        own=[(name, _labels(labels), value) for name, labels, value in query("SELECT name, labels, value FROM own")],
    )


def _hold(path: Path) -> IO[str]:
    """Lock the state for this process; the lock file says who holds it."""
    lock = Path(f"{path}.lock").open("a+", encoding="ascii")  # noqa: SIM115  # held until close
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        with lock:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
        raise StateHeldError(path, holder) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        version = _version(database, path)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        if version != VERSION:
            database.execute(f"PRAGMA application_id={_APPLICATION}")  # first: whatever follows may be cut off
            database.executescript(_SCHEMA)
            database.execute(f"PRAGMA user_version={VERSION}")
    except (sqlite3.Error, StateError):
        database.close()
        raise
    return database


def _version(database: sqlite3.Connection, path: Path) -> int:
    """The version of a state, 0 while it has none of its tables or not all.

    Raises DatabaseError for a state that can't be read, and StateError for a database that is none.
    """
    (application,) = database.execute("PRAGMA application_id").fetchone()
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != _APPLICATION:
        raise StateError(f"{path}: another program's database; name another file with `state:`")
    if version not in {0, VERSION}:
        raise sqlite3.DatabaseError(f"version {version}, this program writes version {VERSION}")
    if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("the file is damaged")
    return version


def _identity(position: Position) -> tuple[str, str, str, bool]:
    # as text: SQLite's integers are signed, and a 64-bit inode number isn't
    return position.source, str(position.device), str(position.inode), position.done


def _position_row(position: Position) -> tuple[object, ...]:
    _, device, inode, _ = _identity(position)
    values = {name: getattr(position, name) for name in _POSITION}
    values |= {"device": device, "inode": inode, "path": os.fsencode(position.path)}  # a path is bytes, and need not be UTF-8
    return tuple(values.values())


def _position(row: tuple[Any, ...]) -> Position:
    values = dict(zip(_POSITION, row, strict=True))
    values |= {"device": int(values["device"]), "inode": int(values["inode"]), "path": os.fsdecode(values["path"])}
    return Position(**values | {name: bool(values[name]) for name in _FLAGS})


def _text(labels: Labels) -> str:
    pairs = [f"[{_quoted(name)},{_quoted(text)}]" for name, text in labels]
    return f"[{','.join(pairs)}]"


def _labels(text: str) -> Labels:
    return tuple((name, value) for name, value in json.loads(text))


def _stored(value: Value) -> float | str:
    return json.dumps(value) if isinstance(value, HistogramValue) else value


def _value(stored: float | str) -> Value:
    if not isinstance(stored, str):
        return stored
    counts, total = json.loads(stored)
    return HistogramValue(tuple(counts), total)
