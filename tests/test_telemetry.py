"""The exporter's own metrics: how they are set, kept, and read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from log2metrics.flow import Family, Value
from log2metrics.metric import Labels, MetricType
from log2metrics.telemetry import BUILD_INFO, FILE_BEHIND, LINES, RULE_SECONDS, STATE_COMMITS, VOCABULARY, Telemetry


def test_every_own_metric_is_named_after_the_program() -> None:
    """Prometheus' naming: a prefix, counters end in `_total`, units are base units, and each has a help text."""
    for own in VOCABULARY:
        assert own.metric.name.startswith("log2metrics_")
        assert (own.type is MetricType.COUNTER) == own.name.endswith("_total")
        assert own.help.endswith(".")
        assert own.labels == tuple(label.name for label in own.metric.labels)


def test_counters_grow_and_gauges_stand() -> None:
    """What was never touched is 0 and does not exist; adding 0 makes it exist."""
    telemetry = Telemetry()
    assert (False, 0.0) == (telemetry.has(LINES, "a"), telemetry.get(LINES, "a"))
    telemetry.add(LINES, 0, "a")
    assert (True, 0.0) == (telemetry.has(LINES, "a"), telemetry.get(LINES, "a"))
    telemetry.add(LINES, 3, "a")
    telemetry.add(LINES, 4, "a")
    telemetry.set(FILE_BEHIND, 9, "a", "/x")
    telemetry.set(FILE_BEHIND, 2, "a", "/x")
    assert (7.0, 2.0) == (telemetry.get(LINES, "a"), telemetry.get(FILE_BEHIND, "a", "/x"))


def test_a_gauge_is_forgotten_by_its_first_labels() -> None:
    """What a source says goes with it, and nobody else's does."""
    telemetry = Telemetry()
    for source, file in (("a", "/x"), ("a", "/y"), ("b", "/x")):
        telemetry.set(FILE_BEHIND, 1, source, file)
    telemetry.clear(FILE_BEHIND, "a", "/x")
    assert [False, True, True] == [telemetry.has(FILE_BEHIND, *labels) for labels in (("a", "/x"), ("a", "/y"), ("b", "/x"))]
    telemetry.clear(FILE_BEHIND, "a")
    assert [False, True] == [telemetry.has(FILE_BEHIND, *labels) for labels in (("a", "/y"), ("b", "/x"))]
    telemetry.clear(FILE_BEHIND)
    assert () == telemetry.families()


def test_only_durable_counters_are_kept() -> None:
    """The state gets what has changed since it was asked for the last time, and nothing that begins anew at a start."""
    telemetry = Telemetry()
    telemetry.add(LINES, 2, "a")
    telemetry.add(RULE_SECONDS, 1, "x_total")
    telemetry.set(FILE_BEHIND, 1, "a", "/x")
    assert [("log2metrics_lines_total", (("source", "a"),), 2.0)] == telemetry.take_changes()
    assert [] == telemetry.take_changes()
    telemetry.add(STATE_COMMITS)
    assert [("log2metrics_state_commits_total", (), 1.0)] == telemetry.take_changes()


def test_what_was_kept_goes_on() -> None:
    """A restored counter is where it was, and is not news to the state."""
    before, after = Telemetry(), Telemetry()
    before.add(LINES, 5, "a")
    before.add(STATE_COMMITS, 2)
    assert [True, True] == [after.restore(*row) for row in before.take_changes()]
    assert (5.0, 2.0) == (after.get(LINES, "a"), after.get(STATE_COMMITS))
    assert [] == after.take_changes()


def test_words_of_another_version_are_passed_over() -> None:
    """A counter that is not in the vocabulary, has other labels or is not durable is not restored."""
    telemetry = Telemetry()
    pairs = (("source", "a"),)
    assert not telemetry.restore("log2metrics_nothing_total", pairs, 1)
    assert not telemetry.restore("log2metrics_lines_total", (("file", "a"),), 1)
    assert not telemetry.restore("log2metrics_rule_seconds_total", (("metric", "a"),), 1)
    assert () == telemetry.families()


def test_families_are_a_copy() -> None:
    """A snapshot does not change when the counters go on; label pairs stand in order of name."""
    telemetry = Telemetry()
    telemetry.set(FILE_BEHIND, 1, "a", "/x")
    telemetry.set(BUILD_INFO, 1, "0.1.0", "3.11")
    families = telemetry.families()
    telemetry.set(FILE_BEHIND, 2, "a", "/x")
    expected = (
        Family(FILE_BEHIND.metric, {(("file", "/x"), ("source", "a")): 1}),
        Family(BUILD_INFO.metric, {(("python", "3.11"), ("version", "0.1.0")): 1}),
    )
    assert expected == families


def test_a_family_is_made_anew_only_if_something_in_it_has_changed() -> None:
    """Ten thousand files that stand still cost nothing; whatever changes a number, or what there is, shows."""
    telemetry = Telemetry()
    telemetry.set(FILE_BEHIND, 1, "a", "/x")
    telemetry.add(LINES, 1, "a")

    def shown() -> dict[str, tuple[Family, dict[Labels, Value]]]:
        return {family.metric.name: (family, dict(family.series)) for family in telemetry.families()}

    before = shown()
    telemetry.set(FILE_BEHIND, 1, "a", "/x")
    assert all(before[name][0] is family for name, (family, _) in shown().items())
    for change in (
        lambda: telemetry.set(FILE_BEHIND, 2, "a", "/x"),
        lambda: telemetry.set(FILE_BEHIND, 0, "a", "/y"),
        lambda: telemetry.clear(FILE_BEHIND, "a", "/y"),
        lambda: telemetry.add(LINES, 1, "a"),
        lambda: telemetry.add(LINES, 0, "b"),
        lambda: telemetry.restore("log2metrics_lines_total", (("source", "a"),), 7),
    ):
        before = shown()
        change()
        assert [1, 0] == sorted((before[name][1] == series for name, (_, series) in shown().items()), reverse=True)


def test_threads_lose_no_increment() -> None:
    """The Graphite sender and the web server count while the main thread does."""
    telemetry = Telemetry()

    def count(_: int) -> None:
        for _ in range(500):
            telemetry.add(LINES, 1, "a")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    assert 2000 == telemetry.get(LINES, "a")
