"""The size facets: turns and length, as buckets whose labels say their bounds."""

from __future__ import annotations

import polars as pl

WORD = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]{1,2}|" + (
    r"[\w'\x{2019}&&[^\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]+"
)
"""A word; where words are not separated by spaces, two characters stand for one."""


def turns_bucket(turns: pl.Expr) -> pl.Expr:
    """Return "1", "2-3", "4-9" or "10+" for a number of user turns."""
    return (
        pl.when(turns <= 1)
        .then(pl.lit("1"))
        .when(turns <= 3)
        .then(pl.lit("2-3"))
        .when(turns <= 9)
        .then(pl.lit("4-9"))
        .otherwise(pl.lit("10+"))
    )


def length_bucket(user_text: pl.Expr) -> pl.Expr:
    """Return the bucket of the words the user wrote: up to 20, 21-100, or over 100."""
    words = user_text.str.count_matches(WORD)
    return (
        pl.when(words <= 20)
        .then(pl.lit("up to 20 words"))
        .when(words <= 100)
        .then(pl.lit("21-100 words"))
        .otherwise(pl.lit("over 100 words"))
    )
