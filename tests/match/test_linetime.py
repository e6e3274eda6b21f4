from __future__ import annotations

import pickle
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.match.formats import Format
from log2metrics.match.linetime import SEARCHED_BYTES, SEARCHED_LINES, LineTimes
from log2metrics.match.ruleset import Group, Ruleset

from .build import rule

NOW = datetime(2026, 11, 21, 3, 0, 7, tzinfo=UTC).timestamp()
THEN = NOW - 7


def last(data: bytes, *formats: Format) -> float | None:
    """When the last line was written, in UTC."""
    return LineTimes(formats, [], UTC).last(data, NOW)


@pytest.mark.parametrize(
    ("form", "line"),
    [
        (Format.SYSLOG, "Nov 21 03:00:00 web1 su: x"),
        (Format.SYSLOG, "<13>Nov 21 2026 03:00:00 su: x"),
        (Format.SYSLOG, "2026-11-21T04:00:00.000000+01:00 web1 su[1]: x"),
        (Format.SYSLOG, "<13>1 2026-11-21T03:00:00Z web1 su - - - x"),
        (Format.SYSLOG, "Sat 2026-11-21 03:00:00 UTC web1 su: x"),
        (Format.SYSLOG, "1795230000.000000 web1 su: x"),
        (Format.JSON, '{"timestamp": "2026-11-21T03:00:00Z"}'),
        (Format.JSON, '{"time": "21/Nov/2026:03:00:00 +0000", "ts": 1}'),
        (Format.JSON, '{"level": "info", "ts": 1795230000.0, "msg": "x"}'),
        (Format.JSON, '{"@timestamp": 1795230000000}'),
        (Format.LOGFMT, 'level=info ts=2026-11-21T03:00:00.000Z msg="x"'),
        (Format.LOGFMT, 'time="2026-11-21T03:00:00Z" level=info'),
        (Format.LOGFMT, "x=1 timestamp=1795230000000000000"),
        (Format.PLAIN, '192.0.2.7 - - [21/Nov/2026:03:00:00 +0000] "GET / HTTP/1.1" 200 5'),
        (Format.PLAIN, "2026/11/21 03:00:00 [error] 7#7: x"),
    ],
)
def test_every_format_knows_where_its_time_is(form: Format, line: str) -> None:
    """In the header, in a field, or where logs without a format have it."""
    assert last(f"{line}\n".encode(), form) == THEN


@pytest.mark.parametrize(
    ("form", "line"),
    [
        *[
            (Format.SYSLOG, "x"),
            (Format.SYSLOG, "<13>1 - web1 su - - - x"),
            (Format.JSON, "{}"),
            (Format.JSON, "["),
            (Format.JSON, "x"),
        ],
        *[(Format.JSON, '{"time": {"a": 1}}'), (Format.JSON, '{"ts": 1e999}'), (Format.JSON, '{"ts": ' + "9" * 10_000 + "}")],
        *[(Format.LOGFMT, "x"), (Format.LOGFMT, "ts=x"), (Format.LOGFMT, "msg=x"), (Format.PLAIN, "x"), (Format.PLAIN, "")],
    ],
)
def test_a_line_without_a_time_has_none(form: Format, line: str) -> None:
    """Silence, and not 1970."""
    assert last(f"{line}\n".encode(), form) is None


@pytest.mark.parametrize(
    ("log_format", "line"),
    [
        ("$remote_addr|$time_local|$status", "192.0.2.7|21/Nov/2026:03:00:00 +0000|200"),
        ('$status "$time_iso8601"', '200 "2026-11-21T03:00:00+00:00"'),
        ("$status $msec", "200 1795230000.000"),
        ("%h %t %s", "192.0.2.7 [21/Nov/2026:03:00:00 +0000] 200"),
        ("%h %{%Y-%m-%d %T}t|%s", "192.0.2.7 2026-11-21 03:00:00|200"),
    ],
)
def test_the_time_variables_of_a_log_format_are_asked_first(log_format: str, line: str) -> None:
    """They say where the time is, wherever that may be."""
    made = Ruleset([Group(Format.PLAIN, frozenset(), (rule("hits", log_format=log_format),))], UTC)
    assert made.times.last(f"{line}\n".encode(), NOW) == THEN
    assert pickle.loads(pickle.dumps(made)).times.last(f"{line}\n".encode(), NOW) == THEN  # noqa: S301  # our own


def test_a_source_of_several_formats_asks_each() -> None:
    """Plain lines last, since any line could be one."""
    formats = (Format.PLAIN, Format.SYSLOG, Format.JSON)
    assert last(b'{"ts":1795230000,"msg":"2026-11-20 00:00:00"}\n', *formats) == THEN
    assert last(b"<13>Nov 21 03:00:00 web1 su: x\n", *formats) == THEN
    assert last(b"[21/Nov/2026:03:00:00 +0000]\n", *formats) == THEN


def test_the_last_line_with_a_time_is_taken() -> None:
    """A traceback below it does not hide it, a blank line neither, and a carriage return is none of it."""
    data = b"2026-11-21 02:00:00 first\r\n2026-11-21 03:00:00\r\n  File x\n\nError\n"
    assert last(data, Format.PLAIN) == THEN


def test_only_the_end_of_a_block_is_looked_at() -> None:
    """What costs next to nothing finds nothing far away, and never half a line."""
    stamped = b"2026-11-21 03:00:00 x\n"
    assert last(stamped + b"x\n" * (SEARCHED_LINES - 1), Format.PLAIN) == THEN
    assert last(stamped + b"x\n" * SEARCHED_LINES, Format.PLAIN) is None
    assert last(stamped + b"x" * SEARCHED_BYTES + b"\n", Format.PLAIN) is None
    assert last(b"x" * SEARCHED_BYTES + stamped, Format.PLAIN) is None
    assert last(b"", Format.PLAIN) is None


def test_a_time_without_a_zone_is_in_that_of_the_source() -> None:
    """One hour of difference is a wrong zone."""
    times = LineTimes([Format.SYSLOG], [], ZoneInfo("Europe/Berlin"))
    assert times.last(b"Nov 21 04:00:00 web1 su: x\n", NOW) == THEN


@given(st.binary(max_size=200), st.sampled_from(list(Format)))
def test_no_bytes_break_the_reading(data: bytes, form: Format) -> None:
    """Any Block has a time or none."""
    assert last(data, form) is None or b":" in data or any(byte in b"0123456789" for byte in data)


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "form", "expected"),
    [
        *[
            ("recorded-A/auth.log", Format.SYSLOG, "2026-11-20T15:57:06"),
            ("recorded-A/nsd.log", Format.PLAIN, "2026-11-20T15:56:22"),
        ],
        *[
            (f"recorded-A/syslog.{name}.log", Format.SYSLOG, "2026-11-20T15:57:06")
            for name in ("iso8601", "rfc3164", "rfc5424")
        ],
        ("recorded-A/nginx-access-combined.log", Format.PLAIN, "2026-11-20T15:57:02"),
        ("recorded-A/nginx-access-json.log", Format.JSON, "2026-11-20T15:57:02"),
        ("recorded-A/nginx-error.log", Format.PLAIN, "2026-11-20T15:57:03"),
        ("plaso/test_data/audit_enriched.log", Format.PLAIN, "2026-07-07T09:23:37"),
        ("plaso/test_data/vsftpd.log", Format.PLAIN, "2016-06-10T14:31:12"),
        ("lnav/logfile_logfmt.0", Format.LOGFMT, "2021-09-15T21:18:20"),
        ("lnav/logfile_bunyan.0", Format.JSON, "2023-03-24T14:26:18"),
        ("lnav/logfile_pino.0", Format.JSON, "2025-04-24T22:08:37"),
    ],
)
def test_real_logs_say_when_they_end(corpora: Path, name: str, form: Format, expected: str) -> None:
    """The time of the last line, as the daemons wrote it."""
    found = last((corpora / name).read_bytes().rstrip(b"\n") + b"\n", form)
    assert found is not None
    assert expected == datetime.fromtimestamp(found, UTC).isoformat(timespec="seconds")[:19]
