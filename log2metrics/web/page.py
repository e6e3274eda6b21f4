"""The status page: a Status as HTML that needs no script and nothing from elsewhere.

All text is escaped by jinja2 and made safe to show. Refuses to know HTTP.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from log2metrics.metric import safe_text
from log2metrics.web.exporter import Status

#: The only things the page may load or do.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_KIBI = 1024
_WHOLE = 100  # from here on, what is behind the point says nothing


class Page:
    """The page's template, read once."""

    def __init__(self) -> None:
        environment = Environment(
            loader=PackageLoader("log2metrics.web"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {
            "duration": duration,
            "size": size,
            "grouped": "{:,}".format,
            "rate": rate,
            "seconds": "{:.2f} s".format,
        }
        self._template = environment.get_template("status.html")
        self.style = (files("log2metrics.web") / "templates" / "status.css").read_bytes()

    def render(self, status: Status, *, ready: bool, now: float) -> bytes:
        """Write the page in UTF-8; `now` is in Unix seconds."""
        return self._template.render(status=status, ready=ready, now=now).encode()


def duration(seconds: float) -> str:
    """Write a duration in its two largest units, as in `3 h 20 min`; one from the future is `0 s`."""
    whole = max(int(seconds), 0)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def size(count: int) -> str:
    """Write a number of bytes in a unit that keeps it short, as in `1.5 MiB`."""
    amount, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < _KIBI:
            break
        amount, unit = amount / _KIBI, larger
    return f"{amount:.1f} {unit}" if unit != "B" else f"{count} B"


def rate(per_second: float) -> str:
    """Write how often something happens: three digits, and where there are more before the point, those."""
    return f"{per_second:,.0f}" if per_second >= _WHOLE else f"{per_second:.3g}"


def _shown(value: Any) -> Any:  # noqa: ANN401 - whatever a template may hold
    return safe_text(value) if isinstance(value, str) else value
