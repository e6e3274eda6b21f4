"""The program's own log: logfmt on standard error, one line per message, whatever a message contains."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

import click

from log2metrics.metric import safe_text

LEVELS = ("debug", "info", "warning", "error")
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

log_level_option = click.option(
    "--log-level", type=click.Choice(LEVELS), default="info", show_default=True, help="How much to say on standard error."
)


class LogfmtFormatter(logging.Formatter):
    """`time=… level=… msg="…" key=value`, with the keys of `extra` in alphabetical order."""

    def format(self, record: logging.LogRecord) -> str:
        """One line for a record; a traceback, where there is one, goes into `error`."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        pairs = {"time": time, "level": record.levelname.lower(), "msg": record.getMessage()}
        pairs |= {key: str(value) for key, value in sorted(record.__dict__.items()) if key not in _STANDARD}
        if record.exc_info:
            pairs["error"] = self.formatException(record.exc_info)
        return " ".join(f"{key}={_value(text)}" for key, text in pairs.items())


def _value(text: str) -> str:
    if text.isascii() and text.isprintable() and text and not set(text) & set(' "=\\'):
        return text
    return json.dumps("\n".join(map(safe_text, text.split("\n"))), ensure_ascii=False)


def start_logging(level: str) -> None:
    """Send all messages of this level and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogfmtFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
