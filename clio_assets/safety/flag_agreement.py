"""Do the concern facet and the logs' own safety classifier agree, topic by topic?

Where the two part, one of them is wrong: classifier_errors.py says which topics to look at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from clio_assets.safety.concern_shares import CONCERNING
from clio_assets.safety.shares import account_means, with_share_intervals

AGREEMENT: dict[str, pl.DataType] = {
    "topic": pl.String(),
    "conversations": pl.Int64(),  # with a flag that is known, either way, and a concern
    "accounts": pl.Int64(),
    "concern": pl.Float64(),  # mean level
    **{
        f"{share}{end}": pl.Float64()
        for share in ("concerning", "flagged", "agree")
        for end in ("", "_low", "_high")
    },
}
"""One row a topic; shares of its conversations with 95 % intervals that take an account's together.
`agree`: flagged and concerning, or neither."""

LEAST_TOPICS = 5
"""Fewer have no correlation worth a number."""

DRAWS = 2_000


@dataclass(frozen=True)
class Correlation:
    """Over topics, of mean concern with the share flagged; 95 % by a bootstrap over topics."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Overall:
    """How far flag and concern agree over all; None where there is nothing to go by."""

    conversations: int
    unknown: int
    """Conversations without a flag, either way; they are in no other figure."""
    topics: int
    kappa: float | None
    """Agreement beyond chance, of flagged with concerning (J. Cohen, 1960)."""
    pearson: Correlation | None
    spearman: Correlation | None


def flag_agreement(conversations: pl.DataFrame) -> pl.DataFrame:
    """Return how far flag and concern agree in each topic (AGREEMENT), in order of the topics.

    Args:
        conversations: one row each: topic, account, concern (1 to 5), flagged (boolean; null: the
            classifier has not said).
    """
    rows = known(conversations).with_columns(concerning=pl.col("concern") >= CONCERNING)
    rows = rows.with_columns(agree=pl.col("concerning") == pl.col("flagged"))
    shares = ["concerning", "flagged", "agree"]
    means = account_means(rows, ["topic"], ["concern", *shares])
    found = with_share_intervals(means, shares)
    return found.select(pl.col(name).cast(kind) for name, kind in AGREEMENT.items())


def overall_agreement(conversations: pl.DataFrame, seed: int) -> Overall:
    """Return the agreement over all conversations, and the correlations over topics.

    Every topic counts once, as in the correlation of .71 that the original reports (A. Tamkin et
    al., "Clio: Privacy-Preserving Insights into Real-World AI Use", 2024).

    Args:
        conversations: as for `flag_agreement`.
        seed: of the bootstrap.
    """
    rows = known(conversations)
    topics = flag_agreement(conversations)
    pearson, spearman = correlations(topics, seed)
    return Overall(
        conversations=len(rows),
        unknown=len(conversations) - len(rows),
        topics=len(topics),
        kappa=_kappa((rows["concern"] >= CONCERNING).to_numpy(), rows["flagged"].to_numpy()),
        pearson=pearson,
        spearman=spearman,
    )


def correlations(topics: pl.DataFrame, seed: int) -> tuple[Correlation | None, Correlation | None]:
    """Pearson's and Spearman's of mean concern with the share flagged, over topics (AGREEMENT)."""
    concern, flagged = topics["concern"].to_numpy(), topics["flagged"].to_numpy()
    return (
        _correlation(concern, flagged, seed),
        _correlation(concern, flagged, seed, ranks=True),
    )


def known(conversations: pl.DataFrame) -> pl.DataFrame:
    """Return the conversations of which both flag and concern are known."""
    return conversations.filter(pl.col("flagged").is_not_null(), pl.col("concern").is_not_null())


def _kappa(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float | None:
    if not len(one):
        return None
    p, q = float(np.mean(one)), float(np.mean(other))
    chance = p * q + (1 - p) * (1 - q)
    return (float(np.mean(one == other)) - chance) / (1 - chance) if chance < 1 else None


def _correlation(
    concern: NDArray[np.float64], flagged: NDArray[np.float64], seed: int, *, ranks: bool = False
) -> Correlation | None:
    topics = len(concern)
    if topics < LEAST_TOPICS:
        return None
    drawn = np.random.default_rng(seed).integers(topics, size=(DRAWS, topics))
    at = np.vstack([np.arange(topics), drawn])
    x, y = concern[at], flagged[at]
    if ranks:
        x, y = stats.rankdata(x, axis=1), stats.rankdata(y, axis=1)
    x, y = x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True)
    size = np.sqrt((x**2).sum(1) * (y**2).sum(1))
    # Draws in which one of the two is the same everywhere have no correlation.
    varied = size > 1e-9
    if not varied[0]:
        return None
    found = (x * y).sum(1)[varied] / size[varied]
    low, high = np.quantile(found[1:], [0.025, 0.975])
    return Correlation(float(found[0]), float(low), float(high))
