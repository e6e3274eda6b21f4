"""Made-up logs that look like real ones, and the truth about them: which series every line counts in.

A log is the same on every machine: its chances come from a fixed seed. Knows nothing of regexes, packs or programs; the
truth comes from how a line was made, not from looking at it.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate, islice
from pathlib import Path
from time import gmtime, strftime

SEED = 10414
_START = 1_794_000_000.0  # Unix seconds

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


def auth_log(chance: random.Random) -> Iterator[Entry]:
    """The auth.log of a host on the open Internet, with RFC 3164 time stamps. Half of the lines count."""
    addresses, moment = _addresses(chance, 2000), _START
    kinds, weights = list(_AUTH_KINDS), list(accumulate(kind.weight for kind in _AUTH_KINDS))
    while True:
        moment += chance.random()
        (kind,) = chance.choices(kinds, cum_weights=weights)
        values = {
            "pid": chance.randrange(300, 99_999),
            "user": chance.choice(_USERS),
            "ip": chance.choice(addresses),
            "port": chance.randrange(1024, 65_536),
            "method": chance.choice(("password", "publickey")),
        }
        line = f"{strftime('%b %d %H:%M:%S', gmtime(moment))} web1 {kind.text.format_map(values)}"
        labels = {label: str(values[label]) for label in kind.labels}
        yield line, series_text(kind.metric, **labels) if kind.metric else None


def _addresses(chance: random.Random, count: int) -> list[str]:
    return [".".join(str(chance.randrange(1, 255)) for _ in range(4)) for _ in range(count)]
