"""Encodings by their names, and where lines end in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.shape.encodings import as_utf8, encoding, encoding_names, newline_of, split_lines, utf8


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("latin-1", "iso8859-1"),
        ("EUC_JP", "euc-jp"),
        ("shift_jis", "shift-jis"),
        ("utf-16", "utf-16"),
        ("UTF-16LE", "utf-16-le"),
        ("utf8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("ascii", "utf-8"),
        *((name, None) for name in ("", "hex", "rot13", "idna", "unicode_escape", "undefined", "klingon", "a\0b", "x" * 9999)),
    ],
)
def test_names_are_those_of_python_s_codecs(name: str, expected: str | None) -> None:
    """In any spelling; what no file is written in is none."""
    found = encoding(name)
    assert expected == (found and found.replace("_", "-"))


@pytest.mark.parametrize("name", encoding_names())
def test_lines_of_every_encoding_end_where_they_end(name: str) -> None:
    """Each line says what was written, wherever it is cut off the next."""
    known = encoding(name)
    assert known
    data = "one\ntwo 2\n\nlast".encode(known)
    lines, end = split_lines(data, 0, newline_of(known))
    assert [b"one", b"two 2", b"", b"last"] == [as_utf8(line, known) for line in [*lines, data[end:]]]


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", codec="utf-16")), max_size=5))
def test_no_character_of_utf_16_is_a_line_end(texts: list[str]) -> None:
    """U+0A0A and its like have the byte of a newline in them."""
    for name in ("utf-16-le", "utf-16-be"):
        data = "".join(text + "\n" for text in texts).encode(name)
        lines, end = split_lines(data, 0, newline_of(name))
        assert (texts, len(data)) == ([as_utf8(line, name).decode() for line in lines], end)


@pytest.mark.parametrize(
    ("line", "name", "expected"),
    [
        (b"\xe9", "latin-1", "é"),
        (b"\x81", "shift_jis", "\ufffd"),
        (b"\xff\xffa", "euc_jp", "\ufffd\ufffda"),
        (b"\x00\xd8a\x00", "utf-16-le", "\ufffda"),
        (b"a\x00b", "utf-16-le", "a\ufffd"),
        (b"\xff", "utf-8", None),
    ],
)
def test_what_cannot_be_decoded_becomes_a_replacement(line: bytes, name: str, expected: str | None) -> None:
    """As bytes that are no UTF-8 do, when rules see them."""
    assert (line if expected is None else expected.encode()) == as_utf8(line, name)


def test_text_becomes_one_line() -> None:
    """Whatever is in it."""
    assert "a b\ufffd".encode() == utf8("a\nb\ud800")
