"""`state: none`: nothing is kept over a restart, and everything else is as ever."""

from __future__ import annotations

from tests.harness import Program, append

LINE = b"Nov 20 15:55:32 alder sshd[320]: Failed password for mara from 127.0.0.1 port 40710 ssh2\n"


def test_nothing_is_kept(program: Program) -> None:
    """It counts, ends in order, writes no file, and a new start begins anew."""
    log = program.folder / "auth.log"
    log.write_bytes(LINE)
    source = {"name": "auth", "files": ["auth.log"], "patterns": ["sshd"], "start_at": "beginning"}
    config = program.config(source, state="none")
    exporter = program.start(config).ready()
    append(log, LINE)
    assert 2 == exporter.scrape().total("sshd_logins_total")
    assert 0 == exporter.stop()
    assert 2 == program.start(config).ready().scrape().total("sshd_logins_total")
    assert {"auth.log", "config.yml", "tmp", "run-0", "run-1"} == {path.name for path in program.folder.iterdir()}


def test_a_start_at_the_end_counts_what_is_new(program: Program) -> None:
    """Without a state every start is the first: by default it begins at the ends of the files."""
    log = program.folder / "auth.log"
    log.write_bytes(LINE)
    config = program.config({"name": "auth", "files": ["auth.log"], "patterns": ["sshd"]}, state="none")
    exporter = program.start(config).ready()
    append(log, LINE)
    assert 1 == exporter.scrape().total("sshd_logins_total")
