"""The labelled set of names and summaries that an auditor (G-14) is measured on.

Written for this project, each item by hand; every person, place and number in it is invented.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import polars as pl

ITEMS = Path(__file__).with_name("audit_set.tsv")
LABELS = ("private", "sensitive", "injected", "no_topic", "clean")
"""Points at one person or a few; says something sensitive of somebody without a name; speaks to
whoever reads it; names no subject (code, keys, ids); may be released."""


def audit_set() -> pl.DataFrame:
    """label, language, style ("phrases", "sentence"), name, summary, held_out; a row an item.

    Rules were written with an eye on the half that is not held out. Which half an item is in
    follows from its name.
    """
    items = pl.read_csv(ITEMS, separator="\t", quote_char=None).with_columns(
        pl.col("summary").fill_null("")
    )
    halves = [bool(zlib.crc32(name.encode()) % 2) for name in items["name"]]
    return items.with_columns(held_out=pl.Series(halves))
