from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.match.formats.parsed import Lines, Parsed
from log2metrics.match.formats.syslog import FACILITIES, SEVERITIES, Syslog

SYSLOG = Syslog()
HEADER = sorted((SYSLOG.fields or frozenset()) - {"message"})
ISO = "2026-11-20T15:54:46.577582+00:00"
ELASTIC = "elastic-examples/Machine_Learning/Security_Analytics_Recipes/suspicious_login_activity/data/auth.log"


def parse(line: str) -> Parsed:
    """A line that has to be a syslog line."""
    parsed = SYSLOG.parse(line)
    assert parsed is not None, line
    return parsed


def fields(line: str) -> dict[str, str]:
    """The fields of a line's header that it has."""
    parsed = parse(line)
    found = {name: SYSLOG.field(parsed, name) for name in SYSLOG.names(parsed) if name != "message"}
    return {name: text for name, text in found.items() if text is not None}


@pytest.mark.parametrize(
    ("line", "expected", "message"),
    [
        (
            "Nov 15 03:36:56 web1 sshd[5916]: Failed password",
            {"timestamp": "Nov 15 03:36:56", "host": "web1", "program": "sshd", "pid": "5916"},
            "Failed password",
        ),
        ("Nov  5 03:36:56 web1 su: a: b", {"timestamp": "Nov  5 03:36:56", "host": "web1", "program": "su"}, "a: b"),
        ("Nov 15 2026 03:36:56 web1 su: x", {"timestamp": "Nov 15 2026 03:36:56", "host": "web1", "program": "su"}, "x"),
        ("Nov 15 03:36:56.123 web1 su: x", {"timestamp": "Nov 15 03:36:56.123", "host": "web1", "program": "su"}, "x"),
        ("Nov 15 03:36:56 kernel: [12.5] up", {"timestamp": "Nov 15 03:36:56", "program": "kernel"}, "[12.5] up"),
        ("Nov 15 03:36:56 web1 no tag here", {"timestamp": "Nov 15 03:36:56", "host": "web1"}, "no tag here"),
        ("Nov 15 03:36:56 -", {"timestamp": "Nov 15 03:36:56"}, "-"),
        (
            "Nov 15 03:36:56 web1 su(pam_unix)[7]: x",
            {"timestamp": "Nov 15 03:36:56", "host": "web1", "program": "su", "pid": "7"},
            "x",
        ),
        (
            "Nov 15 03:36:56 web1 (sd-pam)[7]: x",
            {"timestamp": "Nov 15 03:36:56", "host": "web1", "program": "(sd-pam)", "pid": "7"},
            "x",
        ),
        (
            "Nov 15 03:36:56 web1 postfix/smtpd[7]: x",
            {"timestamp": "Nov 15 03:36:56", "host": "web1", "program": "postfix/smtpd", "pid": "7"},
            "x",
        ),
        ("Nov 15 03:36:56 fe80::1%eth0 su: x", {"timestamp": "Nov 15 03:36:56", "host": "fe80::1%eth0", "program": "su"}, "x"),
        (
            "Jul  8 09:29:43 web1 auth.info sshd[1]: x",
            *(
                {
                    "timestamp": "Jul  8 09:29:43",
                    "host": "web1",
                    "program": "sshd",
                    "pid": "1",
                    "facility": "auth",
                    "severity": "info",
                },
                "x",
            ),
        ),
        (
            "Jul  8 09:29:43 web1 security.warn su: x",
            *(
                {"timestamp": "Jul  8 09:29:43", "host": "web1", "program": "su", "facility": "auth", "severity": "warning"},
                "x",
            ),
        ),
        ("Jul  8 09:29:43 web1 auth.info: x", {"timestamp": "Jul  8 09:29:43", "host": "web1", "program": "auth.info"}, "x"),
        ("Jul  8 09:29:43 auth.info su: x", {"timestamp": "Jul  8 09:29:43", "host": "auth.info", "program": "su"}, "x"),
        ("Nov 15 03:36:56 web1 su:", {"timestamp": "Nov 15 03:36:56", "host": "web1", "program": "su"}, ""),
        ("Nov 15 03:36:56 web1 su[]: x", {"timestamp": "Nov 15 03:36:56", "host": "web1", "program": "su"}, "x"),
        (f"{ISO} web1 sshd[5916]: x", {"timestamp": ISO, "host": "web1", "program": "sshd", "pid": "5916"}, "x"),
        (
            "2026-11-20T15:54:46Z web1 cron: x",
            {"timestamp": "2026-11-20T15:54:46Z", "host": "web1", "program": "cron"},
            "x",
        ),
        (
            f"<86>{ISO} web1 sshd[1]: x",
            {"timestamp": ISO, "host": "web1", "program": "sshd", "pid": "1", "facility": "authpriv", "severity": "info"},
            "x",
        ),
        (
            f'<165>1 {ISO} web1 app 42 ID47 [a@1 k="v \\"]" e=""][b@2] hello',
            {
                "timestamp": ISO,
                "host": "web1",
                "program": "app",
                "pid": "42",
                "msgid": "ID47",
                "facility": "local4",
                "severity": "notice",
                "sd.a@1.k": 'v "]',
                "sd.a@1.e": "",
            },
            "hello",
        ),
        ("<0>1 - - - - - -", {"facility": "kern", "severity": "emerg"}, ""),
        (
            f"<13>1 {ISO} web1 app - - -  from a file",
            {"timestamp": ISO, "host": "web1", "program": "app", "facility": "user", "severity": "notice"},
            "from a file",
        ),
        (f"1 {ISO} web1 app - - - \ufeffwith a mark", {"timestamp": ISO, "host": "web1", "program": "app"}, "with a mark"),
        ("<13>2 - h a - - - x", {"host": "h", "program": "a", "facility": "user", "severity": "notice"}, "x"),
        ("<192>Nov 15 03:36:56 web1 su: x", {"timestamp": "Nov 15 03:36:56", "host": "web1", "program": "su"}, "x"),
        ("Nov 15 03:36:56 2026 web1 su: x", {"timestamp": "Nov 15 03:36:56 2026", "host": "web1", "program": "su"}, "x"),
        ("Nov 15 03:36:56 WEB su: x", {"timestamp": "Nov 15 03:36:56", "host": "WEB", "program": "su"}, "x"),
        ("Nov 15 03:36:56 CRON: x", {"timestamp": "Nov 15 03:36:56", "program": "CRON"}, "x"),
        ("Nov 15 03:36:56 CET web1 su: x", {"timestamp": "Nov 15 03:36:56 CET", "host": "web1", "program": "su"}, "x"),
        (
            "Nov 15 03:36:56.123 UTC: %SYS-5-CONFIG_I: x",
            {"timestamp": "Nov 15 03:36:56.123 UTC", "program": "%SYS-5-CONFIG_I"},
            "x",
        ),
        ("2026-11-21 03:07:15 -0700 [info]: #0 x", {"timestamp": "2026-11-21 03:07:15 -0700"}, "[info]: #0 x"),
        ("Nov 15 03:36:56: --- last message repeated", {"timestamp": "Nov 15 03:36:56"}, "--- last message repeated"),
        (
            f"{ISO} ERR kernel: [ 3.5] x",
            {"timestamp": ISO, "severity": "err", "program": "kernel"},
            "[ 3.5] x",
        ),
        (
            "Nov 15 03:36:56 mac sockerfilterfw[7] <Info>: x",
            {"timestamp": "Nov 15 03:36:56", "host": "mac", "program": "sockerfilterfw", "pid": "7"},
            "x",
        ),
        ("Nov 15 03:36:56 secd[7] <Info> [user{} ]: x", {"timestamp": "Nov 15 03:36:56"}, "secd[7] <Info> [user{} ]: x"),
        (
            "Thu Nov 15 2018 03:36:56 web1 sshd[1]: x",
            {"timestamp": "Nov 15 2018 03:36:56", "host": "web1", "program": "sshd", "pid": "1"},
            "x",
        ),
        (
            "Mon Apr 11 02:38:40 2022 daemon.notice netifd: wan (2702): x",
            {"timestamp": "Apr 11 02:38:40 2022", "program": "netifd", "facility": "daemon", "severity": "notice"},
            "wan (2702): x",
        ),
        (
            "Wed Jun  1 17:45:16 2022 user.notice : x y",
            {"timestamp": "Jun  1 17:45:16 2022", "facility": "user", "severity": "notice"},
            "x y",
        ),
        ("2015 Nov 13 13:40:01 web1 su: x", {"timestamp": "Nov 13 13:40:01", "host": "web1", "program": "su"}, "x"),
        (
            "2025 Jul  4 14:14:51.405883 switch WARNING kernel: [ 1352.1] x",
            {"timestamp": "Jul  4 14:14:51.405883", "host": "switch", "program": "kernel", "severity": "warning"},
            "[ 1352.1] x",
        ),
        ("Nov 15 03:36:56 web1 ERR x y", {"timestamp": "Nov 15 03:36:56", "host": "web1"}, "ERR x y"),
        ("Nov 15 03:36:56 [sshd] x: y", {"timestamp": "Nov 15 03:36:56", "program": "sshd"}, "x: y"),
        ("Nov 15 03:36:56 [/usr/sbin/cron]: x", {"timestamp": "Nov 15 03:36:56", "program": "/usr/sbin/cron"}, "x"),
        ("Nov 15 03:36:56 web1 [sshd] x", {"timestamp": "Nov 15 03:36:56", "host": "web1"}, "[sshd] x"),
        (
            "Jul  7 03:36:56 mac Microsoft Word[7]: x",
            {"timestamp": "Jul  7 03:36:56", "host": "mac", "program": "Microsoft Word", "pid": "7"},
            "x",
        ),
        ("Jul  7 03:36:56 mac Word said Hello[7]: x", {"timestamp": "Jul  7 03:36:56", "host": "mac"}, "Word said Hello[7]: x"),
        ("Nov 15 03:36:56  su[7]: x", {"timestamp": "Nov 15 03:36:56", "program": "su", "pid": "7"}, "x"),
        ("Nov 15 03:36:56  no tag", {"timestamp": "Nov 15 03:36:56"}, " no tag"),
        (
            "2020-03-24 08:38:42.344447-0700  mac sshd[7]: x",
            {"timestamp": "2020-03-24 08:38:42.344447-0700", "host": "mac", "program": "sshd", "pid": "7"},
            "x",
        ),
        ("*Mar  1 18:46:11: %SYS-5-CONFIG_I: x", {"timestamp": "Mar  1 18:46:11", "program": "%SYS-5-CONFIG_I"}, "x"),
        (
            "Jan 01 2018 00:00:00 asa : %ASA-6-302013: x",
            {"timestamp": "Jan 01 2018 00:00:00", "host": "asa", "program": "%ASA-6-302013"},
            "x",
        ),
        (
            "Mar 29 05:59:23 sunny sshd[7]: [ID 800047 auth.info] x",
            {
                "timestamp": "Mar 29 05:59:23",
                "host": "sunny",
                "program": "sshd",
                "pid": "7",
                "facility": "auth",
                "severity": "info",
            },
            "x",
        ),
        (
            "Mar 29 05:59:23 sunny sshd[7]: [ID of x] y",
            {"timestamp": "Mar 29 05:59:23", "host": "sunny", "program": "sshd", "pid": "7"},
            "[ID of x] y",
        ),
        (
            f'<34>1 {ISO} web1 - - - [meta sequenceId=10][timeQuality@0 isSynced="1"] x',
            {
                "timestamp": ISO,
                "host": "web1",
                "facility": "auth",
                "severity": "crit",
                "sd.meta.sequenceId": "10",
                "sd.timeQuality@0.isSynced": "1",
            },
            "x",
        ),
    ],
)
def test_the_header_gives_the_fields_and_the_message_follows(line: str, expected: dict[str, str], message: str) -> None:
    """Each of the shapes that syslog daemons write, with and without priority; what isn't there is no field."""
    parsed = parse(line)
    assert expected == fields(line)
    assert (message, expected.get("program", ""), 1) == parsed[:3]


@pytest.mark.parametrize(
    ("header", "timestamp"),
    [
        ("Nov 21 03:07:15 web1 sshd[1]: ", "Nov 21 03:07:15"),
        ("Nov 21 03:07:15.123456 web1 sshd[1]: ", "Nov 21 03:07:15.123456"),
        ("2026-11-21T03:07:15+0100 web1 sshd[1]: ", "2026-11-21T03:07:15+0100"),
        ("2026-11-21T03:07:15+01:00 web1 sshd[1]: ", "2026-11-21T03:07:15+01:00"),
        ("2026-11-21T03:07:15.123456+0100 web1 sshd[1]: ", "2026-11-21T03:07:15.123456+0100"),
        ("Sat 2026-11-21 03:07:15 UTC web1 sshd[1]: ", "Sat 2026-11-21 03:07:15 UTC"),
        ("Sat 2026-11-21 03:07:15 CEST web1 sshd[1]: ", "Sat 2026-11-21 03:07:15 CEST"),
        ("Sat 2026-11-21 03:07:15 -03 web1 sshd[1]: ", "Sat 2026-11-21 03:07:15 -03"),
        ("1795190835.123456 web1 sshd[1]: ", "1795190835.123456"),
        ("[ 5396.123456] web1 sshd[1]: ", "[ 5396.123456]"),
        ("[86405396.123456] web1 sshd[1]: ", "[86405396.123456]"),
        ("[ 5396.123456 <             >] web1 sshd[1]: ", "[ 5396.123456 <             >]"),
        ("[ 5396.123456 <    0.000214 >] web1 sshd[1]: ", "[ 5396.123456 <    0.000214 >]"),
    ],
)
def test_what_journalctl_prints_is_read(header: str, timestamp: str) -> None:
    """All the short formats: short-iso before and after systemd 255, short-delta on its first line and on others."""
    expected = {"timestamp": timestamp, "host": "web1", "program": "sshd", "pid": "1"}
    assert expected == fields(f"{header}a message")
    assert "a message" == parse(f"{header}a message").message
    assert {key: text for key, text in expected.items() if key != "host"} == fields(f"{header.replace('web1 ', '')}a message")


def test_what_dmesg_prints_is_no_syslog() -> None:
    """Its stamps look like those of `journalctl -o short-monotonic`, but there is neither host nor program."""
    syslog = Syslog()
    for line in ("[    5.123456] usb 1-1: new device", "[    0.000000] Linux version 6.1: x", "[    5.123456] systemd: x"):
        assert syslog.parse(line) is None
    assert "kernel" == parse("[    5.123456] web1 kernel: usb 1-1: new device").program


def test_with_unit_the_unit_is_the_program() -> None:
    """`journalctl -o with-unit` prints units in the place of identifiers, and user units after them."""
    line = "Sat 2026-11-21 03:07:15 UTC web1 user@1000.service/dbus.service[7]: x"
    assert "user@1000.service/dbus.service" == parse(line).program


def test_the_id_of_structured_data_may_be_written_without_its_number() -> None:
    """Enterprise numbers are for machines; the first of several elements is meant."""
    parsed = parse(f'<165>1 {ISO} h a - - [ex@32473 iut="3" x.y="z\\]"][ex@1 iut="4"] x')
    names = ["sd.ex@32473.iut", "sd.ex.iut", "sd.ex@1.iut", "sd.ex.x.y", "sd.ex.other", "sd.other.iut"]
    assert ["3", "3", "4", "z]", None, None] == [SYSLOG.field(parsed, name) for name in names]
    assert SYSLOG.field(parse(f"{ISO} web1 su: [ex iut=3]"), "sd.ex.iut") is None


@pytest.mark.parametrize(
    ("beginning", "filling", "end"),
    [
        ('[="', "[a", '"]'),
        ("[x ", "[a", "]"),
        ("[x ", "a", "]"),
        ("[x ", 'a=" "', "]"),
        ("[x ", "a=", "]"),
        ("", "[x]", ""),
    ],
)
def test_hostile_structured_data_is_read_in_one_go(beginning: str, filling: str, end: str) -> None:
    """Of what only resembles a parameter no place is looked at twice: that would not end."""
    parsed = parse(f"<13>1 - h a - - {beginning}{filling * 100_000}{end} x")
    assert "x" == parsed.message
    assert SYSLOG.field(parsed, "sd.other.iut") is None


@pytest.mark.parametrize(
    "line",
    [
        *("<1>1 A - - - - - -", "<29>1 2006-01-02t15:04:05Z h a - - - x", f'<29>1 {ISO} h a - - [x k="] y'),
        *("", "hello", "Nov 15", "Nov 15 03:36:56", "Foo 15 03:36:56 web1 su: x", "15 Nov 03:36:56 web1 su: x"),
        *(" Nov 15 03:36:56 web1 su: x", "200 - h a - - - x", "<13>0 - h a - - - x", "<13>1 - h a - -", "<13>1 - h a - - [x"),
        '<13>1 - h a - - [x k="]" y',
        "Tue Aug  1 23:17:21 2017 us=537294 WARNING: x",
        "Tue Aug  1 23:17:21 2017 192.0.2.1:1194 TLS Error: x",
        'Mon Jun 8 12:08:44 2020 [pid 27245] CONNECT: Client "192.0.2.1"',
        "Thu Nov 15 03:36:56 web1 su: x",
        "*2026-11-20 15:54:46 web1 su: x",
    ],
)
def test_what_has_no_syslog_header_is_no_syslog_line(line: str) -> None:
    """Rules for syslog never see it."""
    assert SYSLOG.parse(line) is None


@pytest.mark.parametrize("priority", range(192))
def test_the_priority_is_eight_times_the_facility_plus_the_severity(priority: int) -> None:
    """RFC 5424, section 6.2.1, in every combination."""
    found = fields(f"<{priority}>Nov 15 03:36:56 web1 su: x")
    assert priority == FACILITIES.index(found["facility"]) * 8 + SEVERITIES.index(found["severity"])


@pytest.mark.parametrize(
    ("message", "inside", "weight"),
    [
        ("message repeated 5 times: [ Failed password]", "Failed password", 5),
        ("message repeated 2 times: [Failed [x]]", "Failed [x]", 2),
        ("message repeated 0 times: [ x]", "x", 0),
        ("message repeated 5 times", "message repeated 5 times", 1),
        ("message repeated 5 times: [ x", "message repeated 5 times: [ x", 1),
        ("message repeated 9999999999 times: [ x]", "message repeated 9999999999 times: [ x]", 1),
        ("message repeated ٣ times: [ x]", "message repeated ٣ times: [ x]", 1),
        (" message repeated 76 times: [-- MARK --]", "-- MARK --", 76),
        ("a message repeated 5 times: [ x]", "a message repeated 5 times: [ x]", 1),
    ],
)
def test_a_repeated_message_stands_for_so_many(message: str, inside: str, weight: int) -> None:
    """What rsyslog notes of a repetition counts as the messages it stands for; what only looks like it is a message."""
    assert (inside, "sshd", weight) == parse(f"Nov 15 03:36:56 web1 sshd[1]: {message}")[:3]


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["recorded-A/auth.log", ELASTIC, "recorded-A/nginx-via-syslog.log", "seeds/secure.log"])
def test_real_headers_are_read(corpora: Path, name: str) -> None:
    """At least 999 of 1,000 lines of real logs have a header that is understood."""
    lines = (corpora / name).read_text(errors="replace").split("\n")[:-1]
    assert len(lines) >= 10
    assert 0.999 * len(lines) <= sum(SYSLOG.parse(line) is not None for line in lines)


@pytest.mark.corpora
def test_the_same_events_are_read_alike_in_all_three_formats(corpora: Path) -> None:
    """Which template rsyslog writes with changes neither program nor message."""
    read = [
        [parse(line)[:3] for line in (corpora / "recorded-A" / f"syslog.{name}.log").read_text().split("\n")[:-1]]
        for name in ("rfc3164", "iso8601", "rfc5424")
    ]
    assert 978 == len(read[0])
    assert read[0] == read[1]
    assert read[0] == read[2]


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("syslog", ["MMM 22 07:54:32", "\tmany syslog parsers."]),
        ("syslog_chromeos", ["\tmessage that"]),
        *[("syslog_cron.log", []), ("syslog_osx", []), ("syslog_rsyslog", []), ("syslog_ssh.log", [])],
        *((f"syslog_rsyslog_{name}FileFormat", ["with another line"]) for name in ("Sysklogd",)),
        ("syslog_rsyslog_SyslogProtocol23Format", ["with another line"]),
        ("syslog_rsyslog_ForwardFormat", ["with another line"]),
        ("syslog_rsyslog_TraditionalForwardFormat", ["with another line"]),
        ("syslog_rsyslog_traditional", ["signature=dbus", " **: rhythmbox", "\tmany syslog parsers."]),
    ],
)
def test_the_formats_of_plaso_are_read(corpora: Path, name: str, refused: list[str]) -> None:
    """But for the lines that continue others, and a month that is none."""
    lines = (corpora / "plaso" / "test_data" / "syslog" / name).read_text(errors="replace").splitlines()
    assert refused == [line[: len(start)] for line, start in zip(filter(is_refused, lines), refused, strict=True)]


def is_refused(line: str) -> bool:
    """Whether a line has no syslog header."""
    return SYSLOG.parse(line) is None


@pytest.mark.corpora
def test_the_fields_that_grok_expects_are_there(corpora: Path) -> None:
    """Of the cases in Logstash's own tests that are syslog lines all but one, which has too few fields, are read."""
    cases = [json.loads(line) for line in (corpora / "grok/logstash-patterns-core/cases.jsonl").read_text().splitlines()]
    lines = [
        case["line"] for case in cases if case["pattern"] in {"SYSLOGLINE", "SYSLOG5424LINE", "SYSLOGPAMSESSION", "CRONLOG"}
    ]
    assert len(lines) >= 15
    assert ["prg00000[1234]"] == [line.split()[3] for line in lines if is_refused(line)]


@pytest.mark.corpora
def test_no_valid_message_of_others_tests_is_refused(corpora: Path) -> None:
    """What the tests of two other parsers call valid is read. So may be what they call invalid: a log is no exam."""
    cases = [json.loads(line) for line in (corpora / "syslog-rfc-a" / "cases.jsonl").read_text().splitlines()]
    valid = [case["line"] for case in cases if case["valid"]]
    assert 43 == len(valid)
    assert [] == [line for line in valid if SYSLOG.parse(line) is None]


@pytest.mark.parametrize(
    ("beginning", "filling", "end", "message_chars"),
    [
        ("Nov 15 03:36:56 ", "a", "", 500_000),
        ("Nov 15 03:36:56 ", "a ", "", 999_998),
        ("Nov 15 03:36:56 ", "a[", "", 1_000_000),
        ("Nov 15 03:36:56 ", ":", "", 500_000),
        ("Nov 15 03:36:56 h ", "(", "", 500_000),
        ("Nov 15 03:36:56 h a", "()", "", 1_000_001),
        ("Nov 15 03:36:56  ", "a", "", 500_001),
        ("Nov 15 03:36:56  ", "a ", "", 1_000_001),
        ("Nov 15 03:36:56 [", "a", "", 500_001),
        ("Thu Nov 15 2018 03:36:56 ", "a", "", None),
        ("<13>1 - h a - - ", "[", "", None),
        ("<13>1 - h a - - ", "[]", "", 0),
        ("<13>1 - h a - - [", '"', "", None),
        ('<13>1 - h a - - [k="', '\\"', "", None),
        ('<13>1 - h a - - [k="', "\\", "]", None),
        ("<13>1 - h a - - ", '["]"]', " x", 1),
        ("<13>1 ", "- ", "", 999_988),
        ("<", "1", "", None),
        ("Nov 15 03:36:56 h a: message repeated ", "1", "", 500_017),
        ("Nov 15 03:36:56 h a: message repeated 3 times: [", "]", "x", 500_028),
    ],
)
def test_a_hostile_header_costs_no_more_than_a_look(beginning: str, filling: str, end: str, message_chars: int | None) -> None:
    """A line of half a megabyte made to mislead is read or refused at once: trying again from each character would not end."""
    parsed = SYSLOG.parse(beginning + filling * 500_000 + end)
    assert message_chars == (parsed and len(parsed.message))


@given(st.text(max_size=60), st.sampled_from(["", "<13>", "<13>1 - h a - - ", "Nov 15 03:36:56 ", f"{ISO} web1 "]))
def test_any_text_is_read_or_refused(text: str, beginning: str) -> None:
    """No line breaks the parser, and the message is always a part of the line, as it stands."""
    line = beginning + text
    parsed = SYSLOG.parse(line)
    assert parsed is None or parsed.message in line
    assert parsed is None or all(SYSLOG.field(parsed, name) != "-" for name in HEADER)
    assert parsed is None or parsed.message == SYSLOG.field(parsed, "message")


_STARTS = [
    "Nov 15 03:36:56",
    "Nov  5 03:36:56 2026",
    "Nov 15 03:36:56 UTC",
    ISO,
    "2026-11-21T03:07:15+0100",
    "1795190835.123456",
    "*Nov 15 03:36:56",
    "2018 Nov 15 03:36:56",
    "Thu Nov 15 03:36:56 2018",
    "Thu Nov 15 2018 03:36:56",
]
_HOSTS = [
    "",
    " web1",
    " INFO",
    " ERR",
    " UTC",
    " 2026",
    " secd[1]",
    " a:b",
    ":",
    " [::1]",
    " web1 auth.info",
    " auth.info",
    " web1 kern.panic",
    "  web1",
    " web1 ERR",
    " web1 :",
    " auth.info :",
]
_TAGS = [
    "",
    " su:",
    " sshd[5916]:",
    " (sd-pam)[7]:",
    " a[x]:",
    " mac[7] <Info>:",
    " INFO:",
    " message repeated 2 times: [ x]",
    " [su]",
]
_MESSAGES = [
    "",
    " ",
    " x",
    "  x: y",
    " message repeated 2 times: [ x]",
    "  message repeated 2 times: [ x]",
    " a b: c",
    " [ID 7 auth.info] x",
    " [ID] x",
]


@given(st.tuples(*map(st.sampled_from, (["", "<13>"], _STARTS, _HOSTS, _TAGS, _MESSAGES))).map("".join))
def test_many_lines_at_once_are_read_like_one(line: str) -> None:
    """An ordinary line gives the same message, program and absent fields as when it is read alone; others are left to that."""
    split = SYSLOG.split(Lines.of([line]))
    if not split.odd:
        parsed = parse(line)
        assert (parsed.message, parsed.program, parsed.weight) == (split.messages[0], split.programs[0], 1)
        assert [None] * 3 == [SYSLOG.field(parsed, name) for name, is_known in SYSLOG.split_fields.items() if not is_known]
