"""Lines of a plain or gzipped file, in memory bounded by the longest line allowed."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clio_assets.conversations.schema import Reason
from clio_assets.conversations.source_files import open_source

GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_BLOCK = 1 << 18

MAX_EXPANSION = 200
"""Logs compress 3 to 30 times and a bomb 1,000 times."""
EXPANSION_FROM = 1 << 20
"""Compressed bytes granted to every file, so that a small repetitive one passes."""


class _ExpansionError(Exception):
    """A gzip stream yields far more than it holds."""


class _Gunzipped(io.RawIOBase):
    """A gzip stream that stops when its content outgrows its file by too much."""

    def __init__(self, packed: io.BufferedReader) -> None:
        self._packed = packed
        self._content = gzip.GzipFile(fileobj=packed)
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._content.readinto(buffer)
        self._bytes += count
        if self._bytes > MAX_EXPANSION * (self._packed.tell() + EXPANSION_FROM):
            raise _ExpansionError
        return count


@contextmanager
def open_bytes(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file's bytes, unpacked where they are gzipped whatever the name says."""
    with open_source(path) as packed:
        gzipped = packed.read(2) == GZIP
        packed.seek(0)
        if gzipped:
            yield io.BufferedReader(_Gunzipped(packed), _BLOCK)
        else:
            yield packed


def head(path: Path, size: int) -> bytes:
    """Return a file's first unpacked bytes, without a byte order mark; none where it is broken."""
    with open_bytes(path) as stream:
        try:
            return stream.read(size).removeprefix(_BOM)
        except (EOFError, gzip.BadGzipFile, zlib.error, _ExpansionError):
            return b""


def byte_lines(path: Path, limit: int) -> Iterator[tuple[int, bytes | Reason]]:
    """Yield each line, blank ones too, with its number from 1.

    A line of more than `limit` bytes is read past in small pieces and yields `line_too_long`.
    Where the file is cut short or corrupt, one last `broken_file` stands for the rest of it.
    """
    number = 0
    with open_bytes(path) as stream:
        try:
            while line := stream.readline(limit + 1):
                number += 1
                if len(line) > limit and not line.endswith(b"\n"):
                    _pass_over(stream)
                    yield number, Reason.LINE_TOO_LONG
                    continue
                if number == 1:
                    line = line.removeprefix(_BOM)
                yield number, line
        except (EOFError, gzip.BadGzipFile, zlib.error):
            yield number + 1, Reason.BROKEN_FILE
        except _ExpansionError:
            yield number + 1, Reason.EXPANDS_TOO_FAR


def _pass_over(stream: io.BufferedReader) -> None:
    while piece := stream.readline(_BLOCK):
        if piece.endswith(b"\n"):
            return
