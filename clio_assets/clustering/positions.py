"""Where topics stand on the map: two dimensions, and yesterday's place where there is one."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from clio_assets.clustering.partition import Vectors, repeatable

FEWEST_FOR_UMAP = 32
"""Under it a neighbourhood of 15 is most of the map. Of 8 to 17 leaves a day (demo, `clinc150`,
`banking77`), distances kept as well as can be move a topic from one day to the next half as far as
principal components and UMAP do and are as true (trustworthiness .81 to .84 beside .80 to .87);
with 46 leaves UMAP is truer (.944 to .902)."""

FEWEST_TO_TURN = 3

APART = 0.3
"""The original's 0 is for conversations, which may lie on one another; topics are discs. Nearest
neighbours lie twice as far apart with it (.148 to .302 of an even spread, 195 leaves of `clinc150`)
and are hardly less true (trustworthiness .952 to .945)."""

AFRESH = {"n_epochs": 200, "learning_rate": 1.0}
SETTLED = {"n_epochs": 50, "learning_rate": 0.05}
"""Full steps move a map of nearly the same topics by half its width, small ones by a tenth, and
neighbours are as true (trustworthiness after six periods .81 to .98 either way)."""


def place_topics(
    centroids: Vectors, previous: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """Return (k, 2) positions, starting from `previous` (k, 2), whose unknown rows are NaN.

    UMAP as in the original (arXiv 2412.13678, appendix: 15 neighbours, cosine) but for `APART`;
    with few topics metric scaling of their cosine distances. Either is turned to fit the previous
    positions.
    """
    k = len(centroids)
    if k < 3:
        row = np.column_stack([np.arange(k), np.zeros(k)])
        known = ~np.isnan(previous[:, 0])
        beside = (previous - row)[known].mean(0) if known.any() else 0.0
        return np.where(np.isnan(previous), row + beside, previous)
    placed = _turned(_principal(centroids, seed), previous)
    start: NDArray[np.float64] = np.where(np.isnan(previous), placed, previous)
    if k < FEWEST_FOR_UMAP:
        placed = _scaled(centroids, start, seed)
    else:
        steps = SETTLED if (~np.isnan(previous[:, 0])).sum() >= FEWEST_TO_TURN else AFRESH
        placed = _umap(centroids, start, steps, seed)
    return np.round(_turned(placed, previous), 3)


def _principal(centroids: Vectors, seed: int) -> NDArray[np.float64]:
    from sklearn.decomposition import PCA

    if not np.ptp(centroids, axis=0).any():
        return np.full((len(centroids), 2), 5.0)
    axes = PCA(2, random_state=seed).fit_transform(centroids.astype(np.float64))
    spread = np.abs(axes).max() or 1.0
    scaled: NDArray[np.float64] = 5 + axes / spread * 5
    return scaled


def _turned(points: NDArray[np.float64], previous: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotate, shift and scale `points` to lie on the known previous ones (Procrustes).

    The scale is the ratio of the spreads: the least-squares one would shrink the map a little
    every period.
    """
    known = ~np.isnan(previous[:, 0])
    if known.sum() < FEWEST_TO_TURN:
        return points
    source, target = points[known], previous[known]
    middle, goal = source.mean(0), target.mean(0)
    left, _, right = np.linalg.svd((source - middle).T @ (target - goal))
    spread = float(np.linalg.norm(source - middle))
    scale = float(np.linalg.norm(target - goal)) / spread if spread else 1.0
    turned: NDArray[np.float64] = scale * (points - middle) @ (left @ right) + goal
    return turned


def _scaled(centroids: Vectors, start: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Distances in the plane as near to the true ones as can be had from `start`.

    de Leeuw, "Applications of convex analysis to multidimensional scaling" (SMACOF), 1977.
    """
    from sklearn.manifold import smacof

    directions = centroids / np.linalg.norm(centroids, axis=1, keepdims=True)
    apart = np.sqrt(np.maximum(0, 2 - 2 * (directions @ directions.T).astype(np.float64)))
    np.fill_diagonal(apart, 0)
    middle = start.mean(0)
    spread = float(np.sqrt(((start - middle) ** 2).sum()))
    if not apart.any() or not spread:
        return start
    # As wide as the true distances are, and back again.
    scale = float(np.sqrt((apart**2).sum() / (2 * len(apart)))) / spread
    with repeatable():
        placed = smacof(apart, init=(start - middle) * scale, n_init=1, random_state=seed)[0]
    restored: NDArray[np.float64] = middle + placed / scale
    return restored


def _umap(
    centroids: Vectors, start: NDArray[np.float64], steps: dict[str, float], seed: int
) -> NDArray[np.float64]:
    low, extent = start.min(0), np.ptp(start, axis=0)
    if not extent.all():
        return start
    with warnings.catch_warnings():
        # UMAP announces that a seed costs it its threads: that is what the seed is for.
        warnings.simplefilter("ignore")
        from sklearn.neighbors import NearestNeighbors
        from umap import UMAP

        nearest = min(15, len(centroids) - 1)
        # UMAP's own search is compiled anew in every process: five of its ten seconds.
        search = NearestNeighbors(n_neighbors=nearest, metric="cosine", algorithm="brute")
        away, neighbours = search.fit(centroids).kneighbors(centroids)
        reducer = UMAP(
            n_neighbors=nearest,
            min_dist=APART,
            metric="cosine",
            precomputed_knn=(neighbours, away.astype(np.float32), None),
            init=start,
            random_state=seed,
            **steps,
        )
        placed = reducer.fit_transform(centroids).astype(np.float64)
    # UMAP stretches each axis of its start to 0..10, which no turning could undo.
    restored: NDArray[np.float64] = low + placed / 10 * extent
    return restored
