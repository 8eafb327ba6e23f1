"""Base clusters: k-means over one period's vectors, knowing no other period and no seed.

The vectors are split in two until there are twice as many parts as clusters wanted, Ward's tree
joins the parts again, and k-means settles what that gives. Measured on four labelled sets this
finds the true subjects better than k-means started at random, in less time than one such start, and
gives the same clusters for every seed and row order (docs/decisions/0012).

k follows what a leaf needs to be released: the gate counts conversations and accounts, and a leaf
with fewer than three times G-01 accounts rarely survives dominance and facet cells.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from clio_assets.clustering.bisecting import bisect
from clio_assets.clustering.partition import (
    Clusters,
    Labels,
    Vectors,
    k_means,
    means,
    repeatable,
    summarise,
)
from clio_assets.clustering.ward import ward_tree

PARTS = 2
"""Parts for each cluster wanted: with one, k-means keeps what a split got wrong; with more the
tree takes longer, as their square, and finds no more (docs/evaluation.md)."""

MOST_PARTS = 6_000
"""Parts that Ward's tree joins; beyond, its time grows with their square."""

WORK = 5_000_000_000
"""Multiplications of a round of k-means (n k d) up to which it sees every dimension; beyond, the
first principal components (docs/decisions/0009)."""

COMPONENTS = 64

CUTS = 4
TOLERANCE = 0.95
"""k is lowered until clusters hold this share of the accounts wanted, at most CUTS times."""


def fit_base_clusters(
    vectors: Vectors,
    accounts: pl.Series,
    *,
    accounts_per_cluster: int,
    conversations_per_cluster: int,
) -> Clusters:
    """Cluster (n, d) vectors so that a cluster has room for the gate's thresholds.

    k starts at one cluster for every `conversations_per_cluster` rows and falls until clusters
    hold `accounts_per_cluster` different accounts on average: an account counts once in each
    cluster it appears in, so k cannot be told from the number of accounts alone. Clusters come
    largest first.
    """
    if not len(vectors):
        return Clusters(np.zeros(0, np.int64), vectors, np.zeros(0, np.int64))
    k = max(1, round(len(vectors) / conversations_per_cluster))
    seen = _seen(vectors, k)
    cut = _tree(seen, k)
    labels = cut(k)
    for _ in range(CUTS):
        held = _mean_accounts(labels, accounts)
        if held >= TOLERANCE * accounts_per_cluster or k == 1:
            break
        fewer = max(1, round(k * held / accounts_per_cluster))
        if fewer == k:
            break
        k, labels = fewer, cut(fewer)
    starts = means(seen, labels, int(labels.max()) + 1)
    return summarise(vectors, k_means(seen, starts).labels)


def _tree(vectors: Vectors, k: int) -> Callable[[int], Labels]:
    """Return what tells the labels (n,) of `k` clusters or fewer, each inside the next."""
    if PARTS * k > MOST_PARTS:
        return bisect(vectors, k).at
    split = bisect(vectors, PARTS * k)
    parts = k_means(vectors, means(vectors, split.labels, len(split.origins)))
    tree = ward_tree(parts.centroids, parts.sizes)
    return lambda fewer: tree.cut(fewer)[parts.labels]


def _seen(vectors: Vectors, k: int) -> Vectors:
    """The vectors as k-means sees them: whole, or their first principal components."""
    if vectors.size * k <= WORK:
        return vectors
    with repeatable():
        middle = vectors.mean(0, dtype=np.float64)
        covariance = vectors.T @ vectors / len(vectors) - np.outer(middle, middle)
        axes = np.linalg.eigh(covariance)[1][:, : -COMPONENTS - 1 : -1]
        seen: Vectors = (vectors @ axes.astype(np.float32)) - (middle @ axes).astype(np.float32)
    return seen


def _mean_accounts(labels: Labels, accounts: pl.Series) -> float:
    pairs = pl.DataFrame({"cluster": labels, "account": accounts}).unique()
    return len(pairs) / pairs["cluster"].n_unique()
