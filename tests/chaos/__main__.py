"""The chaos run: `python -m tests.chaos --seconds 600 --seed 1`.

Exit code 1 if a line was lost or counted twice, a counter went backwards or anything was left over.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.chaos.mischief import mount_small
from tests.chaos.run import Plan, Report, Run
from tests.chaos.subjects import Mtail, Ours
from tests.chaos.ways import WAYS


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ways", default=",".join(WAYS), help="the ways of rotation, by name")
    parser.add_argument("--rate", type=int, default=4000, help="lines per second, in all")
    parser.add_argument("--most", type=int, default=7, help="how often a log is rotated before all is known to be counted")
    parser.add_argument("--whole", action="store_true", help="every file ends with a newline")
    parser.add_argument("--peace", action="store_true", help="nobody kills, stops, reloads or denies")
    parser.add_argument("--logrotate", action="store_true", help="rotate by Debian's logrotate")
    parser.add_argument("--peer", choices=["mtail"], help="do the same to another program")
    parser.add_argument("--keep", action="store_true", help="keep the folder of the run")
    return parser.parse_args(arguments)


def plan_of(options: argparse.Namespace) -> Plan:
    """What the command line asks for."""
    return Plan(
        seconds=options.seconds,
        seed=options.seed,
        ways=tuple(WAYS[name] for name in options.ways.split(",")),
        lines_per_second=options.rate,
        most_unsettled=options.most,
        unfinished=not options.whole,
        mischief=not options.peace,
        logrotate=(shutil.which("logrotate", path="/usr/sbin:/usr/bin:/sbin:/bin") or "") if options.logrotate else "",
    )


def chaos(plan: Plan, folder: Path, peer: str | None = None) -> Report:
    """One run in this folder."""
    state = folder / "state"
    mounted = mount_small(state)
    try:
        subject = Mtail(folder) if peer else Ours(folder, state)
        return Run(plan, folder, subject, small_disk=mounted).run()
    finally:
        if mounted:
            subprocess.run(("umount", state), check=False)


def main() -> int:
    """Run, and say what came of it."""
    options = parse(sys.argv[1:])
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    report = chaos(plan_of(options), folder, options.peer)
    said = [f"seed {options.seed}, {options.seconds:g} s: {report}"]
    if report.clean and not options.keep:
        shutil.rmtree(folder)
    else:
        said += [f"  {problem}" for problem in (*report.problems[:20], *report.decreases[:20])]
        said += [f"  see {folder}; again: python -m tests.chaos {' '.join(sys.argv[1:])}"]
    sys.stdout.write("\n".join(said) + "\n")
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main())
