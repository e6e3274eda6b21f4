from __future__ import annotations

import os
from errno import EINVAL, EISDIR
from pathlib import Path

import pytest

from log2metrics.tail.filesystem import FileSystem


def test_a_file_is_read_where_one_asks(tmp_path: Path) -> None:
    """Reading has no place of its own, and ends where the file does."""
    (tmp_path / "a").write_bytes(b"0123456789")
    file = FileSystem().open(str(tmp_path / "a"))
    assert (10, b"234", b"89", b"") == (file.stat().st_size, file.read(3, 2), file.read(5, 8), file.read(5, 10))
    file.close()


def test_nothing_but_a_regular_file_is_opened(tmp_path: Path) -> None:
    """A FIFO would block, a directory holds no lines; no descriptor is left over."""
    os.mkfifo(tmp_path / "fifo")
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 - the names alone
    for name, number in [("", EISDIR), ("fifo", EINVAL)]:
        with pytest.raises(OSError) as caught:  # noqa: PT011 - the number is what counts
            FileSystem().open(str(tmp_path / name))
        assert number == caught.value.errno
    assert before == os.listdir("/proc/self/fd")  # noqa: PTH208 - the names alone
