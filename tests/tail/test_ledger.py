from __future__ import annotations

from dataclasses import replace

from log2metrics.flow import Position
from log2metrics.tail import ledger as module
from log2metrics.tail.ledger import DONE_PER_PATH, Ledger

OPEN = Position("src", "/a.log", 1, 2, 30, mtime_ns=5)
DONE = replace(OPEN, done=True)


def test_a_file_to_be_found_comes_before_one_that_is_done() -> None:
    """An inode may have been reused since."""
    known = Ledger([DONE, OPEN])
    assert (OPEN, [OPEN]) == (known.get((1, 2)), known.missing())
    known.forget(OPEN)
    assert (DONE, [], [DONE]) == (known.get((1, 2)), known.missing(), known.of("/a.log"))
    known.forget(DONE)
    assert (None, []) == (known.get((1, 2)), known.of("/a.log"))


def test_the_state_is_told_what_has_changed() -> None:
    """What was there at the start is known; each change is told until it is committed."""
    known = Ledger([OPEN])
    assert ([], []) == (known.written(), known.deleted())
    known.close(OPEN)
    assert ([DONE], [OPEN]) == (known.written(), known.deleted())
    known.committed()
    known.forget(DONE)
    known.forget(DONE)
    assert ([], [DONE]) == (known.written(), known.deleted())
    known.keep(DONE)
    assert ([DONE], []) == (known.written(), known.deleted())


def test_a_position_replaces_that_of_the_same_file() -> None:
    """Also if its log is another one."""
    known = Ledger([OPEN])
    moved = replace(OPEN, path="/b.log")
    known.keep(moved)
    assert ([], [moved], [moved]) == (known.of("/a.log"), known.of("/b.log"), known.written())


def test_of_one_log_the_newest_are_remembered() -> None:
    """What is older is forgotten, in the state too."""
    known = Ledger()
    done = [replace(DONE, inode=number, mtime_ns=number) for number in range(DONE_PER_PATH + 3)]
    for position in done:
        known.keep(position)
    assert done[3:] == known.of("/a.log")
    assert done[:3] == known.deleted()


def test_the_number_remembered_in_all_is_bounded() -> None:
    """Logs with a date in their names come and go for ever."""
    before, module.DONE_IN_ALL = module.DONE_IN_ALL, 5
    try:
        known = Ledger()
        for number in range(9):
            known.keep(replace(DONE, path=f"/{number}.log", inode=number, mtime_ns=number))
        assert [f"/{number}.log" for number in range(4)] == [position.path for position in known.deleted()]
    finally:
        module.DONE_IN_ALL = before
