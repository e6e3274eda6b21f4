"""`web: none`: nothing listens, and everything else is as ever."""

from __future__ import annotations

from tests.harness import Program, Samples, append, until

LINE = b"Nov 20 15:55:32 alder sshd[320]: Failed password for mara from 127.0.0.1 port 40710 ssh2\n"


def test_it_counts_without_a_port(program: Program) -> None:
    """It follows and counts, says nothing of a port, ends with 0, and what it counted is in the state."""
    log = program.folder / "auth.log"
    log.touch()
    config = program.config({"name": "auth", "files": ["auth.log"], "patterns": ["sshd"]}, web="none")
    exporter = program.start(config)
    until(lambda: "following" in exporter.err, "it follows the log")
    append(log, LINE * 3)
    assert 0 == exporter.stop()
    assert "serving" not in exporter.err
    assert 3 == Samples.parse(program.run("once", "-c", config).stdout).total("sshd_logins_total", outcome="failed")
