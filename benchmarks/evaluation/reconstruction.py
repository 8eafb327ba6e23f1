"""Are the true categories found again? As Clio measures it: each base cluster counts as the
category that most of its members have, and a member of another one is an error."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

RESAMPLES = 10_000


def found_categories(labels: NDArray[np.int64], categories: pl.Series) -> pl.Series:
    """Return for each of n conversations the category of its cluster; of equals the first by name.

    Args:
        labels: the cluster of each conversation (n,).
        categories: the true category of each (n,).
    """
    rows = pl.DataFrame({"cluster": labels, "category": categories})
    most = (
        rows.group_by("cluster", "category")
        .len()
        .sort("cluster", "len", "category", descending=[False, True, False])
        .group_by("cluster", maintain_order=True)
        .first()
        .select("cluster", found="category")
    )
    return rows.join(most, on="cluster", maintain_order="left")["found"]


def confidence_interval(right: pl.Series, seed: int) -> list[float]:
    """Return the 95 % bootstrap interval of the share of n conversations that are right (n,)."""
    # To draw n of n yeses and noes again, with replacement, is to draw from this distribution.
    draws = np.random.default_rng(seed).binomial(len(right), right.to_numpy().mean(), RESAMPLES)
    low, high = np.quantile(draws / len(right), [0.025, 0.975])
    return [round(float(low), 4), round(float(high), 4)]


def confusions(found: pl.Series, categories: pl.Series, most: int = 10) -> list[dict[str, object]]:
    """Return the commonest errors: category, found, conversations."""
    return (
        pl.DataFrame({"category": categories, "found": found})
        .filter(pl.col("category") != pl.col("found"))
        .group_by("category", "found")
        .agg(conversations=pl.len())
        .sort("conversations", "category", "found", descending=[True, False, False])
        .head(most)
        .to_dicts()
    )
