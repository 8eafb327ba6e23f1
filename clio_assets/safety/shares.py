"""95 % intervals of shares and means where some accounts have many of the rows.

Rows of one account come together, so n rows tell as much as fewer independent ones: the effective
sample size of E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small
expected number of positive counts estimated from survey data", Survey Methodology 24(2), 1998,
put into the score interval of E. B. Wilson, "Probable inference, the law of succession, and
statistical inference", J. Am. Stat. Assoc. 22, 1927.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]

Z = float(stats.norm.ppf(0.975))


def wilson(share: ArrayLike, rows: ArrayLike) -> tuple[Floats, Floats]:
    """Return both ends of the interval of shares of (effectively) independent rows, at least 1."""
    p, n = np.asarray(share, dtype=np.float64), np.asarray(rows, dtype=np.float64)
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def share_interval(
    share: ArrayLike, variance: ArrayLike, rows: ArrayLike, accounts: ArrayLike
) -> tuple[Floats, Floats]:
    """Return both ends of the interval of shares, given their `account_variance`.

    A share of 0 or 1 shows no variance: then its accounts count, once each.
    """
    p, v, n, a = (np.asarray(x, dtype=np.float64) for x in (share, variance, rows, accounts))
    several = np.maximum(a, 2)
    tails = stats.t.ppf(0.975, np.maximum(n, 2) - 1) / stats.t.ppf(0.975, several - 1)
    effective = np.where(v > 0, p * (1 - p) / np.maximum(v, 1e-12) * tails**2, a)
    return wilson(p, np.clip(np.where(a < 2, 1, effective), 1, n))


def account_means(rows: pl.DataFrame, by: Sequence[str], values: Sequence[str]) -> pl.DataFrame:
    """Return means by group, with their variances between accounts, in order of the groups.

    One row a group of `by`, with `conversations`, `accounts`, and for each of `values` its mean
    under its own name and `<value>_variance`, null where there is one account. The variance is
    that of a ratio of sums over accounts (W. G. Cochran, Sampling Techniques, 3rd ed., 1977,
    chapter 6).

    Args:
        rows: one a conversation: account, the columns of `by`, and numeric or boolean values.
        by: what to group by.
        values: columns to take means of.
    """
    of_account = (
        rows.group_by(*by, "account")
        .agg(pl.len().alias("n"), *(pl.col(name).cast(pl.Float64).sum() for name in values))
        .sort(*by, "account")
    )  # a sum of floats depends on its order
    total, accounts = pl.col("n").sum(), pl.len()

    def variance(name: str) -> pl.Expr:
        mean = pl.col(name).sum() / total
        squares = ((pl.col(name) - mean * pl.col("n")) ** 2).sum()
        spread = squares / total.cast(pl.Float64) ** 2 * accounts / (accounts - 1)
        return pl.when(accounts > 1).then(spread).alias(f"{name}_variance")

    return (
        of_account.group_by(by, maintain_order=True)
        .agg(
            total.cast(pl.Int64).alias("conversations"),
            accounts.cast(pl.Int64).alias("accounts"),
            *((pl.col(name).sum() / total).alias(f"{name}_mean") for name in values),
            *(variance(name) for name in values),
        )
        .rename({f"{name}_mean": name for name in values})
        .sort(by)
    )


def with_share_intervals(means: pl.DataFrame, shares: Sequence[str]) -> pl.DataFrame:
    """Return the `account_means` with `<share>_low` and `_high` in place of the variances."""
    found = means
    for name in shares:
        low, high = share_interval(
            means[name].to_numpy(),
            means[f"{name}_variance"].fill_null(0).to_numpy(),
            means["conversations"].to_numpy(),
            means["accounts"].to_numpy(),
        )
        found = found.with_columns(
            pl.Series(f"{name}_low", low), pl.Series(f"{name}_high", high)
        ).drop(f"{name}_variance")
    return found
