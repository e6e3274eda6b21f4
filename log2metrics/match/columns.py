"""Many lines of one format, taken apart at once: messages, programs and fields as columns.

What a column holds is what the format's `parse` and `field` give line by line; it comes quicker. Knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import compress
from operator import not_

from log2metrics.match.formats.parsed import LineFormat, Lines, Parsed, Splitter
from log2metrics.match.pattern import has_separators, is_plain

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
        self._parsed: dict[int, Parsed] = {}
        self.places: Sequence[int] = ()
        self.messages: Sequence[str] = ()
        self.programs: Sequence[str] = ()
        if isinstance(line_format, Splitter):
            self._split(line_format, places)
        else:
            self._parse(places)
        self.weights = {place: parsed.weight for place, parsed in self._parsed.items() if parsed.weight != 1}
        self.complete = len(self.places) == lines.count

    def _parse(self, places: Sequence[int]) -> None:
        """Take line by line apart."""
        self._parsed = {place: parsed for place in places if (parsed := self.format.parse(self._lines.each[place]))}
        self.places = list(self._parsed)
        self.messages = [parsed.message for parsed in self._parsed.values()]
        self.programs = [parsed.program for parsed in self._parsed.values()]

    def _split(self, splitter: Splitter, places: Sequence[int]) -> None:
        """Take all lines apart at once, and then the odd ones among them."""
        self._split_fields = splitter.split_fields
        split = splitter.split(self._lines if len(places) == self._lines.count else self._lines.at(places))
        self.places, self.messages, self.programs = places, split.messages, split.programs
        if not split.odd:
            return
        messages, programs, of_format = list(split.messages), list(split.programs), bytearray(b"\1") * len(places)
        for number in split.odd:
            parsed = self.format.parse(self._lines.each[places[number]])
            if parsed:
                self._parsed[places[number]] = parsed
                messages[number], programs[number] = parsed.message, parsed.program
            else:
                of_format[number] = False
        self.places = list(compress(places, of_format))
        self.messages, self.programs = (list(compress(texts, of_format)) for texts in (messages, programs))

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
    def not_plain(self) -> frozenset[int]:
        """The places of messages that are not plain text."""
        if self.plain:
            return frozenset()
        is_ascii_enough = self.format.verbatim and not has_separators(self._lines.text)
        plain = map(str.isascii if is_ascii_enough else is_plain, self.messages)
        return frozenset(compress(self.places, map(not_, plain)))

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
        if is_program is None:
            return [self.format.field(self.parsed(place), name) for place in places]
        texts: Sequence[str | None] = [None] * len(places)
        if is_program:
            texts = self.programs if places is self.places else [self.program_at[place] for place in places]
        if not self._parsed:
            return texts
        parsed = self._parsed
        pairs = zip(places, texts, strict=True)
        return [self.format.field(parsed[place], name) if place in parsed else text for place, text in pairs]
