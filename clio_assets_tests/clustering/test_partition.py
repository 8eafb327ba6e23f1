"""K-means of many clusters: what it looks at grows with the rows, and it ends in the same place."""

from __future__ import annotations

import numpy as np
import pytest

from clio_assets.clustering import partition
from clio_assets.clustering.partition import Vectors, k_means, nearest, nearest_around


def scattered(clusters: int, each: int, spread: float) -> tuple[Vectors, Vectors]:
    """Vectors about so many middles, and starts that lie a little beside the middles."""
    random = np.random.default_rng(7)
    middles = random.normal(size=(clusters, 16)).astype(np.float32)
    vectors = np.repeat(middles, each, axis=0)
    vectors += random.normal(0, spread, vectors.shape).astype(np.float32)
    return vectors, middles + random.normal(0, 0.2, middles.shape).astype(np.float32)


def test_many_clusters_end_where_a_comparison_with_all_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, starts = scattered(700, 12, 0.5)
    around = k_means(vectors, starts)
    monkeypatch.setattr(partition, "MANY", len(starts))
    whole = k_means(vectors, starts)

    def squares(of: partition.Clusters) -> float:
        return float(((vectors - of.centroids[of.labels]) ** 2).sum())

    assert squares(around) <= 1.001 * squares(whole)
    assert around.sizes.sum() == len(vectors)


def test_a_row_that_strayed_finds_its_way_back() -> None:
    vectors, starts = scattered(600, 10, 0.1)
    truth = nearest(vectors, starts)
    strayed = truth.copy()
    neighbours = ((starts[:, None] - starts[None]) ** 2).sum(2).argsort(1)
    strayed[::5] = neighbours[truth[::5], 5]
    found = nearest_around(vectors, starts, strayed)
    assert (found == truth).mean() > 0.99
