"""What asking models cost in a period, as it may be told.

A period's calls are about as many as its conversations, and its tokens about as long as they are:
both leave the private zone as coarse as other figures do.
"""

from __future__ import annotations

import polars as pl

from clio_assets.privacy.figures import FEWEST_TOLD, rounded

USAGE: dict[str, pl.DataType] = {
    "period": pl.String(),
    "stage": pl.String(),
    "model": pl.String(),
    "calls": pl.Int64(),
    "tokens_in": pl.Int64(),
    "tokens_out": pl.Int64(),
    "tokens_cached": pl.Int64(),
    "dollars": pl.Float64(),
}
ABOUT_CONVERSATIONS = ("screener", "facets", "embeddings")
"""Stages whose calls are about conversations; those of the others are about topics."""

TOKENS_TOLD = 1_000
"""Tokens are told in multiples of this."""


def released_usage(period: str, paid: pl.DataFrame, unit: int) -> pl.DataFrame:
    """Return one row a stage and model that was asked, with the columns of `USAGE`.

    paid: rows of `ledger.model_calls`, those of the period's partitions. The model is the one that
    clio.yaml names; what a server calls itself stays outside. Calls are multiples of `unit` and
    null under `FEWEST_TOLD`, tokens multiples of `TOKENS_TOLD`, dollars whole cents, and null
    where a call has no price: a sum of the others would be taken for the whole. Of fewer than
    `FEWEST_TOLD` calls about conversations nothing is told: tokens would tell their length.
    """
    calls, tokens = pl.col("calls").sum(), pl.col("tokens_in", "tokens_out", "tokens_cached").sum()
    priced = pl.col("unpriced").sum() == 0
    told = (calls >= FEWEST_TOLD) | ~pl.col("stage").is_in(ABOUT_CONVERSATIONS).first()
    return (
        paid.group_by("stage", pl.col("model_asked").alias("model"))
        .agg(
            pl.when(calls >= FEWEST_TOLD).then(rounded(calls, unit)),
            pl.when(told).then(rounded(tokens, TOKENS_TOLD)),
            pl.when(priced & told).then(pl.col("cost").sum().round(2)).alias("dollars"),
        )
        .select(pl.lit(period).alias("period"), *list(USAGE)[1:])
        .sort("stage", "model")
    )
