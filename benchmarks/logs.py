"""Made-up logs that look like real ones, and the truth about them: which series every line counts in.

A log is the same on every machine: its chances come from a fixed seed. Knows nothing of regexes, packs or programs; the
truth comes from how a line was made, not from looking at it.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate, islice
from pathlib import Path
from time import gmtime, strftime

SEED = 10414
DISTINCT = 100_000
SHAPES = ("ab", "cd", "ef", "gh", "ij", "kl", "mn", "op", "qr", "st")
_START = 1_794_000_000.0  # Unix seconds
_COMPLETED = 0.9
_OF_THE_MANY = 0.05

#: A line without its newline, and the series it counts in, if any.
Entry = tuple[str, str | None]

#: An endless log.
Maker = Callable[[random.Random], Iterator[Entry]]


@dataclass(frozen=True, slots=True)
class Truth:
    """What a right count finds in a log: its lines, how many count in some series, and the series with their values."""

    lines: int
    matched: int
    series: dict[str, int]


def series_text(name: str, **labels: str) -> str:
    """A series in the manner of an exposition, labels sorted by name: the key by which counts are compared."""
    inner = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inner}}}"


def written_log(maker: Maker, lines: int, folder: Path) -> tuple[Path, Truth]:
    """The file that holds so many lines of a log, and the truth about it. Both are kept in the folder for the next time."""
    folder.mkdir(parents=True, exist_ok=True)
    made_by = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    path = folder / f"{maker.__name__}-{lines}-{made_by}.log"
    kept = path.with_suffix(".json")
    if not kept.exists():  # it is written last
        kept.write_text(json.dumps(asdict(_write(maker, lines, path))), encoding="utf-8")
    return path, Truth(**json.loads(kept.read_text(encoding="utf-8")))


def _write(maker: Maker, lines: int, path: Path) -> Truth:
    series: Counter[str] = Counter()
    with path.open("w", encoding="utf-8") as file:
        for line, counted in islice(maker(random.Random(SEED)), lines):  # noqa: S311  # repeatable, and no secret
            file.write(line + "\n")
            if counted:
                series[counted] += 1
    return Truth(lines, series.total(), dict(series))


_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "curl/7.88.1",
    "Prometheus/2.42.0",
)
_METHODS = ("GET",) * 16 + ("POST",) * 3 + ("HEAD",)
_STATUSES = ("200",) * 15 + ("304",) * 3 + ("301", "302", "403", "404", "404", "404", "500", "502")
_PATHS = tuple(f"/{part}/{number}" for part in ("article", "static/js", "api/v1/items", "images") for number in range(120))
_REFERRERS = ("-", "-", "-", "https://www.example.org/", "https://www.example.org/search?q=logs")


def nginx_combined(chance: random.Random) -> Iterator[Entry]:
    """The access log of a web server, in nginx's predefined format `combined`. Every line counts."""
    addresses = _addresses(chance, 5000)
    moment = _START
    while True:
        moment += chance.random() / 20
        stamp = strftime("%d/%b/%Y:%H:%M:%S +0000", gmtime(moment))
        method, status = chance.choice(_METHODS), chance.choice(_STATUSES)
        request = f"{method} {chance.choice(_PATHS)} HTTP/1.1"
        sent, referrer, agent = int(chance.expovariate(1e-4)), chance.choice(_REFERRERS), chance.choice(_AGENTS)
        line = f'{chance.choice(addresses)} - - [{stamp}] "{request}" {status} {sent} "{referrer}" "{agent}"'
        yield line, series_text("nginx_requests_total", method=method, status=status)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of message: how often of a hundred, its text, and the metric and labels that it counts in."""

    weight: int
    text: str
    metric: str | None = None
    labels: tuple[str, ...] = ()


_USERS = ("root", "admin", "deploy", "git", "postgres", "oracle", "ubuntu", "test", "backup", "mara", "jonas", "www-data")
_AUTH_KINDS = (
    _Kind(15, "sshd[{pid}]: Failed none for invalid user {user} from {ip} port {port} ssh2", "sshd_failed_total", ("user",)),
    _Kind(10, "sshd[{pid}]: Failed password for {user} from {ip} port {port} ssh2", "sshd_failed_total", ("user",)),
    _Kind(3, "sshd[{pid}]: Accepted {method} for {user} from {ip} port {port} ssh2", "sshd_accepted_total", ("method",)),
    _Kind(13, "sshd[{pid}]: Invalid user {user} from {ip} port {port}", "sshd_invalid_users_total"),
    _Kind(3, "sudo:   {user} : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/apt update", "sudo_total", ("user",)),
    _Kind(6, "CRON[{pid}]: pam_unix(cron:session): session opened for user {user}(uid=0) by (uid=0)", "cron_total", ("user",)),
    _Kind(6, "CRON[{pid}]: pam_unix(cron:session): session closed for user {user}"),
    _Kind(3, "sudo: pam_unix(sudo:session): session opened for user root(uid=0) by {user}(uid=1000)"),
    _Kind(11, "sshd[{pid}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}"),
    _Kind(14, "sshd[{pid}]: Received disconnect from {ip} port {port}:11: Bye Bye [preauth]"),
    _Kind(12, "sshd[{pid}]: Disconnected from authenticating user {user} {ip} port {port} [preauth]"),
    _Kind(2, "systemd-logind[612]: New session {port} of user {user}."),
    _Kind(2, "systemd-logind[612]: Session {port} logged out. Waiting for processes to exit."),
)


_QUIET_KINDS = (
    _Kind(20, "systemd[1]: Started session-{port}.scope - Session {port} of User {user}."),
    _Kind(10, "systemd[1]: session-{port}.scope: Deactivated successfully."),
    _Kind(10, "systemd[1]: Starting man-db.service - Daily man-db regeneration..."),
    _Kind(20, "kernel: [{pid}.{port}] audit: type=1400 audit({pid}.{port}:{pid}): apparmor=STATUS operation=profile_load"),
    _Kind(10, "kernel: [{pid}.{port}] docker0: port 1(veth{pid}) entered forwarding state"),
    _Kind(10, "dhclient[{pid}]: DHCPREQUEST for {ip} on eth0 to {ip} port 67"),
    _Kind(10, "postfix/smtpd[{pid}]: connect from unknown[{ip}]"),
    _Kind(10, "rsyslogd[{pid}]: action 'action-0-builtin:omfwd' resumed (module 'builtin:omfwd') [v8.2302.0]"),
)
# The names and labels of the packs that ship with the program.
_LIBRARY_KINDS = (
    _Kind(15, "sshd[{pid}]: Failed password for {user} from {ip} port {port} ssh2", "sshd_logins_total", ("failed",)),
    _Kind(5, "sshd[{pid}]: Accepted password for {user} from {ip} port {port} ssh2", "sshd_logins_total", ("accepted",)),
    _Kind(10, "sshd[{pid}]: Invalid user {user} from {ip} port {port}", "sshd_invalid_users_total"),
    _Kind(10, "CRON[{pid}]: ({user}) CMD (/usr/bin/true)", "cron_jobs_total", ("user",)),
)


def auth_log(chance: random.Random) -> Iterator[Entry]:
    """The auth.log of a host on the open Internet, with RFC 3164 time stamps. Half of the lines count."""
    for stamp, kind, values in _messages(chance, _AUTH_KINDS):
        labels = {label: values[label] for label in kind.labels}
        yield f"{stamp} {kind.text.format_map(values)}", series_text(kind.metric, **labels) if kind.metric else None


def quiet_syslog(chance: random.Random) -> Iterator[Entry]:
    """The syslog of a host on which nothing of interest happens."""
    for stamp, kind, values in _messages(chance, _QUIET_KINDS):
        yield f"{stamp} {kind.text.format_map(values)}", None


def mixed_syslog(chance: random.Random) -> Iterator[Entry]:
    """A syslog with logins and cron jobs among the rest. The truth is told for these alone."""
    for stamp, kind, values in _messages(chance, (*_QUIET_KINDS, *_LIBRARY_KINDS)):
        yield f"{stamp} {kind.text.format_map(values)}", _library_series(kind, values["user"])


def _library_series(kind: _Kind, user: str) -> str | None:
    if kind.metric == "sshd_logins_total":
        return series_text(kind.metric, method="password", outcome=kind.labels[0])
    if kind.metric == "cron_jobs_total":
        return series_text(kind.metric, user=user)
    return series_text(kind.metric) if kind.metric else None


def _messages(chance: random.Random, kinds: Sequence[_Kind]) -> Iterator[tuple[str, _Kind, dict[str, str]]]:
    """Time stamp with host name, kind of message, and the values that stand in its text."""
    addresses, moment = _addresses(chance, 2000), _START
    weights = list(accumulate(kind.weight for kind in kinds))
    while True:
        moment += chance.random()
        (kind,) = chance.choices(kinds, cum_weights=weights)
        values = {
            "pid": str(chance.randrange(300, 99_999)),
            "user": chance.choice(_USERS),
            "ip": chance.choice(addresses),
            "port": str(chance.randrange(1024, 65_536)),
            "method": chance.choice(("password", "publickey")),
        }
        yield f"{strftime('%b %d %H:%M:%S', gmtime(moment))} web1", kind, values


def json_lines(chance: random.Random) -> Iterator[Entry]:
    """Long lines of a structured log, about 800 bytes each. Nine of ten count."""
    addresses, filler = _addresses(chance, 2000), "".join(chance.choices("abcdefghij0123456789", k=4000))
    while True:
        level, status, start = chance.choice(("info", "info", "warn")), chance.choice(_STATUSES), chance.randrange(3500)
        message = "request completed" if chance.random() < _COMPLETED else "connection reset"
        line = json.dumps(
            {
                "ts": f"{_START + start:.3f}",
                "level": level,
                "msg": message,
                "http": {"method": chance.choice(_METHODS), "path": chance.choice(_PATHS), "status": int(status)},
                "client": {"ip": chance.choice(addresses), "agent": chance.choice(_AGENTS)},
                "trace": filler[start : start + 480],
            },
            separators=(",", ":"),
        )
        counted = series_text("requests_total", level=level) if message == "request completed" else None
        yield line, counted


def distinct_values(chance: random.Random) -> Iterator[Entry]:
    """Lines with 100,000 different label values, each as often as any other."""
    while True:
        yield _served(chance, chance.randrange(DISTINCT))


def crowded(chance: random.Random) -> Iterator[Entry]:
    """First 100,000 different label values, then mostly others: one line in twenty is of one of the many."""
    for number in range(DISTINCT):
        yield _served(chance, number)
    while True:
        if chance.random() < _OF_THE_MANY:
            yield _served(chance, chance.randrange(DISTINCT))
        else:
            status = chance.choice(_STATUSES)
            request = f"{chance.choice(_METHODS)} {chance.choice(_PATHS)}"
            yield f"{chance.randrange(10**9)} {request} gave {status}", series_text("given_total", status=status)


def _served(chance: random.Random, number: int) -> Entry:
    item = f"item-{number:06d}"
    return f"{chance.randrange(10**9)} served {item} in {chance.randrange(1000)} ms", series_text("served_total", item=item)


def columns(chance: random.Random) -> Iterator[Entry]:
    """Lines that differ by the shape of their words alone, so that no text stands in all that a regex matches."""
    while True:
        number, code = chance.randrange(len(SHAPES) + 3), str(chance.randrange(100, 120))
        letters = SHAPES[number] if number < len(SHAPES) else "uvwxyz"
        word = "".join(chance.choices(letters, k=chance.randrange(6, 12)))
        line = f"{chance.randrange(10**6)} {word} {chance.random():.6f} {code}"
        counted = series_text(f"shape_{letters}_total", code=code) if letters in SHAPES else None
        yield line, counted


def _addresses(chance: random.Random, count: int) -> list[str]:
    return [".".join(str(chance.randrange(1, 255)) for _ in range(4)) for _ in range(count)]
