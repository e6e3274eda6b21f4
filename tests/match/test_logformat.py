from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.match.logformat import log_format_pattern
from log2metrics.match.pattern import Engine, Match, Pattern, PatternError

from .build import rule, ruleset

COMBINED = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
EXTENDED = (
    f'{COMBINED} rt=$request_time uct="$upstream_connect_time" urt="$upstream_response_time" us="$upstream_status" host=$host'
)
APACHE = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"'
LINE = '192.0.2.7 - {user} [20/Nov/2026:15:56:50 +0000] "{request}" 404 153 "{referer}" "{agent}"'


def find(log_format: str, line: str) -> Match | None:
    """The match of a log format in a line."""
    return Pattern(log_format_pattern(log_format)).find_exact(line)


@pytest.mark.parametrize(
    ("log_format", "line", "captures"),
    [
        (
            COMBINED,
            LINE.format(user="ann", request="GET /x?y HTTP/1.1", referer="-", agent="curl/8"),
            {
                "remote_addr": "192.0.2.7",
                "remote_user": "ann",
                "time_local": "20/Nov/2026:15:56:50 +0000",
                "request": "GET /x?y HTTP/1.1",
                "method": "GET",
                "path": "/x?y",
                "protocol": "HTTP/1.1",
                "status": "404",
                "body_bytes_sent": "153",
                "http_referer": "-",
                "http_user_agent": "curl/8",
            },
        ),
        (
            APACHE,
            LINE.format(user="ann", request="-", referer="r", agent="a"),
            {"request": "-", "method": None, "status": "404"},
        ),
        (
            r"%h %l %u %t \"%r\" %>s %O \"%{X-Forwarded-For}i\"",
            '::1 - "" [18/Sep/2011:19:18:28 -0400] "GET / HTTP/1.0" 200 - "192.0.2.1, 192.0.2.2"',
            {"remote_user": '""', "time_local": "[18/Sep/2011:19:18:28 -0400]", "http_x_forwarded_for": "192.0.2.1, 192.0.2.2"},
        ),
        ("%<s %>s", "302 200", {"original_status": "302", "status": "200"}),
        ("'$remote_addr \"$request\" $status';", '::1 "-" 200', {"remote_addr": "::1", "status": "200"}),
        (r'"%h \"%r\" %>s"', '::1 "-" 200', {"remote_addr": "::1", "status": "200"}),
        ('"$remote_addr $status"', '"::1 200"', {"remote_addr": "::1", "status": "200"}),
        ("%>s %Dus %{ms}T %{us}T %{sec}T", "200 31us 4 5 6", {"request_microseconds": "31", "request_milliseconds": "4"}),
        (
            "%{SSL_PROTOCOL}x %{Foo-Bar}^ti %{id}C 100%%",
            "TLSv1.3 t abc 100%",
            {"x_ssl_protocol": "TLSv1.3", "cookie_id": "abc"},
        ),
        (
            "%A %f %L %R %S %>s",
            "192.0.2.1 /srv/www/a.html - proxy:fcgi 512 200",
            {"server_addr": "192.0.2.1", "bytes_transferred": "512", "handler": "proxy:fcgi", "status": "200"},
        ),
        ("%{%Y-%m-%d %T}t %>s", "2026-11-20 09:05:00 200", {"time_local": "2026-11-20 09:05:00", "status": "200"}),
        ("%{%Y-%m-%d %T %z}t %>s", "2026-11-20 09:05:00 200", None),
        (r"%h\t%>s", "192.0.2.7\t200", {"status": "200"}),
        ("[%{%d/%b/%Y}t] %s", "[20/Nov/2026] 200", {"time_local": "20/Nov/2026", "status": "200"}),
        ("$time_local|$status", "20/Nov/2026:15:56:50 +0000|200", {"time_local": "20/Nov/2026:15:56:50 +0000"}),
        ("${status}s $request_time", "200s 0.001", {"status": "200", "request_time": "0.001"}),
        ("$host$request_uri $status", "shop.example/a?b 200", {"status": "200"}),
        ('"%m %U%q %H" %>s', '"GET /a?b HTTP/1.1" 200', {"method": "GET", "protocol": "HTTP/1.1", "status": "200"}),
        ('"%r" %m', '"GET / HTTP/1.1" GET', {"method": "GET", "path": "/"}),
        ('"%r %m" %s', '"GET / HTTP/1.1 GET" 200', {"request": "GET / HTTP/1.1", "method": "GET", "status": "200"}),
        ("$remote_addr $request $status", "::1 GET /a 200 HTTP/1.1 404", {"request": "GET /a 200 HTTP/1.1", "status": "404"}),
        ('%m "%r"', 'PUT "PUT / HTTP/1.1"', {"method": "PUT", "request": "PUT / HTTP/1.1"}),
        (
            "us=$upstream_status urt=$upstream_response_time ua=$upstream_addr $status",
            "us=502, 200 : 200 urt=0.001, 0.002 : - ua=192.0.2.1:80, unix:/run/a.sock : 192.0.2.2:80 200",
            {"upstream_status": "502, 200 : 200", "upstream_response_time": "0.001, 0.002 : -", "status": "200"},
        ),
        (
            "[$time_local] to: $upstream_addr: $request $status",
            "[t] to: 192.0.2.1:80, [2001:db8::7]:80 : unix:/run/a.sock: GET /a: b HTTP/1.1 200",
            {"upstream_addr": "192.0.2.1:80, [2001:db8::7]:80 : unix:/run/a.sock", "request": "GET /a: b HTTP/1.1"},
        ),
        ("$host, $uri|| $status", "a,b, /x|y|| 200", {"host": "a,b", "uri": "/x|y", "status": "200"}),
        (
            "%{X-Forwarded-For}i %l %u %t %>s",
            "192.0.2.1, 192.0.2.2,192.0.2.3 - - [t] 200",
            {"http_x_forwarded_for": "192.0.2.1, 192.0.2.2,192.0.2.3", "remote_user": "-", "status": "200"},
        ),
        ("$status $http_user_agent", "200 Mozilla/5.0 (X11)", {"http_user_agent": "Mozilla/5.0 (X11)"}),
        (
            "to: $upstream_addr: $request $status",
            "to: 192.0.2.1:80, [::1]:80: GET / HTTP/1.1 200",
            {"upstream_addr": "192.0.2.1:80, [::1]:80", "request": "GET / HTTP/1.1", "status": "200"},
        ),
        ("$upstream_status:$status", "200:404", {"upstream_status": "200", "status": "404"}),
        ("$status $status", "200 404", {"status": "200"}),
        ("$status $body_bytes_sent", "20x 5", None),
        ("$remote_addr", "192.0.2.7 and more", {"remote_addr": "192.0.2.7"}),
        (
            "$remote_addr:$remote_port $host:$server_port $status",
            "2001:db8::7:5000 [::1]:443 200",
            {"remote_addr": "2001:db8::7", "remote_port": "5000", "host": "[::1]", "server_port": "443", "status": "200"},
        ),
        ("$remote_addr:$remote_port", "192.0.2.7:5000", {"remote_addr": "192.0.2.7", "remote_port": "5000"}),
        (
            "%a:%{remote}p %{local}p %P %{tid}P %^FB",
            "::1:38434 443 12 345 -",
            {"remote_addr": "::1", "remote_port": "38434", "server_port": "443", "pid": "12", "tid": "345"},
        ),
        (
            "$request_method $uri $status",
            r"GET /my file \x22x\x22 200 5.pdf 404",
            {"uri": r"/my file \x22x\x22 200 5.pdf", "status": "404"},
        ),
        (r"\"%m %U%q %H\" %>s", '"GET /my file?q HTTP/1.1" 200', {"method": "GET", "protocol": "HTTP/1.1", "status": "200"}),
        ("%{Referer}i -> %U", "a b -> c -> /my file", {"http_referer": "a b -> c", "path": "/my file"}),
        ("%U\t%>s", "/my file\t200\tmore", {"path": "/my file", "status": "200"}),
    ],
)
def test_a_log_format_captures_its_variables(log_format: str, line: str, captures: dict[str, str | None] | None) -> None:
    """Every variable becomes a capture named as in nginx; a line of another format doesn't match."""
    found = find(log_format, line)
    assert captures == (found and {name: found[name] for name in captures or {}})


@pytest.mark.parametrize(
    ("directive", "line"),
    [
        ("log_format  main  '$remote_addr - [$time_local] '\n   '\"$request\" $status';", '::1 - [t] "GET / HTTP/1.1" 200'),
        ('log_format j escape=json \'{"s":"$status",\' "\\"a\\":1}";', '{"s":"200","a":1}'),
        ("'$remote_addr '\n'\"$request\" $status'\n", '::1 "GET / HTTP/1.1" 200'),
        ("log_format j '$host ' # it's its name\n  '$status'; # done", "a 200"),
        ("$host $status\n", "a 200"),
        (r'LogFormat "%h %t \"%r\" %>s" common', '::1 [t] "GET / HTTP/1.1" 200'),
        (r'LogFormat "%h it\'s\t%>s"', "::1 it's\t200"),
    ],
)
def test_a_whole_directive_may_be_pasted(directive: str, line: str) -> None:
    """Its strings are put together, and what they escape is as the server takes it."""
    found = find(directive, line)
    assert "200" == (found and found["status"])


@pytest.mark.parametrize("log_format", [COMBINED, EXTENDED, APACHE])
def test_a_log_format_runs_on_the_faster_engine(log_format: str) -> None:
    """The usual formats cost no more than a regex written by hand."""
    assert Engine.RE is Pattern(log_format_pattern(log_format)).engine


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "log_format"),
    [("nginx-access-combined.log", COMBINED), ("nginx-access-combined.log", APACHE), ("nginx-access-ext.log", EXTENDED)],
)
def test_recorded_logs_are_counted_right(corpora: Path, name: str, log_format: str) -> None:
    """Every line that nginx wrote is read, and the counts are those of what was done to it."""
    folder = corpora / "recorded-A"
    truth = json.loads((folder / "GROUND_TRUTH.json").read_text())[name]
    found = [find(log_format, line) for line in (folder / name).read_text().splitlines()]
    matches = [match for match in found if match]
    assert 484 == len(found) == len(matches)
    assert truth["status"] == Counter(match["status"] for match in matches)
    assert truth["method"] == Counter(str(match["method"]) for match in matches)
    assert truth["bytes_total"] == sum(int(match["body_bytes_sent"]) for match in matches)


def nginx_escaped(text: str) -> str:
    """As nginx writes a variable: quotes, backslashes and everything that isn't printable ASCII in hexadecimal."""
    raw = text.encode("utf-8", "replace")
    return "".join(chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\x{byte:02X}" for byte in raw)


def apache_escaped(text: str) -> str:
    """As Apache writes a directive: a backslash before quotes and backslashes."""
    return nginx_escaped(text).replace("\\x22", '\\"').replace("\\x5C", "\\\\")


_LIES = ['" 200 1 "-" "-"', "[1/Jan/2026:00:00:00 +0000]", '"GET / HTTP/1.1" 200 1', "\\", '\\"', " [", "] ", '"', " ", "é"]
_stranger = st.lists(st.one_of(st.sampled_from(_LIES), st.text(max_size=5)), min_size=1, max_size=5).map("".join)


@given(user=_stranger, path=_stranger, referer=_stranger, agent=_stranger, apache=st.booleans())
def test_no_stranger_can_change_what_is_counted(user: str, path: str, referer: str, agent: str, *, apache: bool) -> None:
    """User name, path, referer and user agent may say what they like: status, bytes and time stay what the server wrote."""
    escaped = apache_escaped if apache else nginx_escaped
    line = LINE.format(
        user=escaped(user), request=f"GET /{escaped(path)} HTTP/1.1", referer=escaped(referer), agent=escaped(agent)
    )
    for log_format in (COMBINED.replace("[$time_local]", "%t"), COMBINED):
        found = find(log_format, line)
        assert found is not None
        assert ("404", "153") == (found["status"], found["body_bytes_sent"])
        assert "20/Nov/2026:15:56:50 +0000" == found["time_local"].strip("[]")
        assert (escaped(user), escaped(referer), escaped(agent)) == tuple(
            found[name] for name in ("remote_user", "http_referer", "http_user_agent")
        )


def test_a_format_without_variables_is_refused() -> None:
    """A name of a format is not the format itself."""
    with pytest.raises(PatternError, match="'combined' has no variable") as caught:
        log_format_pattern("combined")
    assert "$remote_addr" in caught.value.right


@pytest.mark.parametrize("text", ["log_format main;", "log_format main $status;", "LogFormat combined", "log_format a 'b"])
def test_a_directive_without_a_format_is_refused(text: str) -> None:
    """It is no format for lines that begin with `log_format`."""
    with pytest.raises(PatternError, match="a directive without a format between quotes"):
        log_format_pattern(text)


def test_an_unknown_directive_is_refused() -> None:
    """The message lists the ones that are known."""
    with pytest.raises(PatternError, match="%Z is not a directive known here") as caught:
        log_format_pattern("%h %Z")
    assert caught.value.right.startswith("one of %h, %a, %l, %u")


@pytest.mark.parametrize(
    "name", ["response_time", "connect_time", "header_time", "bytes_received", "bytes_sent", "response_length"]
)
@pytest.mark.parametrize("quotes", ["", '"'], ids=["bare", "quoted"])
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.5", 2.5),
        ("0.5, 0.25 : 0.25", 1.0),
        ("0.1, 0.2 : 0.3", 0.6),
        ("-, 3", 3.0),
        ("1 : -, 2", 3.0),
        ("0", 0.0),
        ("-", None),
        ("-, - : -", None),
    ],
)
def test_what_nginx_says_of_several_upstreams_is_summed(name: str, quotes: str, text: str, number: float | None) -> None:
    """A request that was tried on several servers took the time of all; where nothing is said of any there is no value."""
    log_format = f"$remote_addr $status u={quotes}$upstream_{name}{quotes} $request_time"
    made = rule("upstream_total", log_format=log_format, value=f"{{upstream_{name}}}")
    ((_, captures, times),) = ruleset(made).count(f"192.0.2.7 200 u={quotes}{text}{quotes} 0.001\n".encode()).items()
    assert (1, number) == (times, made.value_of(captures))
