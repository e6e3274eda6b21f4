from __future__ import annotations

import pytest

from log2metrics.tail.rotated import is_rotation, origins, packing_of, parse


@pytest.mark.parametrize(
    "name",
    [
        *("a.log.1", "a.log.0", "a.log.12", "a.log.2.gz", "a.log.1.bz2", "a.log.1.xz", "a.log.3.zst"),
        *("a.log-20261120", "a.log-20261120.gz", "a.log-20261120-1732143600.gz", "a.log-1732143600", "a.log.old"),
        *("a.log.2026-11-20", "a.log.2026-11", "a.log-202611", "a.log.2026-11-20_03.gz", "a.log-2026-11-20T03:15:00"),
        *("a-20261120.log", "a-20261120.log.gz", "a.2026-11-20.log"),
    ],
)
def test_a_rotated_name_leads_to_its_log(name: str) -> None:
    """However the number or the date is written, and whether or not the file is compressed."""
    assert [False] == [rotated.doubtful for rotated in parse(name) if rotated.base == "a.log"]


def test_a_number_before_the_extension_is_doubtful() -> None:
    """An instance of a service may be called so."""
    assert [("worker.log", True)] == [(rotated.base, rotated.doubtful) for rotated in parse("worker.1.log")]


@pytest.mark.parametrize("name", ["a.log", "messages", "a-error.log", "a.log.bak", "a.gz", "a-2.log", ".1", "a1"])
def test_other_names_lead_nowhere(name: str) -> None:
    """Neither a number of a few digits behind a dash nor a name that only begins alike makes a rotated file."""
    assert [] == parse(name)


def test_a_copy_may_have_any_ending() -> None:
    """Whose copy a file may be: of every log its name begins with."""
    assert {"a.log", "a"} <= set(origins("a.log.copy"))
    assert "a.log" in origins("a-20261120.log")
    assert [] == origins("messages")


def test_a_rotated_file_is_beside_its_log_or_right_below() -> None:
    """`olddir` is a directory in the directory of the log."""
    assert is_rotation("/var/log/a.log.1", "/var/log/a.log")
    assert is_rotation("/var/log/old/a.log.1", "/var/log/a.log")
    assert not is_rotation("/var/log/old/older/a.log.1", "/var/log/a.log")
    assert not is_rotation("/var/log/b.log", "/var/log/a.log")


@pytest.mark.parametrize(("name", "packing"), [("a.gz", ".gz"), ("a.tar.xz", ".xz"), ("a.log", ""), ("gz", "")])
def test_the_ending_says_how_a_file_is_compressed(name: str, packing: str) -> None:
    """And only the ending."""
    assert packing == packing_of(name)
