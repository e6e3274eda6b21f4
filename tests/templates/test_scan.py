from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.templates.scan import MAX_CHARS, MAX_CHUNKS, Kind, scan, shown


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Connection closed by 192.0.2.1 port 40702", "Connection closed by <address> port <number>"),
        ("from 2001:db8::1: refused", "from <address>: refused"),
        ("from [2001:db8::1] to ::1", "from [<address>] to <address>"),
        ("port 51805:11: bye", "port <number>:<number>: bye"),
        ("10.0.0.1:8080 up", "<address> up"),
        ("took 35ms, 1.5 s, -3 left, 20% done", "took <number>ms, <number> s, <number> left, <number>% done"),
        ("eth0 on web1 speaks ssh2", "eth0 on web1 speaks ssh2"),
        ("version 1.2.3 and v2", "version 1.2.3 and v2"),
        ("id 6f1c0d8e-0d6a-4b7c-9d7e-2f1f0a9b8c7d at 0xdeadbeef", "id <id> at <id>"),
        ("commit 7b04818f3c and beefbeef", "commit <id> and beefbeef"),
        ('unit "nginx.service" failed', 'unit "<*>" failed'),
        ("don't stop, it's 'x y'", "don't stop, it's \"<*>\""),
        ('{"level":"info","n": 3}', '{"level":"<*>","n": <number>}'),
        ("2026-11-20 03:12:44 backup", "<time> backup"),
        ("[20/Nov/2026:15:56:50 +0000] x", "[<time>] x"),
        ("Fri Nov 20 15:55:31 2026 x", "<time> x"),
        ("I0517 15:04:22.619632 52992 a.cc:253] x", "I<time> <number> a.cc:<number>] x"),
        ("a  \t b", "a b"),
        ("", ""),
    ],
)
def test_variables_show_by_their_shape(message: str, expected: str) -> None:
    """Numbers, times, addresses, identifiers and quoted texts; digits that are part of a word are part of the word."""
    assert expected == shown(scan(message))


def test_what_is_past_the_bounds_is_one_variable() -> None:
    """A line of a megabyte costs no more than its beginning."""
    assert (MAX_CHUNKS, (Kind.REST,)) == (len(chunks := scan("word " * 1000)), chunks[-1])
    assert (("x" * MAX_CHARS,), (Kind.REST,)) == scan("x" * 1_000_000)


@given(st.text(max_size=200))
def test_any_message_has_chunks(message: str) -> None:
    """No chunk is empty, no two texts stand side by side, and literal text stands in the message."""
    chunks = scan(message)
    assert all(chunks)
    for chunk in chunks:
        kinds = [isinstance(piece, Kind) for piece in chunk]
        assert not any(one is False is other for one, other in pairwise(kinds))
        assert all(piece in message for piece in chunk if isinstance(piece, str))
