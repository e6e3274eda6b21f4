"""Syslog lines: RFC 3164 and its files on disk, RFC 5424, and the ISO 8601 time stamps that rsyslog writes today.

    Nov 15 03:36:56 web1 sshd[5916]: message                        RFC 3164, section 4; optional year and host
    2026-11-20T15:54:46.577582+00:00 web1 sshd[5916]: message       RSYSLOG_FileFormat
    <86>1 2026-11-20T15:54:46.577582+00:00 web1 sshd 5916 - - message   RFC 5424, section 6

All of them may have a priority in front. A line without a tag has the program "". `message repeated N times: [ … ]`, as
rsyslog writes it, stands for N of the message in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from log2metrics.match.formats.parsed import Parsed, Split

SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
)

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_BSD_TIME = rf"{_MONTH}\ [ \d]?\d\ (?:\d{{4}}\ )?{_CLOCK}(?:\ [A-Z]{{3,4}}:?)?"
_ISO_TIME = rf"\d{{4}}-\d\d-\d\d[T ]{_CLOCK}(?:Z|[+-]\d\d:?\d\d)?"
_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_STRUCTURED = rf"(?:-|(?:\[(?:[^\]\"]|{_QUOTED})*+\])++)"

_HEADER = re.compile(
    rf"""
    (?:<(?P<priority>\d{{1,3}})>)?+
    (?:
      (?P<timestamp>{_BSD_TIME}|{_ISO_TIME})
      (?:\ (?P<host>\S*[^\s:]))?[ ]
      (?:(?P<program>[^\s:\[(]+|\([^\s)]*\))(?:\([^\s)]*\))?(?:\[(?P<pid>[^\]\s]*)\])?:(?:\ |$))?
    |
      (?(priority)[1-9]\d{{0,2}}|1)\ (?P<timestamp5>\S+)\ (?P<host5>\S+)\ (?P<program5>\S+)\ (?P<pid5>\S+)\ (?P<msgid>\S+)
      \ {_STRUCTURED}(?:\ \ ?\ufeff?|$)
    )
    """,
    re.VERBOSE | re.ASCII,
)
# The ordinary line: no priority, a host, a tag of one word. A part of what _HEADER takes, and taken apart the same.
_ORDINARY = re.compile(
    rf"(?:{_MONTH} [ \d]?\d \d\d:\d\d:\d\d|\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{1,6}}(?:Z|[+-]\d\d:\d\d))"
    r" \S*[^\s:] ([^\s:\[(]+)(?:\[\d+\])?: ",
    re.ASCII,
)
_REPEATED = re.compile(r"message repeated (\d{1,9}) times: \[ ?(.*)\]\Z", re.DOTALL | re.ASCII)
_NIL = "-"


class Syslog:
    """The format of syslog files and of what rsyslog, syslog-ng and journald write in their place."""

    fields: frozenset[str] | None = frozenset({"timestamp", "host", "program", "pid", "severity", "facility", "msgid"})
    verbatim = True
    split_fields: Mapping[str, bool] = {"program": True, "severity": False, "facility": False, "msgid": False}

    def parse(self, line: str) -> Parsed | None:
        """Take a line apart; None if it has no syslog header."""
        header = _HEADER.match(line)
        if header is None:
            return None
        message = line[header.end() :]
        program = _given(header["program"] or header["program5"]) or ""
        if message.startswith("message repeated "):
            repeated = _REPEATED.match(message)
            if repeated:
                return Parsed(repeated[2], program, int(repeated[1]), header)
        return Parsed(message, program, 1, header)

    def split(self, lines: Sequence[str]) -> Split:
        """Take lines apart; those with an ordinary header that stand for one message are ordinary."""
        messages: list[str] = []
        programs: list[str] = []
        odd: list[str] = []
        match = _ORDINARY.match
        for line in lines:
            header = match(line)
            if header is None or line.startswith("message repeated ", end := header.end()):
                odd.append(line)
            else:
                messages.append(line[end:])
                programs.append(header[1])
        return Split(messages, programs, odd)

    def field(self, parsed: Parsed, name: str) -> str | None:
        """The text of one of `fields`; None where the header doesn't have it or it is the nil value."""
        header: re.Match[str] = parsed.origin
        if name in {"severity", "facility"}:
            return _priority(header["priority"], name)
        if name == "msgid":
            return _given(header["msgid"])
        return _given(header[name] or header[name + "5"])


def _given(text: str | None) -> str | None:
    return None if text == _NIL else text


def _priority(text: str | None, name: str) -> str | None:
    """RFC 5424, section 6.2.1: the priority is eight times the facility plus the severity."""
    number = int(text) if text else len(FACILITIES) * 8
    if number >= len(FACILITIES) * 8:
        return None
    return SEVERITIES[number % 8] if name == "severity" else FACILITIES[number // 8]
