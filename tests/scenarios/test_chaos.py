"""Everything at once, for some seconds: the short form of `python -m tests.chaos`."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.__main__ import chaos
from tests.chaos.run import Plan
from tests.chaos.ways import WAYS

SEED = 3
DEEDS, ROTATIONS = 4, 12


def test_nothing_is_lost_or_counted_twice_in_chaos(tmp_path: Path) -> None:
    """Rotated in all ways while it is killed, stopped and denied its files: every series is exact, and none ever fell."""
    plan = Plan(seconds=60, seed=SEED, ways=tuple(WAYS.values()), enough_deeds=DEEDS, enough_rotations=ROTATIONS)
    report = chaos(plan, tmp_path)
    assert [] == report.problems
    assert [] == report.decreases
    assert report.written == report.counted
    assert report.written > 1000
    assert report.deeds.total() >= DEEDS
    assert report.rotations.total() >= ROTATIONS
