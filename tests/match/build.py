"""Rules and rulesets in one line each, and lines and patterns by chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from log2metrics.match.formats import Format
from log2metrics.match.rule import Captures, Rule, RuleSpec, compile_rule
from log2metrics.match.ruleset import Group, Ruleset
from log2metrics.match.tally import Tally
from log2metrics.metric import Label, Metric, MetricType

PLAIN_CHARACTERS = "abcABKkS s\t_-01\r"
#: Beyond plain text: what the engines, or a careless decoder, could read in two ways.
OTHER_CHARACTERS = "éÉ\u017f\u212a٣²\u00a0\u0085\u2028\ufffd\x1c\x1d\x1e\x1f\x00"


def metric(name: str, *labels: str, kind: MetricType = MetricType.COUNTER) -> Metric:
    """A metric with open labels."""
    return Metric(name, kind, "Help.", tuple(Label(label) for label in labels))


def rule(
    target: Metric | str = "hits_total",
    *labels: str,
    line: Format = Format.PLAIN,
    count_all: bool = False,
    **spec: Any,  # noqa: ANN401  # as different as the keys of a rule
) -> Rule:
    """A rule from the keys of its YAML; a metric that is given by its name is a counter."""
    made = metric(target, *labels) if isinstance(target, str) else target
    return compile_rule(made, RuleSpec(**spec), line, count_all=count_all)


def ruleset(*rules: Rule, line: Format = Format.PLAIN, programs: Iterable[str] = ()) -> Ruleset:
    """The ruleset of one pack."""
    return Ruleset([Group(line, frozenset(programs), rules)])


def totals(tally: Tally) -> Counter[tuple[str, Captures]]:
    """How often each metric counted which captures."""
    counted: Counter[tuple[str, Captures]] = Counter()
    for found, captures, times in tally.items():
        counted[found.metric.name, captures] += times
    return counted


def texts(max_size: int = 12) -> st.SearchStrategy[str]:
    """Short texts, plain and other."""
    return st.one_of(
        st.text(alphabet=PLAIN_CHARACTERS, max_size=max_size),
        st.text(alphabet=PLAIN_CHARACTERS + OTHER_CHARACTERS, max_size=max_size),
    )


_ATOMS = [
    *(
        "a",
        "b",
        "k",
        "s",
        "K",
        "0",
        "_",
        "-",
        " ",
        "é",
        "abc",
        "ab",
        "bca",
        "kS",
        "\u017f",
        "\ufffd",
        r"\x1c",
        r"\u212a",
        r"\.",
    ),
    *(".", "[ab]", "[a-c]", "[é-ü]", "[A-z]", r"[^\s\d]", r"[\w-]", r"\w", r"\W", r"\d", r"\s", r"\S"),
    *("^", "$", r"\A", r"\Z", r"\b", r"\B", "(?<=a)", r"(?<!\w)"),
]
_REPEATS = ["*", "+", "?", "{2}", "{1,2}", "{,2}", "*?", "+?", "??", "{1,2}?", "*+", "?+"]
_OPENINGS = ["(", "(?:", "(?i:", "(?s:", "(?-i:", "(?=", "(?!", "(?>"]
_FLAGS = ["", "", "", "(?i)", "(?m)", "(?s)", "(?a)"]


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        several.map("".join),
        st.builds("{}{})".format, st.sampled_from(_OPENINGS), several.map("|".join)),
        st.builds("(?:{}){}".format, inner, st.sampled_from(_REPEATS)),
        several.map("|".join),
    )


def patterns() -> st.SearchStrategy[str]:
    """Regexes that both engines compile."""
    body = st.recursive(st.sampled_from(_ATOMS), _larger, max_leaves=10)
    return st.builds("{}{}".format, st.sampled_from(_FLAGS), body)
