"""Scrapes all the while, whichever process is there, and keeps what should never have been seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.subjects import Numbers, Subject, total
from tests.harness import Samples

_THOROUGH = 20  # every so many scrapes the text is read by Prometheus' own parser


@dataclass
class Watcher:
    """Compares every scrape with the one before, and with what had been written: `written` says how many lines."""

    subject: Subject
    written: Callable[[], int]
    scrapes: int = 0
    decreases: list[str] = field(default_factory=list)
    excesses: list[str] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    increase: float = 0.0  # of all lines, as Prometheus reckons: what is less than before has begun at zero
    last: Numbers = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def scrape(self) -> Numbers:
        """Read the numbers, if there are any to be had, and compare them."""
        with self._lock:
            numbers = self.subject.numbers()
            if numbers:
                self.scrapes += 1
                self._compare(numbers)
                if self.scrapes % _THOROUGH == 0:
                    self._parse()
            return numbers

    def _compare(self, numbers: Numbers) -> None:
        before, self.last = self.last, numbers
        for series, value in before.items():
            now = numbers.get(series, 0.0)
            if now < value:
                self.decreases.append(f"{series}: {value:.0f}, then {now:.0f}")
        for series, value in numbers.items():
            if series.startswith("chaos_lines_total"):
                grown = value - before.get(series, 0.0)
                self.increase += grown if grown >= 0 else value
        counted, written = total(numbers), self.written()
        if counted > written:
            self.excesses.append(f"{counted:.0f} lines counted when {written} had been written")

    def _parse(self) -> None:
        try:
            Samples.parse(self.subject.text())
        except (ValueError, AssertionError) as error:
            self.invalid.append(repr(error))
