"""Facets of the user's own that read a metadata field; those with options are in similarity.py."""

from __future__ import annotations

from typing import Any

import orjson
import polars as pl

from clio_assets.config import CustomFacet

UNKNOWN = "unknown"
"""The field is missing, empty or null in that conversation."""

MAX_CHARACTERS = 60


def metadata_facets(metadata: pl.Series, facets: list[CustomFacet]) -> dict[str, list[str]]:
    """Return a column per facet that names a metadata field, from the JSON objects of a batch.

    Raises:
        ValueError: a cell is not a JSON object; the table was not written by this platform.
    """
    wanted = {facet.name: facet.metadata_field for facet in facets if facet.metadata_field}
    if not wanted:
        return {}
    objects = [_decoded(cell) for cell in metadata]
    return {name: [_label(row.get(field)) for row in objects] for name, field in wanted.items()}


def _decoded(cell: str | None) -> dict[str, Any]:
    try:
        value = orjson.loads(cell) if cell else {}
    except orjson.JSONDecodeError:
        value = None
    if isinstance(value, dict):
        return value
    # Raised here, because the decoder's own error carries the whole cell.
    raise ValueError("`conversations.metadata` holds a cell that is not a JSON object.")


def _label(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return " ".join(str(value).split())[:MAX_CHARACTERS].rstrip() or UNKNOWN
    return UNKNOWN
