"""Merging leaves that cannot be released alone into a leaf that is near to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clio_assets.clustering.identity import neighbour_distance
from clio_assets.clustering.partition import Clusters, Vectors, rows_by_label, summarise

Fitness = Literal["fit", "small", "dominated"]
Judge = Callable[[NDArray[np.int64]], Fitness]
"""The fitness of a leaf, told from its rows (m,)."""

REACH = 1.5
"""A small leaf joins its nearest leaf only within this many times the usual distance between
neighbours: farther, the union would be about two things and its name about one."""


def merge_small(vectors: Vectors, leaves: Clusters, fitness: Judge) -> Clusters:
    """Merge "small" leaves into the "fit" or "small" leaf within reach that costs least.

    The cost is Ward's, the growth of the sum of squares: of two at the same distance the smaller
    is joined, so that halves of one subject find each other (docs/decisions/0012). `fitness`
    judges the rows of one leaf. A dominated leaf neither moves nor receives: a union
    would hide the account that fills it (PRIVACY.md, merging rule). The smallest leaf goes first.
    Leaves without a neighbour within reach stay as they are, for the gate to withhold.
    """
    reach = REACH * neighbour_distance(leaves.centroids)
    rows = dict(enumerate(rows_by_label(leaves.labels, len(leaves.sizes))))
    state = {leaf: fitness(held) for leaf, held in rows.items()}
    centroids = leaves.centroids.astype(np.float64)
    stranded: set[int] = set()
    while small := [k for k in rows if state[k] == "small" and k not in stranded]:
        target = min(small, key=lambda k: (len(rows[k]), k))
        partners = np.array([k for k in rows if k != target and state[k] != "dominated"], np.int64)
        away = np.linalg.norm(centroids[partners] - centroids[target], axis=1)
        mine, theirs = len(rows[target]), np.array([len(rows[k]) for k in partners])
        cost = np.where(away <= reach, away**2 * mine * theirs / (mine + theirs), np.inf)
        if not np.isfinite(cost).any():
            stranded.add(target)
            continue
        nearest = int(partners[cost.argmin()])
        kept, gone = sorted((target, nearest), key=lambda k: (-len(rows[k]), k))
        rows[kept] = np.sort(np.concatenate([rows[kept], rows.pop(gone)]))
        centroids[kept] = vectors[rows[kept]].mean(0, dtype=np.float64)
        state[kept] = fitness(rows[kept])
        stranded -= {k for k in stranded if np.linalg.norm(centroids[k] - centroids[kept]) <= reach}
    labels = np.empty(len(vectors), np.int64)
    for leaf, held in rows.items():
        labels[held] = leaf
    return summarise(vectors, labels)
