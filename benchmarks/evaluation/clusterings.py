"""Ways to make base clusters, at the same number of clusters, on the same vectors.

What UMAP and HDBSCAN make of them stands beside the topics, as BERTopic (`baselines.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.evaluation.agreement import Codes, accuracy, ari, rounded
from benchmarks.evaluation.labelled_sets import LABELS, LabelledSet
from clio_assets.clustering.base_clusters import fit_base_clusters
from clio_assets.clustering.bisecting import bisect
from clio_assets.clustering.partition import k_means, means, nearest

PER_CLUSTER = (75, 90, 110)
"""Conversations for each cluster: 1.5, 1.8 (the default) and 2.2 times G-02."""

ROUNDS = 30

Json = dict[str, Any]
Vectors = NDArray[np.float32]


def drawn(vectors: Vectors, k: int) -> Codes:
    """K-means started once by k-means++."""
    from sklearn.cluster import KMeans

    labels: Codes = KMeans(k, n_init=1, random_state=1).fit_predict(vectors).astype(np.int64)
    return labels


def spherical(vectors: Vectors, k: int) -> Codes:
    """The same with centroids of unit length, for as many rounds."""
    labels = drawn(vectors, k)
    for _ in range(ROUNDS):
        middles = means(vectors, labels, k)
        middles /= np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-9)
        moved = nearest(vectors, middles)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return labels


def split(vectors: Vectors, k: int) -> Codes:
    """Split in two until there are k, not settled."""
    return bisect(vectors, k).labels


def split_and_settled(vectors: Vectors, k: int) -> Codes:
    """The same, settled by k-means."""
    return k_means(vectors, means(vectors, split(vectors, k), k)).labels


def split_joined_and_settled(vectors: Vectors, k: int) -> Codes:
    """As the platform does: split into twice as many, joined by Ward's tree, settled."""
    alone = pl.Series(range(len(vectors)))
    per = round(len(vectors) / k)
    return fit_base_clusters(
        vectors, alone, accounts_per_cluster=1, conversations_per_cluster=per
    ).labels


WAYS: dict[str, Callable[[Vectors, int], Codes]] = {
    "k-means": drawn,
    "spherical k-means": spherical,
    "split": split,
    "split, settled": split_and_settled,
    "split, joined, settled": split_joined_and_settled,
}


def clusterings(of: LabelledSet) -> Json:
    """Accuracy and ARI of the finest label, and seconds, by way and by conversations a cluster."""
    truth = of.codes(LABELS[of.name][0])
    found: Json = {}
    for per in PER_CLUSTER:
        for way, cluster in WAYS.items():
            started = time.process_time()
            labels = cluster(of.vectors, round(len(of.rows) / per))
            found[f"{way}, one for {per}"] = {
                "clusters": len(np.unique(labels)),
                "accuracy": rounded(accuracy, labels, truth),
                "ari": rounded(ari, labels, truth),
                "cpu_seconds": round(time.process_time() - started, 1),
            }
    return found
