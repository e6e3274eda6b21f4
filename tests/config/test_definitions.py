"""`%{NAME}` in a regex, and the definitions that ship."""

from __future__ import annotations

from ipaddress import IPv6Address
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.config.definitions import BrokenDefinitionError, DefinitionError, Definitions
from log2metrics.config.packs import read_definitions, shipped_definitions
from log2metrics.config.problems import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%{A}", "(?:a+)"),
        ("%{A:x}-%{A:y}", "(?P<x>a+)-(?P<y>a+)"),
        ("%{B}", "(?:b(?:a+))"),
        ("%{WORDS:w}", r"(?P<w>\L<WORDS>)"),
        (r"100%{2} %\{A} %{} %{A:} %{A:1} %%{A}", r"100%{2} %\{A} %{} %{A:} %{A:1} %(?:a+)"),
    ],
)
def test_a_use_becomes_a_group(text: str, expected: str) -> None:
    """A use is a group, a use with a name captures, and what is no use stays as it is."""
    assert expected == Definitions({"B": "b%{A}", "A": "a+", "WORDS": ("x", "y")}).expand(text)


@given(st.text().filter(lambda text: "%{" not in text))
def test_text_without_a_use_is_untouched(text: str) -> None:
    """Expansion changes nothing but uses."""
    assert text == Definitions({"A": "a"}).expand(text)


def test_own_definitions_come_before_shipped_ones() -> None:
    """A pack may redefine a name; shipped definitions keep what they were made of."""
    shipped = Definitions({"A": "a", "B": "%{A}", "WORDS": ("x",)})
    own = Definitions({"A": "mine"}, shipped)
    assert "(?:mine)(?:(?:a))" == own.expand("%{A}%{B}")
    assert {"WORDS": ("x",)} == own.words
    assert {"A", "B", "WORDS"} == own.names


def test_an_unknown_name_is_told_with_the_closest() -> None:
    """A slip of the finger gets a suggestion."""
    with pytest.raises(DefinitionError, match="no definition `NUMBR`") as caught:
        Definitions({"NUMBER": "1"}).expand("%{NUMBR}")
    assert "did you mean `NUMBER`?" == caught.value.right


def test_a_circle_is_told_once() -> None:
    """Of definitions that need each other one is told, the rest follow from it."""
    definitions = Definitions({"A": "%{B}", "B": "%{A}", "C": "%{A}", "D": "d"})
    root = [str(error) for error in definitions.broken.values() if not isinstance(error, BrokenDefinitionError)]
    assert ["definitions that go in a circle: A → B → A"] == root
    assert "(?:d)" == definitions.expand("%{D}")
    with pytest.raises(BrokenDefinitionError):
        definitions.expand("%{C}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("definitions: {A: '('}\n", "'(' is not a regular expression"),
        ("definitions: {A: '%{B}'}\n", "no definition `B`"),
        ("metrics: []\n", "unknown key `metrics` in a file of definitions"),
    ],
)
def test_a_broken_file_of_definitions_is_told(tmp_path: Path, text: str, expected: str) -> None:
    """The shipped definitions are held to the same rules as a pack."""
    path = tmp_path / "definitions.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_definitions(path)
    assert any(problem.found.startswith(expected) for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("name", "found", "refused"),
    [
        ("INT", ["0", "-12", "+3"], ["", "x", "1.5"]),
        ("NUMBER", ["0", "-0.5", ".25", "+12.0", "1e5", "1.5e-05", "6.02E+23"], ["", ".", "1.", "1e", "e5"]),
        ("WORD", ["abc_1"], ["", "a b", "a-b"]),
        ("NOTSPACE", ["a-b/c"], ["", "a b"]),
        ("DATA", ["", "a b"], ["a\nb"]),
        ("GREEDYDATA", ["", "a b"], ["a\nb"]),
        ("QUOTED", ['""', '"a b"', r'"a \" b"', r'"\\"'], ['"', '"a', r'"a\"', "a"]),
        ("IPV4", ["192.0.2.7", "255.255.255.255", "0.0.0.0"], ["256.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.1234"]),  # noqa: S104
        (
            "IPV6",
            [
                *("::", "::1", "1::", "2001:db8::7", "fe80::1%eth0", "fe80::1%eth0.100", "::ffff:192.0.2.1"),
                *("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "2001:DB8::A"),
            ],
            [
                *("1", "a:b", "12345", "192.0.2.7", "g::1", "12:34:56", "00:11:22:33:44:55", "::1:", ":::", "1::2::3"),
                *("12345::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8::", ":1", "::1.2.3"),
            ],
        ),
        ("IP", ["192.0.2.7", "2001:db8::7"], ["host", ""]),
        ("HOST", ["web1", "web-1.example.com", "192.0.2.7", "2001:db8::7", "localhost"], ["", "-", "a b", "web1:80"]),
        ("USER", ["root", "www-data", "CORP\\ann", "ann@example.com", "host$"], ["", "a b", "a;b"]),
        ("PATH", ["/", "/usr/bin/env"], ["", "usr", "/a b"]),
        ("URIPATH", ["/", "/a/b%20c"], ["/a?b=c", "/a b", "a"]),
        ("HTTPMETHOD", ["GET", "PROPFIND"], ["get", "GE", "GETS"]),
        ("MONTH", ["Jan", "Dec"], ["jan", "January"]),
        ("URI", ["https://example.com/a?b=c#d", "redis+tls://[::1]:6379"], ["/a", "http://", "http://a b", 'http://a"']),
        ("TIME", ["03:36:56", "23:59:59.123", "00:00:00,5"], ["24:00:00", "3:36:56", "03:36"]),
        ("HTTPDATE", ["20/Nov/2026:15:56:50 +0000"], ["20/11/2026:15:56:50 +0000", "20/Nov/2026"]),
        ("SYSLOGTIMESTAMP", ["Nov 15 03:36:56", "Nov  5 03:36:56.123"], ["Nov 5 03:36:56", "nov 15 03:36:56"]),
        ("LOGLEVEL", ["INFO", "warning", "Error", "crit", "FATAL"], ["", "errors", "informative", "level"]),
        ("UUID", ["f47ac10b-58cc-4372-a567-0e02b2c3d479"], ["f47ac10b58cc4372a5670e02b2c3d479", "f47ac10b-58cc"]),
        ("MAC", ["00:11:22:aa:BB:cc", "00-11-22-33-44-55"], ["00:11:22:33:44", "001122334455"]),
        (
            "ISO8601",
            ["2026-11-15T03:36:56Z", "2026-11-15 03:36:56,123", "2026-11-15T03:36:56.1+01:00"],
            ["2026-11-15", "03:36:56"],
        ),
        (
            "TRACE_START",
            ["Traceback (most recent call last):", 'Exception in thread "', "Error", "Exception:", "panic: ", "goroutine 4 ["],
            ["Traceback", "an Error", "Errors:", "panic", "x panic: "],
        ),
        (
            "TRACE",
            [
                "\t",
                "",
                "Caused by: ",
                "goroutine 4 [",
                "main.main.func1(0xc420024120)",
                "net/http.(*conn).serve(0x1, {0x2, ...})",
            ],
            ["at", "caused", "ValueError: x", "say(it)", "f(x) g"],
        ),
        (
            "SYSLOG",
            [
                "Nov 15 03:36:56 web1 ",
                "<38>Nov  5 03:36:56 2001:db8::7 ",
                "Nov 15 03:36:56 ",
                "2026-11-15T03:36:56.123456+01:00 web1 ",
                "<86>1 2026-11-15T03:36:56Z web1 ",
                "2026-11-15 03:36:56,123 ",
            ],
            ["Nov 15 03:36 web1 ", "Nov 15 03:36:56 web1", "Nov 15 03:36:56 sshd: ", "web1 sshd: "],
        ),
    ],
)
def test_a_shipped_definition_finds_what_it_is_for(name: str, found: list[str], refused: list[str]) -> None:
    """Each shipped definition takes the whole of what it names, and not what it does not."""
    compiled = regex.compile(shipped_definitions().expand(f"%{{{name}}}"))
    assert found == [text for text in (*found, *refused) if compiled.fullmatch(text)]


@pytest.mark.parametrize("text", ["bind to 2001:db8::7: address in use", "[2001:db8::7]:80", "peer=2001:db8::7, port=80"])
def test_an_address_ends_before_what_follows_it(text: str) -> None:
    """A colon, a bracket or a comma behind an address is no part of it."""
    found = regex.search(shipped_definitions().expand("%{IP:ip}"), text)
    assert "2001:db8::7" == (found and found["ip"])


@given(st.ip_addresses(v=6))
def test_every_ipv6_address_is_found(address: IPv6Address) -> None:
    """In its short form and in full."""
    compiled = regex.compile(shipped_definitions().expand("%{IPV6}"))
    assert all(compiled.fullmatch(text) for text in (str(address), address.exploded))


def test_every_shipped_definition_has_examples() -> None:
    """What ships is listed above."""
    (table,) = test_a_shipped_definition_finds_what_it_is_for.pytestmark  # type: ignore[attr-defined]  # set by the decorator
    assert shipped_definitions().names == {name for name, _, _ in table.args[1]}


def test_every_shipped_definition_is_quick_on_hostile_text() -> None:
    """No definition backtracks badly: long texts that nearly fit are refused well within the time limit of one line."""
    shipped = shipped_definitions()
    hostile = [part * 5_000 for part in ("1", "1.", "a", "a.", ":", "a:", '"\\', '"', "/", "-", "1a", "%")]
    for name in shipped.names:
        compiled = regex.compile(f"^{shipped.expand(f'%{{{name}}}')}$")
        assert [] == [text[:10] for text in hostile if compiled.search(f"{text}\n\x00", timeout=1)]
