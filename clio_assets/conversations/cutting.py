"""Long conversations, cut at turn boundaries."""

from __future__ import annotations

import polars as pl


def cut_turns(turns: pl.DataFrame, max_characters: int) -> pl.DataFrame:
    """Return the turns with those of long conversations cut; what fits whole is untouched.

    A long conversation keeps its first request and as many of its last turns as fit: what was
    asked and how it ended say more than the middle. Only two texts are ever cut themselves: a
    first request, at half of the characters, and a last turn longer than all the room left.

    Args:
        turns: row, role, content, size (characters); ordered by row, then by turn.
        max_characters: of the messages of one row together.
    """
    is_long = pl.col("size").sum().over("row") > max_characters
    whole, long = turns.filter(~is_long), turns.filter(is_long)
    if long.is_empty():
        return turns
    request = pl.col("place").filter(pl.col("role") == "user").first().over("row")
    long = long.with_columns(place=pl.int_range(pl.len()).over("row")).with_columns(
        is_request=pl.col("place") == request
    )
    long = _shortened(long, pl.col("is_request"), pl.lit(max_characters // 2))
    taken = pl.col("size").filter("is_request").first().over("row")
    long = long.with_columns(room=max_characters - taken)
    is_last = pl.col("place") == pl.col("place").max().over("row")
    long = _shortened(long, is_last & ~pl.col("is_request"), pl.col("room"))
    later = pl.when("is_request").then(0).otherwise("size")
    from_end = later.cum_sum(reverse=True).over("row")
    long = long.filter(pl.col("is_request") | (from_end <= pl.col("room")))
    return pl.concat([whole, long.select(turns.columns)]).sort("row", maintain_order=True)


def _shortened(turns: pl.DataFrame, which: pl.Expr, characters: pl.Expr) -> pl.DataFrame:
    content = pl.col("content")
    return turns.with_columns(
        pl.when(which).then(content.str.head(characters)).otherwise(content).alias("content")
    ).with_columns(pl.col("content").str.len_chars().cast(pl.Int64).alias("size"))
