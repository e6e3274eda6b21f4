from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.match.timestamp import find_stamp, read_time

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC).timestamp()
THEN = datetime(2026, 11, 21, 3, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2026-11-21T03:00:00Z",
            "2026-11-21T04:00:00+01:00",
            "2026-11-21 04:00:00,000 +0100",
            "2026-11-21T03:00:00.000000000Z",
        ),
        *("2026-11-21 03:00:00 UTC", "Sat 2026-11-21 03:00:00 UTC", "Sat 2026-11-21 00:00:00 -03", "2026/11/21 03:00:00 GMT"),
        *("21/Nov/2026:03:00:00 +0000", "21/Nov/2026:08:30:00 +0530", "21-Nov-2026 03:00:00 UTC", "21 Nov 2026 03:00:00 +0000"),
        *("1795230000", "1795230000.0", "1795230000000", "1795230000000000", "1795230000000000000", "1.79523e+09"),
        *("2026-11-21 04:00:00", "2026-11-21T04:00:00 CET", "2026/11/21 04:00:00", "2026/11/21 04:00:00.000000,  1] x"),
        *("21/Nov/2026:04:00:00", "21/Nov/2026:04:00:00.000]", "Sat Nov 21 04:00:00 2026", "Sat Nov 21 04:00:00.000000 2026]"),
        *(
            "Nov 21 04:00:00",
            "Nov 21 04:00:00 2026 web1",
            "Nov 21 2026 04:00:00",
            "Nov 21 03:00:00 UTC",
            "I1121 04:00:00.000000",
        ),
        *("Nov 21 03:59:60", "2026-11-21T02:59:60Z"),
    ],
)
def test_every_shape_says_the_same_time(text: str) -> None:
    """Whoever wrote it, whatever follows it, and whichever zone it says or does not say."""
    assert read_time(text, BERLIN, NOW) == THEN


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "now", "2026-13-21T03:00:00Z", "2026-02-30 03:00:00", "2026-11-21T24:00:00Z", "2026-11-21T03:60:00Z"),
        *("2026-11-21", "03:00:00", "Nov 31 03:00:00", "0000-11-21T03:00:00Z", "2026-11/21 03:00:00", "Feb 30 03:00:00"),
        *("12345678", "123456789", "9999999999", "1795190400.", "-1795190400", "nan", "1e999", "1.5e99", "9" * 400, "٣" * 10),
        *("99/Nov/2026:03:00:00 +0000", "Nov 0 03:00:00", "I1399 03:00:00", "2026-11-21T03:00:61Z"),
    ],
)
def test_what_is_on_no_calendar_is_no_time(text: str) -> None:
    """A wrong stamp gives no lag rather than a wrong one."""
    assert read_time(text, BERLIN, NOW) is None


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("Dec 31 23:59:59", datetime(2027, 1, 1, 0, 0, 5, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Jan  1 00:00:05", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, 0, 0, 5, tzinfo=UTC)),
        ("Feb 29 12:00:00", datetime(2028, 3, 1, tzinfo=UTC), datetime(2028, 2, 29, 12, tzinfo=UTC)),
        ("Feb 29 12:00:00", datetime(2026, 3, 1, tzinfo=UTC), datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("Feb 29 12:00:00", datetime(2027, 3, 1, tzinfo=UTC), datetime(2028, 2, 29, 12, tzinfo=UTC)),
        ("I1231 23:59:59", datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_stamp_without_a_year_is_of_the_nearest(text: str, now: datetime, expected: datetime) -> None:
    """New Year's Eve is read on New Year's Day; and there is a leap day only every four years."""
    assert expected.timestamp() == read_time(text, UTC, now.timestamp())


@pytest.mark.parametrize(
    ("now", "offset"), [(datetime(2026, 10, 25, 0, 31, tzinfo=UTC), 2), (datetime(2026, 10, 25, 1, 31, tzinfo=UTC), 1)]
)
def test_an_hour_that_there_is_twice_is_the_one_nearest_to_now(now: datetime, offset: int) -> None:
    """When clocks are set back, half past two comes again."""
    expected = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=offset)))
    assert expected.timestamp() == read_time("Oct 25 02:30:00", BERLIN, now.timestamp())


def test_an_hour_that_there_is_not_is_read_all_the_same() -> None:
    """When clocks are set forward; a writer that says so has its own idea of the time."""
    now = datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp()
    assert now in {read_time("2026-03-29 02:30:00", BERLIN, now), read_time("2026-03-29 03:30:00", BERLIN, now)}


def test_without_a_zone_a_stamp_is_of_this_host() -> None:
    """As the daemons beside us write it."""
    here = datetime.fromtimestamp(THEN)  # noqa: DTZ006  # this host's own time is meant
    assert read_time(f"{here:%Y-%m-%d %H:%M:%S}", None, NOW) == THEN
    assert read_time(f"{here:%b %d %H:%M:%S}", None, NOW) == THEN


def _offset(time: datetime) -> str:
    return time.strftime("%z")


_RENDERINGS: list[Callable[[datetime], str]] = [
    lambda time: time.isoformat(),
    lambda time: time.isoformat(" ", "milliseconds").replace(".", ",").replace("+", " +"),
    lambda time: f"{time:%a %Y-%m-%d %H:%M:%S.%f} {_offset(time)}",
    lambda time: f"{time:%Y/%m/%d %H:%M:%S.%f}",
    lambda time: f"{time:%d/%b/%Y:%H:%M:%S} {_offset(time)}",
    lambda time: f"{time:%d/%b/%Y:%H:%M:%S.%f}",
    lambda time: f"{time:%d-%b-%Y %H:%M:%S}",
    lambda time: f"{time:%a %b %d %H:%M:%S.%f %Y}",
    lambda time: f"{time:%b %d %H:%M:%S}",
    lambda time: f"{time:%b %d %Y %H:%M:%S.%f}",
    lambda time: f"{time:I%m%d %H:%M:%S.%f}",
    lambda time: f"{time.timestamp():.6f}",
    lambda time: f"{time.timestamp() * 1000:.0f}",
    lambda time: f"{int(time.timestamp())}{time.microsecond:06}000",
]


@given(
    st.datetimes(datetime(2001, 9, 10), datetime(2090, 1, 1)),  # noqa: DTZ001  # the zone is drawn apart
    st.sampled_from([UTC, BERLIN, timezone(timedelta(hours=-9, minutes=-30))]),
    st.sampled_from(_RENDERINGS),
    st.floats(-150 * 86_400, 150 * 86_400),
)
def test_what_is_rendered_is_read_back(time: datetime, zone: tzinfo, render: Callable[[datetime], str], away: float) -> None:
    """Every shape, at any time of the year, whenever within months it is read; what a shape leaves out is less than a second.

    But for an hour that there is twice, or not at all.
    """
    there = time.replace(tzinfo=zone)
    if there.utcoffset() != there.replace(fold=1).utcoffset():
        return
    seconds = there.timestamp()
    text = render(there)
    got = read_time(text, zone, seconds + away)
    assert got is not None
    assert abs(got - seconds) < 1
    assert text == find_stamp(f"{text} and more") or text.isdigit()


@pytest.mark.parametrize(
    ("line", "stamp"),
    [
        ("2026-11-21 03:00:00 start", "2026-11-21 03:00:00"),
        ("[2026-11-21 03:00:00.5] start", "2026-11-21 03:00:00.5"),
        ('192.0.2.7 - ann [21/Nov/2026:03:00:00 +0000] "GET / HTTP/1.1"', "21/Nov/2026:03:00:00 +0000"),
        ("2026/11/21 03:00:00 [error] 7#7: *1 x", "2026/11/21 03:00:00"),
        ("[Sat Nov 21 03:07:15.123456 2026] [core:error] x", "Sat Nov 21 03:07:15.123456 2026"),
        ("1234:M 21 Nov 2026 03:00:00.123 * Ready", "21 Nov 2026 03:00:00.123"),
        ("type=SYSCALL msg=audit(1795190400.123:399): x", "1795190400.123"),
        ("1795190400.779    180 192.0.2.7 TCP_MISS/200", "1795190400.779"),
        ("[1795190400] nsd[640]: notice", "1795190400"),
        ("E1121 03:00:00.123456       1 main.go:7] x", "E1121 03:00:00.123456"),
        ("user said 2026-11-21 03:00:00", None),
        ("17951904001 bottles", None),
        ("1795190400-1 ordered", None),
        ("", None),
        ("[" * 1000 + "2026-11-21 03:00:00]", None),
    ],
)
def test_a_stamp_is_looked_for_where_logs_have_one(line: str, stamp: str | None) -> None:
    """At the beginning of the line or of a bracket: a time that somebody talks about is none."""
    assert stamp == find_stamp(line)


@given(st.text("0123456789-/:. TZNovSat[](+,IWEF", max_size=40), st.floats(-1e10, 4e11))
def test_no_text_breaks_the_reading(text: str, now: float) -> None:
    """Any line has a time or none, whatever the clock says."""
    for zone in (BERLIN, None):
        read_time(text, zone, max(0.0, min(now, 2e11)))
    found = find_stamp(text)
    assert found is None or found in text
