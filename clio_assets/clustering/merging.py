"""Merging leaves that cannot be released alone into the leaf nearest to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clio_assets.clustering.base_clusters import Clusters, Vectors, summarise
from clio_assets.clustering.identity import neighbour_distance

Fitness = Literal["fit", "small", "dominated"]

REACH = 1.5
"""A small leaf joins its nearest leaf only within this many times the usual distance between
neighbours: farther, the union would be about two things and its name about one."""


def merge_small(
    vectors: Vectors, leaves: Clusters, fitness: Callable[[NDArray[np.bool_]], Fitness]
) -> Clusters:
    """Merge "small" leaves into their nearest "fit" or "small" leaf within reach.

    `fitness` judges the rows (n,) of one leaf. A dominated leaf neither moves nor receives: a
    union would hide the account that fills it (PRIVACY.md, merging rule). The smallest leaf goes
    first. Leaves without a neighbour within reach stay as they are, for the gate to withhold.
    """
    labels = leaves.labels.copy()
    reach = REACH * neighbour_distance(leaves.centroids)
    state = {int(k): fitness(labels == k) for k in np.unique(labels)}
    stranded: set[int] = set()
    while True:
        sizes = {k: int((labels == k).sum()) for k in state}
        small = [k for k in state if state[k] == "small" and k not in stranded]
        if not small:
            return _by_size(vectors, labels)
        target = min(small, key=lambda k: (sizes[k], k))
        partners = [k for k in state if k != target and state[k] != "dominated"]
        centroids = {k: vectors[labels == k].mean(0) for k in [target, *partners]}
        away = {k: float(np.linalg.norm(centroids[target] - centroids[k])) for k in partners}
        nearest = min(partners, key=lambda k: (away[k], k), default=None)
        if nearest is None or away[nearest] > reach:
            stranded.add(target)
            continue
        kept, gone = sorted((target, nearest), key=lambda k: (-sizes[k], k))
        labels[labels == gone] = kept
        del state[gone]
        state[kept] = fitness(labels == kept)
        stranded.clear()


def _by_size(vectors: Vectors, labels: NDArray[np.int64]) -> Clusters:
    _, compact = np.unique(labels, return_inverse=True)
    return summarise(vectors, compact.astype(np.int64))
