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
    """One row an item: written, label, language, style, name, summary, held_out.

    style: "phrases" as key phrases name a topic, "sentence" as models do. written: "first" before
    there were rules, "second", "third" and "fourth" each after another version of them. The rules
    were written with an eye on half of the first, on the second and on the third; the rest is held
    out. What was written after the last version is the fairest measure.
    """
    items = pl.read_csv(ITEMS, separator="\t", quote_char=None).with_columns(
        pl.col("summary").fill_null("")
    )
    halves = pl.Series([bool(zlib.crc32(name.encode()) % 2) for name in items["name"]])
    written = pl.col("written")
    return items.with_columns(
        held_out=(written == "fourth") | ((written == "first") & halves)
    )
