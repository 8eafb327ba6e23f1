"""How concerning topics are, and when: the concern facet by topic, by day or by both."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from clio_assets.safety.shares import Z, account_means, with_share_intervals

CONCERNING = 2
"""From this level on a conversation counts as concerning: the line that docs/facets.md measured."""

CONCERN_SHARES: dict[str, pl.DataType] = {
    "conversations": pl.Int64(),
    "accounts": pl.Int64(),
    "concern": pl.Float64(),  # mean level, 1 to 5
    "concern_low": pl.Float64(),
    "concern_high": pl.Float64(),
    "concerning": pl.Float64(),  # share of conversations at CONCERNING or above
    "concerning_low": pl.Float64(),
    "concerning_high": pl.Float64(),
}
"""After the columns of `by`; intervals are 95 % and take an account's conversations together.
`concern_low` and `_high` are null where there is one account."""


def concern_shares(conversations: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return mean concern and share of concerning conversations (CONCERN_SHARES), in order of `by`.

    Args:
        conversations: one row each: account, concern (1 to 5) and the columns of `by`. Rows without
            a concern are left out.
        by: `["topic"]`, `["day"]`, `["topic", "day"]`.
    """
    rated = conversations.filter(pl.col("concern").is_not_null()).with_columns(
        concerning=pl.col("concern") >= CONCERNING
    )
    means = account_means(rated, by, ["concern", "concerning"])
    half = Z * pl.col("concern_variance").sqrt()
    found = with_share_intervals(means, ["concerning"]).with_columns(
        concern_low=(pl.col("concern") - half).clip(1, 5),
        concern_high=(pl.col("concern") + half).clip(1, 5),
    )
    return found.select(*by, *(pl.col(name).cast(kind) for name, kind in CONCERN_SHARES.items()))
