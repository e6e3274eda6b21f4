"""`run` without a configuration: the shipped packs on the usual log files that exist on this host."""

from __future__ import annotations

import json
import os
from pathlib import Path

from log2metrics.config.packs import library, library_folder, load_packs
from tests.harness import HOST, Program


def test_it_starts_and_follows_what_is_here(program: Program) -> None:
    """It is ready without having been told anything, and follows the usual logs that exist, and no others."""
    usual = {file for pack in load_packs(library(), library_folder()) for file in pack.files}
    here = {str(path) for file in usual for path in Path("/").glob(file.lstrip("/")) if os.access(path, os.R_OK)}
    exporter = program.start(None, "--listen", f"{HOST}:0").ready()
    samples = exporter.scrape()
    followed = {file for (file,) in samples.by("log2metrics_file_last_line_timestamp_seconds", "file")}
    status = json.loads(exporter.get("/api/v1/status").body)
    assert {file["path"] for source in status["sources"] for file in source["files"]} == here
    assert followed <= here
    assert samples.total("log2metrics_build_info") == 1


def test_its_state_is_where_systemd_says(program: Program) -> None:
    """The state lies in STATE_DIRECTORY, or else, for a user, in the XDG folder; a second start finds it again."""
    first = program.start(None, "--listen", f"{HOST}:0").ready().scrape().total("log2metrics_state_commits_total")
    assert 0 == program.started[0].stop()
    second = program.start(None, "--listen", f"{HOST}:0").ready().scrape().total("log2metrics_state_commits_total")
    assert (program.folder / "state" / "state.db").is_file()
    assert 1 <= first < second


def test_a_port_that_is_taken_is_told(program: Program) -> None:
    """A second exporter on the same port exits with 1 and names the address, though its state is another one."""
    port = program.start(None, "--listen", f"{HOST}:0").port
    other = program.start(None, "--listen", f"{HOST}:{port}", STATE_DIRECTORY=str(program.folder / "other"))
    assert 1 == other.wait()
    assert str(port) in other.err
    assert "in use" in other.err
