"""The examples of a pack: run as the daemon counts, and told line by line where they fail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.config.settings import Example, Pack
from log2metrics.examples import Difference, run_examples
from log2metrics.metric import MetricType
from tests.pipelines import pack

LINES = "hit=a\nmiss\nhit=b\nhit=a\n"


def differences(made: Pack, lines: str, expect: str) -> list[Difference]:
    """What is wrong with one example of a pack, which stands in line 7."""
    return run_examples(replace(made, examples=(Example(lines, expect, 7),)))


@pytest.mark.parametrize(
    ("lines", "expect"),
    [
        (LINES, 'hits_total{of="a"} 2\nhits_total{of="b"} 1\n'),
        (LINES.rstrip(), '# a comment\n\nhits_total{of="b"} 1.0\nhits_total{of="a"} 2e0'),
        ("miss", ""),
        ("miss", 'hits_total{of="a"} 0'),
        ("hit=é\n", 'hits_total{of="é"} 1'),
        ("hit=\udcff\n", ""),
    ],
)
def test_an_example_that_holds_says_nothing(lines: str, expect: str) -> None:
    """In any order, with any spelling of a number, with a last newline or without; zeros need not be named."""
    assert [] == differences(pack(), lines, expect)


def test_what_is_missing_and_what_came_instead_is_told() -> None:
    """`-` was expected and `+` counted; what agrees stands between, all of it."""
    (difference,) = differences(pack(), LINES, 'hits_total{of="a"} 2\nhits_total{of="b"} 3\nhits_total{of="c"} 1\n')
    expected = (
        ' hits_total{of="a"} 2',
        '-hits_total{of="b"} 3',
        '-hits_total{of="c"} 1',
        '+hits_total{of="b"} 1',
    )
    assert expected == difference.lines
    assert 7 == difference.example.line


def test_long_differences_are_in_one_piece() -> None:
    """However many series agree, no line of the diff is a hunk's header."""
    series = [f"{number:04}" for number in range(500)]
    lines = "".join(f"hit={text}\n" for text in series)
    expect = "".join(f'hits_total{{of="{text}"}} 1\n' for text in series[1:])
    (difference,) = differences(pack(), lines + "hit=z\n", expect)
    assert 501 == len(difference.lines)
    assert {"+", " "} == {line[0] for line in difference.lines}


def test_histograms_are_compared_bucket_by_bucket() -> None:
    """However the bounds are spelled; cumulative, as they are exposed."""
    seconds = pack("x_seconds", r"took=(?P<of>\w+)", type=MetricType.HISTOGRAM, labels=(), buckets=(1.0, 2.0))
    seconds = replace(seconds, rules=(replace(seconds.rules[0], slots=(), label_slots=0, templates=()),))
    buckets = ('x_seconds_bucket{le="1"} 1', 'x_seconds_bucket{le="2.0"} 1', 'x_seconds_bucket{le="+Inf"} 1')
    expect = "\n".join((*buckets, "x_seconds_sum 1", "x_seconds_count 1"))
    assert [] == differences(seconds, "took=1\n", expect)


def test_what_is_no_exposition_is_named() -> None:
    """The line of it that is none; the other examples are run all the same."""
    (difference,) = differences(pack(), LINES, 'hits_total{of="b"} 1\nhits_total{of="a" 2\n')
    assert ('hits_total{of="a" 2', ()) == (difference.wrong, difference.lines)


@given(st.text(st.sampled_from('abc_{}="\\,# \n0123.e+-\t') | st.characters(), max_size=60))
def test_whatever_is_expected_is_understood_or_refused(expect: str) -> None:
    """No text that an operator may write ends in anything but a difference or a message."""
    found = differences(pack(), "miss", expect)
    assert all(line[0] == "-" for difference in found for line in difference.lines)
    assert all(difference.wrong is None or difference.wrong in expect for difference in found)
