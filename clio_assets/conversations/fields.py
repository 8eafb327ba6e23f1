"""Single values out of a row: by dotted path, as an id, as a time."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable
from typing import Any

from clio_assets.conversations.decoding import Row
from clio_assets.conversations.schema import Reason

MAX_ID = 200
"""Characters; a longer id is text in the wrong place."""

_SECONDS = re.compile(r"\d{9,}(\.\d+)?")
_MILLISECONDS_FROM = 1e11
_MICROSECONDS_FROM = 1e14
"""As seconds these would be the years 5138 and 3,170,843."""


def value_at(row: Row, path: str) -> Any:
    """Return the value at a dotted path such as `metadata.user` or `turns.0.time`, or None."""
    if path in row:
        return row[path]
    value: Any = row
    for part in path.split("."):
        if isinstance(value, list) and part.isdecimal():
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def first_value(row: Row, paths: Iterable[str]) -> Any:
    """Return the first value that is there, or None."""
    return next((found for path in paths if (found := value_at(row, path)) is not None), None)


def as_id(value: Any) -> str | Reason:
    """Return an id as text; whole numbers are ids too."""
    if value is None:
        return Reason.MISSING_FIELD
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return Reason.WRONG_TYPE
    value = value.strip()
    if not value:
        return Reason.MISSING_FIELD
    if "\0" in value:
        return Reason.NUL_CHARACTER
    return value if len(value) <= MAX_ID else Reason.WRONG_TYPE


def as_time(value: Any) -> dt.datetime | Reason:
    """Return a moment in UTC.

    Reads ISO 8601 text (without an offset it is UTC), dates (midnight UTC), and seconds,
    milliseconds or microseconds since 1970, told apart by their size.
    """
    if value is None or value == "":
        return Reason.MISSING_FIELD
    try:
        if isinstance(value, str):
            value = value.strip().removesuffix(" UTC")
            value = float(value) if _SECONDS.fullmatch(value) else dt.datetime.fromisoformat(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _from_number(value)
        if isinstance(value, dt.datetime):
            aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
            return aware.astimezone(dt.UTC)
        if isinstance(value, dt.date):
            return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    except (ValueError, OverflowError, OSError):
        return Reason.BAD_TIME
    return Reason.BAD_TIME


def _from_number(value: float) -> dt.datetime:
    if not math.isfinite(value):
        raise ValueError
    if value >= _MICROSECONDS_FROM:
        value /= 1e6
    elif value >= _MILLISECONDS_FROM:
        value /= 1e3
    return dt.datetime.fromtimestamp(value, dt.UTC)
