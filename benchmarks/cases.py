"""What is measured: every case is one entry in `CASES`."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.logs import Maker, auth_log, nginx_combined
from benchmarks.rules import Rule
from log2metrics.match.formats import Format


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One log and the rules that count it.

    `options` go to `log2metrics once`. A target is met if the median of the pairs is at least `times_mtail` times mtail's
    speed, and the median of our wall times is at most `wall_seconds`.
    """

    name: str
    log: Maker
    format: Format
    rules: tuple[Rule, ...]
    lines: int = 1_000_000
    quick_lines: int = 200_000
    options: tuple[str, ...] = ()
    times_mtail: float | None = None
    wall_seconds: float | None = None


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

CASES = (
    Case(name="nginx-1", log=nginx_combined, format=Format.PLAIN, rules=(_NGINX,), times_mtail=3),
    Case(name="auth-5", log=auth_log, format=Format.SYSLOG, rules=_AUTH),
    Case(name="auth-50", log=auth_log, format=Format.SYSLOG, rules=_MANY, times_mtail=8),
    Case(name="small", log=auth_log, format=Format.SYSLOG, rules=_AUTH, lines=100, quick_lines=100, wall_seconds=0.5),
)
