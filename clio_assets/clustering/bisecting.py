"""Vectors split in two, again and again: the start of k-means, and nothing in it is drawn.

Divisive k-means: the cluster with the largest sum of squares is split along its principal
direction, and the halves are settled by 2-means. It needs n d log k multiplications, knows no seed
and no row order, and leaves k-means a start from which it ends nearer to the true subjects than
from the best of several random ones (docs/evaluation.md).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clio_assets.clustering.partition import Labels, Vectors, repeatable

POWER_ROUNDS = 15
SETTLING_ROUNDS = 10


@dataclass(frozen=True)
class Splits:
    """n vectors in k parts, and how they came about: labels (n,), origins (k,).

    Part p was split off part `origins[p]`, after all parts of lower number.
    """

    labels: Labels
    origins: Labels

    def at(self, k: int) -> Labels:
        """The labels (n,) that there were when there were `k` parts."""
        into = np.arange(len(self.origins))
        for part in range(k, len(into)):
            into[part] = into[self.origins[part]]
        return into[self.labels]


def bisect(vectors: Vectors, k: int) -> Splits:
    """Split (n, d) vectors into `k` parts, or as many as there are different vectors."""
    rows = {0: np.arange(len(vectors))}
    origins = [0]
    with repeatable():
        waiting = [(-_scatter(vectors), 0)]
        while len(rows) < k and waiting:
            scatter, part = heapq.heappop(waiting)
            halves = _halves(vectors[rows[part]]) if scatter < 0 else None
            if halves is None:
                continue
            new, mine = len(rows), rows[part]
            rows[part], rows[new] = mine[halves], mine[~halves]
            origins.append(part)
            for one in (part, new):
                heapq.heappush(waiting, (-_scatter(vectors[rows[one]]), one))
    labels = np.empty(len(vectors), dtype=np.int64)
    for part, mine in rows.items():
        labels[mine] = part
    return Splits(labels, np.array(origins))


def _scatter(vectors: Vectors) -> float:
    """Sum of squared distances to the mean."""
    return float(((vectors - vectors.mean(0, dtype=np.float64).astype(np.float32)) ** 2).sum())


def _halves(vectors: Vectors) -> NDArray[np.bool_] | None:
    """True for the rows (m,) of one half; None where all are the same."""
    around = vectors - vectors.mean(0, dtype=np.float64).astype(np.float32)
    direction = around[(around**2).sum(1).argmax()]
    for _ in range(POWER_ROUNDS):
        direction = around.T @ (around @ direction)
        length = np.linalg.norm(direction)
        if not length:
            return None
        direction = direction / length
    half: NDArray[np.bool_] = around @ direction > 0
    for _ in range(SETTLING_ROUNDS):
        if half.all() or not half.any():
            return None
        one, other = around[half].mean(0), around[~half].mean(0)
        settled: NDArray[np.bool_] = around @ (one - other) > (one @ one - other @ other) / 2
        if np.array_equal(settled, half) or settled.all() or not settled.any():
            break
        half = settled
    return half
