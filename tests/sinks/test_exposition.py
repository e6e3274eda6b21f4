from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.core import Metric as Exposed
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from log2metrics.flow import Family, Snapshot, Value
from log2metrics.metric import Label, Labels, Metric, MetricType
from log2metrics.sinks.exposition import Dialect, Exposition, go_text, render_openmetrics, render_prometheus
from log2metrics.sinks.samples import families, samples

from .snapshots import EXAMPLE, LOAD, LOGINS, SECONDS, counts, family, snapshots, texts

GENERATORS: dict[Dialect, Callable[[Collector], bytes]] = {
    Dialect.PROMETHEUS: generate_latest,
    Dialect.OPENMETRICS: generate_openmetrics,
}
RENDERERS: dict[Dialect, Callable[..., str]] = {
    Dialect.PROMETHEUS: render_prometheus,
    Dialect.OPENMETRICS: render_openmetrics,
}

every_dialect = pytest.mark.parametrize("dialect", Dialect)

Read = dict[tuple[str, tuple[tuple[str, str], ...]], str]


def _parsed(exposed: Iterable[Exposed]) -> Read:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): repr(float(sample.value))
        for family in exposed
        for sample in family.samples
    }


def _expected(snapshot: Snapshot) -> Read:
    return {
        (family.metric.name + suffix, tuple(pair for pair in labels if pair[1])): repr(float(number))
        for family in families(snapshot, own=True)
        for series, value in family.series.items()
        for suffix, labels, number in samples(family.metric, series, value)
    }


@dataclass
class Shown(Collector):
    """The families of a snapshot as prometheus-client's own objects."""

    shown: Iterable[Family]

    def collect(self) -> Iterator[Exposed]:
        """Give every family, its samples in the order of labels."""
        for each in self.shown:
            metric = each.metric
            is_counter = metric.type is MetricType.COUNTER
            exposed = Exposed(metric.name.removesuffix("_total"), metric.help, metric.type.value)
            for series, value in sorted(each.series.items()):
                for suffix, labels, number in samples(metric, series, value):
                    carried = {name: text.encode(errors="backslashreplace").decode() for name, text in labels if text}
                    exposed.add_sample(exposed.name + ("_total" if is_counter else suffix), carried, number)
            yield exposed


class Looks(dict[Labels, Value]):
    """The series of a family; knows how often anything looked at them."""

    looks = 0

    def get(self, key: Labels, default: Value | None = None) -> Value | None:  # type: ignore[override]  # as it is called
        """Count the look."""
        self.looks += 1
        return super().get(key, default)

    def __getitem__(self, key: Labels) -> Value:
        self.looks += 1
        return super().__getitem__(key)


def written(shown: Family, dialect: Dialect, exposition: Exposition | None = None) -> bytes:
    """The text of one family, by an exposition that has written before or by a new one."""
    return b"".join((exposition or Exposition()).parts([shown], dialect))


@every_dialect
@given(snapshot=snapshots, text=texts)
def test_text_is_that_of_prometheus_client(dialect: Dialect, snapshot: Snapshot, text: str) -> None:
    """Byte for byte, whatever labels and descriptions say and however large a number is."""
    shown = [Family(replace(each.metric, help=text), each.series) for each in families(snapshot, own=True)]
    got = RENDERERS[dialect](Snapshot(tuple(shown)), own=True)
    assert GENERATORS[dialect](Shown(shown)).decode() == got


@given(st.floats())
@example(999_999.5)
@example(1e6)
@example(-1e6)
@example(1_234_567.875)
@example(9e15)
@example(1e16)
@example(1.5e300)
@example(-math.inf)
def test_numbers_are_those_of_prometheus_client(number: float) -> None:
    """Exponents begin where Go's begin."""
    assert floatToGoString(number) == go_text(number)  # type: ignore[no-untyped-call]


@every_dialect
@given(data=st.data())
def test_memory_does_not_show(dialect: Dialect, data: st.DataObject) -> None:
    """One who has written other series, values and descriptions before writes what one who begins would."""
    exposition = Exposition()
    metrics = [(LOGINS, counts), (replace(LOGINS, help="Others."), counts), (LOAD, st.floats())]
    for metric, values in data.draw(st.lists(st.sampled_from(metrics), min_size=2, max_size=6)):
        shown = data.draw(family(metric, values))
        assert written(shown, dialect) == written(shown, dialect, exposition)


def test_series_that_come_go_and_change_are_seen() -> None:
    """As many series as before need not be the same ones."""
    exposition = Exposition()
    one, two, three = ((("host", name),) for name in ("a", "b", "c"))
    turns: list[dict[Labels, Value]] = [{two: 1.0}, {one: 1.0, two: 2.0}, {one: 3.0, three: 1.0}, {three: 1.0}, {}, {two: 4.0}]
    for series in turns:
        shown = Family(LOAD, series)
        assert written(shown, Dialect.PROMETHEUS) == written(shown, Dialect.PROMETHEUS, exposition)


def test_family_that_is_the_same_is_not_written_again() -> None:
    """A scrape in which nothing has changed looks at no series, in whichever format."""
    series = Looks({(("host", "a"),): 1.0})
    exposition, shown = Exposition(), Family(LOAD, series)
    first = written(shown, Dialect.PROMETHEUS, exposition)
    looks = series.looks
    assert first == written(shown, Dialect.PROMETHEUS, exposition)
    assert written(shown, Dialect.OPENMETRICS, exposition).endswith(b'load{host="a"} 1.0\n')
    assert looks == series.looks


def test_what_is_gone_is_forgotten() -> None:
    """Neither a series nor a metric that is not shown any more takes memory."""
    exposition = Exposition()
    many = Family(LOAD, {(("host", str(number)),): 1.0 for number in range(100)})
    few = Family(LOAD, {(("host", "0"),): 1.0})
    exposition.parts([many, Family(LOGINS, {})], Dialect.PROMETHEUS)
    exposition.parts([few], Dialect.PROMETHEUS)
    assert ["load"] == list(exposition._sheets)
    assert [(("host", "0"),)] == list(exposition._sheets["load"]._before)


def test_threads_do_not_mix_their_snapshots() -> None:
    """Eight scrapes at once, each of other series, get what one alone would get."""
    exposition = Exposition()
    shown = [Family(LOAD, {(("host", f"{n}-{m}"),): float(n) for m in range(n * 10)}) for n in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda each: written(each, Dialect.PROMETHEUS, exposition), shown * 10))
    assert [written(each, Dialect.PROMETHEUS) for each in shown] * 10 == got


@every_dialect
def test_colons_stay_in_names(dialect: Dialect) -> None:
    """A colon is a letter of metric names, and says the same above a sample and before it."""
    metric = Metric("job:load", MetricType.GAUGE, "Load.")
    got = RENDERERS[dialect](Snapshot((Family(metric, {(): 1.0}),)), own=True)
    assert got.startswith("# HELP job:load Load.\n# TYPE job:load gauge\njob:load 1.0\n")


def test_buckets_may_change_at_a_reload() -> None:
    """Nothing that was remembered of the old buckets is used for the new."""
    exposition = Exposition()
    value = next(each for each in EXAMPLE.families if each.metric is SECONDS).series
    other = Family(replace(SECONDS, buckets=(0.25, 7.0)), value)
    written(Family(SECONDS, value), Dialect.PROMETHEUS, exposition)
    assert b'le="7.0"' in written(other, Dialect.PROMETHEUS, exposition)


def test_exposition_starts_without_prometheus_client() -> None:
    """`once` does not pay for a library that it does not need."""
    program = """if True:
        import sys
        from log2metrics.flow import Snapshot
        from log2metrics.sinks import OUTPUTS
        print([OUTPUTS[name](Snapshot(), own=True) for name in ("prometheus", "openmetrics")])
        print("prometheus_client" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "['', '# EOF\\n']\nFalse\n" == done.stdout


def test_example_reads_as_prometheus_users_expect() -> None:
    """Counters, gauges and cumulative histograms stand in the snapshot's order, their series in the order of labels."""
    expected = """\
# HELP sshd_logins_total SSH logins.
# TYPE sshd_logins_total counter
sshd_logins_total{method="password",outcome="failed"} 12.0
sshd_logins_total{method="publickey",outcome="accepted"} 3.0
# HELP load Load.
# TYPE load gauge
load{host="a b"} 0.25
# HELP request_seconds Time taken.
# TYPE request_seconds histogram
request_seconds_bucket{le="0.5",status="200"} 2.0
request_seconds_bucket{le="1.0",status="200"} 3.0
request_seconds_bucket{le="+Inf",status="200"} 4.0
request_seconds_sum{status="200"} 3.5
request_seconds_count{status="200"} 4.0
"""
    assert expected == render_prometheus(EXAMPLE, own=False)


def test_openmetrics_names_the_family_without_total() -> None:
    """OpenMetrics wants `_total` on the sample only, ends with EOF, and has no `_created`."""
    got = render_openmetrics(EXAMPLE, own=True)
    assert "# TYPE sshd_logins counter\nsshd_logins_total{" in got
    assert got.endswith('log2metrics_lines_total{source="auth"} 40.0\n# EOF\n')
    assert "_created" not in got


@given(snapshots)
def test_prometheus_text_parses_back(snapshot: Snapshot) -> None:
    """Whatever labels say, prometheus-client's parser reads the same names, labels and numbers."""
    assert _expected(snapshot) == _parsed(parse_prometheus(render_prometheus(snapshot, own=True)))


@given(snapshots)
def test_openmetrics_text_parses_back(snapshot: Snapshot) -> None:
    """Whatever labels say, prometheus-client's strict parser reads the same names, labels and numbers."""
    read = parse_openmetrics(render_openmetrics(snapshot, own=True))  # type: ignore[no-untyped-call]
    assert _expected(snapshot) == _parsed(read)


@given(snapshots)
def test_order_of_series_in_memory_does_not_show(snapshot: Snapshot) -> None:
    """Two snapshots with the same series are the same text."""
    turned = tuple(Family(family.metric, dict(reversed(list(family.series.items())))) for family in snapshot.families)
    assert render_prometheus(snapshot, own=False) == render_prometheus(Snapshot(turned), own=False)


def test_metric_without_series_is_announced() -> None:
    """Somebody who has just written a pattern sees that it is loaded."""
    expected = "# HELP sshd_logins_total SSH logins.\n# TYPE sshd_logins_total counter\n"
    assert expected == render_prometheus(Snapshot((Family(LOGINS, {}),)), own=True)


def test_counter_named_without_total_gets_it() -> None:
    """Both formats demand the suffix, whatever a metric is called."""
    counter = Metric("logins", MetricType.COUNTER, "Logins.")
    assert "\nlogins_total 1.0\n" in render_prometheus(Snapshot((Family(counter, {(): 1.0}),)), own=True)


def test_text_that_utf8_cannot_carry_is_spelled_out() -> None:
    """A file name that is no UTF-8 neither breaks a scrape nor is taken for another."""
    metric = Metric("files", MetricType.GAUGE, "Files.", (Label("file"),))
    family = Family(metric, {(("file", text),): 1.0 for text in ("a\udcff", "a\udcfe")})
    got = render_prometheus(Snapshot((family,)), own=True)
    assert 'files{file="a\\\\udcff"} 1.0\n' in got
    assert 'files{file="a\\\\udcfe"} 1.0\n' in got


def test_gauges_may_be_no_numbers() -> None:
    """Prometheus knows NaN and the infinities; they are shown as they are."""
    metric = Metric("load", MetricType.GAUGE, "Load.", (Label("host"),))
    family = Family(metric, {(("host", "a"),): math.nan, (("host", "b"),): -math.inf})
    got = render_prometheus(Snapshot((family,)), own=True)
    assert 'load{host="a"} NaN\nload{host="b"} -Inf\n' in got
