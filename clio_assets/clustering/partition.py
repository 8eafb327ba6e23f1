"""Vectors divided into clusters: labels, means, sizes, and k-means from given starts."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]

ROUNDS = 30
STILL = 0.001
"""K-means ends when no more than this share of the rows moves, and after ROUNDS at the latest."""

BLOCK = 1_000_000
"""Distances that stand in memory at a time, of each thread: what threads take by tens of megabytes
the allocator keeps, 500 MiB of it with 2,000 clusters."""


MANY = 512
"""Clusters beyond which k-means, once each row has one, looks only around it: a round would cost
the square of the rows, since clusters grow with them."""

AROUND = 128
"""Centroids nearest to a row's own that it is compared with. Of 100,000 rows in 1,111 clusters one
in a thousand would have found a nearer one; the sum of squares ends 0.05 % larger, in less than
half the time (64: 0.11 %, 256: 0.02 %)."""


@dataclass(frozen=True)
class Clusters:
    """A partition of n vectors: labels (n,), centroids (k, d), sizes (k,)."""

    labels: Labels
    centroids: Vectors
    sizes: Labels


def k_means(vectors: Vectors, starts: Vectors) -> Clusters:
    """Run Lloyd's algorithm from `starts` (k, d); clusters keep their order, empty ones go.

    Of more than `MANY` clusters only the first round compares each row with all (`nearest_around`).
    """
    centroids = starts
    labels = np.full(len(vectors), -1, dtype=np.int64)
    for turn in range(ROUNDS):
        if turn and len(centroids) > MANY:
            found = nearest_around(vectors, centroids, labels)
        else:
            found = nearest(vectors, centroids)
        moved = np.count_nonzero(found != labels)
        if not moved:
            break
        labels = found
        kept, labels = np.unique(labels, return_inverse=True)
        centroids = means(vectors, labels, len(kept))
        if moved <= STILL * len(vectors):
            break
    return Clusters(labels, centroids, np.bincount(labels, minlength=len(centroids)))


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


def nearest(vectors: Vectors, centroids: Vectors) -> Labels:
    """Return (n,) the row of the nearest centroid; the same for any number of threads."""
    squares = (centroids**2).sum(1)
    found = np.empty(len(vectors), dtype=np.int64)
    rows = max(1, BLOCK // max(1, len(centroids)))

    def one(start: int) -> None:
        block = slice(start, start + rows)
        distances = vectors[block] @ centroids.T
        distances *= -2
        distances += squares
        found[block] = distances.argmin(1)

    with repeatable(), ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(0, len(vectors), rows)))
    return found


def nearest_around(vectors: Vectors, centroids: Vectors, labels: Labels) -> Labels:
    """Return (n,) the row of the nearest of the `AROUND` centroids about each vector's own.

    Cluster closures (Wang et al., "Fast approximate k-means via cluster closures", CVPR 2012).
    """
    squares = (centroids**2).sum(1)
    found = np.empty(len(vectors), dtype=np.int64)
    members = rows_by_label(labels, len(centroids))
    some = max(1, BLOCK // len(centroids))

    def one(start: int) -> None:
        own = np.arange(start, min(start + some, len(centroids)))
        apart = squares - 2 * centroids[own] @ centroids.T
        # In order, so that the first of equals is the one `nearest` takes.
        around = np.sort(np.argpartition(apart, AROUND, axis=1)[:, :AROUND], axis=1)
        for label, close in zip(own, around, strict=True):
            rows = members[label]
            distances = squares[close] - 2 * vectors[rows] @ centroids[close].T
            found[rows] = close[distances.argmin(1)]

    with repeatable(), ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(0, len(centroids), some)))
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
