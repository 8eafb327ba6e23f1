"""Leaves a few conversations short of the gate take them from neighbours that can spare some.

The size of a leaf wavers from period to period about what the gate asks for. Merged on the days it
is short, a topic dies and is born again; with its nearest few conversations from over the border
it lives on, and its neighbours hardly change (docs/decisions/0012).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clio_assets.clustering.identity import distances_between
from clio_assets.clustering.merging import Judge
from clio_assets.clustering.partition import (
    Clusters,
    Labels,
    Vectors,
    means,
    rows_by_label,
    squared_distances,
)

MOST = 0.6
"""What a leaf may take, as a share of the people in it (G-06): of a campaign, which is one however
many accounts it has, nothing, or topping up would bring it past the gate."""

AT_A_TIME = 5
NEIGHBOURS = 8
"""Leaves it may take from."""


def top_up(vectors: Vectors, leaves: Clusters, fitness: Judge, sources: Labels) -> Clusters:
    """Make "small" leaves "fit" with conversations nearly as near to them, the largest first.

    `fitness` judges the rows of one leaf; `sources` (n,) tells whom each row counts for. Only "fit"
    leaves give, and each stays "fit". A leaf for which that does not do stays as it is, for
    `merge_small`.
    """
    count = len(leaves.sizes)
    labels = leaves.labels.copy()
    held = rows_by_label(labels, count)
    states = [fitness(rows) for rows in held]
    givers = np.array([leaf for leaf in range(count) if states[leaf] == "fit"], dtype=np.int64)
    if not len(givers):
        return leaves
    for leaf in sorted(range(count), key=lambda one: (-len(held[one]), one)):
        if states[leaf] != "small":
            continue
        away = distances_between(leaves.centroids[leaf : leaf + 1], leaves.centroids[givers])[0]
        near = np.flatnonzero(np.isin(labels, givers[np.argsort(away, kind="stable")[:NEIGHBOURS]]))
        most = int(MOST * len(np.unique(sources[held[leaf]])))
        offered = _by_margin(vectors, leaves, labels, leaf, near)[:most]
        taken = _enough(held[leaf], offered, fitness)
        if taken is None:
            continue
        left = {int(giver): np.setdiff1d(held[giver], taken) for giver in np.unique(labels[taken])}
        if all(fitness(rows) == "fit" for rows in left.values()):
            labels[taken] = leaf
            held[leaf] = np.union1d(held[leaf], taken)
            for giver, rows in left.items():
                held[giver] = rows
    return Clusters(labels, means(vectors, labels, count), np.bincount(labels, minlength=count))


def _by_margin(
    vectors: Vectors, leaves: Clusters, labels: Labels, leaf: int, rows: Labels
) -> Labels:
    """Order `rows` (m,) by how little farther `leaf` is than their own."""
    to_leaf = squared_distances(vectors[rows], leaves.centroids[leaf : leaf + 1])[:, 0]
    own = ((vectors[rows] - leaves.centroids[labels[rows]]) ** 2).sum(1)
    return rows[np.argsort(to_leaf - own, kind="stable")]


def _enough(mine: Labels, offered: Labels, fitness: Judge) -> NDArray[np.int64] | None:
    """Return the first of the `offered` rows that make `mine` fit; None where all do not."""
    for taken in range(AT_A_TIME, len(offered) + 1, AT_A_TIME):
        if fitness(np.union1d(mine, offered[:taken])) == "fit":
            return offered[:taken]
    return None
