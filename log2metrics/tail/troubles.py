"""What can't be read just now: counted each time, logged once when it begins and once when it is over.

Refuses to know what is done about it.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable
from errno import errorcode

from log2metrics.telemetry import FILE_ERRORS, Telemetry

#: What an attempt usually fails for, by the names of errors.
USUAL = ("eacces", "eio", "emfile", "estale")

log = logging.getLogger(__name__)


class Troubles:
    """What one kind of attempt (opening, reading) fails for in one source, by path or by whatever else tells them apart."""

    def __init__(self, attempt: str, source: str, telemetry: Telemetry) -> None:
        self._attempt = attempt
        self._source = source
        self._telemetry = telemetry
        self._reasons: dict[Hashable, str] = {}
        self._met: set[Hashable] = set()

    def failed(self, path: str, error: OSError, key: Hashable = None) -> None:
        """Count one failed attempt by the error's name (`eacces`), and tell of it if it is news. `key` is the path if None."""
        key = key or path
        reason = errorcode.get(error.errno or 0, "unknown").lower()
        self._telemetry.add(FILE_ERRORS, 1, self._source, reason)
        self._met.add(key)
        if self._reasons.get(key) != reason:
            self._reasons[key] = reason
            log.warning(
                "can't %s, will try again",
                self._attempt,
                extra={"source": self._source, "file": path, "reason": reason, "error": error.strerror},
            )

    def has(self, key: Hashable) -> bool:
        """Whether the last attempt failed."""
        return key in self._reasons

    def over(self, path: str, key: Hashable = None) -> None:
        """An attempt succeeded, or there is nothing left to try."""
        if self._reasons.pop(key or path, None) is not None:
            log.info("the trouble to %s is over", self._attempt, extra={"source": self._source, "file": path})

    def settle(self) -> bool:
        """End a round in which every path was tried: what did not fail since the last call is over; whether anything did."""
        for key in self._reasons.keys() - self._met:
            self.over(str(key))
        self._met.clear()
        return bool(self._reasons)
