"""What the exporter says it is doing, read off the last pass."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from log2metrics import telemetry as own
from log2metrics.status import describe
from log2metrics.web.exporter import FileStatus, SampleStatus, SourceStatus
from tests.pipelines import Host, pack, run


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A host with no logs yet."""
    host = Host(tmp_path)
    yield host
    host.kill()


def test_before_the_first_pass_nothing_is_going_on(host: Host) -> None:
    """There is a version and a start, and nothing but zeros."""
    status = describe(host.start(host.source(pack()), keep=False), 12.0)
    assert (12.0, (), {"hits_total": 0}, True) == (status.started, status.sources, status.series, status.last_reload_ok)
    assert status.version


def test_every_source_tells_its_files(host: Host) -> None:
    """How far each is counted, what is left, and when its last line was; in order of path."""
    host.write("b.log", "hit=x\nmiss\nrest")
    host.write("a.log", "")
    pipeline = host.start(host.source(pack(), files=("*.log",)), host.source(pack(), name="other"))
    host.telemetry.set(own.RELOAD_SUCCESSFUL, 0)
    run(pipeline)
    status = describe(pipeline, 0.0)
    folder = host.folder
    files = (FileStatus(f"{folder}/a.log", 0, 0), FileStatus(f"{folder}/b.log", 11, 4, host.clock.now))
    samples = (SampleStatus("miss", "miss", 1, host.clock.now),)
    assert (SourceStatus("app", 2, 1, files, samples=samples), SourceStatus("other")) == status.sources
    assert ({"hits_total": 1}, False) == (status.series, status.last_reload_ok)


def test_sources_that_are_gone_are_not_shown(host: Host) -> None:
    """Their counters are kept; nothing is going on in them."""
    pipeline = host.start(host.source(pack()), host.source(pack("more_total"), name="other"))
    run(pipeline)
    pipeline.configure([host.source(pack())])
    run(pipeline)
    status = describe(pipeline, 0.0)
    assert (["app"], {"hits_total": 0}) == ([source.name for source in status.sources], status.series)
    host.kill()
    pipeline = host.start(host.source(pack()))
    run(pipeline)
    assert ["app"] == [source.name for source in describe(pipeline, 0.0).sources]


def test_a_path_that_is_no_text_is_shown_safely(host: Host) -> None:
    """A file name is bytes; whatever it is, its offset is found."""
    path = os.fsencode(host.folder) + b"/\xff\n.log"
    Path(os.fsdecode(path)).write_bytes(b"hit=x\n")
    pipeline = host.start(host.source(pack(), files=("*.log",)))
    run(pipeline)
    ((file,),) = [source.files for source in describe(pipeline, 0.0).sources]
    assert (f"{host.folder}/\ufffd\ufffd.log", 6) == (file.path, file.offset)
