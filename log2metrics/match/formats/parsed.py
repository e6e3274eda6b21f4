"""What every line format gives: the Parsed line, and the Protocol that all formats share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol, runtime_checkable


class Parsed(NamedTuple):
    """One line, taken apart as far as every rule needs it.

    `weight` is how many equal messages the line stands for. `origin` is the format's own; it gives fields on demand.
    """

    message: str
    program: str
    weight: int
    origin: Any


#: The fields that a structured format may have a time stamp in.
TIMES = ("timestamp", "time", "ts", "@timestamp")


class LineFormat(Protocol):
    """Takes lines apart.

    `fields` are the names that are known beforehand of what a rule may use besides its captures, or None where any name may
    occur. `verbatim` says that the message stands in the line as it is, so that its literals can be looked for in the raw
    bytes.
    """

    fields: frozenset[str] | None
    verbatim: bool

    def parse(self, line: str) -> Parsed | None:
        """Take a line apart; None if it isn't of this format."""

    def has_field(self, name: str) -> bool:
        """Whether lines may have a field of this name."""

    def field(self, parsed: Parsed, name: str) -> str | None:
        """The text of a field, None where the line doesn't have it."""

    def time(self, line: str) -> str | None:
        """The text of a line's time stamp; None where the line doesn't have one, or isn't of this format."""

    def names(self, parsed: Parsed) -> Sequence[str]:
        """The names of the fields that this line may have, in the order in which they are shown."""


class Lines:
    """Lines without their ends, as one text and one by one: what is asked for is made of the other.

    In `text` every line has a newline at its end, and none besides. `count` is how many there are.
    """

    def __init__(self, count: int, *, text: str | None = None, each: Sequence[str] | None = None) -> None:
        """One of the two, or both."""
        self.count = count
        if text is not None:
            self.text = text
        if each is not None:
            self.each = each

    @cached_property
    def text(self) -> str:
        """All of them."""
        return "\n".join([*self.each, ""])

    @cached_property
    def each(self) -> Sequence[str]:
        """The lines."""
        return self.text.split("\n")[:-1]

    def at(self, places: Sequence[int]) -> Lines:
        """Those at these places."""
        return Lines.of(list(map(self.each.__getitem__, places)))

    @staticmethod
    def of(lines: Sequence[str]) -> Lines:
        """These lines."""
        return Lines(len(lines), each=lines)


class Split(NamedTuple):
    """Many lines taken apart at once: their messages and programs, in order. What `odd` lines have is not told here."""

    messages: Sequence[str]
    programs: Sequence[str]
    odd: Sequence[int] = ()  # the places of those that are not ordinary


@runtime_checkable
class Splitter(Protocol):
    """A line format that can take many lines apart at once.

    `split_fields` are the fields known of ordinary lines without looking again: True for the program, False for those
    that an ordinary line doesn't have.
    """

    split_fields: Mapping[str, bool]

    def split(self, lines: Lines) -> Split:
        """Take lines apart. The ordinary ones give what `parse` gives; the others must be given to it."""
