from __future__ import annotations

import pytest

from log2metrics.match.formats import Format, line_format


@pytest.mark.parametrize("name", list(Format))
def test_every_format_of_a_pack_is_there_once(name: Format) -> None:
    """A format has no state, so all rules share it."""
    assert line_format(name) is line_format(name)


@pytest.mark.parametrize(("name", "verbatim"), [("plain", True), ("syslog", True), ("json", False), ("logfmt", False)])
def test_only_messages_without_escapes_stand_in_the_line_as_they_are(name: str, *, verbatim: bool) -> None:
    """Literals are looked for in the raw bytes; where escapes are undone they need not stand there."""
    assert verbatim == line_format(Format(name)).verbatim


def test_a_plain_line_is_all_message() -> None:
    """Nothing is taken off, and there are no fields."""
    plain = line_format(Format.PLAIN)
    parsed = plain.parse("Nov 15 03:36:56 web1 su: x")
    assert parsed is not None
    assert ("Nov 15 03:36:56 web1 su: x", "", 1) == parsed[:3]
    assert plain.field(parsed, "host") is None
