"""What the calls cost, as frames: sums for an asset's metadata and rows for the dbt mart.

No frame holds a text or an account: only figures, codes and names of models.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from clio_assets.models.call_store import connected, explained

_SUMS = """
    count(*) AS calls,
    sum(outcome = 'ok') AS ok,
    sum(outcome = 'refused') AS refused,
    sum(outcome = 'invalid') AS invalid,
    sum(outcome = 'failed') AS failed,
    sum(retries) AS retries,
    sum(tokens_in) AS tokens_in,
    sum(tokens_out) AS tokens_out,
    sum(tokens_cached) AS tokens_cached,
    sum(estimated) AS estimated,
    sum(cost) AS cost,
    sum(cost IS NULL) AS unpriced,
    avg(latency_seconds) AS mean_latency_seconds
"""
_SUM_TYPES: dict[str, type[pl.DataType]] = {
    "calls": pl.Int64,
    "ok": pl.Int64,
    "refused": pl.Int64,
    "invalid": pl.Int64,
    "failed": pl.Int64,
    "retries": pl.Int64,
    "tokens_in": pl.Int64,
    "tokens_out": pl.Int64,
    "tokens_cached": pl.Int64,
    "estimated": pl.Int64,
    "cost": pl.Float64,
    "unpriced": pl.Int64,
    "mean_latency_seconds": pl.Float64,
}
_KEY_TYPES: dict[str, type[pl.DataType]] = {
    "partition": pl.String,
    "stage": pl.String,
    "model_asked": pl.String,
    "model_served": pl.String,
    "prompt_version": pl.String,
    "schema_version": pl.String,
}


def stage_sums(store: Path, partition: str, run_id: str | None = None) -> pl.DataFrame:
    """Return one row a stage: what the calls of a partition cost, in one run or in all.

    Columns: stage, calls, ok, refused, invalid, failed, retries, tokens_in, tokens_out,
    tokens_cached, estimated (calls whose tokens are partly our estimate), cost (US dollars; null
    where no call has a price), unpriced (calls without one), mean_latency_seconds. Answers that
    were found in the store made no call and are not here.
    """
    run = "" if run_id is None else "AND run_id = ?"
    return _frame(
        store,
        f"SELECT stage, {_SUMS} FROM calls WHERE partition = ? {run} "  # noqa: S608
        "GROUP BY stage ORDER BY min(call_id)",
        [partition, *([] if run_id is None else [run_id])],
        {"stage": pl.String} | _SUM_TYPES,
    )


def model_calls(store: Path, partitions: Sequence[str]) -> pl.DataFrame:
    """Return one row a partition, stage, model asked and served, prompt and schema version.

    Columns: those six, and the sums of `stage_sums`. As many rows as `partitions` have stages and
    versions, whatever the number of calls.
    """
    keys, marks = ", ".join(_KEY_TYPES), ", ".join("?" * len(partitions))
    return _frame(
        store,
        f"SELECT {keys}, {_SUMS} FROM calls WHERE partition IN ({marks}) "  # noqa: S608
        f"GROUP BY {keys} ORDER BY {keys}",
        [*partitions],
        _KEY_TYPES | _SUM_TYPES,
    )


def _frame(
    store: Path, sql: str, bound: list[str], schema: dict[str, type[pl.DataType]]
) -> pl.DataFrame:
    """Run a query; where nothing has ever been asked there is no file, and no row."""
    if not store.exists():
        return pl.DataFrame(schema=schema)
    con = connected(store)
    try:
        with explained(store):
            return pl.DataFrame(con.execute(sql, bound).fetchall(), schema=schema, orient="row")
    finally:
        con.close()
