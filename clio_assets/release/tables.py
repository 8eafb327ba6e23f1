"""What a bundle is made from: one period's rows of the warehouse, and how they become files."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from clio_assets.storage.duckfile import LOCKED_DOWN
from clio_assets.storage.errors import StorageError

PERIOD_KEY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# Columns are named one by one: what the marts may hold tomorrow does not leave by accident. The
# tables that look back stop at the bundle's own period, so that an old bundle written again after
# later releases has the same bytes.
TABLES = {
    "topics": """
        SELECT period, topic_id, level, parent_id, path, name, summary, conversations, accounts,
               share, x, y, status, first_period, previous_conversations, change
        FROM topics_by_period WHERE period = ?
        ORDER BY level DESC, conversations DESC, topic_id""",
    "facet_breakdown": """
        SELECT period, topic_id, level, topic_name, facet, value, conversations, share,
               base_share
        FROM facet_breakdown WHERE period = ?
        ORDER BY level DESC, topic_id, facet, conversations DESC, value""",
    "facet_lift": """
        SELECT period, topic_id, level, topic_name, facet, value, status, conversations, share,
               base_share, lift, lift_low, lift_high, p_value, q_value
        FROM facet_lift WHERE period = ?
        ORDER BY level DESC, topic_id, facet, conversations DESC, value""",
    "topic_trends": """
        SELECT topic_id, level, name, period, period_start, conversations, share
        FROM topic_trends WHERE period <= ?
        ORDER BY level DESC, topic_id, period""",
    "movers": """
        SELECT period, previous_period, topic_id, level, name, status, conversations,
               previous_conversations, change, share, previous_share, share_change, growth,
               growth_low, growth_high, p_value, q_value
        FROM movers WHERE period = ?
        ORDER BY level DESC, coalesce(abs(share_change), share, previous_share) DESC, topic_id""",
    "topic_lineage": """
        SELECT period, previous_period, topic_id, name, previous_topic_id, previous_name, event,
               conversations, share, share_of_previous
        FROM topic_lineage WHERE period = ?
        ORDER BY topic_id, conversations DESC, previous_topic_id""",
    "coverage": """
        SELECT period, period_kind, period_start, period_end, profile, mode, counts_unit,
               conversations, topics, withheld, leaf_coverage, top_coverage
        FROM coverage WHERE period <= ? ORDER BY period""",
}
_RELEASE = """
    SELECT period, period_kind, period_start, period_end, version, mode, profile, counts_unit,
           conversations, leaf_coverage, top_coverage, topics, withheld, thresholds,
           input_fingerprint, configuration_fingerprint, code_version, gate_version
    FROM released_periods WHERE period = ?"""
_DECISIONS = """
    SELECT topic_id, rule, requirement, decision
    FROM released_decisions WHERE period = ? ORDER BY topic_id, rule, requirement"""
_BASE_RATES = """
    SELECT facet, value, conversations, share
    FROM released_cells WHERE period = ? AND topic_id = '*' AND facet <> 'came_from'
    ORDER BY facet, conversations DESC, value"""


_FORMULA = r"(^|[;\t\r\n])([\s\pC]*[=+\-@＝＋－＠]|[\t\r\n])"  # noqa: RUF001


class BundleError(StorageError):
    """A bundle cannot be written; the message says what is missing and what to do."""


@dataclass(frozen=True)
class Release:
    """One period as released.

    `row` is its line of `released_periods`; `decisions` has a line a released topic and rule;
    `base_rates` a line a facet value over the whole period; `tables` are the marts, as published.
    """

    row: dict[str, Any]
    decisions: pl.DataFrame
    base_rates: pl.DataFrame
    tables: dict[str, pl.DataFrame]


def read_release(warehouse: Path, period: str) -> Release:
    """Read one period from clio.duckdb, opened read-only and without access to anything else.

    Raises:
        BundleError: the key is malformed, the warehouse or one of its tables is missing, or the
            period has not been released.
    """
    if not PERIOD_KEY.fullmatch(period):
        raise BundleError("A period is named by its first day, such as 2026-11-03.")
    if not warehouse.is_file():
        raise BundleError(f"No warehouse at {warehouse}: build the marts first.")
    unreadable = f"{warehouse} is damaged or in use: build the marts again."
    try:
        con = duckdb.connect(str(warehouse), read_only=True, config=LOCKED_DOWN)
    except duckdb.Error:
        raise BundleError(unreadable) from None
    try:
        rows = con.sql(_RELEASE, params=[period]).pl().to_dicts()
        if not rows:
            raise BundleError(f"{period} has not been released: materialize its release first.")
        return Release(
            row=rows[0],
            decisions=con.sql(_DECISIONS, params=[period]).pl(),
            base_rates=con.sql(_BASE_RATES, params=[period]).pl(),
            tables={name: con.sql(query, params=[period]).pl() for name, query in TABLES.items()},
        )
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise BundleError(f"{warehouse.name} lacks a table or a column: {error}") from None
    except duckdb.Error:
        raise BundleError(unreadable) from None
    finally:
        con.close()


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """The table as Parquet, for programs. Equal tables give equal bytes."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=True)
    return buffer.getvalue()


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """The table as CSV, for spreadsheets, which must not take a text for a formula.

    A text that begins with `=`, `+`, `-` or `@` (or their full-width forms), after any blank or
    control character, gets an apostrophe in front: OWASP, "CSV Injection". So does what follows a
    semicolon, tab or line break, at which a sheet of another locale begins a new cell.
    Numbers stay numbers.
    """
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    inert = frame.with_columns(pl.col(texts).str.replace_all(_FORMULA, "$1'$2"))
    return inert.write_csv().encode()
