"""Syslog lines: RFC 3164 and its files on disk, RFC 5424, the ISO 8601 time stamps that rsyslog writes today, and journalctl's.

    Nov 15 03:36:56 web1 sshd[5916]: message                        RFC 3164, section 4; optional year and host
    2026-11-20T15:54:46.577582+00:00 web1 sshd[5916]: message       RSYSLOG_FileFormat; journalctl -o short-iso
    Nov 15 03:36:56 web1 auth.info sshd[5916]: message              BusyBox's syslogd, as on Alpine
    Thu Nov 15 03:36:56 2018 auth.info sshd[5916]: message          OpenWrt's logread
    Thu Nov 15 2018 03:36:56 web1 sshd[5916]: message               year first, too
    2018 Nov 15 03:36:56.123456 switch INFO sshd[5916]: message     SONiC
    Nov 15 03:36:56 [sshd] message                                  metalog
    *Nov 15 03:36:56.123: %SYS-5-CONFIG_I: message                  Cisco
    Fri 2026-11-20 15:54:46 UTC web1 sshd[5916]: message            journalctl -o short-full; with-unit: the unit is the program
    1795190086.577582 web1 sshd[5916]: message                      journalctl -o short-unix
    [ 5396.577582] web1 sshd[5916]: message                         journalctl -o short-monotonic, short-delta
    <86>1 2026-11-20T15:54:46.577582+00:00 web1 sshd 5916 - - message   RFC 5424, section 6

All of them may have a priority in front. A line without a tag has the program "". What Solaris puts behind the tag, `[ID 702911
auth.info] `, is no part of the message. `message repeated N times: [ … ]`, as
rsyslog writes it, stands for N of the message in brackets. Parameters of structured data are the fields `sd.ID.NAME`, where
the ID may be written without its `@number`.

Sources: the RFCs; rsyslog, "Templates"; systemd, src/shared/logs-show.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from log2metrics.match.formats.parsed import Lines, Parsed, Split
from log2metrics.match.quotes import inside_quotes

SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
)

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_ZONE = "(?:UTC|GMT|[ACEMP][SD]T|[CEW]ES?T|A[CEW][SD]?T|NZ[SD]T|[BI]ST|MSK|[HJK]ST|HKT|SGT)"  # nobody calls a host so
_BSD_TIME = rf"{_MONTH}\ [ \d]?\d\ (?:\d{{4}}\ )?{_CLOCK}(?:\ 20\d\d(?=[ ]))?(?:\ {_ZONE}(?=[ :]))?"
_ISO_TIME = rf"\d{{4}}-\d\d-\d\d[T ]{_CLOCK}(?:Z|[ ]?[+-]\d\d:?\d\d)?"
_WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_FULL_TIME = rf"{_WEEKDAY}\ \d{{4}}-\d\d-\d\d\ {_CLOCK}\ (?:[A-Z][A-Za-z]{{1,4}}|[+-]\d\d(?::?\d\d)?)"
_UNIX_TIME = r"\d{10}\.\d{6}"
# As dmesg begins its lines, too; but what follows there names no process.
_MONOTONIC = r"\[\ {0,4}\d{1,12}\.\d{6}(?:\ <[\ .\d]{1,20}>)?\](?=\ (?:\S+\ )?(?:kernel|[^\s:\[]+\[\d+\]):)"
_LEVEL = f"(?:{'|'.join(map(str.upper, SEVERITIES))})"  # as Chrome OS writes in place of a host
_TOLD = rf"(?:{'|'.join(FACILITIES)}|security)\.(?:{'|'.join(SEVERITIES)}|warn|error|panic)"
_TAG = r"[^\s:\[(]+(?:\[\d+\])?:\ "
# In front of the time; what else begins with a weekday, such as OpenVPN's log, is no syslog.
_BEFORE = rf"""
    (?:[*.]|20\d\d\ )(?={_MONTH}\ )
    | (?P<weekday>{_WEEKDAY})\ (?={_MONTH}\ [ \d]?\d\ (?:{_CLOCK}\ 20\d\d\ {_TOLD}|20\d\d\ {_CLOCK}\ [\w.-]+\ {_TAG}))
"""
_QUOTED = f'"{inside_quotes()}"'
_STRUCTURED = rf"(?:-|(?:\[[^\]\"]*+(?:{_QUOTED}[^\]\"]*+)*+\])++)"

_HEADER = re.compile(
    rf"""
    (?:<(?P<priority>\d{{1,3}})>)?+
    (?:
      (?:{_BEFORE})??
      (?P<timestamp>(?P<bsd>{_BSD_TIME})|{_ISO_TIME}|{_FULL_TIME}|{_UNIX_TIME}|{_MONOTONIC})
      (?::|\ (?P<level>{_LEVEL})(?=[ ])|\ (?:\ (?=\S+\ {_TAG}))?(?(weekday)(?!{_TOLD}\ ))(?P<host>\S*[^\s:\]]))?
      (?:\ (?:(?P<told>{_TOLD})(?=[ ])(?:\ :(?=[ ]))?|(?P<grade>{_LEVEL})(?=\ {_TAG})|:(?=[ ])))?[ ]
      (?:
        (?(host)|[ ]?)(?P<program>[^\s:\[(]+(?:(?:\ [A-Z][\w.]*){{1,3}}(?=\[\d+\]:))?|\([^\s)]*\))(?:\([^\s)]*\))?
        (?:\[(?P<pid>[^\]\s]*)\])?(?:\ <[A-Z][a-z]+>)?:(?:\ |$)(?:\[ID\ \d{{1,6}}\ (?P<id>{_TOLD})\]\ )?
      |
        (?(bsd)(?(host)(?!)|\[(?P<metalog>[\w./-]+)\]:?\ )|(?!))
      )?
    |
      (?(priority)[1-9]\d{{0,2}}|1)\ (?P<timestamp5>-|\d{{4}}-\d\d-\d\dT{_CLOCK}(?:Z|[+-]\d\d:?\d\d)?)
      \ (?P<host5>\S+)\ (?P<program5>\S+)\ (?P<pid5>\S+)\ (?P<msgid>\S+)\ (?P<structured>{_STRUCTURED})(?:\ \ ?\ufeff?|$)
    )
    """,
    re.VERBOSE | re.ASCII,
)
# The ordinary line: no priority, a host, a tag of one word. A part of what _HEADER takes, and taken apart the same: program
# and message. Of any other line nothing is captured.
_ORDINARY = re.compile(
    rf"(?:{_MONTH} [ \d]?\d \d\d:\d\d:\d\d|\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{{1,6}})?(?:Z|[+-]\d\d:?\d\d))"
    rf"(?! {_LEVEL} ) \S++(?<![:\]]) ([^\s:\[(]++)(?:\[\d++\])?+: (?! ?message repeated |\[ID )(.*+)\n|.*\n",
    re.ASCII,
)
# Both take what is no element or parameter, too, so that no place is looked at twice.
_ELEMENT = re.compile(rf"\[(?P<id>[^\s=\]\"]++)?+(?P<parameters>[^\]\"]*+(?:{_QUOTED}[^\]\"]*+)*+)\]")
_PARAMETER = re.compile(rf'(?P<name>[^\s=\]"]++)(?:=(?:"(?P<quoted>{inside_quotes()})"|(?P<bare>[^\s"]++)))?+')
_ESCAPED = re.compile(r'\\(["\\\]])')
_REPEATED = re.compile(r" ?message repeated (\d{1,9}) times: \[ ?(.*)\]\Z", re.DOTALL | re.ASCII)
_REPEATED_STARTS = ("message repeated ", " message repeated ")
_SYNONYMS = {"warn": "warning", "error": "err", "panic": "emerg", "security": "auth"}
_NIL = "-"
_STRUCTURED_DATA = "sd."


class Syslog:
    """The format of syslog files and of what rsyslog, syslog-ng and journald write in their place."""

    fields: frozenset[str] | None = frozenset(
        {"timestamp", "host", "program", "pid", "severity", "facility", "msgid", "message"}
    )
    verbatim = True
    split_fields: Mapping[str, bool] = {"program": True, "severity": False, "facility": False, "msgid": False}

    def parse(self, line: str) -> Parsed | None:
        """Take a line apart; None if it has no syslog header."""
        header = _HEADER.match(line)
        if header is None:
            return None
        message = line[header.end() :]
        program = _program(header) or ""
        if message.startswith(_REPEATED_STARTS):
            repeated = _REPEATED.match(message)
            if repeated:
                return Parsed(repeated[2], program, int(repeated[1]), header)
        return Parsed(message, program, 1, header)

    def split(self, lines: Lines) -> Split:
        """Take lines apart; those with an ordinary header that stand for one message are ordinary."""
        _, *parts = _ORDINARY.split(lines.text)  # program, message and what stands between two lines: nothing
        programs, messages = parts[::3], parts[1::3]
        odd = () if all(programs) else [place for place, program in enumerate(programs) if not program]
        return Split(messages, programs, odd)

    def has_field(self, name: str) -> bool:
        """One of `fields`, or a parameter of structured data."""
        return name in (self.fields or ()) or name.startswith(_STRUCTURED_DATA)

    def field(self, parsed: Parsed, name: str) -> str | None:
        """The text of a field; None where the header doesn't have it or it is the nil value."""
        header: re.Match[str] = parsed.origin
        if name == "message":
            return parsed.message
        if name in {"severity", "facility"}:
            return _grade(header, name)
        if name == "msgid":
            return _given(header["msgid"])
        if name.startswith(_STRUCTURED_DATA):
            return next((text for found, text in _parameters(header["structured"]) if name in found), None)
        if name == "program":
            return _program(header)
        return _given(header[name] or header[name + "5"]) if name in (self.fields or ()) else None

    def time(self, line: str) -> str | None:
        """The stamp of the header."""
        header = _HEADER.match(line)
        return header and _given(header["timestamp"] or header["timestamp5"])

    def names(self, parsed: Parsed) -> list[str]:
        """The fields of the header, the parameters of structured data, and the message."""
        parameters = (found[0] for found, _ in _parameters(parsed.origin["structured"]))
        return [*sorted((self.fields or frozenset()) - {"message"}), *parameters, "message"]


def _program(header: re.Match[str]) -> str | None:
    return _given(header["program"] or header["metalog"] or header["program5"])


def _given(text: str | None) -> str | None:
    return None if text == _NIL else text


def _parameters(structured: str | None) -> Iterator[tuple[tuple[str, ...], str]]:
    """The parameters of structured data: what each may be called, and its text."""
    for element in _ELEMENT.finditer(structured or ""):
        name = element["id"] or ""
        for parameter in _PARAMETER.finditer(element["parameters"] if name else ""):
            quoted, bare = parameter["quoted"], parameter["bare"]
            text = bare if quoted is None else _ESCAPED.sub(r"\1", quoted)
            if text is not None:
                yield tuple(f"sd.{each}.{parameter['name']}" for each in (name, name.partition("@")[0])), text


def _grade(header: re.Match[str], name: str) -> str | None:
    """The severity or facility, wherever in the header it is told."""
    if name == "severity" and (level := header["level"] or header["grade"]):
        return level.lower()
    told = header["told"] or header["id"]
    return _told(told, name) if told else _priority(header["priority"], name)


def _told(text: str, name: str) -> str:
    """What BusyBox writes before the program, and Solaris behind it: facility.severity."""
    facility, _, severity = text.partition(".")
    found = facility if name == "facility" else severity
    return _SYNONYMS.get(found, found)


def _priority(text: str | None, name: str) -> str | None:
    """RFC 5424, section 6.2.1: the priority is eight times the facility plus the severity."""
    number = int(text) if text else len(FACILITIES) * 8
    if number >= len(FACILITIES) * 8:
        return None
    return SEVERITIES[number % 8] if name == "severity" else FACILITIES[number // 8]
