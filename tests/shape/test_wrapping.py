"""What container runtimes wrap lines in: taken off one by one and many at once, with the same result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.shape.lines import Ending
from log2metrics.shape.multiline import Multiline
from log2metrics.shape.shape import Shape
from log2metrics.shape.wrapping import Piece, Unwrap, unwrap, unwrap_lines

TIME = b"2026-11-21T03:00:00.123456789Z"
CRI, DOCKER = Shape(Unwrap.CRI), Shape(Unwrap.DOCKER)


def lines(shape: Shape, data: bytes) -> list[bytes]:
    """The lines of a complete text."""
    return shape.all_lines(data).split(b"\n")[:-1]


@pytest.mark.parametrize(
    ("line", "piece"),
    [
        (TIME + b" stdout F message", Piece(1, b"message", partial=False)),
        (TIME + b" stderr P  part ", Piece(2, b" part ", partial=True)),
        (TIME + b" stdout F ", Piece(1, b"", partial=False)),
        (TIME + b" stdout F", Piece(1, b"", partial=False)),
        (TIME + b" stdout P:more:tags x", Piece(1, b"x", partial=True)),
        (b"2016-10-06T00:17:09+02:00 stderr F x", Piece(2, b"x", partial=False)),
        (TIME + b" stdout F " + TIME + b" stdout P x", Piece(1, TIME + b" stdout P x", partial=False)),
        *((line, Piece(0, line, partial=False)) for line in (b"", b"x", TIME, TIME + b" stdin F x", TIME + b" stdout Fx")),
    ],
)
def test_cri(line: bytes, piece: Piece) -> None:
    """What the program wrote, as it wrote it; what is not in the format is given as it is."""
    assert piece == unwrap(line, Unwrap.CRI)


@pytest.mark.parametrize(
    ("line", "piece"),
    [
        (rb'{"log":"message\n","stream":"stdout","time":"t"}', Piece(1, b"message", partial=False)),
        (rb'{"log": "part", "stream": "stderr", "time": "t"}', Piece(2, b"part", partial=True)),
        (rb'{"log":"\n","stream":"stdout","attrs":{"tag":"x"},"time":"t"}', Piece(1, b"", partial=False)),
        (rb'{"log":"say \"h\u00fc\" \\n","stream":"stdout","time":"t"}', Piece(1, 'say "hü" \\n'.encode(), partial=True)),
        (rb'{"log":"\ud83d\ude00 \ud83d\r\n","stream":"stdout","time":"t"}', Piece(1, "😀 \ufffd\r".encode(), partial=False)),
        (rb'{"time":"t","stream":"stdout","log":"other order\n"}', Piece(1, b"other order", partial=False)),
        (rb'{"log":"one\ntwo\n","stream":"stdout","time":"t"}', Piece(1, b"one two", partial=False)),
        (b'{"log":"caf\xe9\\n","stream":"stdout","time":"t"}', Piece(1, b"caf\xe9", partial=False)),
        *(
            (line, Piece(0, line, partial=False))
            for line in (
                b"",
                b"x",
                b"{}",
                b'{"log":',
                rb'{"log":"\x","stream":"stdout","time":"t"}',
                rb'{"log":"no stream\n"}',
                rb'{"log":7,"stream":"stdout"}',
                rb'{"log":"x\n","stream":"else"}',
                b"[" * 100_000,
                b'{"a":' * 100_000,
            )
        ),
    ],
)
def test_docker(line: bytes, piece: Piece) -> None:
    """Escapes are resolved; what is not in the format is given as it is."""
    assert piece == unwrap(line, Unwrap.DOCKER)


TEXTS = st.lists(st.text(st.sampled_from('ab "\\\n\té😀{}:') | st.characters(codec="utf-8"), max_size=8), max_size=8)


@given(texts=TEXTS, streams=st.lists(st.sampled_from(["stdout", "stderr"]), min_size=8, max_size=8))
def test_many_at_once_are_as_each_alone(texts: list[str], streams: list[str]) -> None:
    """The quick way and the careful one agree, and give what was wrapped."""
    plain = [text.replace("\n", "").replace("\r", "") for text in texts]
    cri = b"".join(f"{TIME.decode()} {stream} F {text}\n".encode() for text, stream in zip(plain, streams, strict=False))
    docker = b"".join(
        (json.dumps({"log": f"{text}\n", "stream": stream, "time": "t"}, ensure_ascii=len(text) % 2 == 0) + "\n").encode()
        for text, stream in zip(plain, streams, strict=False)
    )
    expected = [text.encode() for text in plain]
    for data, wrapping in ((cri, Unwrap.CRI), (docker, Unwrap.DOCKER)):
        assert expected == [unwrap(line, wrapping).text for line in data.split(b"\n")[:-1]]
        assert b"".join(text + b"\n" for text in expected) == unwrap_lines(data, wrapping)
        assert expected == lines(Shape(wrapping), data)


def test_parts_are_joined_per_stream() -> None:
    """In the order in which they end; what never ends is a line at the end of the file."""
    data = b"".join(
        TIME + b" " + line + b"\n" for line in (b"stdout P a", b"stderr P x", b"stdout F b", b"stderr F y", b"stdout P alone")
    )
    assert [b"ab", b"xy", b"alone"] == lines(CRI, data)


def test_parts_over_the_limit_are_cut_and_skipped_to_the_last() -> None:
    """A long line is a cut line, however it is written."""
    part = TIME + b" stdout P " + b"x" * 16384 + b"\n"
    taken = CRI.take(part * 5 + TIME + b" stdout F end\n" + TIME + b" stdout F next\n", 0, 65536, 0, Ending.OPEN)
    assert ([65536, 4], 1) == ([len(line) for line in taken.lines.split(b"\n")[:-1]], taken.truncated)


def test_a_line_that_just_fits_is_not_cut_for_its_wrapping() -> None:
    """The limit is for what the program wrote."""
    taken = CRI.take(TIME + b" stdout F " + b"x" * 100 + b"\n", 0, 100, 0, Ending.OPEN)
    assert (b"x" * 100 + b"\n", 0) == (taken.lines, taken.truncated)
    taken = DOCKER.take(b'{"log":"' + rb"\u0001" * 100 + rb'\n","stream":"stdout","time":"t"}' + b"\n", 0, 100, 0, Ending.OPEN)
    assert (b"\x01" * 100 + b"\n", 0) == (taken.lines, taken.truncated)


CASES = {
    "docker": (DOCKER, None),
    "cri": (CRI, None),
    "docker_cri_chain": (CRI, None),
    "issue_3817_1": (CRI, Multiline(start=r"^\[DEBUG\]")),
    "endswith": (Shape(), Multiline(end=r"(?<!\\)$")),
    "ruby": (Shape(), Multiline(follows=r"^\s+from ")),
    "elastic": (Shape(), Multiline(follows=r"^\s+at ")),
    "java": (Shape(), Multiline(follows=r"^\s+(?:at|\.\.\.) |^Caused by: ")),
    "python": (Shape(), Multiline(start="^Traceback ", follows=r"^ |^\w+: ")),
    "go": (Shape(), Multiline(start="^panic: ", follows=r"^$|^\t|^goroutine |^created by |^\S+\(.*\)$")),
}


def cases(corpora: Path) -> dict[str, Any]:
    """The cases by their names."""
    path = corpora / "fluent-bit" / "multiline-cases.jsonl"
    found = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {case["case"]: case for case in found}


def as_file(case: Any) -> bytes:  # noqa: ANN401  # JSON
    """Its lines as a runtime writes them: a line end inside a JSON text is escaped."""
    return "".join(line.removesuffix("\n").replace("\n", "\\n") + "\n" for line in case["input"]).encode()


def records(case: Any) -> list[bytes]:  # noqa: ANN401  # JSON
    """What it expects, with our joint between lines."""
    return [record.rstrip("\n").replace("\n", "\v").encode() for record in case["expected_records"]]


@pytest.mark.corpora
@pytest.mark.parametrize("name", CASES)
def test_cases_of_fluent_bit(corpora: Path, name: str) -> None:
    """Lines in, records out, as its own tests have them."""
    case = cases(corpora)[name]
    wrapping, multiline = CASES[name]
    assert records(case) == lines(Shape(wrapping.unwrap, multiline), as_file(case))


@pytest.mark.corpora
@pytest.mark.parametrize(("shape", "begin"), [(DOCKER, b"{"), (CRI, b"2")])
def test_the_mixed_case_of_fluent_bit_one_wrapping_at_a_time(corpora: Path, shape: Shape, begin: bytes) -> None:
    """No file is written by two runtimes; each one's lines give each one's records."""
    case = cases(corpora)["container_mix"]
    own = b"".join(line for line in as_file(case).splitlines(keepends=True) if line.startswith(begin))
    found = lines(shape, own)
    assert found == [record for record in records(case) if record in found]
    assert {DOCKER: 5, CRI: 3}[shape] == len(found)


PLASO_DOCKER = "plaso/test_data/docker/containers/e7d0b7ea5ccf08366e2b0c8afa2318674e8aefe802315378125d2bb83fe3110c"


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("file", "shape", "wrapped", "expected"),
    [
        ("fluent-bit/docker-json.log", DOCKER, 95, 94),
        (f"{PLASO_DOCKER}/container-json.log", DOCKER, 10, 10),
        ("plaso/test_data/cri.log", CRI, 17, 16),
        ("loki-stages/cri-lines.log", CRI, 16, 9),
        ("seeds/app-container-cri.log", CRI, 2, 2),
    ],
)
def test_real_logs_of_containers(corpora: Path, file: str, shape: Shape, wrapped: int, expected: int) -> None:
    """Every line is unwrapped, and none is lost: as many as there are, less the parts that go on."""
    raw = [line for line in (corpora / file).read_bytes().split(b"\n") if line]
    pieces = [unwrap(line, shape.unwrap or Unwrap.CRI) for line in raw]
    found = lines(shape, b"".join(line + b"\n" for line in raw))
    assert (wrapped, expected) == (len(raw), len(found))
    assert set() == {piece.stream for piece in pieces} - {1, 2}
    assert sorted(b"".join(piece.text for piece in pieces)) == sorted(b"".join(found))


@pytest.mark.corpora
def test_parts_of_a_real_log(corpora: Path) -> None:
    """Word for word."""
    data = (corpora / "loki-stages/cri-lines.log").read_bytes()
    assert b"partial line 3 partial line 4 partial line 5 yet an another full log" in lines(CRI, data)


T0, T1 = b"2026-11-21T03:00:00Z", b"2026-11-21T03:00:01+01:00"


@pytest.mark.parametrize(
    ("shape", "data", "stamp"),
    [
        (Shape(Unwrap.CRI), b"2026-11-21T03:00:00Z stdout F a\n2026-11-21T03:00:01+01:00 stdout F b\nunfin", T1),
        (Shape(Unwrap.CRI), b"2026-11-21T03:00:00Z stdout F a\n2026-11-21T03:00:01Z stdout P b\n", T0),
        (Shape(Unwrap.CRI), b"2026-11-21T03:00:00Z stdout F a\nb\n", b""),
        (Shape(Unwrap.CRI, encoding="utf-16-le"), "2026-11-21T03:00:00Z stdout F Ċ\n".encode("utf-16-le"), T0),
        (Shape(Unwrap.DOCKER), b'{"log":"a\\n","stream":"stdout","time":"2026-11-21T03:00:00Z"}\n', T0),
        (Shape(Unwrap.DOCKER), b'{"time":"2026-11-21T03:00:00Z","stream":"stdout","log":"a\\n"}\n', T0),
        (Shape(Unwrap.DOCKER), b'{"time":"<script>","stream":"stdout","log":"a\\n"}\n', b""),
        (Shape(Unwrap.DOCKER), b'{"log":"a\\n","stream":"stdout"}\n', b""),
        (Shape(), b"2026-11-21T03:00:00Z stdout F a\n", b""),
    ],
)
def test_the_time_of_the_last_line_is_told(shape: Shape, data: bytes, stamp: bytes) -> None:
    """Of those that were taken; none where it is not wrapped, or what is there is no time."""
    assert stamp == shape.take(data, 0, 65536, 0, Ending.OPEN).stamp
