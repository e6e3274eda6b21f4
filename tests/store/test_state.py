"""The state file: what is committed is read back, all or nothing, by one process at a time, and nothing is overwritten."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from log2metrics.flow import HistogramValue, Position
from log2metrics.store.series import SeriesRow
from log2metrics.store.state import VERSION, Changes, Kept, State, StateError, StateHeldError

POSITION = Position("auth", "/var/log/auth.log", 1, 2, 300, 10, "abc", "def")
ROW = SeriesRow("x_total", (("a", "b"),), 3.0, 1_700_000_000.5)
OWN = ("log2metrics_lines_total", (("source", "auth"),), 12.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state is: in a folder that does not exist yet."""
    return tmp_path / "folder" / "state.db"


def read(path: Path) -> Kept:
    """What a new start finds."""
    state = State(path)
    try:
        return state.read()
    finally:
        state.close()


def commit(path: Path, changes: Changes) -> None:
    """One commit by one process."""
    state = State(path)
    state.commit(changes)
    state.close()


def test_a_new_state_is_empty(path: Path) -> None:
    """The folder is made, and nothing is known."""
    assert Kept() == read(path)
    assert Kept() == read(path)


def test_what_is_committed_is_read_back(path: Path) -> None:
    """Positions, series and own counters; a second commit replaces what it names and keeps the rest."""
    other = SeriesRow("x_total", (("a", "c"),), HistogramValue((1, 0), 2.5), 1.0)
    commit(path, Changes([POSITION], series=[ROW, other], own=[OWN]))
    moved = Position("auth", "/var/log/auth.log.1", 1, 2, 400, skipping=True)
    commit(path, Changes([moved], series=[SeriesRow("x_total", (("a", "b"),), 4.0, 2.0)]))
    kept = read(path)
    assert [moved] == kept.positions
    assert {("b", 4.0), ("c", other.value)} == {(row.labels[0][1], row.value) for row in kept.series}
    assert [OWN] == kept.own


def test_what_is_gone_is_forgotten(path: Path) -> None:
    """A position is removed by source, device and inode; one with the same inode that is committed with it stays."""
    others = [Position("auth", "/x", 1, 3, 0), Position("other", "/x", 1, 2, 0), Position("auth", "/x", 2, 2, 0)]
    commit(path, Changes([POSITION, *others]))
    reused = Position("auth", "/y", 1, 3, 7)
    commit(path, Changes([reused], gone=[POSITION, others[0]]))
    assert {reused, *others[1:]} == set(read(path).positions)


u64 = st.integers(0, 2**64 - 1)
offsets = st.integers(0, 2**63 - 1)
paths = st.binary(min_size=1, max_size=20).filter(lambda raw: b"\0" not in raw).map(os.fsdecode)
any_text = st.text(st.characters() | st.sampled_from("\"'\\\n\0\u2028\ud800é\U0001f600"), max_size=12)
plain_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
labels = st.dictionaries(plain_text, any_text, max_size=3).map(lambda pairs: tuple(sorted(pairs.items())))
finite = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([5e-324, 1.7976931348623157e308, 2.0**53 + 2, 0.1])
values = finite | st.builds(HistogramValue, st.lists(offsets, min_size=1, max_size=4).map(tuple), finite)
by_type = {"str": plain_text, "int": offsets, "bool": st.booleans()}
known = {"path": paths, "device": u64, "inode": u64}
positions = st.builds(Position, **{each.name: known.get(each.name, by_type[str(each.type)]) for each in fields(Position)})


def unique(rows: list[SeriesRow]) -> list[SeriesRow]:
    """The last of each series, as the state keeps it."""
    return list({(row.metric, row.labels): row for row in rows}.values())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(positions, max_size=5, unique_by=lambda each: (each.source, each.device, each.inode)),
    st.lists(st.builds(SeriesRow, plain_text, labels, values, finite), max_size=5).map(unique),
    st.dictionaries(st.tuples(plain_text, labels), finite, max_size=4),
)
def test_anything_is_read_back_exactly(
    path: Path, moved: list[Position], series: list[SeriesRow], own: dict[tuple[str, tuple[tuple[str, str], ...]], float]
) -> None:
    """64-bit inodes, paths that are no UTF-8, labels with any text, numbers from the smallest to the largest."""
    path.unlink(missing_ok=True)
    rows = [(name, pairs, value) for (name, pairs), value in own.items()]
    commit(path, Changes(moved, series=series, own=rows))
    kept = read(path)
    assert set(moved) == set(kept.positions)
    assert set(series) == set(kept.series)
    assert sorted(rows) == sorted(kept.own)


def test_a_commit_is_all_or_nothing(path: Path) -> None:
    """What fails in the middle leaves what was there, and the next commit works."""
    state = State(path)
    state.commit(Changes([POSITION], series=[ROW], own=[OWN]))
    further = Position("auth", "/var/log/auth.log", 1, 2, 999)
    cannot_be_stored = SeriesRow("x_total", (("a", "z"),), [1, 2], 0.0)  # type: ignore[arg-type]
    with pytest.raises(sqlite3.Error):
        state.commit(Changes([further], series=[SeriesRow("x_total", (("a", "b"),), 9.0, 0.0), cannot_be_stored]))
    assert Kept([POSITION], [ROW], [OWN]) == state.read()
    state.commit(Changes([further]))
    assert Kept([further], [ROW], [OWN]) == state.read()
    state.close()


def test_a_state_that_somebody_else_writes_to_is_not_waited_for(path: Path) -> None:
    """A commit fails soon; once the other is done it works."""
    state = State(path)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            state.commit(Changes([POSITION]))
        other.execute("COMMIT")
    other.close()
    state.commit(Changes([POSITION]))
    assert [POSITION] == state.read().positions
    state.close()


def test_a_commit_survives_the_death_of_the_process(path: Path) -> None:
    """Without a close, what was committed is in the file and its log, and what was not is nowhere."""
    state = State(path)
    state.commit(Changes([POSITION], series=[ROW]))
    copy = path.with_name("copy.db")
    for suffix in ("", "-wal"):
        Path(f"{copy}{suffix}").write_bytes(Path(f"{path}{suffix}").read_bytes())
    assert Kept([POSITION], [ROW]) == read(copy)
    with sqlite3.connect(path) as database:
        assert ("wal",) == database.execute("PRAGMA journal_mode").fetchone()
    database.close()
    state.close()


def test_one_process_holds_it(path: Path) -> None:
    """A second one is told who the first is; when that has let go, it may."""
    state = State(path)
    with pytest.raises(StateHeldError, match=f"{path}: held by process {os.getpid()}; one exporter per state file"):
        State(path)
    state.close()
    State(path).close()


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, holding the state."""
    program = "import sys; from pathlib import Path; from log2metrics.store.state import State\n"
    program += "state = State(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert "held\n" == process.stdout.readline()
        yield process
        process.kill()


def test_the_dead_hold_nothing(path: Path, holder: subprocess.Popen[str]) -> None:
    """While the other process lives, it is named; after `kill -9` the state is free."""
    with pytest.raises(StateHeldError, match=f"held by process {holder.pid};"):
        State(path)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    State(path).close()


def garbage(_: Path) -> bytes:
    """No database."""
    return b"no database at all" * 100


def zeros(_: Path) -> bytes:
    """What a file system may make of a file at a power loss."""
    return bytes(8192)


def damaged(path: Path) -> bytes:
    """A state cut in half."""
    commit(path, Changes([Position("auth", "/x", 1, inode, 0) for inode in range(2000)]))
    data = path.read_bytes()
    return data[: len(data) // 2]


def scrambled(path: Path) -> bytes:
    """A state with a page overwritten in its middle."""
    commit(path, Changes([Position("auth", "/x", 1, inode, 0) for inode in range(2000)]))
    data = bytearray(path.read_bytes())
    data[12 * 4096 : 13 * 4096] = b"\xa5" * 4096
    return bytes(data)


def from_the_future(path: Path) -> bytes:
    """A state of a later version."""
    commit(path, Changes([POSITION]))
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version={VERSION + 1}")
    database.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    "content",
    [garbage, zeros, damaged, scrambled, from_the_future],
    ids=["garbage", "zeros", "damaged", "scrambled", "from the future"],
)
def test_what_cannot_be_read_is_set_aside(
    path: Path, content: Callable[[Path], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """It is kept under another name, told once, and the exporter begins with an empty state."""
    path.parent.mkdir()
    data = content(path)
    path.write_bytes(data)
    assert Kept() == read(path)
    (aside,) = path.parent.glob("state.db.unreadable-*[0-9]")
    assert data == aside.read_bytes()
    (record,) = caplog.records
    assert ("state set aside: it can't be read", str(aside)) == (record.getMessage(), record.__dict__["aside"])
    assert Kept() == read(path)
    assert 1 == len(caplog.records)


def test_the_log_of_a_damaged_state_goes_with_it(path: Path) -> None:
    """SQLite would play a log that lies beside a new file into it; one that somebody looks into has such a log."""
    commit(path, Changes([POSITION]))
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA user_version={VERSION + 1}")
    assert Kept() == read(path)
    (aside,) = path.parent.glob("state.db.unreadable-*[0-9]")
    other.close()
    with sqlite3.connect(aside) as kept:
        assert (VERSION + 1,) == kept.execute("PRAGMA user_version").fetchone()
    kept.close()


def test_an_empty_file_is_a_new_state(path: Path) -> None:
    """Somebody made it beforehand, to set its owner."""
    path.parent.mkdir()
    path.touch()
    commit(path, Changes([POSITION]))
    assert [POSITION] == read(path).positions


@pytest.mark.parametrize("version", [0, VERSION])
def test_another_programs_database_is_left_alone(path: Path, version: int) -> None:
    """A wrong path in the config must not cost anybody their data."""
    path.parent.mkdir()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE positions (bookmark TEXT)")
        database.execute(f"PRAGMA user_version={version}")
    database.close()
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(StateError, match="another program's database; name another file with `state:`"):
            State(path)
    assert before == path.read_bytes()
    assert {"state.db", "state.db.lock"} == {each.name for each in path.parent.iterdir()}


def test_what_was_cut_off_while_it_was_made_is_finished(path: Path) -> None:
    """A kill during the very first start leaves a state that the next start completes."""
    State(path).close()
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE own")
        database.execute("PRAGMA user_version=0")
    database.close()
    commit(path, Changes(own=[OWN]))
    assert [OWN] == read(path).own


def test_a_folder_in_its_place_is_refused(path: Path) -> None:
    """It says what would be right, and again at the next attempt: the lock was let go."""
    path.mkdir(parents=True)
    for _ in range(2):
        with pytest.raises(StateError, match="the state must be a file on a local, writable file system") as error:
            State(path)
        assert not isinstance(error.value, StateHeldError)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """The message says what would be right."""
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match=r"file/state.db: .*; the folder of the state must be writable"):
        State(tmp_path / "file" / "state.db")
