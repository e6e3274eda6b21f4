"""The content of a compressed file, read as if it were a plain one: forward, in bounded memory.

Every read may begin where the one before began, or later, or lie in the head: what nobody may ask for is not kept. Going
back further means unpacking from the first byte. A file that ends too early is at its end until it grows; one that is
damaged is at its end where the damage is. `broken` says so.

Knows the formats by their endings: gzip, bzip2, xz, and zstd where this Python has it. Several streams in a row are one.
"""

from __future__ import annotations

import importlib
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from errno import ENOTSUP
from typing import Protocol

from log2metrics.tail.filesystem import OpenFile
from log2metrics.tail.identity import HEAD_BYTES

#: How much is unpacked in one step where much is passed over.
STEP_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_MODULES = {
    ".bz2": ("bz2", "BZ2Decompressor", "OSError"),
    ".xz": ("lzma", "LZMADecompressor", "LZMAError"),
    ".zst": ("compression.zstd", "ZstdDecompressor", "ZstdError"),
}


class _Stream(Protocol):
    """One compressed stream, as `bz2` and `lzma` have it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _GzipStream:
    """The same for one member of a gzip file."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail and not self._full

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._inner.decompress(self._inner.unconsumed_tail + data, max(0, max_length))
        self._full = len(out) == max_length  # then there may be more that needs no input
        return out


@dataclass(frozen=True, slots=True)
class _Format:
    """How a format is unpacked, and what is raised when it is damaged."""

    new: Callable[[], _Stream]
    errors: tuple[type[Exception], ...]


def _format_of(packing: str) -> _Format:
    """The format with this ending. OSError with ENOTSUP if this Python can't read it."""
    if packing == ".gz":
        return _Format(_GzipStream, (zlib.error,))
    name, stream, error = _MODULES[packing]
    try:
        module = importlib.import_module(name)  # late, since most files are plain
    except ImportError as missing:
        raise OSError(ENOTSUP, f"this Python can't unpack {packing}") from missing
    return _Format(getattr(module, stream), (getattr(module, error, OSError), ValueError, EOFError))


class Unpacked(OpenFile):
    """An open compressed file; offsets and sizes are those of its content. Every method raises OSError."""

    __slots__ = (
        *("_at_end", "_damaged", "_ended", "_file", "_format", "_fresh", "_head", "_input"),
        *("_raw_offset", "_start", "_stream", "_streams", "_window"),
    )

    def __init__(self, file: OpenFile, packing: str) -> None:
        super().__init__(-1)
        self._format = _format_of(packing)
        self._file = file
        self._rewind()

    @property
    def broken(self) -> bool:
        """Whether it has been unpacked to where it ends too early, or is damaged."""
        return self._damaged or (self._at_end and (self._stream is not None or not self._streams))

    def unread_bytes(self) -> int:
        """How many bytes of the compressed file have not been unpacked."""
        return max(0, self._file.size() - self._raw_offset)

    def stat(self) -> os.stat_result:
        """Times and identity of the compressed file; as the size, what has been unpacked by now."""
        status = self._file.stat()
        fields = list(status[:10])
        fields[6] = self._start + len(self._window)
        return os.stat_result(fields, {"st_mtime_ns": status.st_mtime_ns, "st_ctime_ns": status.st_ctime_ns})

    def size(self) -> int:
        """As in `stat`."""
        return self._start + len(self._window)

    def read(self, size: int, offset: int) -> bytes:
        """At most `size` bytes from `offset` on; fewer at the end, which may be where the damage is."""
        if offset + size <= len(self._head):
            return self._head[offset : offset + size]
        if offset < self._start:
            self._rewind()
        while self._start + len(self._window) < offset + size and self._unpack():
            self._drop(offset)
        self._drop(offset)
        at = offset - self._start
        return bytes(self._window[at : at + size])

    def advance(self, offset: int) -> bool:
        """Get ahead to `offset` by one step, with nothing kept before it; False if that was not enough yet."""
        step = min(offset, self._start + len(self._window) + STEP_BYTES)
        self.read(0, step)
        return step == offset or self._start < step

    def close(self) -> None:
        """Give the descriptor back; to be called once."""
        self._file.close()

    def _rewind(self) -> None:
        self._stream: _Stream | None = None
        self._streams = 0
        self._input = b""
        self._raw_offset = 0
        self._window = bytearray()
        self._head = b""
        self._start = 0
        self._fresh = False
        self._ended = False
        self._at_end = False
        self._damaged = False

    def _drop(self, offset: int) -> None:
        width = min(max(0, offset - self._start), len(self._window))
        del self._window[:width]
        self._start += width

    def _unpack(self) -> bool:
        """Add some bytes to the window; False if there are none (yet)."""
        while (stream := self._fed()) is not None:
            data, self._input = self._input, b""
            try:
                out = stream.decompress(data, _CHUNK_BYTES)
            except self._format.errors:
                self._fail()
                return False
            self._fresh = False
            if stream.eof:
                self._stream, self._input = None, stream.unused_data
                self._streams += 1
            if out:
                self._window += out
                self._head = self._head if self._start else bytes(self._window[:HEAD_BYTES])
                return True
        return False

    def _fed(self) -> _Stream | None:
        """The stream, with input if it needs some; None at the end of the compressed file."""
        if self._stream is not None and not self._stream.needs_input:
            return self._stream
        while not self._ended:
            data = self._input or self._file.read(_CHUNK_BYTES, self._raw_offset)
            self._at_end = not data
            self._raw_offset += 0 if self._input else len(data)
            self._input = data if self._stream else data.lstrip(b"\0")  # padding may follow a stream
            if not data:
                return None
            if self._input:
                self._fresh = self._fresh or self._stream is None
                self._stream = self._stream or self._format.new()
                return self._stream
        return None

    def _fail(self) -> None:
        """What follows a whole stream and is none itself is passed over, as gzip does; all else is damage."""
        self._ended = True
        self._damaged = self._streams == 0 or not self._fresh
        self._stream = None
