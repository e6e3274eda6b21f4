r"""nginx `log_format` and Apache `LogFormat` strings → a regex with the variables as captures.

nginx: `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent`. Apache: `%h %l %u %t "%r" %>s %b`.
`$request` and `%r` also give `method`, `path` and `protocol`; Apache's directives get the names of nginx's variables.

Text between the variables must stand as it is. A value ends where the text after its variable begins; one between quotes may
hold escaped quotes (nginx escapes `"` as \x22, Apache as \"), so that a stranger's user agent can't end its field early.
Variables with no text between them can't be told apart: together they match, and give no captures. A format may be pasted
from the server's configuration: with its \" as they are, between its quotes, or as the whole directive,
`log_format main '…' '…';` or `LogFormat "…" combined`.

Sources: nginx, "Module ngx_http_log_module"; Apache, "Module mod_log_config".
"""

from __future__ import annotations

import re

from log2metrics.match.pattern import PatternError
from log2metrics.match.quotes import inside_quotes

_TOKEN = re.compile(
    r"\$(?:(?P<nginx>\w+)|\{(?P<braced>\w+)\})"
    r"|%(?P<modifiers>[<>!\d,]*)(?:\{(?P<argument>[^}]+)\})?(?P<apache>\^t[io]|\^FB|[a-zA-Z])",
    re.ASCII,
)
_STRING = r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+\""""
_COMMENT = r"#[^\n]*+"
_IS_DIRECTIVE = re.compile(r"\s*+(?:log_format|LogFormat)\s")
_DIRECTIVE = re.compile(
    r"\s*+(?:log_format\s++\S++\s++(?:escape=\w++\s++)?+|LogFormat\s++|(?=['\"][^\n]*+\n\s*+['\"]))"
    rf"((?:{_STRING}|{_COMMENT}|\s)++)[\w-]*+\s*+;?+\s*+(?:{_COMMENT}\s*+)?\Z",
    re.DOTALL,
)
_PARTS = re.compile(rf"{_STRING}|{_COMMENT}", re.DOTALL)
_ESCAPE = re.compile(r"\\([\"'\\t])")
_APACHE = {
    "h": "remote_addr", "a": "remote_addr", "l": "remote_logname", "u": "remote_user", "t": "time_local", "r": "request",
    "s": "status", "b": "body_bytes_sent", "B": "body_bytes_sent", "O": "bytes_sent", "I": "request_length",
    "D": "request_microseconds", "T": "request_seconds", "v": "server_name", "V": "host", "p": "server_port", "m": "method",
    "U": "path", "q": "args", "H": "protocol", "X": "connection_status", "k": "connection_requests", "P": "pid",
    "A": "server_addr", "f": "request_filename", "L": "log_id", "R": "handler", "S": "bytes_transferred",
    "^FB": "first_byte_microseconds",
}  # fmt: skip
_OPTIONAL_ARGUMENT = {"t", "T", "p", "P", "a", "h"}  # those that mean much the same with one
_OTHERS = {
    ("T", "ms"): "request_milliseconds",
    ("T", "us"): "request_microseconds",
    ("p", "remote"): "remote_port",
    ("P", "tid"): "tid",
    ("P", "hextid"): "tid",
}  # those that mean something else with one
_ORIGINS = {"i": "http", "o": "sent_http", "C": "cookie", "e": "env", "n": "note"}

_STATUS = r"[0-9]{3}|-"
_NUMBER = r"-|[0-9]+(?:\.[0-9]+)?"
_SHAPES = {
    "status": _STATUS, "original_status": _STATUS, "body_bytes_sent": _NUMBER, "bytes_sent": _NUMBER,
    "bytes_transferred": _NUMBER, "request_length": _NUMBER, "request_time": _NUMBER, "request_seconds": _NUMBER,
    "request_milliseconds": _NUMBER, "request_microseconds": _NUMBER, "first_byte_microseconds": _NUMBER,
}  # fmt: skip
_PERCENT = "%\0"  # a percent sign that begins no directive
_QUOTED = inside_quotes()
# A stranger's text that has no quotes of its own may hold anything but a quote: it ends as late as it can.
_LATE = r'""|[^"\\]*(?:\\.[^"\\]*)*'
_UNQUOTED = {"remote_user", "request"}
# The same of what the server has decoded, or takes as it comes, where a blank or nothing follows.
_DECODED = {"path", "uri", "document_uri", "request_filename", "http_referer", "http_user_agent"}
# An address that a colon follows may have colons of its own.
_ADDRESSES = {"remote_addr", "server_addr", "realip_remote_addr", "proxy_protocol_addr", "host", "http_host"}
_BEFORE_COLON = r"\[[0-9A-Fa-f:.]*\]|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f.]*|unix:|[^:]*"
_REQUEST = rf"(?P<method>[A-Z]+) (?P<path>{inside_quotes(' ')})(?: (?P<protocol>HTTP/[0-9.]+))?"
_OF_REQUEST = {"method", "path", "protocol"}


def log_format_pattern(text: str) -> str:
    """The regex for a log format. Raises PatternError."""
    text = _unescaped(_format_of(text)).replace("%%", _PERCENT)
    tokens = list(_TOKEN.finditer(text))
    if not tokens:
        raise PatternError(
            f"{text!r} has no variable", right="a log format such as '$remote_addr [$time_local] \"$request\" $status'"
        )
    parts = ["^", _literal(text[: tokens[0].start()])]
    taken: set[str] = set()
    joined: list[str] = []
    for token, end in zip(tokens, [*(token.start() for token in tokens[1:]), len(text)], strict=True):
        name, between = _name(token), text[token.end() : end]
        if end < len(text) and not between:
            joined.append(name)
            continue
        is_request = name == "request" and text[: token.start()].endswith('"') and between.startswith('"')
        if is_request and not joined and taken.isdisjoint(_OF_REQUEST):
            value = f"{_REQUEST}|{_QUOTED}"
            taken |= _OF_REQUEST
        else:
            kind = next((each for each in joined if each in _DECODED), name)
            value = _value(kind, token, between, is_quoted=text.count('"', 0, token.start()) % 2 == 1)
        parts.append(f"(?:{value})" if joined or name in taken else f"(?P<{name}>{value})")
        parts.append(_literal(between))
        taken.add(name)
        joined = []
    return "".join(parts)


def _format_of(text: str) -> str:
    """The format in a whole directive of nginx or Apache, or in strings on more than one line; else the text, on its line."""
    directive = _DIRECTIVE.match(text)
    if directive:
        return "".join(part[1:-1] for part in _PARTS.findall(directive[1]) if not part.startswith("#"))
    if _IS_DIRECTIVE.match(text):
        raise PatternError(
            "a directive without a format between quotes",
            right="`log_format NAME '…';`, `LogFormat \"…\" NAME`, or the format alone",
        )
    string = text.strip().removesuffix(";").rstrip()
    # A line of a log may begin and end with a double quote, but then there is no \" between them.
    if _PARTS.fullmatch(string) and (string[0] == "'" or '\\"' in string):
        return string[1:-1]
    return text.strip("\r\n")


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda escape: "\t" if escape[1] == "t" else escape[1], text)


def _literal(text: str) -> str:
    return re.escape(text.replace(_PERCENT, "%"))


def _name(token: re.Match[str]) -> str:
    letter, argument = token["apache"], token["argument"]
    if letter is None:
        return str(token["nginx"] or token["braced"])
    if (letter, argument) in _OTHERS:
        return _OTHERS[letter, argument]
    if letter == "s" and "<" in token["modifiers"]:
        return "original_status"  # before a redirection within the server
    if argument is None or letter in _OPTIONAL_ARGUMENT:
        if letter not in _APACHE:
            known = ", ".join(f"%{directive}" for directive in _APACHE)
            raise PatternError(f"%{letter} is not a directive known here", right=f"one of {known}")
        return _APACHE[letter]
    name = f"{_ORIGINS.get(letter, letter.strip('^'))}_{argument.lower()}"
    return re.sub(r"\W", "_", name)


def _value(name: str, token: re.Match[str], between: str, *, is_quoted: bool) -> str:
    """The regex of one value, from its variable, the text after it, and whether it stands between quotes."""
    after = between[:1]
    end = re.escape(after)
    if name == "time_local":
        return _time(token, end)
    if name in _SHAPES:
        return _SHAPES[name]
    if (name in _UNQUOTED and after != '"') or (name in _DECODED and after == " "):
        return _LATE
    if is_quoted:
        return _QUOTED if after == '"' else inside_quotes(end)
    return _bare(name, between)


def _bare(name: str, between: str) -> str:
    """The regex of a value without quotes: a list of upstreams or of forwarding proxies, or all up to the text after it."""
    if name in _ADDRESSES and between.startswith(":"):
        return _BEFORE_COLON
    if name.startswith("upstream_"):
        one = _until(between, ' ",')
        return rf"{one}(?:(?:,| :) {one})*+"
    if name == "http_x_forwarded_for":
        one = _until(between, " ,")
        return rf"{one}(?:, ?{one})*+"
    if not between:
        return r"[^\t]*+" if name in _DECODED else r"[^ \t]*+"
    return _until(between)


def _until(between: str, others: str = "") -> str:
    """What goes on until the text after it begins, or one of some other characters.

    Where that text begins with a space, the space is enough.
    """
    end, rest = re.escape(between[:1]), _literal(between[1:])
    whole = rf"[^{others}{end}]"
    return f"(?:{whole}|{end}(?!{rest}))*+" if rest and not between[0].isspace() else f"{whole}*+"


def _time(token: re.Match[str], end: str) -> str:
    """Apache's `%t` brings its brackets along, nginx's `$time_local` has a space in it."""
    if token["apache"] and token["argument"] is None:
        return r"\[[^\]\[]*+\]"
    if token["apache"] and end == re.escape(" "):
        return " ".join([r"[^ ]*+"] * (token["argument"].count(" ") + 1))
    if token["apache"] or end == r"\]":
        return rf"[^\[{end}]*+"
    return r"[^ ]*+ [+-][0-9]{4}"
