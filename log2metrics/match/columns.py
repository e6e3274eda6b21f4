"""Many lines of one format, taken apart at once: messages, programs and fields as columns.

What a column holds is what the format's `parse` and `field` give line by line; it comes quicker. Knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import compress

from log2metrics.match.formats.parsed import LineFormat, Lines, Parsed, Splitter
from log2metrics.match.pattern import is_plain

#: Texts by the place of their line.
ByPlace = Sequence[str] | Mapping[int, str]


class Columns:
    """Those of some lines that are of the format, by their places among all, in order.

    `weights` are those of lines that stand for several messages. `plain` says that the lines, and all that is taken from
    them, are plain text.
    """

    def __init__(self, line_format: LineFormat, lines: Lines, places: Sequence[int], *, plain: bool) -> None:
        """`plain` says that the lines are plain text."""
        self.format = line_format
        self.plain = plain and line_format.verbatim
        self._lines = lines
        self._split_fields: Mapping[str, bool] = {}
        self.places: Sequence[int] = ()
        self.messages: Sequence[str] = ()
        self.programs: Sequence[str] = ()
        odd = places
        if isinstance(line_format, Splitter):
            self._split_fields = line_format.split_fields
            odd = self._take_ordinary(line_format, places)
        self._parsed = {place: parsed for place in odd if (parsed := line_format.parse(lines.each[place]))}
        self.weights = {place: parsed.weight for place, parsed in self._parsed.items() if parsed.weight != 1}
        if self._parsed:
            self._take_odd()
        self.complete = len(self.places) == lines.count

    def _take_ordinary(self, splitter: Splitter, places: Sequence[int]) -> Sequence[int]:
        """Fill the columns with the ordinary lines; the places of the others."""
        split = splitter.split(self._lines if len(places) == self._lines.count else self._lines.at(places))
        self.places, self.messages, self.programs = places, split.messages, split.programs
        if len(split.messages) == len(places):
            return ()
        self.places = list(compress(places, split.ordinary))
        return [place for place, ordinary in zip(places, split.ordinary, strict=True) if not ordinary]

    def _take_odd(self) -> None:
        rows = list(zip(self.places, self.messages, self.programs, strict=True))
        rows += [(place, parsed.message, parsed.program) for place, parsed in self._parsed.items()]
        rows.sort()  # places are different, so that nothing else is compared
        self.places, self.messages, self.programs = zip(*rows, strict=True)

    @cached_property
    def message_at(self) -> ByPlace:
        """The messages by place."""
        return self._by_place(self.messages)

    @cached_property
    def program_at(self) -> ByPlace:
        """The programs by place."""
        return self._by_place(self.programs)

    def _by_place(self, texts: Sequence[str]) -> ByPlace:
        return texts if self.complete else dict(zip(self.places, texts, strict=True))

    @cached_property
    def not_plain(self) -> set[int]:
        """The places of messages that are not plain text."""
        if self.plain:
            return set()
        return {place for place, message in zip(self.places, self.messages, strict=True) if not is_plain(message)}

    @cached_property
    def _places(self) -> frozenset[int]:
        return frozenset(self.places)

    def present(self, places: Sequence[int]) -> Sequence[int]:
        """Those of these lines that are of the format."""
        return places if self.complete else [place for place in places if place in self._places]

    def parsed(self, place: int) -> Parsed:
        """The line at one of `places`, taken apart on its own."""
        found = self._parsed.get(place) or self.format.parse(self._lines.each[place])
        assert found is not None  # noqa: S101  # it is of the format
        return found

    def field(self, name: str, places: Sequence[int]) -> Sequence[str | None]:
        """The texts of a field in some of the lines."""
        is_program = self._split_fields.get(name)
        if is_program is None or self._parsed:
            return [self._field(name, place) for place in places]
        if not is_program:
            return [None] * len(places)
        return self.programs if places is self.places else [self.program_at[place] for place in places]

    def _field(self, name: str, place: int) -> str | None:
        if place not in self._parsed and name in self._split_fields:
            return self.program_at[place] if self._split_fields[name] else None
        return self.format.field(self.parsed(place), name)
