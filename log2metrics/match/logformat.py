r"""nginx `log_format` and Apache `LogFormat` strings → a regex with the variables as captures.

nginx: `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent`. Apache: `%h %l %u %t "%r" %>s %b`.
`$request` and `%r` also give `method`, `path` and `protocol`; Apache's directives get the names of nginx's variables.

Text between the variables must stand as it is. A value ends where the text after its variable begins; a quoted one may hold
escaped quotes (nginx escapes `"` as \x22, Apache as \"), so that a stranger's user agent can't end its field early.

Sources: nginx, "Module ngx_http_log_module"; Apache, "Module mod_log_config".
"""

from __future__ import annotations

import re

from log2metrics.match.pattern import PatternError

_TOKEN = re.compile(r"\$(?:(?P<nginx>\w+)|\{(?P<braced>\w+)\})|%(?P<change>[<>!\d,]*)(?:\{(?P<argument>[^}]+)\})?(?P<apache>\^?[a-zA-Z]{1,2}|%)")
_APACHE = {
    "h": "remote_addr", "a": "remote_addr", "l": "remote_logname", "u": "remote_user", "t": "time_local", "r": "request",
    "s": "status", "b": "body_bytes_sent", "B": "body_bytes_sent", "O": "bytes_sent", "I": "request_length",
    "D": "request_microseconds", "T": "request_seconds", "v": "server_name", "V": "host", "p": "server_port", "m": "method",
    "U": "path", "q": "args", "H": "protocol", "X": "connection_status", "k": "connection_requests", "P": "pid",
}  # fmt: skip
_HEADERS = {"referer": "http_referer", "user-agent": "http_user_agent", "x-forwarded-for": "http_x_forwarded_for"}

_NUMBER = r"-|\d+(?:\.\d+)?"
_SHAPES = {
    "status": r"\d{3}|-", "body_bytes_sent": _NUMBER, "bytes_sent": _NUMBER, "request_length": _NUMBER,
    "request_time": _NUMBER, "request_microseconds": _NUMBER, "request_seconds": _NUMBER,
}  # fmt: skip
_REQUEST = r"(?P<method>[A-Z]+) (?P<path>[^\s\"]*+)(?: (?P<protocol>HTTP/[\d.]+))?|{whole}"


def log_format_pattern(text: str) -> str:
    """The regex for a log format. Raises PatternError."""
    parts: list[str] = []
    names: set[str] = set()
    end = 0
    for token in _TOKEN.finditer(text):
        parts.append(re.escape(text[end : token.start()]))
        end = token.end()
        if token["apache"] == "%":
            parts.append("%")
            continue
        name = _name(token)
        parts.append(_value(name, quoted=_is_quoted(text, token), after=text[end : end + 1], seen=name in names))
        names.add(name)
    if not names:
        raise PatternError(f"{text!r} has no variable", right='a log format such as \'$remote_addr [$time_local] "$request" $status\'')
    return "^" + "".join(parts) + re.escape(text[end:])


def _name(token: re.Match[str]) -> str:
    if token["apache"] is None:
        return str(token["nginx"] or token["braced"])
    letter, argument = token["apache"], token["argument"]
    if argument is None or letter in {"t", "T", "p", "P", "a", "h"}:
        if letter not in _APACHE:
            raise PatternError(f"%{letter} is not a directive known here", right=f"one of {', '.join('%' + d for d in _APACHE)}")
        return _APACHE[letter]
    lowered = argument.lower()
    kind = {"i": "http", "o": "sent_http", "C": "cookie", "e": "env", "n": "note"}.get(letter, letter.strip("^"))
    return _HEADERS.get(lowered) or re.sub(r"\W", "_", f"{kind}_{lowered}")


def _is_quoted(text: str, token: re.Match[str]) -> bool:
    return text[: token.start()].endswith('"') and text[token.end() :].startswith('"')


def _value(name: str, *, quoted: bool, after: str, seen: bool) -> str:
    if name == "time_local" and not quoted:
        return r"\[[^\]]*+\]" if after != "]" else r"[^\]]*+"
    if quoted:
        whole = r'(?:[^"\\]|\\.)*+'
    elif after:
        whole = rf"[^{re.escape(after)}]*+"
    else:
        whole = r"\S*+"
    if seen:
        return f"(?:{whole})"
    if name == "request" and quoted:
        return f"(?P<request>{_REQUEST.replace('{whole}', whole)})"
    return f"(?P<{name}>{_SHAPES.get(name, whole)})"
