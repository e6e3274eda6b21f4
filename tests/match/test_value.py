from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.match.value import DESCRIBED, MAX_CHARS, UNITS, Dimension, dimension_of, read_value

from .build import rule

SECONDS, BYTES, COUNT = Dimension.SECONDS, Dimension.BYTES, Dimension.COUNT


@pytest.mark.parametrize(
    ("text", "wanted", "number"),
    [
        *[("350ms", SECONDS, 0.35), ("1.5s", SECONDS, 1.5), ("12 us", SECONDS, 12e-6), ("2h", SECONDS, 7200.0)],
        *[("3\u00b5s", SECONDS, 3e-6), ("3\u03bcs", SECONDS, 3e-6), ("7ns", SECONDS, 7e-9), ("1.5e-2s", SECONDS, 0.015)],
        *[
            ("1m30.5s", SECONDS, 90.5),
            ("1h0m0.5s", SECONDS, 3600.5),
            ("2min 3.5s", SECONDS, 123.5),
            ("1w 1d", SECONDS, 691_200.0),
        ],
        *[("2d 3h", SECONDS, 183_600.0), ("-1.5s", SECONDS, -1.5), ("+1m1s", SECONDS, 61.0), ("1,234 ms", SECONDS, 1.234)],
        *[("1m30s", COUNT, 90.0), ("350ms", COUNT, 0.35), ("350ms", BYTES, None), ("1m30s", BYTES, None)],
        *[("512B", BYTES, 512.0), ("512KB", BYTES, 512e3), ("512kB", BYTES, 512e3), ("3.4MiB", BYTES, 3.4 * 1024**2)],
        *[("1PiB", BYTES, 1024.0**5), ("1 TB", BYTES, 1e12), ("512KB", COUNT, 512e3), ("512KB", SECONDS, None)],
        *[("12k", COUNT, 12e3), ("12K", BYTES, 12e3), ("1.2M", COUNT, 1.2e6), ("3G", BYTES, 3e9), ("1T", COUNT, 1e12)],
        *[("512Mi", COUNT, 512 * 1024.0**2), ("1Ki", BYTES, 1024.0), ("12k", SECONDS, None), ("1M", SECONDS, None)],
        *[("5m", SECONDS, 300.0), ("5m", COUNT, None), ("5m", BYTES, None), ("5min", COUNT, 300.0)],
        *[("1,234", COUNT, 1234.0), ("1,234,567.8", COUNT, 1_234_567.8), ("-1,234", COUNT, -1234.0), (".5s", SECONDS, 0.5)],
        *[
            ("0.1, 0.2 : 0.3", SECONDS, pytest.approx(0.6)),
            ("-, 0.2", SECONDS, 0.2),
            ("1 : -", BYTES, 1.0),
            ("0, 0", COUNT, 0.0),
        ],
    ],
)
def test_what_a_number_can_look_like(text: str, wanted: Dimension, number: float | None) -> None:
    """Numbers come in base units; a unit that the metric does not measure makes none."""
    assert number == read_value(text, wanted)


@pytest.mark.parametrize(
    "text",
    [
        *("-", "-, -", "- : -", "", " ", "s", "ms", "1 x", "1x", "1ss", "1s2", "1s 1s", "1s1h", "1ms1s", "1h 5KB", "1KB1B"),
        *("1,23", "1,2345", "12,345,6", ",123", "1 ,234", "1, 2s", "1s, 2s", "1,2 : 3", "0.1,0.2", "0.1; 0.2", "1, ", ", 1"),
        *("1, -2", "1, 1e3", "1, nan", "1  ms", " 1ms", "1ms ", "1ms\n", "٣ms", "1_0s", "0x1B", "nan", "infs", "1e9999s"),
        *("1KiBs", "1 Kb", "1kb", "1kib", "1mb", "1S", "1MS", "1Pi", "1E", "1%", "--1s", "+-1s", "1h-1m"),
    ],
)
def test_what_is_no_number(text: str) -> None:
    """Neither for one metric nor for another: what is not known exactly is not guessed."""
    assert [None, None, None] == [read_value(text, wanted) for wanted in Dimension]


@given(st.floats(0, 1e9), st.sampled_from(sorted(UNITS)))
def test_a_number_with_a_unit_is_so_many_of_it(number: float, unit: str) -> None:
    """Whatever the number: it is multiplied once and divided once, in no other way."""
    wanted = SECONDS if unit == "m" else UNITS[unit].dimension
    assert number * UNITS[unit].times / UNITS[unit].by == read_value(f"{number!r}{unit}", wanted)


@given(st.integers(0, 10**9), st.integers(1, 3))
def test_durations_of_several_units_are_read_as_they_are_written(milliseconds: int, parts: int) -> None:
    """Go's way of writing durations, from hours or minutes on, is read back to the millisecond."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, hours = seconds // 60 % 60, seconds // 3600
    text = {1: f"{seconds}.{rest:03}s", 2: f"{seconds // 60}m{seconds % 60}.{rest:03}s"}.get(
        parts, f"{hours}h{minutes}m{seconds % 60}.{rest:03}s"
    )
    assert pytest.approx(milliseconds / 1000) == read_value(text, SECONDS)


@given(st.integers(0, 10**15))
def test_digits_in_groups_are_one_number(number: int) -> None:
    """As people write them."""
    assert float(number) == read_value(f"{number:,}", COUNT)


@given(st.lists(st.one_of(st.just("-"), st.integers(0, 10**6).map(lambda number: f"{number / 1000:.3f}")), min_size=2))
def test_a_list_of_upstreams_is_their_sum(upstreams: list[str]) -> None:
    """However many there are, and whether they were tried one after the other or in another group."""
    numbers = [float(text) for text in upstreams if text != "-"]
    expected = pytest.approx(sum(numbers)) if numbers else None
    if len(", ".join(upstreams)) <= MAX_CHARS:
        assert expected == read_value(", ".join(upstreams), SECONDS)
        assert expected == read_value(" : ".join(upstreams), SECONDS)


@given(st.text("0123456789.,:-+eEkKMGTiBmshdw nu\u00b5\u00e9٣", max_size=20))
def test_no_text_breaks_the_reading(text: str) -> None:
    """Any text is a number or none, and a plain number is what it is for Python."""
    numbers = {read_value(text, wanted) for wanted in Dimension}
    assert all(number is None or number == number for number in numbers)  # noqa: PLR0124  # not a NaN
    if text.isascii() and text.isdigit():
        assert {float(text)} == numbers


@pytest.mark.parametrize(
    "text", ["1" * 10_000, "1s" * 5000, "1,000" * 2000, "0.1, " * 5000, "1," * 5000, ".1" * 5000, "1m" * 5000]
)
def test_ten_thousand_digits_are_no_number(text: str) -> None:
    """A hostile text is read or refused at once; one that is too big to be a number counts as an error."""
    for wanted in Dimension:
        assert read_value(text, wanted) in {None, float("inf")}
    assert rule("m", match="(?P<n>.*)", value="{n}").value_of((text,)) is None


@pytest.mark.parametrize(
    ("name", "dimension"),
    [
        *[("x_seconds", SECONDS), ("x_seconds_total", SECONDS), ("seconds", SECONDS), ("x_milliseconds", COUNT)],
        *[
            ("x_bytes", BYTES),
            ("x_bytes_total", BYTES),
            ("x_kilobytes", COUNT),
            ("x_total", COUNT),
            ("x_bytes_per_second", COUNT),
        ],
    ],
)
def test_a_metrics_name_says_what_it_measures(name: str, dimension: Dimension) -> None:
    """By Prometheus' own rules for names: the unit comes last but for `_total`."""
    assert dimension is dimension_of(name)


def test_every_dimension_says_what_may_stand_behind_a_number() -> None:
    """For the message that tells of a value that can't be one."""
    assert set(Dimension) == set(DESCRIBED)


@pytest.mark.parametrize(
    ("template", "captured", "number"),
    [
        *[("{n}ms", "350", 0.35), ("{n}KiB", "2", 2048.0), ("{n}{unit}", "1.5", 1500.0), ("{n}e-3", "350", 0.35)],
        *[("{n}ms", "-", None), ("{n}ms", "350ms", None), ("0{n}", "-", None), ("{n}ms", "1, 2", None)],
    ],
)
def test_a_template_may_bring_the_unit(template: str, captured: str, number: float | None) -> None:
    """Where the log says none, or another than it means; a list is summed only as nginx writes it."""
    made = rule("m", match="(?P<n>.*)(?P<unit>k)", value=template)
    assert number == made.value_of((captured, "k")[: len(made.slots)])
