"""One pass after the other: what is counted, committed and published, whatever happens in between."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log2metrics.blocks import Counts, make_ruleset, metrics_of
from log2metrics.flow import Block, Position
from log2metrics.match.guard import Guard
from log2metrics.match.ruleset import Ruleset
from log2metrics.match.tally import Tally
from log2metrics.metric import Label, Metric, MetricType
from log2metrics.pipeline import Pipeline
from log2metrics.shape.multiline import Multiline
from log2metrics.shape.shape import Shape
from log2metrics.shape.wrapping import Unwrap
from log2metrics.store.store import Store
from log2metrics.tail.selection import StartAt
from log2metrics.tail.tailer import BLOCK_BYTES
from log2metrics.telemetry import (
    BYTES,
    EVENT_LAG,
    FILE_BEHIND,
    FILE_ERRORS,
    FILES,
    FOLDED,
    GRAPHITE_POINTS,
    LINES,
    LINES_MATCHED,
    LINES_TRUNCATED,
    LINES_UNMATCHED,
    LOST_BYTES,
    MULTILINE_TIMEOUTS,
    ROTATIONS,
    RULE_SECONDS,
    RULE_SKIPPED,
    RULE_SUSPENDED,
    RULE_TIMEOUTS,
    SERIES,
    STATE_COMMITS,
    STATE_ERRORS,
    VALUE_ERRORS,
)
from tests.pipelines import FragileState, Host, KilledError, pack, run, said, series


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A host with no logs yet."""
    host = Host(tmp_path)
    yield host
    host.kill()


def state_of(host: Host) -> FragileState:
    """The state of the process that runs."""
    assert host.state
    return host.state


def test_a_pass_counts_what_is_there(host: Host) -> None:
    """Lines become series, and what was read is told; the next pass counts what is new, and only that."""
    host.write("app.log", "hit=a\nmiss\nhit=b\nhit=a\n")
    pipeline = host.start(host.source(pack()))
    assert {("a",): 2.0, ("b",): 1.0} == series(run(pipeline))
    host.write("app.log", "hit=b\nhal")
    host.clock.now += 5
    snapshot = run(pipeline)
    assert {("a",): 2.0, ("b",): 2.0} == series(snapshot)
    assert [5, 29, 4, 1] == [said(snapshot, own)[("app",)] for own in (LINES, BYTES, LINES_MATCHED, LINES_UNMATCHED)]
    assert {(str(host.folder / "app.log"), "app"): 3} == said(snapshot, FILE_BEHIND)
    assert host.clock.now == snapshot.timestamp
    assert pipeline.committed


def test_the_lag_of_a_container_is_by_its_wrapping(host: Host) -> None:
    """Also where its lines say no time at all."""
    source = host.source(pack(), name="pods", files=("pod.log",))
    source = replace(source, selection=replace(source.selection, shape=Shape(Unwrap.CRI)))
    pipeline = host.start(source)
    written = datetime.fromtimestamp(host.clock.now - 90, UTC)
    host.write("pod.log", f"{written:%Y-%m-%dT%H:%M:%S}Z stderr F hit=a\n")
    assert {("pods",): 90.0} == said(run(pipeline), EVENT_LAG)


def test_what_multiline_gives_up_is_counted(host: Host) -> None:
    """From 0 on, where there is a `multiline`; a hostile line counts alone."""
    source = host.source(pack(), name="app", files=("app.log",))
    shape = Shape(multiline=Multiline(follows="^ |^(?:a|a)+$|told", quiet_seconds=0))
    pipeline = host.start(replace(source, selection=replace(source.selection, shape=shape)))
    assert {("app",): 0} == said(run(pipeline), MULTILINE_TIMEOUTS)
    host.write("app.log", "hit=a\n" + "a" * 60 + "b\nhit=b\n")
    assert {("app",): 1} == said(run(pipeline), MULTILINE_TIMEOUTS)


def test_the_lag_of_a_source_is_that_of_the_line_read_last(host: Host) -> None:
    """By its own time stamp, in the zone of the source; a line without one, or a source without any, changes nothing."""
    sources = [
        replace(host.source(pack(), name=name, files=(f"{name}.log",)), timezone=timezone(timedelta(hours=2)))
        for name in ("app", "mute")
    ]
    pipeline = host.start(*sources)
    written = datetime.fromtimestamp(host.clock.now - 90, timezone(timedelta(hours=2)))
    host.write("app.log", f"{written:%Y-%m-%d %H:%M:%S} hit=a\nhit=b\n")
    host.write("mute.log", "hit=a\n")
    assert {("app",): 90.0} == said(run(pipeline), EVENT_LAG)
    host.clock.now += 1000
    assert {("app",): 90.0} == said(run(pipeline), EVENT_LAG)
    host.write("app.log", "hit=a\n")
    assert {("app",): 90.0} == said(run(pipeline), EVENT_LAG)
    host.write("app.log", f"[{datetime.fromtimestamp(host.clock.now + 5, UTC).isoformat()}] hit=a\n")
    assert {("app",): -5.0} == said(run(pipeline), EVENT_LAG)
    pipeline.configure(sources[1:])
    assert {} == said(run(pipeline), EVENT_LAG)


def test_before_the_first_pass_there_is_nothing_new(host: Host) -> None:
    """What was committed is known at once; the time stamp says that no pass has been."""
    host.write("app.log", "hit=a\n")
    run(host.start(host.source(pack())))
    host.kill()
    host.write("app.log", "hit=a\n")
    snapshot = host.start(host.source(pack())).snapshot
    assert ({("a",): 1.0}, 0.0) == (series(snapshot), snapshot.timestamp)
    assert {1} == set(said(snapshot, LINES).values())


def test_a_restart_takes_no_zero_away(host: Host) -> None:
    """A scrape that waits in vain for the first pass shows what the last one before the stop showed."""
    labels = (Label("of", ("a", "b")),)
    sources = [
        host.source(pack(labels=labels)),
        host.source(pack(labels=labels), name="each", files=("*.log",), file_labels=re.compile(r"(?P<vhost>\w+)\.log$")),
    ]
    host.write("app.log", "hit=a\n")
    before = series(run(host.start(*sources)))
    assert {1.0, 0.0} == set(before.values())
    host.kill()
    assert before == series(host.start(*sources).snapshot)


def test_known_series_have_the_labels_of_the_files(host: Host) -> None:
    """Zeros appear with the file that could count in them, also with one that appears later."""
    metric = Metric("hits_total", MetricType.COUNTER, "Hits.", (Label("of", ("a", "b")),))
    source = host.source(pack(labels=metric.labels), files=("*.log",), file_labels=re.compile(r"(?P<vhost>\w+)\.log$"))
    host.write("one.log", "hit=a\n")
    pipeline = host.start(source)
    assert {("a", "one"): 1.0, ("b", "one"): 0.0} == series(run(pipeline))
    host.write("two.log", "")
    assert {("a", "one"): 1.0, ("b", "one"): 0.0, ("a", "two"): 0.0, ("b", "two"): 0.0} == series(run(pipeline))


def test_what_can_be_counted_exists_as_zero(host: Host) -> None:
    """Alerts need a series that does not fire; folding is announced only where it can happen."""
    closed = (Label("of", ("a",), "other"),)
    pipeline = host.start(host.source(pack(), pack("closed_total", labels=closed)), keep=False)
    snapshot = run(pipeline)
    assert {("hits_total",): 0.0} == said(snapshot, FOLDED)
    assert {("hits_total",): 0.0, ("closed_total",): 0.0} == said(snapshot, VALUE_ERRORS) == said(snapshot, RULE_TIMEOUTS)
    assert {("hits_total",): 0, ("closed_total",): 0} == said(snapshot, RULE_SUSPENDED)
    assert {("hits_total",): 0, ("closed_total",): 2} == said(snapshot, SERIES)
    assert {("hits_total",): 0, ("closed_total",): 0} == said(snapshot, RULE_SECONDS) == said(snapshot, RULE_SKIPPED)


def test_losses_and_rotations_exist_as_zero(host: Host) -> None:
    """`increase()` does not see a series begin: the first loss of a source has to have a 0 before it."""
    snapshot = run(host.start(host.source(pack()), keep=False))
    assert {"truncated", "rotated_away", "corrupt", "unreadable"} == {reason for reason, _ in said(snapshot, LOST_BYTES)}
    assert {"renamed", "deleted", "truncated"} == {kind for kind, _ in said(snapshot, ROTATIONS)}
    assert {"eacces", "eio", "emfile", "estale"} == {reason for reason, _ in said(snapshot, FILE_ERRORS)}
    assert {0.0} == {value for own in (LOST_BYTES, ROTATIONS, FILE_ERRORS) for value in said(snapshot, own).values()}


def test_a_backlog_is_read_over_several_passes(host: Host) -> None:
    """When time is out a pass commits and publishes what it has; each round reads one Block of every file."""
    lines = ["hit=a " + "x" * 1017] * 1200
    for name in ("one.log", "two.log"):
        host.write(name, "\n".join(lines) + "\n")
    pipeline = host.start(host.source(pack(), files=("*.log",)))
    counted = []
    while not pipeline.run(lambda: True):
        assert 1 == len({position.offset for position in pipeline.positions()})
        counted.append(series(pipeline.snapshot)["a",])
    assert [2.0 * BLOCK_BYTES // 1024, 4.0 * BLOCK_BYTES // 1024] == counted
    assert {("a",): 2400.0} == series(pipeline.snapshot)
    host.kill()
    assert {("a",): 2400.0} == series(host.start(host.source(pack(), files=("*.log",))).snapshot)


def test_a_quiet_host_writes_nothing(host: Host) -> None:
    """The state is written when something has changed, and once at the start."""
    pipeline = host.start(host.source(pack()))
    for _ in range(3):
        snapshot = run(pipeline)
    assert {(): 1.0} == said(snapshot, STATE_COMMITS)
    host.write("app.log", "hit=a\n")
    run(pipeline)
    assert {(): 2.0} == said(run(pipeline), STATE_COMMITS)


def test_a_restart_goes_on(host: Host) -> None:
    """Values, positions and what the exporter says of itself; lines written in between are counted."""
    host.write("app.log", "hit=a\nmiss\n")
    run(host.start(host.source(pack())))
    host.kill()
    host.write("app.log", "hit=a\nhit=b\n")
    snapshot = run(host.start(host.source(pack())))
    assert {("a",): 2.0, ("b",): 1.0} == series(snapshot)
    own = (LINES, LINES_UNMATCHED, STATE_COMMITS)
    assert [{("app",): 4.0}, {("app",): 1.0}, {(): 2.0}] == [said(snapshot, counter) for counter in own]


def test_without_a_state_nothing_is_kept(host: Host) -> None:
    """`state: none`: the same numbers, until the process ends; no commits are told."""
    host.write("app.log", "hit=a\n")
    snapshot = run(host.start(host.source(pack()), keep=False))
    assert ({("a",): 1.0}, {}) == (series(snapshot), said(snapshot, STATE_COMMITS))
    host.kill()
    assert {} == series(host.start(host.source(pack()), keep=False).snapshot)


def test_the_first_start_is_each_sources_own(host: Host) -> None:
    """A source that is new has its own first start; in one that is known, a new file is read from its first byte."""
    host.write("a.log", "hit=old\n")
    a, b = (host.source(pack(), name=name, files=(f"{name}*.log",), start_at=StartAt.END) for name in ("a", "b"))
    run(host.start(a))
    host.kill()
    host.write("a2.log", "hit=new\n")
    host.write("b.log", "hit=old\n")
    pipeline = host.start(a, b)
    assert {("new",): 1.0} == series(run(pipeline))
    host.write("b.log", "hit=b\n")
    assert {("new",): 1.0, ("b",): 1.0} == series(run(pipeline))


def test_a_failed_commit_publishes_nothing_new(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    """Readers see what was committed; the trouble is counted each time, and logged when it begins and ends."""
    caplog.set_level(logging.INFO, "log2metrics.pipeline")
    host.write("app.log", "hit=a\n")
    pipeline = host.start(host.source(pack()))
    run(pipeline)
    state_of(host).full = True
    host.write("app.log", "hit=a\nhit=b\n")
    for failures in (1.0, 2.0):
        snapshot = run(pipeline)
        assert not pipeline.committed
        assert {("a",): 1.0} == series(snapshot)
        assert ({("app",): 1.0}, {(): 1.0}) == (said(snapshot, LINES), said(snapshot, STATE_COMMITS))
        assert {("operationalerror",): failures} == said(snapshot, STATE_ERRORS)
    state_of(host).full = False
    snapshot = run(pipeline)
    assert pipeline.committed
    assert {("a",): 2.0, ("b",): 1.0} == series(snapshot)
    assert ({("app",): 3.0}, {(): 2.0}) == (said(snapshot, LINES), said(snapshot, STATE_COMMITS))
    expected = ["state can't be written: numbers stay as they were committed", "state is written again"]
    assert expected == [record.getMessage() for record in caplog.records]


def test_a_failed_first_commit_publishes_what_was_kept(host: Host) -> None:
    """A disk that is full at the start sets no counter back."""
    host.write("app.log", "hit=a\n")
    run(host.start(host.source(pack())))
    host.kill()
    host.write("app.log", "hit=a\n")
    pipeline = host.start(host.source(pack()))
    state_of(host).full = True
    snapshot = run(pipeline)
    assert ({("a",): 1.0}, {("app",): 1.0}) == (series(snapshot), said(snapshot, LINES))


@pytest.mark.parametrize(("killed", "found"), [("killed_before", 1.0), ("killed_after", 2.0)])
def test_a_kill_loses_and_doubles_nothing(host: Host, killed: str, found: float) -> None:
    """Position and value are in one transaction: whatever of it is there, the line is counted once in the end."""
    host.write("app.log", "hit=a\n")
    pipeline = host.start(host.source(pack()))
    run(pipeline)
    setattr(state_of(host), killed, True)
    host.write("app.log", "hit=a\n")
    with pytest.raises(KilledError):
        pipeline.run(lambda: False)
    host.kill()
    pipeline = host.start(host.source(pack()))
    assert {("a",): found} == series(pipeline.snapshot)
    assert {("a",): 2.0} == series(run(pipeline))


def test_what_other_threads_count_is_shown_when_it_is_committed(host: Host) -> None:
    """The Graphite sender counts while a commit is under way; after a kill its counter must not go back."""
    host.telemetry.add(GRAPHITE_POINTS, 1, "sent")
    pipeline = host.start(host.source(pack()))
    host.telemetry.add(GRAPHITE_POINTS, 1, "sent")
    state_of(host).during = lambda: host.telemetry.add(GRAPHITE_POINTS, 10, "sent")
    assert {("sent",): 1.0} == said(run(pipeline), GRAPHITE_POINTS)
    state_of(host).during = lambda: None
    assert {("sent",): 11.0} == said(run(pipeline), GRAPHITE_POINTS)


def test_a_reload_keeps_counters_and_positions(host: Host) -> None:
    """Sources that stay go on untouched, new ones begin, and those that are gone are let go."""
    host.write("app.log", "hit=a\n")
    host.write("web.log", "hit=w\n")
    app, web = host.source(pack()), host.source(pack(), name="web", files=("web.log",))
    pipeline = host.start(app)
    run(pipeline)
    host.write("app.log", "hit=a\n")
    pipeline.configure([app, web])
    assert {("a",): 2.0, ("w",): 1.0} == series(run(pipeline))
    host.write("app.log", "hit=a\n")
    pipeline.configure([web])
    snapshot = run(pipeline)
    assert {("a",): 2.0, ("w",): 1.0} == series(snapshot)
    assert {("web",): 1} == said(snapshot, FILES)
    pipeline.configure([web, app])
    assert {("a",): 3.0, ("w",): 1.0} == series(run(pipeline))


@pytest.mark.parametrize("keep", [True, False])
def test_a_metric_that_comes_back_has_its_value(host: Host, keep: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Taken out of the config and put in again, in one life or the next: no counter goes back."""
    one, two = host.source(pack()), host.source(pack("others_total", r"other=(?P<of>\w+)"))
    host.write("app.log", "hit=a\nother=b\n")
    pipeline = host.start(one, keep=keep)
    run(pipeline)
    pipeline.configure([two])
    snapshot = run(pipeline)
    assert ({}, {("others_total",)}) == (series(snapshot), set(said(snapshot, SERIES)))
    if keep:
        host.kill()
        pipeline = host.start(two)
        run(pipeline)
    pipeline.configure([one])
    host.write("app.log", "hit=a\n")
    assert {("a",): 2.0} == series(run(pipeline))


def test_a_reload_while_the_disk_is_full_counts_nothing_twice(host: Host) -> None:
    """What was read and could not be committed is read on from there, by a source with other settings too."""
    host.write("app.log", "hit=a\n")
    pipeline = host.start(host.source(pack()))
    run(pipeline)
    state_of(host).full = True
    host.write("app.log", "hit=a\n")
    run(pipeline)
    pipeline.configure([host.source(pack(), files=("app.log", "more.log"))])
    state_of(host).full = False
    assert {("a",): 2.0} == series(run(pipeline))
    host.kill()
    assert {("a",): 2.0} == series(run(host.start(host.source(pack()))))


def test_a_file_that_is_gone_is_forgotten(host: Host) -> None:
    """Once it was read to its end and nobody has written for a while, its gauges go; that it is done is kept."""
    host.write("app.log", "hit=a\n")
    pipeline = host.start(host.source(pack()))
    run(pipeline)
    assert [6] == [position.offset for position in pipeline.positions()]
    (host.folder / "app.log").unlink()
    run(pipeline)
    host.clock.now += 60
    snapshot = run(pipeline)
    assert ([], {}, {("a",): 1.0}) == (pipeline.positions(), said(snapshot, FILE_BEHIND), series(snapshot))
    assert [True] == [position.done for position in state_of(host).read().positions]


def test_the_rest_of_an_over_long_line_is_passed_over_in_one_pass(host: Host) -> None:
    """It gives no Block, and what follows it is counted all the same."""
    host.write("app.log", "hit=a " + "x" * 140 * BLOCK_BYTES + "\nhit=b\n")
    pipeline = host.start(host.source(pack()), keep=False)
    snapshot = run(pipeline)
    assert {("a",): 1.0, ("b",): 1.0} == series(snapshot)
    assert ({("app",): 1.0}, {("app",): 2.0}) == (said(snapshot, LINES_TRUNCATED), said(snapshot, LINES))


def test_new_files_can_appear_in_these_folders(host: Host) -> None:
    """The daemon watches the folders of all sources."""
    (host.folder / "sub").mkdir()
    sources = [host.source(pack()), host.source(pack(), name="sub", files=("sub/*.log",))]
    pipeline = host.start(*sources, keep=False)
    run(pipeline)
    assert {str(host.folder), str(host.folder / "sub")} == pipeline.directories()


class Tired:
    """A Guard that gave rules up, and skipped others."""

    def count(self, ruleset: Ruleset, data: bytes, tally: Tally) -> Tally:  # noqa: ARG002  # a Guard's signature
        """Nothing of two lines."""
        tally.lines += 2
        tally.timeouts["hits_total"] += 1
        tally.skipped["hits_total"] += 2
        return tally

    def last_time(self, *_: object) -> None:
        """It took too long."""


def test_what_the_guard_gave_up_is_told(host: Host) -> None:
    """By metric, and apart from each other: timed out, and not tried."""
    pipeline = host.start(host.source(pack()), keep=False)
    tools = replace(pipeline._tools, guard=cast("Guard", Tired()))
    block = Block("app", b"one\ntwo\n", Position("app", "/x", 1, 1, 8), truncated=1)
    counts = Counts(Store((), host.telemetry), tools)
    counts.count(block, make_ruleset(host.source(pack())))
    counts.apply()
    assert [1.0, 2.0] == [host.telemetry.get(counter, "hits_total") for counter in (RULE_TIMEOUTS, RULE_SKIPPED)]
    assert [2.0, 2.0, 1.0] == [host.telemetry.get(counter, "app") for counter in (LINES, LINES_UNMATCHED, LINES_TRUNCATED)]


def test_a_metric_of_several_packs_is_one(host: Host) -> None:
    """In the order of the sources."""
    sources = [host.source(pack(), pack("more_total")), host.source(pack(), pack("last_total"), name="b")]
    assert ["hits_total", "more_total", "last_total"] == [metric.name for metric in metrics_of(sources)]


EVENTS = ["line", "part", "pass", "full", "free", "reload", "rotate", "stop", "kill before", "kill after"]


class Life:
    """A host to which anything happens, and what should be counted of it."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.written = 0
        self.served = 0.0
        self.rotations = 0
        self.files: tuple[str, ...] = ("app.log",)
        self.pipeline = self.start()

    def start(self) -> Pipeline:
        """A new process; it serves no less than the one before."""
        self.host.kill()
        self.pipeline = self.host.start(self.host.source(pack(match="hit"), files=self.files))
        self.look()
        return self.pipeline

    def look(self) -> None:
        """A scrape: never less than before, never more than was written."""
        value = series(self.pipeline.snapshot).get((), 0.0)
        assert isinstance(value, float)
        assert self.served <= value <= self.written
        self.served = value

    def run(self) -> None:
        """A pass."""
        run(self.pipeline)
        self.look()

    def meet(self, event: str) -> None:
        """Let one thing happen."""
        match event:
            case "line" | "part":
                self.host.write("app.log", "hit\n" if event == "line" else "h")
                self.written += event == "line"
            case "pass":
                self.run()
            case "full" | "free":
                state_of(self.host).full = event == "full"
            case "reload":
                self.files = ("app.log",) if len(self.files) > 1 else ("app.log", "none.log")
                self.pipeline.configure([self.host.source(pack(match="hit"), files=self.files)])
            case "rotate":
                state_of(self.host).full = False  # a file that is in no state can't be found under another name
                self.run()
                self.rotate()
                self.run()
            case "stop":
                self.run()
                self.start()
            case "kill before" | "kill after":
                setattr(state_of(self.host), event.replace("kill ", "killed_"), True)
                self.host.write("app.log", "hit\n")
                self.written += 1
                with pytest.raises(KilledError):
                    self.pipeline.run(lambda: False)
                self.start()

    def rotate(self) -> None:
        """Rename the log, if there is one; a line that nobody had finished is finished in it."""
        if (self.host.folder / "app.log").exists():
            self.rotations += 1
            (self.host.folder / "app.log").rename(self.host.folder / f"app.log.{self.rotations}")


@given(st.lists(st.sampled_from(EVENTS), max_size=25))
def test_every_line_is_counted_once_whatever_happens(happened: list[str]) -> None:
    """Through kills, full disks, reloads and rotations: no scrape sees a decrease, and in the end all lines are there."""
    with TemporaryDirectory() as name:
        host = Host(Path(name))
        life = Life(host)
        try:
            for event in happened:
                life.meet(event)
            life.host.write("app.log", "\n")
            state_of(host).full = False
            life.run()
            assert life.written == life.served
        finally:
            host.kill()


@pytest.mark.parametrize("restarted", [True, False])
def test_a_source_that_is_renamed_goes_on(host: Host, restarted: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Its files are known by what they are, not by its name: no line counts a second time, and none is left out."""
    host.write("app.log", "hit=a\n")
    pipeline = host.start(host.source(pack()))
    run(pipeline)
    renamed = host.source(pack(), name="other", start_at=StartAt.END)
    host.write("app.log", "hit=a\n")
    if restarted:
        host.kill()
        pipeline = host.start(renamed)
    else:
        pipeline.configure([renamed])
    assert {("a",): 2.0} == series(run(pipeline))
    host.kill()
    assert {("a",): 2.0} == series(run(host.start(renamed)))


def test_a_source_that_is_split_goes_on(host: Host) -> None:
    """Each part takes the positions of its own files along."""
    for name in ("one.log", "two.log"):
        host.write(name, "hit=a\n")
    pipeline = host.start(host.source(pack(), files=("*.log",)))
    run(pipeline)
    parts = [host.source(pack(), name=name, files=(f"{name}.log",)) for name in ("one", "two")]
    pipeline.configure(parts)
    host.write("two.log", "hit=a\n")
    assert {("a",): 3.0} == series(run(pipeline))
    assert ["one", "two"] == sorted(position.source for position in pipeline.positions())


def test_files_that_nobody_follows_any_more_are_remembered(host: Host) -> None:
    """A source that is taken out by mistake, and put back, goes on where it was."""
    host.write("app.log", "hit=a\n")
    source = host.source(pack())
    pipeline = host.start(source)
    run(pipeline)
    pipeline.configure([host.source(pack(), name="other", files=("other.log",))])
    run(pipeline)
    pipeline.configure([source])
    assert {("a",): 1.0} == series(run(pipeline))


def test_without_a_commit_nothing_is_shown(host: Host) -> None:
    """What was counted waits; a process that dies before reads the lines again."""
    host.write("app.log", "hit=a\n")
    pipeline = host.start(host.source(pack()))
    assert pipeline.run(lambda: False, commit=False)
    assert {} == series(pipeline.snapshot)
    host.kill()
    assert {("a",): 1.0} == series(run(host.start(host.source(pack()))))
