"""Identity: which of this period's topics are the previous period's."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from clio_assets.clustering.base_clusters import Vectors

SAME_WITHIN = 0.6
"""A topic continues when it moved less than this share of the usual distance between neighbours.
Relative, because a narrow domain's topics lie closer together than a broad one's."""


def match_topics(centroids: Vectors, previous: Vectors) -> NDArray[np.int64]:
    """Return for each of k topics the previous topic it continues, or -1 where it is new.

    One to one: the assignment with the smallest sum of distances (Hungarian method). Pairs farther
    apart than `SAME_WITHIN` usual neighbour distances are dropped, and all cost the same: how far
    a new topic is from one that ended must not move the identity of the others.
    """
    from scipy.optimize import linear_sum_assignment

    continues = np.full(len(centroids), -1, dtype=np.int64)
    if not len(centroids) or not len(previous):
        return continues
    distances = distances_between(centroids, previous)
    limit = SAME_WITHIN * neighbour_distance(previous)
    beyond = 2 * limit if np.isfinite(limit) else distances.max()
    rows, columns = linear_sum_assignment(np.where(distances <= limit, distances, beyond))
    close = distances[rows, columns] <= limit
    continues[rows[close]] = columns[close]
    return continues


def neighbour_distance(centroids: Vectors) -> float:
    """Median distance of a centroid to its nearest other one; infinite for a single one."""
    if len(centroids) < 2:
        return float("inf")
    between = distances_between(centroids, centroids)
    np.fill_diagonal(between, np.inf)
    return float(np.median(between.min(1)))


def distances_between(one: Vectors, other: Vectors) -> NDArray[np.float64]:
    """Return (k, m) Euclidean distances, without the (k, m, d) differences.

    In double precision, because the difference of squares loses half the digits.
    """
    left, right = one.astype(np.float64), other.astype(np.float64)
    squares = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :] - 2 * left @ right.T
    distances: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0))
    return distances


def new_topic_id(period: str, level: int, ordinal: int, seed: int) -> str:
    """Return an id for a topic born in `period`: the same on every re-run, telling nothing."""
    text = f"{seed}/{period}/{level}/{ordinal}"
    return "t" + hashlib.sha256(text.encode()).hexdigest()[:9]
