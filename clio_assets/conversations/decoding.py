"""One row of JSON, or the reason it is none."""

from __future__ import annotations

from typing import Any

import orjson

from clio_assets.conversations.schema import Reason

Row = dict[str, Any]

MAX_DEPTH = 32
_JSON_CELLS = (
    "messages", "conversation", "conversations", "request", "response", "metadata",
)  # fmt: skip


def decode_line(line: bytes) -> Row | Reason:
    """Parse one JSON line into a row."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _why(line, error)
    if not isinstance(row, dict):
        return Reason.WRONG_TYPE
    return row if is_shallow(row) else Reason.TOO_DEEP


def decode_cells(row: Row) -> Row | Reason:
    """Parse the cells of a CSV or Parquet row that hold JSON as text; drop the empty ones."""
    filled = {name: value for name, value in row.items() if value is not None and value != ""}
    for name in _JSON_CELLS:
        cell = filled.get(name)
        # `response` and `metadata` may be plain text; messages never are.
        if isinstance(cell, str) and cell.lstrip()[:1] in ("[", "{"):
            try:
                filled[name] = orjson.loads(cell)
            except orjson.JSONDecodeError as error:
                return _why(cell.encode(errors="surrogateescape"), error)
    return filled if is_shallow(filled) else Reason.TOO_DEEP


def is_shallow(value: Any, limit: int = MAX_DEPTH) -> bool:
    """True where lists and objects are nested at most `limit` deep."""
    level = [value]
    for _ in range(limit):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return True
    return False


def _why(line: bytes, error: orjson.JSONDecodeError) -> Reason:
    if "depth" in error.msg or "ecursion" in error.msg:
        return Reason.TOO_DEEP
    if b"\0" in line:
        return Reason.NUL_CHARACTER
    try:
        line.decode()
    except UnicodeDecodeError:
        return Reason.BAD_UTF8
    return Reason.BAD_JSON
