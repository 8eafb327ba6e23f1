"""The level above the leaves: a handful of parents, kept from period to period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clio_assets.clustering.base_clusters import Vectors

FEWEST_LEAVES = 6
"""Under six leaves a second level says nothing that the leaves do not."""

DRIFT = 1.25
"""Carried parents are given up when their scatter is this many times that of a fresh tree."""


def choose_parents(leaves: int, most: int) -> int:
    """Number of parents: the square root of the leaves, at most `most`; 0 under six leaves."""
    return min(most, round(np.sqrt(leaves))) if leaves >= FEWEST_LEAVES else 0


def group_leaves(
    centroids: Vectors, sizes: NDArray[np.int64], parents: int, carried: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Assign each of k leaves to a parent; -1 for a leaf that stands at the top itself.

    `carried` (k,) holds the parent each continuing leaf had, -1 for the others. Carried parents
    stay, and leaves without one join the nearest, as long as the whole scatters little more than
    Ward's tree made afresh. A parent of one leaf is no parent: that leaf stands at the top.
    """
    if not parents:
        return np.full(len(centroids), -1, dtype=np.int64)
    fresh = _ward(centroids, parents)
    kept = _adopt(centroids, sizes, carried)
    keeps = (
        kept is not None
        and abs(len(np.unique(kept)) - parents) <= 1
        and _scatter(centroids, sizes, kept) <= DRIFT * _scatter(centroids, sizes, fresh)
    )
    groups = kept if keeps and kept is not None else fresh
    counts = np.bincount(groups)
    return np.where(counts[groups] > 1, groups, -1)


def _ward(centroids: Vectors, parents: int) -> NDArray[np.int64]:
    from sklearn.cluster import AgglomerativeClustering

    tree = AgglomerativeClustering(n_clusters=parents, linkage="ward")
    labels: NDArray[np.int64] = tree.fit_predict(centroids).astype(np.int64)
    return labels


def _adopt(
    centroids: Vectors, sizes: NDArray[np.int64], carried: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    known = np.unique(carried[carried >= 0])
    if len(known) < 2:
        return None
    anchors = np.stack(
        [np.average(centroids[carried == p], axis=0, weights=sizes[carried == p]) for p in known]
    )
    nearest = np.linalg.norm(centroids[:, None] - anchors[None, :], axis=2).argmin(1)
    return np.where(carried >= 0, np.searchsorted(known, carried), nearest).astype(np.int64)


def _scatter(centroids: Vectors, sizes: NDArray[np.int64], groups: NDArray[np.int64]) -> float:
    """Size-weighted sum of squared distances of leaves to their parent's mean."""
    total = 0.0
    for group in np.unique(groups):
        mine = groups == group
        mean = np.average(centroids[mine], axis=0, weights=sizes[mine])
        total += float((((centroids[mine] - mean) ** 2).sum(1) * sizes[mine]).sum())
    return total
