"""What the exporter is doing, for the status page and API: read off the last snapshot, so that any thread may ask."""

from __future__ import annotations

from importlib.metadata import version
from operator import attrgetter

from log2metrics import telemetry as own
from log2metrics.flow import HistogramValue, Snapshot
from log2metrics.metric import safe_text, visible_text
from log2metrics.pipeline import Pipeline
from log2metrics.samples import Sample
from log2metrics.telemetry import Own
from log2metrics.web.exporter import FileStatus, SampleStatus, SourceStatus, Status


def describe(pipeline: Pipeline, started: float) -> Status:
    """The status as of the last pass. `started` is in Unix seconds."""
    snapshot = pipeline.snapshot
    offsets = {(position.source, safe_text(position.path)): position.offset for position in pipeline.positions()}
    rates, samples = pipeline.rates.latest, pipeline.samples()
    lines, unmatched = _values(snapshot, own.LINES), _values(snapshot, own.LINES_UNMATCHED)
    followed = _values(snapshot, own.FILES)  # of the sources there are now; counters remember those there were
    last_line = _values(snapshot, own.FILE_LAST_LINE)
    files: dict[str, list[FileStatus]] = {}
    for (path, source), behind in _values(snapshot, own.FILE_BEHIND).items():
        status = FileStatus(path, offsets.get((source, path), 0), int(behind), last_line.get((path, source)))
        files.setdefault(source, []).append(status)
    return Status(
        version=version("log2metrics"),
        started=started,
        sources=tuple(
            SourceStatus(
                name,
                int(lines.get((name,), 0)),
                int(unmatched.get((name,), 0)),
                tuple(sorted(files.get(name, []), key=attrgetter("path"))),
                rates.get(name, 0.0),
                tuple(map(_sample, samples.get(name, ()))),
            )
            for (name,) in followed
        ),
        series={name: int(count) for (name,), count in _values(snapshot, own.SERIES).items()},
        last_reload_ok=_values(snapshot, own.RELOAD_SUCCESSFUL).get((), 1.0) == 1.0,
        rule_seconds={name: seconds for (name,), seconds in _values(snapshot, own.RULE_SECONDS).items()},
        suspended=tuple(name for (name,), suspended in _values(snapshot, own.RULE_SUSPENDED).items() if suspended),
    )


def _sample(sample: Sample) -> SampleStatus:
    return SampleStatus(visible_text(sample.template), visible_text(sample.line), sample.count, sample.seen)


def _values(snapshot: Snapshot, metric: Own) -> dict[tuple[str, ...], float]:
    """The series of one of the exporter's own metrics, by their label values in order of label name."""
    family = next((each for each in snapshot.own if each.metric.name == metric.metric.name), None)
    series = family.series.items() if family else ()
    return {tuple(text for _, text in labels): value for labels, value in series if not isinstance(value, HistogramValue)}
