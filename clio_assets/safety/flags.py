"""Another classifier's flag, as the logs carry it in a metadata field."""

from __future__ import annotations

import orjson
import polars as pl

MEANS = {True: True, False: False, "true": True, "false": False, "yes": True, "no": False}
"""1 and 0 too, which are the same keys as true and false."""


def flags_of(metadata: pl.Series, field: str | None) -> pl.Series:
    """Return (n,) whether each conversation was flagged; null where the logs do not say.

    metadata: JSON objects as `conversations` keeps them, or null. A value that is neither yes nor
    no is as if unsaid: a score has no line that we could know.
    """

    def flag(text: str | None) -> bool | None:
        value = orjson.loads(text).get(field) if text and field else None
        return MEANS.get(value.casefold() if isinstance(value, str) else value)

    return pl.Series("flagged", [flag(text) for text in metadata], pl.Boolean)
