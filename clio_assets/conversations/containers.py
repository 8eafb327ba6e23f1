"""JSON lines, CSV and Parquet as one stream of rows; told apart by content, not by name."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from clio_assets.conversations.byte_lines import byte_lines, head
from clio_assets.conversations.decoding import Row, decode_cells, decode_line
from clio_assets.conversations.parquet_rows import PARQUET, parquet_rows
from clio_assets.conversations.schema import Reason
from clio_assets.conversations.source_files import open_source

Record = tuple[int, Row | Reason]
"""A row's line, from 1, and the row itself or why it is none."""

Container = Literal["json_lines", "csv", "parquet", "unknown"]

_HEAD = 1 << 16
_OTHERS = (
    b"PK\x03\x04", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"ORC", b"Obj\x01",
    b"SQLite format 3", PARQUET,
)  # fmt: skip
"""First bytes of zip, xz, bzip2, zstd, gzip in gzip, ORC, Avro, SQLite, Parquet in gzip."""
_CSV_COLUMNS = {"messages", "conversation", "conversations", "prompt"}


def records(path: Path, max_line_bytes: int) -> Iterator[Record]:
    """Yield every row of a file, in order and in bounded memory; a bad one as its reason."""
    container = container_of(path)
    if container == "parquet":
        yield from parquet_rows(path, max_line_bytes)
    elif container == "csv":
        yield from _csv_rows(path, max_line_bytes)
    elif container == "json_lines":
        yield from _json_rows(path, max_line_bytes)
    else:
        yield 1, Reason.UNKNOWN_FILE


def container_of(path: Path) -> Container:
    """Tell a file's container by its first bytes."""
    with open_source(path) as raw:
        if raw.read(len(PARQUET)) == PARQUET:
            return "parquet"
    start = head(path, _HEAD)
    if start.startswith(_OTHERS):
        return "unknown"
    return "csv" if _csv_delimiter(start) else "json_lines"


def _json_rows(path: Path, limit: int) -> Iterator[Record]:
    for number, line in byte_lines(path, limit):
        if isinstance(line, Reason):
            yield number, line
        elif line.strip():
            yield number, decode_line(line)


def _csv_delimiter(start: bytes) -> str | None:
    """Return the delimiter where the first line is a header with a column of messages."""
    header = start.split(b"\n", 1)[0].decode(errors="replace").strip()
    if header.startswith(("{", "[")):
        return None
    for delimiter in (",", ";", "\t"):
        names = {name.strip('" ') for name in header.split(delimiter)}
        if len(names) > 1 and names & _CSV_COLUMNS:
            return delimiter
    return None


class _CsvLines:
    """Text lines for the csv module, giving up on a row that outgrows the limit.

    An open quote would otherwise swallow the rest of the file. An exception inside `next` makes
    the csv reader forget the row; it goes on with the line after.
    """

    def __init__(self, lines: Iterator[tuple[int, bytes | Reason]], limit: int) -> None:
        self._lines = lines
        self._limit = limit
        self.number = 0
        self.first = 0
        self._size = 0

    def __iter__(self) -> _CsvLines:
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        self.first = self.first or self.number
        if isinstance(line, Reason):
            raise _RowError(line)
        self._size += len(line)
        if self._size > self._limit:
            raise _RowError(Reason.LINE_TOO_LONG)
        return line.decode(errors="surrogateescape")

    def next_row(self) -> None:
        self.first = self._size = 0


class _RowError(Exception):
    def __init__(self, reason: Reason) -> None:
        self.reason = reason


def _csv_rows(path: Path, limit: int) -> Iterator[Record]:
    delimiter = _csv_delimiter(head(path, _HEAD)) or ","
    # The module's own limit, 128 kB a cell, is the process's; ours is by row.
    csv.field_size_limit(max(csv.field_size_limit(), limit))
    lines = _CsvLines(byte_lines(path, limit), limit)
    reader = csv.reader(lines, delimiter=delimiter)
    header: list[str] = []
    while True:
        lines.next_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _RowError as error:
            yield lines.first, error.reason
            continue
        except csv.Error:
            yield lines.first, Reason.BAD_CSV
            continue
        if not header:
            header = [name.strip() for name in cells]
        elif cells:
            yield lines.first, _csv_row(header, cells)


def _csv_row(header: list[str], cells: list[str]) -> Row | Reason:
    if len(cells) != len(header):
        return Reason.BAD_CSV
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return Reason.BAD_UTF8
    return decode_cells(dict(zip(header, cells, strict=True)))
