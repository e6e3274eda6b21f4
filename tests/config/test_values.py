"""The kinds of values, read from text."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from log2metrics.config.values import Definition, Duration, Flag, Listen, Number, Remote, Size, Whole, Zone


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("10s", 10), ("5m", 300), ("1h30m", 5400), ("1d", 86_400), ("2w", 1_209_600), ("1.5s", 1.5)],
)
def test_a_duration_becomes_seconds(text: str, seconds: float) -> None:
    """Units may be joined, from the largest to the smallest."""
    assert seconds == TypeAdapter(Duration).validate_python(text)


@given(st.integers(0, 99), st.integers(0, 23), st.integers(0, 59), st.integers(1, 59))
def test_joined_units_add_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    """Each unit counts for what it is."""
    text = f"{days}d{hours}h{minutes}m{seconds}s"
    assert ((days * 24 + hours) * 60 + minutes) * 60 + seconds == TypeAdapter(Duration).validate_python(text)


@pytest.mark.parametrize("text", ["", "10", "0s", "-1s", "1m1h", "s", "10 s", "1e3s", "10S", "٣s", None, ["1s"]])
def test_what_is_no_duration_is_refused(text: object) -> None:
    """A bare number has no unit, and no time is no duration."""
    with pytest.raises(ValidationError, match="a duration such as"):
        TypeAdapter(Duration).validate_python(text)


@pytest.mark.parametrize(("text", "size"), [("65536", 65536), ("64KiB", 65536), ("1 MiB", 1_048_576), ("2GiB", 2_147_483_648)])
def test_a_size_becomes_bytes(text: str, size: int) -> None:
    """Units are the binary ones, which say so."""
    assert size == TypeAdapter(Size).validate_python(text)


@pytest.mark.parametrize("text", ["", "0", "-1", "64kB", "64K", "1.5MiB", "0KiB", None])
def test_what_is_no_size_is_refused(text: object) -> None:
    """Units that could mean either are not guessed."""
    with pytest.raises(ValidationError, match="a number of bytes"):
        TypeAdapter(Size).validate_python(text)


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "1e3", "1_000", "", "ten", "9" * 10])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    """Limits are plain digits, from 1."""
    with pytest.raises(ValidationError, match="a whole number"):
        TypeAdapter(Whole).validate_python(text)


@pytest.mark.parametrize(("text", "number"), [("1", 1.0), ("-0.25", -0.25), (".5", 0.5), ("1e6", 1e6)])
def test_a_number_may_have_decimals_and_an_exponent(text: str, number: float) -> None:
    """Bounds of buckets are any finite number."""
    assert number == TypeAdapter(Number).validate_python(text)


@pytest.mark.parametrize("text", ["", "nan", "+Inf", "1e999", "1_0", "0x1"])
def test_what_is_no_finite_number_is_refused(text: str) -> None:
    """Infinity is always added and never written."""
    with pytest.raises(ValidationError, match="a finite number"):
        TypeAdapter(Number).validate_python(text)


def test_a_flag_is_one_of_two_words() -> None:
    """YAML's other words for truth are refused, not guessed."""
    assert [True, False] == [TypeAdapter(Flag).validate_python(text) for text in ("true", "false")]
    with pytest.raises(ValidationError, match="`true` or `false`"):
        TypeAdapter(Flag).validate_python(["true"])


@pytest.mark.parametrize(
    "text", ["", "10414", "host", "host:", "host:x", "a b:1", "::1:80", "[::g]:80", "h:65536", "http://h:1", None]
)
def test_what_is_no_address_is_refused(text: object) -> None:
    """An address to listen on has a port; IPv6 has brackets."""
    with pytest.raises(ValidationError, match="`host:port` or `:port`"):
        TypeAdapter(Listen).validate_python(text)


@pytest.mark.parametrize("text", [":2003", "graphite:0", "graphite"])
def test_a_remote_address_needs_both_parts(text: str) -> None:
    """Nobody can be reached without a host and a port."""
    with pytest.raises(ValidationError, match="`host:port`, such as"):
        TypeAdapter(Remote).validate_python(text)


def test_a_definition_is_a_regex_or_words() -> None:
    """The two kinds are kept apart by their type."""
    assert ["a|b", ("a", "b")] == [TypeAdapter(Definition).validate_python(value) for value in ("a|b", ["a", "b"])]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        *[
            ("local", None),
            ("UTC", UTC),
            ("Europe/Berlin", ZoneInfo("Europe/Berlin")),
            ("+02:00", timezone(timedelta(hours=2))),
        ],
        *[("-03:30", timezone(-timedelta(hours=3, minutes=30))), ("+00:00", timezone(timedelta(0)))],
    ],
)
def test_a_zone_is_a_name_or_an_offset(text: str, zone: tzinfo | None) -> None:
    """None is this host's own."""
    assert zone == TypeAdapter(Zone).validate_python(text)


@pytest.mark.parametrize(
    "text", ["", "Mars/Olympus", "+2", "+02:60", "+15:00", "../UTC", "/etc/localtime", "a\0b", None, ["UTC"]]
)
def test_what_is_no_zone_is_refused(text: object) -> None:
    """A path or an offset beyond all zones is none."""
    with pytest.raises(ValidationError, match=r"a name such as Europe/Berlin|did you mean"):
        TypeAdapter(Zone).validate_python(text)
