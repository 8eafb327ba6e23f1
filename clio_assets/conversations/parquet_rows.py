"""Rows of a Parquet file, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from clio_assets.conversations.decoding import Row, decode_cells
from clio_assets.conversations.schema import Reason
from clio_assets.conversations.source_files import open_source

PARQUET = b"PAR1"
_ROWS = 128
_READ_BYTES = 1 << 20


def parquet_rows(path: Path, limit: int) -> Iterator[tuple[int, Row | Reason]]:
    """Yield each row with its number, from 1; one of more than `limit` bytes as `line_too_long`.

    Where the file is cut short or corrupt, one last `broken_file` stands for the rest of it.
    """
    number = 0
    with open_source(path) as stream:
        try:
            # Without `pre_buffer` a row group is read page by page, not whole.
            file = pq.ParquetFile(
                stream,
                buffer_size=_READ_BYTES,
                pre_buffer=False,
                page_checksum_verification=True,
            )
            schema = _in_microseconds(file.schema_arrow)
            for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
                for row in _decoded(batch.cast(schema, safe=False), limit):
                    number += 1
                    yield number, row if isinstance(row, Reason) else decode_cells(row)
        except (pa.ArrowException, OSError):
            yield number + 1, Reason.BROKEN_FILE


def _in_microseconds(schema: pa.Schema) -> pa.Schema:
    """Python's times end at microseconds; pandas writes nanoseconds."""
    for position, field in enumerate(schema):
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            micro = field.with_type(pa.timestamp("us", field.type.tz))
            schema = schema.set(position, micro)
    return schema


def _decoded(batch: pa.RecordBatch, limit: int) -> Iterator[Row | Reason]:
    rows = _as_rows(batch) if batch.nbytes <= limit else Reason.LINE_TOO_LONG
    if isinstance(rows, Reason) and batch.num_rows > 1:
        # Some row is at fault: look at them one by one.
        for position in range(batch.num_rows):
            yield from _decoded(batch.slice(position, 1), limit)
    else:
        yield from [rows] if isinstance(rows, Reason) else rows


def _as_rows(batch: pa.RecordBatch) -> list[Row] | Reason:
    try:
        return batch.to_pylist()
    except UnicodeDecodeError:
        return Reason.BAD_UTF8
    except (pa.ArrowException, ValueError, OverflowError):
        # Such as a nanosecond that Python's times cannot hold.
        return Reason.WRONG_TYPE
