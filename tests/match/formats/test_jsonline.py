from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.match.formats.jsonline import JsonLine

JSON = JsonLine()


def field(line: str, name: str) -> str | None:
    """One field of a line that has to be JSON."""
    parsed = JSON.parse(line)
    assert parsed is not None
    return JSON.field(parsed, name)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"log":"c","msg":"b","message":"a"}', "a"),
        ('{"log":"c","msg":"b"}', "b"),
        ('{"log":"c"}', "c"),
        ('{"message":null,"msg":"b"}', "b"),
        ('{"message":{"text":"a"},"log":"c"}', "c"),
        ('{"level":"info"}', '{"level":"info"}'),
        ('{"msg":"a\\u00e9\\n\\u0000\\"b"}', 'aé\n\x00"b'),
        ("{}", "{}"),
    ],
)
def test_the_message_is_the_first_member_of_a_usual_name(line: str, message: str) -> None:
    """`message`, `msg` or `log`, with its escapes undone; the whole line where none of them is a text."""
    assert (message, "", 1) == (JSON.parse(line) or [])[:3]


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        ('{"status":404}', "status", "404"),
        ('{"t":0.10}', "t", "0.10"),
        ('{"n":-1.50E+05}', "n", "-1.50E+05"),
        (f'{{"n":{"9" * 5000}}}', "n", "9" * 5000),
        ('{"n":NaN}', "n", "NaN"),
        ('{"ok":true,"no":false}', "ok", "true"),
        ('{"ok":true,"no":false}', "no", "false"),
        ('{"s":"text"}', "s", "text"),
        ('{"s":""}', "s", ""),
        ('{"s":null}', "s", None),
        ('{"s":[1]}', "s", None),
        ('{"s":{"a":1}}', "s", None),
        ('{"s":1}', "t", None),
        ('{"http":{"response":{"status":200}}}', "http.response.status", "200"),
        ('{"http.status":1,"http":{"status":2}}', "http.status", "1"),
        ('{"http":{"status":2}}', "http.method", None),
        ('{"http":"x"}', "http.status", None),
        ('{"errors":[{"code":7},{"code":8}]}', "errors.1.code", "8"),
        ('{"errors":["a","b"]}', "errors.0", "a"),
        ('{"errors":["a"]}', "errors.1", None),
        ('{"errors":["a"]}', "errors.-1", None),
        ('{"k8s":{"labels":{"app.example/name":"shop"}}}', "k8s.labels.app.example/name", "shop"),
        ('{"a.b":{"c":1},"a":{"b":{"c":2}}}', "a.b.c", "1"),
        ('{"a.b":{"c":1},"a":{"b":{"d":2}}}', "a.b.d", "2"),
        ('{"a":1,"a":2}', "a", "2"),
        ('{"s":"\\ud800"}', "s", "\ud800"),
    ],
)
def test_a_field_is_the_text_of_a_member(line: str, name: str, text: str | None) -> None:
    """Nested members by dotted name; numbers keep the text they were written with; what has no text is no field."""
    assert text == field(line, name)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "text",
        "1",
        '"text"',
        "null",
        "[{}]",
        '{"a":1',
        '{"a":1} x',
        "{'a':1}",
        '\ufeff{"a":1}',
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_what_is_not_one_object_is_no_json_line(line: str) -> None:
    """Broken, deep beyond measure, or of another kind: rules for JSON never see it."""
    assert JSON.parse(line) is None


@given(st.dictionaries(st.text(), st.text() | st.booleans() | st.integers()))
def test_every_member_is_a_field(members: dict[str, str | bool | int]) -> None:
    """What a program logs under a name is found under that name."""
    line = json.dumps(members)
    for name, value in members.items():
        expected = value if isinstance(value, str) else json.dumps(value)
        assert expected == field(line, name)


@pytest.mark.corpora
def test_a_recorded_access_log_is_counted_right(corpora: Path) -> None:
    """The statuses that nginx wrote as JSON are those of what was done to it."""
    folder = corpora / "recorded-A"
    truth = json.loads((folder / "GROUND_TRUTH.json").read_text())["nginx-access-json.log"]["status"]
    counted: dict[str, int] = {}
    for line in (folder / "nginx-access-json.log").read_bytes().decode(errors="replace").split("\n")[:-1]:
        status = str(field(line, "status"))
        counted[status] = counted.get(status, 0) + 1
    assert truth == counted
