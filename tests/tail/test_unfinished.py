"""Lines that are one, in files that are followed: held until they are whole, given once, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.flow import Position
from log2metrics.shape.lines import Ending
from log2metrics.shape.multiline import Multiline
from log2metrics.shape.shape import Shape
from log2metrics.shape.wrapping import Unwrap
from log2metrics.tail.selection import Selection, StartAt
from log2metrics.tail.tailer import Tailer
from log2metrics.telemetry import Telemetry
from tests.tail.scene import MemoryFile, Scene, lines

INDENTED = Shape(multiline=Multiline(follows="^ ", max_lines=5))
CRI = Shape(Unwrap.CRI)
TIME = b"2026-11-21T03:00:00.1Z"
START = Position("src", "/a.log", 1, 2, 0)


def shaped(scene: Scene, shape: Shape, start_at: StartAt = StartAt.BEGINNING) -> Scene:
    """The same scene, with files of this shape."""
    scene.selection = replace(scene.selection, shape=shape, start_at=start_at)
    scene.restart()
    return scene


def settle(scene: Scene) -> list[bytes]:
    """Let the quiet time pass, and look."""
    scene.look()
    scene.clock.now += scene.selection.shape.quiet_seconds
    return scene.look()


def test_what_may_go_on_is_held(scene: Scene) -> None:
    """Until a line comes that does not; the position stays where it begins."""
    shaped(scene, INDENTED)
    scene.write("a.log", b"one\n 1\n")
    assert [] == scene.look()
    assert [0] == [position.offset for position in scene.kept.values()]
    scene.write("a.log", b" 2\ntwo\n")
    assert [b"one\v 1\v 2"] == scene.look()
    assert [10] == [position.offset for position in scene.kept.values()]


def test_what_is_quiet_is_finished(scene: Scene) -> None:
    """After the quiet time, and not before; every line that is added begins it anew."""
    shaped(scene, INDENTED)
    scene.write("a.log", b"one\n")
    assert [] == scene.look()
    scene.clock.now += 0.9
    scene.write("a.log", b" 1\n")
    assert [] == scene.look()
    scene.clock.now += 0.9
    assert [] == scene.look()
    scene.clock.now += 0.1
    assert [b"one\v 1"] == scene.look()
    scene.write("a.log", b" late\n")
    assert [b" late"] == settle(scene)


def test_what_was_quiet_before_it_was_met_is_finished_at_once(scene: Scene) -> None:
    """A command that looks once a minute need not wait: the file tells how long nothing was written."""
    shaped(scene, INDENTED)
    scene.write("a.log", b"one\n 1\n")
    scene.clock.now += 60
    assert [b"one\v 1"] == scene.look()


def test_a_clock_that_is_set_back_holds_nothing_up(scene: Scene) -> None:
    """Then what is unfinished is taken as finished."""
    shaped(scene, INDENTED)
    scene.write("a.log", b"one\n")
    scene.look()
    scene.clock.now -= 3600
    assert [b"one"] == scene.look()


def test_an_unfinished_line_is_not_finished_by_quiet(scene: Scene) -> None:
    """It is held as ever, and what is before it is not."""
    shaped(scene, INDENTED)
    scene.write("a.log", b"one\n 1\n 2 and m")
    assert [b"one\v 1"] == settle(scene)
    assert [] == settle(scene)
    scene.write("a.log", b"ore\n")
    assert [b" 2 and more"] == settle(scene)


def test_what_is_held_is_read_again_after_a_restart(scene: Scene) -> None:
    """It was not counted, and its position says so."""
    shaped(scene, INDENTED)
    scene.write("a.log", b"zero\none\n 1\n")
    assert [b"zero"] == scene.look()
    scene.restart()
    scene.write("a.log", b" 2\ntwo\n")
    assert [b"one\v 1\v 2"] == scene.look()


def test_what_is_held_in_a_rotated_file_is_finished_with_it(scene: Scene) -> None:
    """It does not go on in the next one; an unfinished last line belongs to it."""
    shaped(scene, replace(INDENTED, multiline=Multiline(follows="^ ", quiet_seconds=100)))
    scene.write("a.log", b"one\n 1\n 2")
    scene.look()
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", b" new\ntwo\n")
    assert [b" new"] == scene.look()
    scene.wait()
    assert [b"one\v 1\v 2"] == scene.look()
    assert {} == scene.lost()


def test_what_was_cut_is_counted_once_over_a_restart(scene: Scene) -> None:
    """The position knows that what goes on is to be skipped."""
    shaped(scene, INDENTED)
    scene.write("a.log", b"one\n 1\n 2\n 3\n 4\n 5\n")
    assert [b"one\v 1\v 2\v 3\v 4"] == scene.look()
    scene.restart()
    scene.write("a.log", b" 6\ntwo\n")
    assert [b"two"] == settle(scene)


def test_parts_are_held_until_the_last_one(scene: Scene) -> None:
    """With what the other stream has written in between, so that nothing is read twice."""
    shaped(scene, CRI)
    scene.write("a.log", TIME + b" stdout P one \n" + TIME + b" stderr F two\n")
    assert [] == scene.look()
    scene.restart()
    scene.write("a.log", TIME + b" stdout F three\n")
    assert [b"two", b"one three"] == scene.look()


def test_parts_that_nobody_goes_on_with_hold_nothing_up(scene: Scene) -> None:
    """After five seconds they are a line, though others are written all the time."""
    shaped(scene, CRI)
    scene.write("a.log", TIME + b" stdout P one\n")
    found = []
    for _ in range(6):
        scene.write("a.log", TIME + b" stderr F x\n")
        found += scene.look()
        scene.clock.now += 1
    assert [b"x"] * 6 + [b"one"] == found


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "euc_jp", "shift_jis"])
def test_files_in_other_encodings_are_followed(scene: Scene, encoding: str) -> None:
    """From their ends, over a rotation and a restart; positions are bytes."""
    rest = encoding + "-le" if encoding in {"utf-16", "utf-32"} else encoding
    scene.write("a.log", "古い\n".encode(encoding))
    scene.started = False
    shaped(scene, Shape(encoding=encoding), StartAt.END)
    assert [] == scene.look()
    scene.write("a.log", "新しい\n途中".encode(rest))
    assert ["新しい".encode()] == scene.look()
    scene.restart()
    scene.write("a.log", "で\n".encode(rest))
    scene.rename("a.log", "a.log.1")
    scene.write("a.log", "次\n".encode(encoding))
    assert ["途中で".encode(), "次".encode()] == scene.look()


@given(
    texts=st.lists(st.sampled_from([b"a\n", b" b\n", b" " * 30 + b"\n", b"c", b"\n", b"x" * 50]), max_size=12),
    kills=st.lists(st.booleans(), min_size=12, max_size=12),
    block_bytes=st.integers(1, 200),
)
def test_a_kill_between_any_two_reads_counts_everything_once(texts: list[bytes], kills: list[bool], block_bytes: int) -> None:
    """Wherever the process dies, and however much is read at once."""
    selection = Selection("src", (), line_bytes=20, shape=INDENTED)
    file, found, truncated = MemoryFile(), [], 0
    tailer = Tailer(file, START, selection, Telemetry(), block_bytes)
    for text, kill in zip(texts, kills, strict=False):
        file.put(file.data + text)
        tailer.note(file.stat())
        for _ in range(40):
            block = tailer.read()
            if tailer.asks:
                tailer.proceed()
            if block:
                found += lines([block])
                truncated += block.truncated
        if kill:
            tailer = Tailer(file, tailer.position, selection, Telemetry(), block_bytes)
    while (block := tailer.finish()) or not tailer.drained:
        found += lines([block]) if block else []
        truncated += block.truncated if block else 0
    whole = INDENTED.take(file.data, 0, 20, 0, Ending.FINAL)
    assert (whole.lines.split(b"\n")[:-1], whole.truncated) == (found, truncated)
