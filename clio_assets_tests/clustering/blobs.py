"""Synthetic days: unit vectors in Gaussian blobs, accounts with a few conversations each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.clustering.base_clusters import fit_base_clusters
from clio_assets.clustering.hierarchy import group_by_distance, level_sizes
from clio_assets.clustering.partition import Clusters
from clio_assets.clustering.topics import fit_leaf_level, topic_table
from clio_assets.clustering.tree import TopicFit
from clio_assets.privacy.merging import leaf_fitness
from clio_assets.privacy.thresholds import Thresholds

DIMENSION = 24


@dataclass(frozen=True)
class Day:
    """n vectors (n, d), whose they are, and the blob each was drawn from (n,)."""

    vectors: NDArray[np.float32]
    accounts: pl.Series
    truth: NDArray[np.int64]


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def centres(count: int, seed: int = 0) -> NDArray[np.float32]:
    """Directions of the blobs, (count, d)."""
    return unit(np.random.default_rng(seed).normal(size=(count, DIMENSION)))


def day(around: NDArray[np.float32], sizes: list[int], *, seed: int, noise: float = 0.1) -> Day:
    """Draw `sizes[i]` vectors around centre i, in random order, from four accounts in five."""
    random = np.random.default_rng(seed)
    truth = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    vectors = around[truth] + random.normal(scale=noise, size=(len(truth), DIMENSION))
    accounts = random.integers(0, max(1, len(truth) * 4 // 5), len(truth))
    return Day(unit(vectors), pl.Series("account", [f"a{n}" for n in accounts]), truth)


def base_of(of: Day, per_cluster: int = 75) -> Clusters:
    return fit_base_clusters(
        of.vectors,
        of.accounts,
        accounts_per_cluster=per_cluster * 2 // 3,
        conversations_per_cluster=per_cluster,
    )


def everyone(accounts: pl.Series) -> pl.DataFrame:
    """Members none of whom copies another."""
    return pl.DataFrame({"account": accounts, "source": accounts})


def topics_of(
    of: Day, previous: pl.DataFrame | None, period: str, top_topics: int = 8
) -> tuple[TopicFit, pl.DataFrame]:
    """A day's fit and its table, named by topic id so that names play no part."""
    fitness = leaf_fitness(everyone(of.accounts), Thresholds())
    leaves = fit_leaf_level(of.vectors, base_of(of), previous, fitness, of.accounts, period=period)
    sizes = level_sizes(len(leaves.ids), top_topics, None, previous)
    fit = group_by_distance(leaves, of.vectors, previous, sizes, period=period)
    return fit, topic_table(fit, of.accounts, {}, previous, 1)


def topic_of_blob(fit: TopicFit, of: Day) -> dict[int, str]:
    """Blob -> the leaf that holds most of it."""
    return {
        blob: fit.leaves.ids[int(np.bincount(fit.leaves.labels[of.truth == blob]).argmax())]
        for blob in np.unique(of.truth).tolist()
    }
