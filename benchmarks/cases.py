"""What is measured: every case is one entry in `CASES`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import product
from typing import NamedTuple

from benchmarks.logs import (
    SHAPES,
    Maker,
    auth_log,
    columns,
    crowded,
    distinct_values,
    json_lines,
    mixed_syslog,
    nginx_combined,
    quiet_syslog,
)
from benchmarks.rules import Rule
from log2metrics.match.formats import Format


class Kind(Enum):
    """What is done with the log, and so who takes part."""

    COUNT = "`once`, beside mtail, rg and wc"
    JOBS = "`once` with more than one process, beside one process"
    LIBRARY = "`once` with all packs that ship; the truth is that of a few of their metrics"
    SCRAPE = "one scrape of a running program that has counted the log, beside mtail's"
    BACKLOG = "`run` from its start until all is counted"
    SCRAPED_BACKLOG = "the same while somebody scrapes every second, beside nobody"


class Target(NamedTuple):
    """Our speed is at least so many `times` that `of` a program in the same case, or of ours in the case of this name.

    With another case, which is measured at another time, it is CPU time that is compared.
    """

    times: float
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One log, the rules that count it, and what is claimed.

    `options` go to `log2metrics once`, which without any uses all processors. A ratio within a case is the median of the pairs;
    `wall_seconds` is the most that the median of our wall times may be, `peak_megabytes` the most that any run of ours may have
    in memory at once.
    """

    name: str
    log: Maker
    format: Format = Format.PLAIN
    rules: tuple[Rule, ...] = ()
    kind: Kind = Kind.COUNT
    lines: int = 1_000_000
    quick_lines: int = 200_000
    options: tuple[str, ...] = ("--jobs", "1")
    targets: tuple[Target, ...] = ()
    wall_seconds: float | None = None
    peak_megabytes: float | None = None


_NGINX = Rule(
    "nginx_requests_total",
    r'^\S+ \S+ \S+ \[[^\]]+\] "(?P<method>[A-Z]+) \S+ [^"]*" (?P<status>\d{3}) \d+ "[^"]*" "[^"]*"$',
    ("method", "status"),
)

_AUTH = (
    Rule("sshd_failed_total", r"Failed \S+ for (?:invalid user )?(?P<user>\S+) from \S+ port \d+", ("user",)),
    Rule("sshd_accepted_total", r"Accepted (?P<method>\S+) for \S+ from \S+ port \d+", ("method",)),
    Rule("sshd_invalid_users_total", r"Invalid user \S* from \S+"),
    Rule("sudo_total", r"(?P<user>\S+) : TTY=\S+ ; PWD=\S+ ; USER=\S+ ; COMMAND=", ("user",)),
    Rule("cron_total", r"pam_unix\(cron:session\): session opened for user (?P<user>[^\s(]+)", ("user",)),
)

# What other programs write to such a log, and none of it in ours.
_UNSEEN = (
    r"POSSIBLE BREAK-IN ATTEMPT!",
    r"maximum authentication attempts exceeded for (?:invalid user )?\S+ from \S+",
    r"Did not receive identification string from \S+",
    r"Bad protocol version identification '.*' from \S+",
    r"Unable to negotiate with \S+ port \d+: no matching \S+ method found",
    r"Could not load host key: \S+",
    r"fatal: Timeout before authentication for \S+",
    r"User \S+ from \S+ not allowed because not listed in AllowUsers",
    r"Postponed publickey for \S+ from \S+ port \d+",
    r"Certificate invalid: expired",
    r"Server listening on \S+ port \d+\.",
    r"subsystem request for sftp by user \S+",
    r"Starting session: \w+ on \S+ for \S+ from \S+",
    r"ssh_dispatch_run_fatal: Connection from \S+ port \d+: \w+",
    r"error: kex_exchange_identification: \w+",
    r"Nasty PTR record \S+ is set up for \S+",
    r"user NOT in sudoers ; TTY=\S+",
    r"\d+ incorrect password attempts? ; TTY=\S+",
    r"command not allowed ; TTY=\S+",
    r"conversation failed",
    r"auth could not identify password for \[\S+\]",
    r"\(to \S+\) \S+ on pts/\d+",
    r"FAILED SU \(to \S+\) \S+ on \S+",
    r"Successful su for \S+ by \S+",
    r"FAILED LOGIN \(\d+\) on '/dev/\S+' FOR '\S+'",
    r"ROOT LOGIN +on '\S+'",
    r"LOGIN ON \S+ BY \S+",
    r"TOO MANY LOGIN TRIES \(\d+\) on \S+",
    r"new user: name=\S+, UID=\d+",
    r"new group: name=\S+, GID=\d+",
    r"add '\S+' to group '\S+'",
    r"delete user '\S+'",
    r"removed group '\S+' owned by '\S+'",
    r"password changed for \S+",
    r"changed user '\S+' (?:information|shell)",
    r"changed password expiry for \S+",
    r"Operator of unix-session:\S+ (?:successfully|FAILED to) authenticate",
    r"Registered Authentication Agent for unix-\w+:\S+",
    r"Power key pressed",
    r"System is (?:rebooting|powering down)",
    r"Watching system buttons on /dev/input/event\d+",
    r"account \S+ has expired",
    r"pam_faillock\(\S+\): Consecutive login failures for user \S+",
    r"pam_tally2\(\S+\): user \S+ \(\d+\) tally \d+, deny \d+",
    r"gkr-pam: unable to locate daemon control file",
)
_MANY = _AUTH + tuple(Rule(f"unseen_{number}_total", regex) for number, regex in enumerate(_UNSEEN, 1))


_OBJECTS = ("volume", "queue", "tunnel", "session", "mailbox", "container", "lease", "certificate", "job", "peer",
            "snapshot", "channel", "replica", "token", "device")  # fmt: skip
_FATES = ("was rejected", "was revoked", "has failed", "has expired", "is degraded", "was evicted", "has stalled",
          "is unreachable", "was throttled", "is corrupt")  # fmt: skip
_HUNDREDS = _MANY + tuple(
    Rule(f"{thing}_{fate.replace(' ', '_')}_total", rf"{thing} \S+ {fate} by \S+ after \d+ s")
    for thing, fate in product(_OBJECTS, _FATES)
)

_JSON = Rule(
    "requests_total", "^request completed$", ("level",), raw=r'"level":"(?P<level>\w+)","msg":"request completed",.*"trace":'
)
_DISTINCT = Rule("served_total", r"^\d+ served (?P<item>\S+) in \d+ ms$", ("item",))
_GIVEN = Rule("given_total", r"^\d+ [A-Z]+ \S+ gave (?P<status>\d{3})$", ("status",))
_SHAPES = tuple(Rule(f"shape_{each}_total", rf"^\d+ [{each}]+ [\d.]+ (?P<code>\d{{3}})$", ("code",)) for each in SHAPES)

_GIGABYTE_LINES = 5_700_000  # of nginx_combined

CASES = (
    Case(name="small", log=auth_log, format=Format.SYSLOG, rules=_AUTH, lines=100, quick_lines=100, wall_seconds=0.4),
    Case(name="nginx-1", log=nginx_combined, rules=(_NGINX,), lines=2_000_000,
         targets=(Target(4.5, "mtail"), Target(1 / 5, "rg -c"))),
    Case(name="nginx-jobs", log=nginx_combined, rules=(_NGINX,), kind=Kind.JOBS, lines=_GIGABYTE_LINES,
         options=("--jobs", "2"), targets=(Target(1.8, "one process"),)),
    Case(name="auth-5", log=auth_log, format=Format.SYSLOG, rules=_AUTH, lines=2_000_000, targets=(Target(5, "mtail"),)),
    Case(name="auth-50", log=auth_log, format=Format.SYSLOG, rules=_MANY, lines=2_000_000,
         targets=(Target(15, "mtail"), Target(0.8, "auth-5"))),
    Case(name="auth-50-jobs", log=auth_log, format=Format.SYSLOG, rules=_MANY, lines=2_000_000, options=(),
         targets=(Target(15, "mtail"),)),
    Case(name="auth-200", log=auth_log, format=Format.SYSLOG, rules=_HUNDREDS, targets=(Target(0.6, "auth-5"),)),
    Case(name="nothing-50", log=quiet_syslog, format=Format.SYSLOG, rules=_MANY, lines=2_000_000,
         targets=(Target(1 / 4, "rg -c"),)),
    Case(name="json", log=json_lines, format=Format.JSON, rules=(_JSON,), lines=500_000, quick_lines=50_000),
    Case(name="distinct", log=distinct_values, rules=(_DISTINCT,), lines=2_000_000, targets=(Target(4, "mtail"),)),
    Case(name="distinct-jobs", log=distinct_values, rules=(_DISTINCT,), lines=2_000_000, options=(),
         targets=(Target(4, "mtail"),)),
    Case(name="no-literal-10", log=columns, rules=_SHAPES, targets=(Target(2, "mtail"),)),
    Case(name="library", log=mixed_syslog, kind=Kind.LIBRARY, lines=2_000_000, targets=(Target(0.5, "auth-5"),)),
    Case(name="scrape", log=distinct_values, rules=(_DISTINCT,), kind=Kind.SCRAPE, quick_lines=20_000,
         targets=(Target(1, "mtail"),)),
    Case(name="backlog", log=nginx_combined, rules=(_NGINX,), kind=Kind.BACKLOG, lines=_GIGABYTE_LINES, peak_megabytes=120),
    Case(name="backlog-scraped", log=crowded, rules=(_DISTINCT, _GIVEN), kind=Kind.SCRAPED_BACKLOG, lines=4_000_000,
         targets=(Target(0.85, "run"),)),
)  # fmt: skip
