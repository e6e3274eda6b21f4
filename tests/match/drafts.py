"""Packs and log lines by chance, made for each other: words that rules look for, and what could make them look wrongly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from log2metrics.match.formats import Format
from log2metrics.match.ruleset import Group
from log2metrics.metric import Metric, MetricType

from .build import metric, patterns, rule

HITS = metric("hits")
METRICS = [metric("first", "who"), metric("second", "who"), metric("all", "who"), metric("gauge", "who", kind=MetricType.GAUGE)]
SPECS: list[dict[str, Any]] = [
    *(
        {"match": text}
        for text in ("abc", "été", "bad\ufffd", "nul\\x00", "abc\\r?$", "^$", "", "(?i)FAILED", "(?i:k)elvin", "\\p{Lu}")
    ),
    *(
        {"match": text}
        for text in ("Failed (?P<who>\\S+)", "(?P<who>abc|été)", "(?P<who>\\w+)$", "^(?P<who>\\S*)\\s", "half\\ud800")
    ),
    *({"match": "abc", "unless": text} for text in ("no", "\\d")),
    {"match": "Failed", "each": "(?P<who>[a-z])b"},
    {"each": "k=(?P<who>\\d+)"},
    {"each": "k=\\w*"},
    {"match": "(?P<word>\\w+)=(?P<who>\\w+)?", "where": {"word": "k", "who": "\\d"}},
    {"match": "(?P<who>\\S+)$", "where": {"who": "^(?i:k)|été"}, "unless": "no"},
    {"match": "(?P<who>abc|été)", "where": {"who": "\\w$"}},
    {"match": "^(?P<w>\\S+)", "each": "(?P<who>\\w)=(?P<n>\\d)", "where": {"w": "[a-z]", "n": "1"}},
]
FIELD_SPECS: list[dict[str, Any]] = [
    {"match": "abc", "where": {"host": "^web"}},
    {"where": {"program": "s"}, "set": {"who": "{program}{host}"}},
    {"match": "(?P<who>.)", "where": {"severity": "notice"}},
    {"match": "(?P<who>\\w+)", "where": {"who": "a", "host": "web"}},
]
WORDS = [
    "abc",
    "Failed",
    "failed",
    "ann",
    "été",
    "ÉTÉ",
    "k=12",
    "k=",
    "no",
    "\u212aelvin",
    "kelvin",
    "bad",
    "nul\x00",
    "\ufffd",
    "7",
]
BODIES = st.lists(st.sampled_from([*WORDS, "", "\x1c", "٣", "\r", "\u2028", "half\ud800"]), max_size=5).map(" ".join)
HEADERS = [
    "",
    "",
    "Nov 15 03:36:56 web1 sshd[1]: ",
    "<13>1 - h su - - - ",
    "Nov 15 03:36:56 kernel: ",
    "<29>Nov 15 03:36:56 web2 sshd: ",
]
RAW = st.sampled_from([b"", b"\xff", b"bad\xff", b"\xe2\x82", b"abc\xc3", b"\x00", b"\r", b"\xef\xbb\xbf"])


def as_bytes(text: str) -> bytes:
    """The bytes of a text, surrogates too, as nobody should write them."""
    return text.encode("utf-8", "surrogatepass").replace(b"\n", b"")


def syslog_line(header: str, body: str, repeated: int | None) -> bytes:
    """A line with a header; one without too, where it is empty."""
    return as_bytes(f"{header}message repeated {repeated} times: [ {body}]" if repeated is not None else header + body)


LINES = st.one_of(
    st.builds(syslog_line, st.sampled_from(HEADERS), BODIES, st.sampled_from([None, None, 0, 1, 3])),
    st.builds(lambda body, host: json.dumps({"msg": body, "host": host}).encode(), BODIES, st.sampled_from(["web1", "db"])),
    st.builds(lambda body: as_bytes(f'host=web1 program=s msg="{body}"'), BODIES),
    st.builds(lambda *parts: b"".join(parts), RAW, BODIES.map(as_bytes), RAW),
)
DATA = st.lists(st.builds(lambda line, end: line + end, LINES, st.sampled_from([b"\n", b"\n", b"\r\n"])), max_size=8)


@dataclass(frozen=True)
class Draft:
    """What a pack is made from. Drawn apart from its making, since to compile a regex may ask for random numbers."""

    form: Format
    rules: list[tuple[Metric, dict[str, Any]]]
    programs: tuple[str, ...] = ()

    def group(self) -> Group:
        """The rules, compiled."""
        made = (rule(target, line=self.form, count_all=target.name == "all", **spec) for target, spec in self.rules)
        return Group(self.form, frozenset(self.programs), tuple(made))


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Some pack."""
    form = draw(st.sampled_from([Format.PLAIN, Format.PLAIN, Format.SYSLOG, Format.SYSLOG, Format.JSON, Format.LOGFMT]))
    programs = draw(st.sampled_from([(), ("sshd",), ("su", "sshd")])) if form is Format.SYSLOG else ()
    known = SPECS if form is Format.PLAIN else SPECS + FIELD_SPECS[: None if form is Format.SYSLOG else 1]
    specs = st.one_of(st.sampled_from(known), patterns().map(lambda text: {"match": text})).map(labelled)
    return Draft(form, draw(st.lists(st.tuples(st.sampled_from(METRICS), specs), max_size=5)), programs)


def labelled(spec: dict[str, Any]) -> dict[str, Any]:
    """A spec that gives the label `who` a value."""
    return spec if "(?P<who>" in f"{spec}" or "set" in spec else {**spec, "set": {"who": "-"}}
