"""Shapes as wholes: whatever the pieces in which data comes, the lines are the same, and nothing is kept between them."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from log2metrics.shape.lines import SKIP_LINE, Ending
from log2metrics.shape.multiline import Multiline
from log2metrics.shape.shape import Shape
from log2metrics.shape.wrapping import Unwrap

LINE_BYTES = 24
TIME = b"2026-11-21T03:00:00.1Z"

INDENTED = Multiline(follows="^ ", max_lines=4, max_bytes=20)
STARTED = Multiline(start="^[A-Z]", max_lines=3)
BOTH = Multiline(start="^T", follows="^ |^E", max_lines=3)
ENDED = Multiline(end=r"[^\\]$")
FOUND = replace(BOTH, literals=("T",))
BEFORE = Multiline(follows=r"^ |(?<=:\n)", max_lines=4)


def read(shape: Shape, pieces: list[bytes], line_bytes: int = LINE_BYTES) -> tuple[list[bytes], int]:
    """The lines of a file that grows by pieces, and how many were cut; between two of them only the place is remembered."""
    data, at, skipping, found, truncated = b"", 0, 0, b"", 0
    for piece in [*pieces, None]:
        data += piece or b""
        ending = Ending.OPEN if piece is not None else Ending.FINAL
        start = shape.skip_beginning(data, 0) if at == 0 else at
        taken = shape.take(data, start, line_bytes, skipping, ending)
        found += taken.lines
        truncated += taken.truncated
        at, skipping = taken.end, taken.skipping
    assert len(data) == at
    return found.split(b"\n")[:-1], truncated


def model(text: bytes, multiline: Multiline) -> list[bytes]:
    """What is one line, said as simply as can be; for lines within all limits."""
    found: list[list[str]] = []
    stays = False
    for line in text.decode("latin-1").split("\n"):
        if multiline.follows:
            goes_on = re.search(multiline.follows, line) is not None
        else:
            goes_on = not (multiline.start and re.search(multiline.start, line))
        if goes_on and stays:
            found[-1].append(line)
        else:
            found.append([line])
            stays = not (multiline.start and multiline.follows) or re.search(multiline.start, line) is not None
        stays = stays and not (multiline.end and re.search(multiline.end, line))
    return ["\v".join(each).rstrip("\v").encode("latin-1") for each in found]


LINES = st.lists(st.sampled_from([b"T x", b"E: y", b"  at z", b" ", b"", b"a", b"B\\", b"c:", b"\xff", b"d\r"]), max_size=12)
ANY = st.lists(
    st.one_of(
        st.sampled_from([b"T\n", b" x\n", b"\n", b"a:\n", b"\\\n", b"  at z\r\n", b"\v\n"]),
        st.sampled_from([TIME + b" stdout F x", TIME + b" stdout P pp", TIME + b" stderr P  q", TIME + b" stderr F  r"]).map(
            lambda line: line + b"\n"
        ),
        st.sampled_from([rb'{"log":"x\n",', rb'{"log":"T \"y\"",', rb'{"log":" z\u00e9\n",']).map(
            lambda line: line + b'"stream":"stdout","time":"t"}\n'
        ),
        st.binary(max_size=8),
        st.integers(1, 400).map(lambda n: b"x" * n),
    ),
    max_size=24,
)
SHAPES = st.builds(
    Shape,
    st.sampled_from([None, Unwrap.CRI, Unwrap.DOCKER]),
    st.sampled_from([None, INDENTED, STARTED, BOTH, FOUND, ENDED, BEFORE]),
    st.sampled_from(["utf-8", "latin-1", "utf-16-le", "utf-16-be", "shift_jis"]),
)


@given(data=ANY.map(b"".join), shape=SHAPES, cuts=st.lists(st.integers(0, 600), max_size=12))
@example(data=b"x" * 100 + b"\n y\nz\n", shape=Shape(multiline=INDENTED), cuts=[30, 60])
@example(data=b"T\n" + b" x\n" * 12, shape=Shape(multiline=INDENTED), cuts=[20])
@example(data=b"x" * 30 + b"\n" + b"y" * 300, shape=Shape(Unwrap.CRI), cuts=[31])
def test_pieces_never_change_what_is_read(data: bytes, shape: Shape, cuts: list[int]) -> None:
    """Whatever the bytes, wherever they are cut: the same lines, in the same order, and the same of them cut."""
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[one:other] for one, other in pairwise(places)]
    assert read(shape, [data]) == read(shape, pieces)


@given(data=ANY.map(b"".join), shape=SHAPES, more=ANY.map(b"".join), skipping=st.integers(0, 127))
def test_every_place_is_between_lines_that_are_whole(data: bytes, shape: Shape, more: bytes, skipping: int) -> None:
    """What is given does not depend on what comes later, and gets as far as it says, never back."""
    taken = shape.take(data, 0, LINE_BYTES, skipping, Ending.OPEN)
    later = shape.take(data + more, 0, LINE_BYTES, skipping, Ending.OPEN)
    assert later.lines.startswith(taken.lines)
    assert 0 <= taken.end <= len(data)
    if not taken.skipping & SKIP_LINE:
        assert taken.end <= later.end
    if taken.unfinished:
        assert taken.end <= taken.unfinished[0] < taken.unfinished[1] <= len(data)


@given(data=ANY.map(b"".join), shape=SHAPES, ending=st.sampled_from([Ending.FULL, Ending.QUIET]))
def test_one_always_gets_ahead(data: bytes, shape: Shape, ending: Ending) -> None:
    """Where too much is unfinished, or for too long, it is ended, in lines of bounded length."""
    taken = shape.take(data, 0, LINE_BYTES, 0, ending)
    before = shape.take(data, 0, LINE_BYTES, 0, Ending.OPEN)
    assert taken.end >= before.end
    assert taken.end > 0 or before.unfinished is None
    assert all(len(line) <= LINE_BYTES for line in taken.lines.split(b"\n"))


@given(lines=LINES, multiline=st.sampled_from([Multiline(start="^[A-Z]"), Multiline(follows="^ "), BOTH, ENDED]))
def test_lines_are_joined_as_they_are_told_to(lines: list[bytes], multiline: Multiline) -> None:
    """By where one begins, by what goes on, by both, by where one ends."""
    text = b"\n".join(lines)
    told = Multiline(multiline.start, multiline.follows, multiline.end)
    expected = model(text.replace(b"\r", b""), told) if text else []
    assert (expected, 0) == read(Shape(multiline=told), [text + b"\n" if text else b""], 65536)


@given(data=ANY.map(b"".join), wrapping=st.sampled_from([None, Unwrap.CRI, Unwrap.DOCKER]), skipping=st.integers(0, 127))
def test_lines_that_stand_alone_are_found_at_once(data: bytes, wrapping: Unwrap | None, skipping: int) -> None:
    """By the literals of what begins; the same lines as by a look at each."""
    quick, slow = (Shape(wrapping, multiline) for multiline in (FOUND, BOTH))
    for ending in (Ending.OPEN, Ending.FINAL):
        assert slow.take(data, 0, LINE_BYTES, skipping, ending) == quick.take(data, 0, LINE_BYTES, skipping, ending)


@given(data=ANY.map(b"".join), shape=SHAPES, skipping=st.integers(0, 127), ending=st.sampled_from(Ending))
def test_what_is_kept_of_the_wrapping_changes_nothing_else(data: bytes, shape: Shape, skipping: int, ending: Ending) -> None:
    """Behind the heads stand the same lines, cut at the same places."""
    keeping = replace(shape, keeps=True)
    bare, taken = (each.take(data, 0, LINE_BYTES, skipping, ending) for each in (shape, keeping))
    lines = [line[keeping.head_bytes :] for line in taken.lines.split(b"\n")]
    assert bare == taken._replace(lines=b"\n".join(lines))


def test_heads_say_what_the_first_part_was_wrapped_in() -> None:
    """Of a line in parts, and of lines that are one; a line that was not wrapped has a blank one."""
    data = b"".join(
        b"2026-11-21T03:00:0%dZ %b\n" % (number, rest)
        for number, rest in enumerate([b"stdout P T", b"stderr F E", b"stdout F x", b"stdout F  y", b"stderr F T z"])
    )
    shape = Shape(Unwrap.CRI, BOTH, keeps=True)
    assert [
        b"stderr 2026-11-21T03:00:01Z".ljust(43) + b"E",
        b"stdout 2026-11-21T03:00:00Z".ljust(43) + b"Tx\v y",
        b"stderr 2026-11-21T03:00:04Z".ljust(43) + b"T z",
        b" " * 43 + b"alone",
    ] == shape.all_lines(data + b"alone\n").split(b"\n")[:-1]


def test_a_lookbehind_sees_the_line_before() -> None:
    """What goes on may depend on what it follows."""
    text = b"caused by:\nreason\nother\nlast:\n"
    assert [b"caused by:\vreason", b"other", b"last:"] == read(Shape(multiline=BEFORE), [text])[0]


def test_lines_over_the_limits_are_cut_and_the_rest_is_skipped() -> None:
    """In number or in bytes; what begins anew is counted again."""
    text = b"a\n 1\n 2\n 3\n 4\n 5\nb\n" + b" 6666666666\n" * 3 + b"c\n"
    shape = Shape(multiline=INDENTED)
    assert ([b"a\v 1\v 2\v 3", b"b\v 6666666666\v 66666", b"c"], 2) == read(shape, [text])


def test_the_rest_of_a_cut_line_goes_on_with_it() -> None:
    """A line over `line_bytes` ends what it belongs to; what would go on with it is skipped."""
    text = b"a\n " + b"x" * 90 + b"\n y\nb\n"
    shape = Shape(multiline=Multiline(follows="^ "))
    assert ([b"a\v " + b"x" * 21, b"b"], 1) == read(shape, [text])
    assert ([b"a\v " + b"x" * 21, b"b"], 1) == read(shape, [text[:40], text[40:80], text[80:]])


def test_a_joint_of_its_own_becomes_a_space() -> None:
    """Nobody can write a line that reads like several."""
    assert [b"a b\v c"] == read(Shape(multiline=INDENTED), [b"a\vb\n c\n"])[0]


def test_empty_lines_at_the_end_say_nothing() -> None:
    """So `$` is the end of what was said."""
    assert [b"a\v\v b", b"c"] == read(Shape(multiline=Multiline(follows="^ |^$")), [b"a\n\n b\n\n\nc\n"])[0]


def test_a_regex_that_takes_too_long_finds_nothing() -> None:
    """A hostile line stands alone; the others are joined."""
    shape = Shape(multiline=Multiline(follows="^ |^(?:a|a)+$"))
    assert [b"x", b"a" * 60 + b"b", b"y\v z"] == read(shape, [b"x\n" + b"a" * 60 + b"b\ny\n z\n"], 100)[0]


def test_what_never_ends_takes_bounded_memory() -> None:
    """Parts without a last one, empty ones too: what is more than may be looked at together is ended, and the rest skipped."""
    shape = Shape(Unwrap.CRI)
    limit = shape.buffer_bytes(LINE_BYTES)
    for text in (b"x", b""):
        part = TIME + b" stdout P " + text + b"\n"
        data, at, skipping, lines, truncated = b"", 0, 0, b"", 0
        for _ in range(500):
            data = data[at:] + part
            assert len(data) <= limit + len(part)
            taken = shape.take(data, 0, LINE_BYTES, skipping, Ending.FULL if len(data) >= limit else Ending.OPEN)
            at, skipping, truncated = taken.end, taken.skipping, truncated + taken.truncated
            lines += taken.lines
        assert (1, 1) == (lines.count(b"\n"), truncated)
        ended = shape.take(TIME + b" stdout F x\n" + TIME + b" stdout F y\n", 0, LINE_BYTES, skipping, Ending.OPEN)
        assert b"y\n" == ended.lines


def test_what_is_quiet_is_ended_without_what_goes_on_elsewhere() -> None:
    """A part that nobody goes on with does not hold up the other stream, whose own parts are waited for."""
    data = b"".join([TIME + b" stdout P one\n", TIME + b" stderr F two\n", TIME + b" stderr P three\n"])
    shape = Shape(Unwrap.CRI)
    assert (0, (0, 36)) == (shape.take(data, 0, 100, 0, Ending.OPEN).end, shape.take(data, 0, 100, 0, Ending.OPEN).unfinished)
    taken = shape.take(data, 0, 100, 0, Ending.QUIET)
    assert (b"two\none\n", data.index(TIME + b" stderr P")) == (taken.lines, taken.end)


@pytest.mark.parametrize("name", ["utf-16", "utf-32"])
@pytest.mark.parametrize("order", ["-le", "-be"])
def test_the_byte_order_is_told_by_the_first_bytes(name: str, order: str) -> None:
    """And they are no text."""
    data = "\ufeffTür\nU+0A0A \u0a0a\n".encode(name + order)
    shape = Shape(encoding=name).of(data[:4])
    assert ["Tür".encode(), "U+0A0A \u0a0a".encode()] == read(shape, [data])[0]


def test_without_a_byte_order_mark_the_lower_byte_is_first() -> None:
    """As most that write UTF-16 do."""
    assert Shape(encoding="utf-16-le") == Shape(encoding="utf-16").of(b"a\0")


def test_zeros_are_a_hole_by_whole_units() -> None:
    """The first byte of UTF-16 text may be a zero of its own."""
    shape = Shape(encoding="utf-16-be")
    assert (0, 6) == (shape.skip_hole(b"\0a\0b", 0), shape.skip_hole(b"\0\0\0\0\0\0\0a", 0))
