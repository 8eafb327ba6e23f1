"""Base clusters: seeded k-means over one period's vectors, knowing no other period.

k follows what a leaf needs to be released: the gate counts conversations and accounts, and a leaf
with fewer than three times G-01 accounts rarely survives dominance and facet cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]

RESTARTS = 8
WORK = 5_000_000_000
"""Multiplications of a round of k-means (n k d) up to which it sees every dimension and is
restarted. Beyond, it is started once on the first principal components: of 20,000 vectors in 2,000
clusters six seconds instead of fifty, and no more spread (docs/decisions/0009)."""

COMPONENTS = 64

ROUNDS = 4
TOLERANCE = 0.95
"""k is lowered until clusters hold this share of the accounts wanted, at most three times."""


@dataclass(frozen=True)
class Clusters:
    """A partition of n vectors: labels (n,), centroids (k, d), sizes (k,)."""

    labels: Labels
    centroids: Vectors
    sizes: Labels


def fit_base_clusters(
    vectors: Vectors,
    accounts: pl.Series,
    *,
    accounts_per_cluster: int,
    conversations_per_cluster: int,
    seed: int,
) -> Clusters:
    """Cluster (n, d) vectors so that a cluster has room for the gate's thresholds.

    k starts at one cluster for every `conversations_per_cluster` rows and falls until clusters
    hold `accounts_per_cluster` different accounts on average: an account counts once in each
    cluster it appears in, so k cannot be told from the number of accounts alone. Clusters come
    largest first and are the same for the same seed and row order.
    """
    if not len(vectors):
        return Clusters(np.zeros(0, np.int64), vectors, np.zeros(0, np.int64))
    distinct = len(np.unique(vectors, axis=0))
    k = max(1, min(round(len(vectors) / conversations_per_cluster), distinct))
    for _ in range(ROUNDS):
        clusters = summarise(vectors, _k_means(vectors, k, seed))
        held = _mean_accounts(clusters.labels, accounts)
        if held >= TOLERANCE * accounts_per_cluster or k == 1:
            break
        fewer = max(1, round(k * held / accounts_per_cluster))
        if fewer == k:
            break
        k = fewer
    return clusters


def _k_means(vectors: Vectors, k: int, seed: int) -> Labels:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    starts = RESTARTS
    with repeatable():
        if vectors.size * k > WORK:
            starts, least = 1, min(COMPONENTS, *vectors.shape)
            pca = PCA(least, svd_solver="randomized", random_state=seed)
            vectors = pca.fit_transform(vectors)
        labels: Labels = KMeans(k, n_init=starts, random_state=seed).fit_predict(vectors)
    return labels


def _mean_accounts(labels: Labels, accounts: pl.Series) -> float:
    pairs = pl.DataFrame({"cluster": labels, "account": accounts}).unique()
    return len(pairs) / pairs["cluster"].n_unique()


def summarise(vectors: Vectors, labels: Labels) -> Clusters:
    """Renumber labels by size, largest first, and compute each cluster's mean."""
    present, compact, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    order = np.lexsort((present, -sizes))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    renumbered = rank[compact].astype(np.int64)
    return Clusters(renumbered, means(vectors, renumbered, len(order)), sizes[order])


def rows_by_label(labels: Labels, k: int) -> list[Labels]:
    """Return for each label of 0..k-1 the rows (m,) that have it, in order."""
    order = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[order], np.arange(k + 1))
    return [order[start:end] for start, end in pairwise(ends.tolist())]


def means(vectors: Vectors, labels: Labels, k: int) -> Vectors:
    """Return the (k, d) mean of each label's vectors, zero for an empty one."""
    found = np.zeros((k, vectors.shape[1]), dtype=np.float32)
    for label, rows in enumerate(rows_by_label(labels, k)):
        if len(rows):
            found[label] = vectors[rows].mean(0, dtype=np.float64)
    return found


def squared_distances(vectors: Vectors, centroids: Vectors) -> NDArray[np.float32]:
    """Return (n, k) squared Euclidean distances."""
    cross = vectors @ centroids.T
    squares = (vectors**2).sum(1)[:, None] + (centroids**2).sum(1)[None, :]
    distances: NDArray[np.float32] = np.maximum(squares - 2 * cross, 0)
    return distances


def repeatable():  # type: ignore[no-untyped-def]
    """Hold BLAS and OpenMP to one thread: their reductions add in the order threads arrive."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)
