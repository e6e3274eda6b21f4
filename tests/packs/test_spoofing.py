"""No pack can be fooled by a field that a stranger fills in: what stands there never counts as another message.

Made for every rule from its own examples: wherever its regex lets text through, the text of other messages is put. Only what
the rules that count the line capture from that very place may change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import pytest

from log2metrics.config.packs import library
from log2metrics.match.rule import Captures, Rule, Slot
from log2metrics.shape.joining import JOINT
from tests.packs.library import counted, everything, examples, message_of, message_start, packs, searched
from tests.packs.trees import free_texts

ACCEPTED = "Accepted password for root from 192.0.2.1 port 22 ssh2"
PLACES = 10  # among which the messages of all packs are shared out
OTHER_DIGITS = str.maketrans("0123456789", "1234567890")
NEARLY_ALL = 80  # of the alphabet's characters: a regex that takes as many says no more than what may not stand there

# What a regex lets through, but no stranger writes, by the example's text.
OWN_WORDS = {
    "user NOT in sudoers": "sudo's own",
    "command not allowed": "sudo's own",
    "a password is required": "sudo's own",
    "1 incorrect password attempt": "sudo's own",
    "wsgi": "the name of a module of Apache's",
    "php": "the same",
}
# The prefix of a firewall's rule is its author's.
PREFIX = re.compile(r" kernel: .*(?= ?IN=)")
# Metrics whose fields of one word really are one word, by how their names begin.
ONE_WORD = {
    "dpkg_": "packages have no blanks in their names, versions and configuration files",
    "envoy_": "Envoy refuses a path with a blank in it",
    "host_activity_": "as sudo_",
    "named_": "names are in presentation format, in which a blank is \\032",
    "su_": "the caller is an account of this host, and its terminal a device",
    "sudo_": "the caller is an account of this host",
}
# Metrics that may count what stands behind the message of another pack: no stranger writes there.
BEHIND = {
    "envoy_access_cluster_requests_total": "what follows the quoted fields is the server's",
    "host_activity_total": "it is what other packs count, once more",
    "kernel_firewall_packets_total": "what the kernel names is too short for an IN= and a PROTO=",
    "logfmt_caller_messages_total": "more pairs are the program's",
    "nginx_http_request_duration_seconds": "as in envoy's",
    "nodejs_errors_total": "a frame of a stack is the runtime's",
    "sudo_exits_total": "sudo does not quote the command that stands in front of its end",
}
# What logfmt lets stand before the level and the caller are other pairs, the values of which are quoted.
PAIRS = "logfmt_"


@dataclass(frozen=True)
class Field:
    """A place in an example line where a metric's regex lets text through: from the n-th character up to another."""

    metric: str
    line: str
    start: int
    end: int
    takes: re.Pattern[str]  # the part of the regex that does
    chars: frozenset[str]

    @property
    def text(self) -> str:
        """What stands there in the example."""
        return self.line[self.start : self.end]

    def filled(self, text: str) -> str:
        """The line with another text in this place."""
        return self.line[: self.start] + text + self.line[self.end :]

    def fit(self, text: str) -> str | None:
        """A text as a daemon would write it here: with quotes escaped, and without what can't stand here. None if it can't."""
        for way in (text, escaped(text)):
            kept = "".join(char if char in self.chars else "_" for char in way)
            if self.takes.fullmatch(kept):
                return kept
        return None


def escaped(text: str) -> str:
    """As servers write a text between quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


@cache
def messages(name: str) -> tuple[str, ...]:
    """What a stranger may say: messages of this pack, as they are and with their headers."""
    return said((ACCEPTED, *examples(packs()[name])))


def said(lines: Iterable[str]) -> tuple[str, ...]:
    """These lines, and what programs said in them."""
    lines = tuple(lines)
    texts = (*lines, *map(message_of, lines))
    return tuple(dict.fromkeys(text.replace(JOINT, " ") for text in texts))  # which nobody but a Shape can write


@cache
def of_all_packs() -> tuple[str, ...]:
    """For every rule of every pack a line that it counts."""
    lines: dict[Rule, str] = {}
    for pack in packs().values():
        for line in examples(pack):
            for rule in counted(line):
                lines.setdefault(rule, line)
    return tuple(dict.fromkeys(lines.values()))


def some_of_all_packs(place: str) -> tuple[str, ...]:
    """Messages of all packs: at each place some of them, so that each of them is tried at many."""
    return said(of_all_packs()[crc32(place.encode()) % PLACES :: PLACES])


def fields(rule: Rule, line: str) -> Iterator[Field]:
    """Where this rule lets text through in this line, headers aside."""
    if rule.match is None or rule.metric.name.startswith(PAIRS):
        return
    pattern, groups = free_texts(rule.match.text)
    offset = searched(rule, line)
    match = pattern.search(line[offset:])
    prefix = PREFIX.search(line)
    own = prefix.end() if prefix else 0
    for group, (takes, chars) in groups.items() if match else ():
        start, end = (place + offset for place in match.span(group))  # type: ignore[union-attr]  # the loop is empty without
        ours = line[start:end] in OWN_WORDS or start < own
        if message_start(line) < start <= end and not ours:
            yield Field(rule.metric.name, line, start, end, takes, chars)


def forgeries(name: str, field: Field) -> Iterator[str]:
    """The line with what strangers may write there: other messages, and the rest of the line once more with other numbers."""
    rest = field.line[field.end :]
    again = f"{field.text}{rest.translate(OTHER_DIGITS)}"
    for text in (again, *(text.strip() for text in (*messages(name), *some_of_all_packs(field.filled("?"))))):
        for said in (text, f"{field.text} {text}", f"{text} {field.text}"):
            if (fit := field.fit(said)) is not None:
                yield field.filled(fit)
        # A daemon that lets blanks into what a regex takes for one word.
        if len(field.chars) >= NEARLY_ALL and " " not in field.chars and not field.metric.startswith(tuple(ONE_WORD)):
            yield field.filled(text if '"' in field.chars else escaped(text))


def must_stay(rule: Rule, field: Field) -> list[int]:
    """Which captures of a rule come from elsewhere in the line, or were there at all."""
    offset = searched(rule, field.line)
    match = rule.match.find_exact(field.line[offset:]) if rule.match else None

    def elsewhere(slot: Slot) -> bool:
        if slot.origin != "match" or match is None or match[slot.key] is None:
            return slot.origin == "field"
        start, end = (place + offset for place in match.span(slot.key))
        return bool(end < field.start or field.end < start)

    return [place for place, slot in enumerate(rule.slots) if elsewhere(slot)]


def spoofed(expected: dict[Rule, Captures], field: Field, lines: list[str]) -> list[tuple[str, Captures, str]]:
    """The metrics that these lines move although they must not, each with the line."""
    stay = {rule: must_stay(rule, field) for rule in expected}

    def wrong(rule: Rule, captures: Captures) -> bool:
        if rule.metric.name == "syslog_messages_total" and message_start(field.line) == 0:
            return False  # no line of syslog's
        return rule not in expected or any(captures[place] != expected[rule][place] for place in stay[rule])

    tally = everything().count("".join(f"{line}\n" for line in lines).encode())
    if not any(wrong(rule, captures) for rule, captures, _ in tally.items()):
        return []
    found = ((rule, captures, line) for line in lines for rule, captures in counted(line).items())
    return [(rule.metric.name, captures, line) for rule, captures, line in found if wrong(rule, captures)]


@cache
def of_traces() -> frozenset[Rule]:
    """The rules that see several lines as one."""
    return frozenset(rule for pack in packs().values() if pack.multiline for rule in pack.rules)


@pytest.mark.parametrize("name", library())
def test_what_strangers_write_moves_no_other_number(name: str) -> None:
    """Text of other messages in a field of a message counts as nothing but what that message counts."""
    for line in examples(packs()[name]):
        expected = counted(line)
        places = {(field.start, field.end, field.chars): field for rule in expected for field in fields(rule, line)}
        for field in places.values():
            assert [] == spoofed(expected, field, list(forgeries(name, field)))[:1]


def test_what_is_tried_has_to_do_with_strangers() -> None:
    """The user's name in sshd's messages is a field, and one of the names that are tried is the well-known one."""
    line = next(examples(packs()["sshd"]))
    (field, *_) = [field for rule in counted(line) for field in fields(rule, line) if field.text == "mara"]
    assert line.replace("mara", ACCEPTED) in forgeries("sshd", field)


@pytest.mark.parametrize("name", library())
def test_what_follows_a_message_moves_no_other_pack(name: str) -> None:
    """A message that goes on with the text of another one, where its own regexes look no more, counts as nothing else."""
    own = frozenset(packs()[name].rules)
    for line in examples(packs()[name]):
        lines = [f"{line} {text}" for text in some_of_all_packs(line)]
        tally = everything().count("".join(f"{each}\n" for each in lines).encode())
        others = {rule.metric.name for rule, _, _ in tally.items() if rule not in own} - BEHIND.keys()
        assert set() == others - {rule.metric.name for rule in counted(line)}


# How applications begin what they say; one word is the worst, and what access logs have between their fields.
FIRST_LINES = [
    "2026-11-21 03:00:00 ERROR shop boom",
    "2026/11/21 03:00:00 [error] 7#7: boom",
    "Nov 21 03:00:00 web1 shop[3]: boom",
    "[Sat Nov 21 03:00:00 2026] [error] boom",
    "INFO - shop - boom",
    "INFO - boom \\",
    "INFO [main] boom",
    "::1 - - boom",
    "panic:",
    "boom",
    "{}",
]


@pytest.mark.parametrize("name", library())
def test_what_goes_on_with_a_line_is_no_line_of_another_log(name: str) -> None:
    """Behind other text of what was joined, the text of an example counts as nothing, however it goes on."""
    lines = [line for line in examples(packs()[name]) if JOINT not in line]
    for first in FIRST_LINES:
        expected = counted(first)
        for line in lines:
            for joined in (f"{first}{JOINT}{line}", f"{first}{JOINT}  at x{JOINT}{line}{JOINT}  at y"):
                assert expected == counted(joined)


@pytest.mark.parametrize("name", [name for name in library() if packs()[name].multiline])
def test_what_goes_on_with_a_trace_moves_no_other_pack(name: str) -> None:
    """An exception may quote whatever it likes."""
    quotes = [next(line for line in examples(pack) if JOINT not in line) for pack in packs().values() if not pack.multiline]
    for line in examples(packs()[name]):
        parts = line.split(JOINT)
        joined = [JOINT.join([*parts[:at], quote, *parts[at:]]) for quote in quotes for at in range(1, len(parts) + 1)]
        tally = everything().count("".join(f"{each}\n" for each in joined).encode())
        assert set() == {rule for rule, _, _ in tally.items()} - counted(line).keys() - of_traces()
