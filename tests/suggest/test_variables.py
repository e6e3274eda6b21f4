"""What a variable is good for: a label, a value, or nothing."""

from __future__ import annotations

import pytest

from log2metrics.suggest.suggester import Suggester


def drafted(*lines: str, name: str = "app") -> dict[str, tuple[str, list[str], str]]:
    """The metrics that are drafted for these lines: type, labels and value by name."""
    suggester = Suggester()
    for line in lines:
        suggester.add(line)
    metrics = suggester.draft(name, 10).metrics
    return {metric.name: (str(metric.type), [label.name for label in metric.labels], metric.rule.value) for metric in metrics}


def each(template: str, *values: str) -> list[str]:
    """Every value twice in the same words."""
    return [template.format(value) for value in values for _ in range(2)]


@pytest.mark.parametrize(
    ("template", "values", "label"),
    [
        ("import of orders {}", ("failed", "finished"), "outcome"),
        ("[{}] the disk is slow today", ("warn", "error"), "level"),
        ("request with method={} was served", ("GET", "POST"), "method"),
        ("answer has status={} this time", ("200", "404"), "status"),
        ('unit "{}" was restarted again', ("nginx.service", "app.service"), "unit"),
        ("door of room is {} again", ("open", "shut"), "state"),
    ],
)
def test_few_values_make_a_label(template: str, values: tuple[str, ...], label: str) -> None:
    """It is called after what it says, or what stands before it."""
    ((_, labels, _),) = drafted(*each(template, *values)).values()
    assert [label] == labels


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("login of user={} was seen here", ("mara", "olek")),
        ("session opened for {} in this room", ("mara", "olek")),
        ("a message came from {} this day", ("web-a", "web-b")),
        ("client {} went away this day", ("192.0.2.1", "192.0.2.2")),
        ("request_id={} was served this day", ("abc", "def")),
        ("mail to box {} was read today", ("a@example.org", "b@example.org")),
        ("backup at {} went well today", ("10:00:01", "11:00:01")),
        ("order number {} was placed today", ("17", "18")),
        ("thing {} was placed in order", tuple("abcdefghijk")),
    ],
)
def test_who_where_and_when_are_no_labels(template: str, values: tuple[str, ...]) -> None:
    """Nor is what has many values: a label must not grow, and must not tell of people."""
    assert [[]] == [labels for _, labels, _ in drafted(*each(template, *values)).values()]


def test_values_seen_once_are_no_label() -> None:
    """Few values among few lines may be the beginning of many."""
    assert [[]] == [labels for _, labels, _ in drafted("cache went cold now", "cache went warm now").values()]


@pytest.mark.parametrize(
    ("line", "name", "kind", "value"),
    [
        ("import took 35 ms", "app_import_took_seconds", "histogram", "{took}e-3"),
        ("import took 1.5s", "app_import_took_seconds", "histogram", "{took}"),
        ("answer sent bytes=123", "app_answer_sent_bytes_total", "counter", "{bytes}"),
        ("heap used=17MB of much", "app_heap_much_used_bytes", "gauge", "{used}e6"),
        ("disk is 93% full", "app_disk_full_ratio", "gauge", "{ratio}e-2"),
        ("12 jobs waiting", "app_waiting_jobs", "gauge", "{jobs}"),
        ("queue depth 12", "app_queue_depth", "gauge", "{depth}"),
        ("order placed: total=24.08 EUR", "app_order_placed_eur_total_value", "gauge", "{total}"),
        ("imported 12 items", "app_imported_items_total", "counter", "{items}"),
        ("query done request_time=0.004", "app_query_done_request_time_seconds", "histogram", "{request_time}"),
    ],
)
def test_numbers_that_measure_make_values(line: str, name: str, kind: str, value: str) -> None:
    """In base units, and of the type that their words tell."""
    got = drafted(line)
    assert name in got
    assert (kind, [], value) == got[name]


@pytest.mark.parametrize(
    "line", ["exit code 3 of child", "listening on port 8080", "worker pid=311 started", "step 3 begins now", "entry 7 of 9"]
)
def test_numbers_that_name_something_make_none(line: str) -> None:
    """Codes, ports and identifiers measure nothing."""
    assert ["counter"] == [kind for kind, _, _ in drafted(line).values()]


def test_names_are_never_taken_twice() -> None:
    """Templates that say nearly the same get more words, or a number; packs that are there keep their names."""
    suggester = Suggester()
    for line in ("a very long road to take", "a very long road to take back", "disk gone", "disk gone: 5"):
        suggester.add(line)
    names = [metric.name for metric in suggester.draft("app", 10, ["app_disk_gone_total"]).metrics]
    assert sorted(set(names)) == sorted(names)
    assert "app_disk_gone_total" not in names
