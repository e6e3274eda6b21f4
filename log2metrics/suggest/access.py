"""Access logs of web servers: the `log_format` that a line was probably written with.

Any order of fields will do, as long as there is a time in brackets and a request in quotes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from log2metrics.match.logformat import log_format_pattern
from log2metrics.match.pattern import Pattern
from log2metrics.metric import MetricType
from log2metrics.suggest.draft import LabelDraft, MetricDraft, RuleDraft
from log2metrics.suggest.naming import unused

_SHARE = 0.6
_TIME = re.compile(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d[^\]]*\]")
_REQUEST = re.compile(r'"[A-Z]+ [^"]* HTTP/[\d.]+"')
_FIELD = re.compile(r'(?:(?P<key>[A-Za-z_]\w*)=)?(?P<value>"(?:[^"\\]|\\.)*+"|\[[^\]]*\]|[^\s"\[]+)', re.ASCII)
_STATUS = re.compile(r"[1-5]\d\d")
_BYTES = re.compile(r"\d+|-")
_SECONDS = re.compile(r"\d+\.\d+")
_REFERER = re.compile(r'"(?:https?:.*|-)"')
_GUESSES = 20


def guess_log_format(lines: Sequence[str]) -> str | None:
    """The log format that most of these lines have, if they are of an access log."""
    guesses = Counter(guess for line in lines if (guess := _guess(line)))
    if sum(guesses.values()) < _SHARE * len(lines):
        return None
    for guess, _ in guesses.most_common(_GUESSES):
        pattern = Pattern(log_format_pattern(guess))
        if sum(pattern.find_exact(line) is not None for line in lines) >= _SHARE * len(lines):
            return guess
    return None


def _guess(line: str) -> str | None:
    if not (_TIME.search(line) and _REQUEST.search(line)) or "$" in line or "%" in _between(line):
        return None
    names: list[str] = []
    parts: list[str] = []
    at = 0
    for found in _FIELD.finditer(line):
        value = found["value"]
        name = _name(value, names, found["key"])
        names.append(name)
        shown = f"{value[0]}${name}{value[-1]}" if value[0] in '"[' else f"${name}"
        parts += [line[at : found.start("value")], shown]
        at = found.end()
    return "".join(parts)


def _between(line: str) -> str:
    """What stands between the fields, which is taken as it is."""
    return _FIELD.sub(lambda found: found["key"] or "", line)


def _name(field: str, before: list[str], key: str | None) -> str:
    candidates = {
        "remote_addr": not before,
        "time_local": _TIME.fullmatch(field),
        "request": _REQUEST.fullmatch(field),
        "status": "request" in before and _STATUS.fullmatch(field),
        "body_bytes_sent": "status" in before and not key and _BYTES.fullmatch(field),
        "request_time": "status" in before and _SECONDS.fullmatch(field),
        "http_referer": "status" in before and _REFERER.fullmatch(field),
        "http_user_agent": "http_referer" in before and field[0] == '"',
        "remote_user": len(before) > 1 and "time_local" not in before,
    }
    found = (name for name, fits in candidates.items() if fits and name not in before)
    return next(found, key if key and key not in before else f"field_{len(before) + 1}")


def access_metrics(
    log_format: str, lines: Sequence[str], prefix: str, taken: Collection[str]
) -> tuple[tuple[MetricDraft, ...], tuple[str, ...]]:
    """Draft what every access log is counted by, and a line that proves it: requests, bytes and durations."""
    names = Pattern(log_format_pattern(log_format)).groups
    drafts: list[MetricDraft] = []
    for suffix, kind, told, needs, labels, value in _WANTED:
        if needs in names:
            name = unused(f"{prefix}_http_{suffix.removesuffix('_total')}", "_total" * suffix.endswith("_total"), list(taken))
            rule = RuleDraft(log_format=log_format, value=value)
            drafts.append(MetricDraft(name, kind, told, rule, "all requests", labels))
    pattern = Pattern(log_format_pattern(log_format))
    matched = sorted((line for line in lines if pattern.find_exact(line)), key=lambda line: (not line.isprintable(), len(line)))
    return tuple(drafts), (matched[0],)


_METHOD = LabelDraft("method", ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"))
_STATUSES = LabelDraft("status", limit=60)
_WANTED = (
    ("requests_total", MetricType.COUNTER, "Requests by method and status.", "status", (_METHOD, _STATUSES), ""),
    ("response_bytes_total", MetricType.COUNTER, "Bytes sent.", "body_bytes_sent", (), "{body_bytes_sent}"),
    ("request_seconds", MetricType.HISTOGRAM, "Seconds that requests took.", "request_time", (), "{request_time}"),
)
