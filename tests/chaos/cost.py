"""What following logs costs when nothing is wrong: `python -m tests.chaos.cost`. Exit code 1 if it is more than it may be.

CPU is user and system time of the process over the time that has passed, as a share of one core; what is written is what the
kernel had to write for the process, or will have to (`write_bytes` in /proc/PID/io).
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from tests.harness import Exporter, Program, append

CPU_SECONDS = 20.0
WRITE_SECONDS = 60.0
SCRAPE_SECONDS = 15.0
STEP_SECONDS = 0.1
PACKS = ["sshd", "sudo", "cron", "su", "systemd"]
LINES = (
    "sshd[{n}]: Failed password for invalid user u{n} from 192.0.2.7 port {n} ssh2",
    "sshd[{n}]: Accepted publickey for mara from 192.0.2.7 port {n} ssh2",
    "sudo:     mara : PWD=/home/mara ; USER=root ; COMMAND=/usr/bin/id",
    "CRON[{n}]: (root) CMD (/usr/bin/true)",
    "systemd[1]: Started job {n}.",
)


@dataclass(frozen=True)
class Cost:
    """One figure, beside the most it may be."""

    what: str
    figure: float
    most: float
    unit: str

    def __str__(self) -> str:
        return f"{self.what}: {self.figure:.2f} {self.unit} (at most {self.most:g})"


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def written_bytes(pid: int) -> int:
    """What a process has had written so far."""
    text = Path(f"/proc/{pid}/io").read_text(encoding="ascii")
    return int(text.partition("\nwrite_bytes: ")[2].split()[0])


def text_of(first: int, lines: int) -> bytes:
    """So many lines of an auth.log, from this number on."""
    said = (LINES[number % len(LINES)].format(n=number % 30_000 + 1000) for number in range(first, first + lines))
    return "".join(f"Nov 20 15:55:32 alder {each}\n" for each in said).encode()


def live(exporter: Exporter, seconds: float, grow: Callable[[int], None]) -> None:
    """Let time pass: something is written every now and then, and the numbers are scraped."""
    pause, begin, scraped = threading.Event(), time.monotonic(), 0.0
    for step in range(1, int(seconds / STEP_SECONDS) + 1):
        pause.wait(max(0.0, begin + step * STEP_SECONDS - time.monotonic()))
        grow(step)
        if time.monotonic() - scraped >= SCRAPE_SECONDS:
            scraped = time.monotonic()
            exporter.scrape()


def start(folder: Path) -> tuple[Program, Exporter]:
    """An exporter with five packs on the logs in this folder."""
    program = Program(folder)
    source = {"name": "auth", "files": ["*.log"], "patterns": PACKS, "start_at": "beginning"}
    exporter = program.start(program.config(source)).ready()
    threading.Event().wait(3)  # what a start costs is another question
    return program, exporter


def cost_of_idle_files(folder: Path, files: int = 1000) -> Cost:
    """Files in which nothing happens."""
    for number in range(files):
        append(folder / f"{number}.log", text_of(number, 10))
    program, exporter = start(folder)
    before = cpu_seconds(exporter.pid)
    live(exporter, CPU_SECONDS, lambda _: None)
    used = cpu_seconds(exporter.pid) - before
    program.end()
    return Cost(f"{files} idle files", 100 * used / CPU_SECONDS, 1, "% of a core")


def cost_of_lines(folder: Path, per_second: int = 1000) -> Cost:
    """A log that grows."""
    per_step = int(per_second * STEP_SECONDS)
    append(folder / "auth.log", text_of(0, 1))
    program, exporter = start(folder)
    before = cpu_seconds(exporter.pid)
    live(exporter, CPU_SECONDS, lambda step: append(folder / "auth.log", text_of(step * per_step, per_step)))
    used = cpu_seconds(exporter.pid) - before
    assert 1 + per_second * CPU_SECONDS == exporter.scrape().total("log2metrics_lines_total")
    program.end()
    return Cost(f"{per_second} lines/s, {len(PACKS)} packs", 100 * used / CPU_SECONDS, 5, "% of a core")


def time_of_a_scrape(folder: Path, per_second: int = 1000) -> Cost:
    """How long a scrape takes at most while a log grows, but for one in a hundred."""
    per_step = int(per_second * STEP_SECONDS)
    append(folder / "auth.log", text_of(0, 1))
    program, exporter = start(folder)
    seconds: list[float] = []

    def grow(step: int) -> None:
        append(folder / "auth.log", text_of(step * per_step, per_step))
        seconds.append(exporter.get("/metrics").seconds)

    live(exporter, CPU_SECONDS, grow)
    program.end()
    slowest = quantiles(seconds, n=100)[-1]
    return Cost(f"a scrape at {per_second} lines/s, 99 of 100", 1000 * slowest, 50, "ms")


def cost_of_writing(folder: Path, per_second: int = 100) -> Cost:
    """What the state writes for a log that grows slowly."""
    per_step = int(per_second * STEP_SECONDS)
    append(folder / "auth.log", text_of(0, 1))
    program, exporter = start(folder)
    before = written_bytes(exporter.pid)
    live(exporter, WRITE_SECONDS, lambda step: append(folder / "auth.log", text_of(step * per_step, per_step)))
    written = written_bytes(exporter.pid) - before
    assert 1 + per_second * WRITE_SECONDS == exporter.scrape().total("log2metrics_lines_total")
    program.end()
    return Cost(f"{per_second} lines/s", written * 3600 / WRITE_SECONDS / 1e6, 50, "MB/h written")


def costs_of_a_large_state(folder: Path, files: int = 10_000, series: int = 100_000) -> Iterator[Cost]:
    """Many files and series: a pass in which nothing is new, and the time from a start to the first numbers."""
    for number in range(files):
        append(folder / f"{number}.log", b"")
    append(folder / "0.log", b"".join(b"user=%d\n" % number for number in range(series)))
    program = Program(folder)
    users = {"name": "users_total", "labels": ["user"], "limit": series, "rules": [{"match": r"user=(?P<user>\d+)"}]}
    pack = program.pack("users.yml", users)
    source = {"name": "many", "files": ["*.log"], "patterns": [str(pack)], "start_at": "beginning"}
    config = program.config(source)
    exporter = program.start(config).ready()
    assert series == exporter.scrape().total("users_total")
    threading.Event().wait(5)
    before = cpu_seconds(exporter.pid)
    threading.Event().wait(CPU_SECONDS)  # a pass a second
    used = cpu_seconds(exporter.pid) - before
    yield Cost(f"a pass over {files} files and {series} series in which nothing is new", 1000 * used / CPU_SECONDS, 20, "ms")
    exporter.stop()
    begin = time.monotonic()
    exporter = program.start(config).ready()
    yield Cost(f"a restart with {files} files and {series} series", time.monotonic() - begin, 3, "s")
    assert series == exporter.scrape().total("users_total")
    program.end()


def main() -> int:
    """Measure, and say so."""
    dear = False
    for measure in (costs_of_a_large_state, cost_of_idle_files, cost_of_lines, time_of_a_scrape, cost_of_writing):
        with tempfile.TemporaryDirectory(prefix="cost-") as folder:
            found = measure(Path(folder))
            for cost in (found,) if isinstance(found, Cost) else found:
                sys.stdout.write(f"{cost}\n")
                sys.stdout.flush()
                dear |= cost.figure > cost.most
    return int(dear)


if __name__ == "__main__":
    sys.exit(main())
