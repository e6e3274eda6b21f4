"""Who may read log text: clients on this host, and those whom the server has authenticated.

Everybody else gets numbers. Log text can hold names, addresses and what somebody typed into the wrong field.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from wsgiref.types import WSGIEnvironment

# What a proxy says of whom it speaks for: then the connection comes from this host, and the client does not.
_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_VIA")


def may_read_logs(environ: WSGIEnvironment) -> bool:
    """Whether the client of a request may see log text."""
    if environ.get("REMOTE_USER"):
        return True
    if any(name in environ for name in _FORWARDED):
        return False
    return _is_loopback(environ.get("REMOTE_ADDR", "")) and _is_here(environ.get("HTTP_HOST", ""))


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None  # an IPv4 client of a socket for both
    return (mapped or parsed).is_loopback


def _is_here(host: str) -> bool:
    """Whether a request asks for this host by a name of its own: a page elsewhere may have its name lead here."""
    name = host.rpartition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    return not host or name == "localhost" or _is_loopback(name)
