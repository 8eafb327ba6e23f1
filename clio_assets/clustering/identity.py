"""Identity: which of this period's topics are the previous period's."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.clustering.partition import Vectors
from clio_assets.clustering.tree import Level
from clio_assets.config import ConfigError

SAME_WITHIN = 0.6
"""A topic continues when it moved less than this share of the usual distance between neighbours.
Relative, because a narrow domain's topics lie closer together than a broad one's."""

SAME_SUBJECT_WITHIN = 0.5
"""Nearer than that it may keep its name too. From day to day topics of one subject move a sixth of
that distance and .23 at most (the demo), in narrow domains a quarter and .41 (`banking77`): one
that moves more is on its way elsewhere, even if many still say the old words."""


def identify(
    labels: NDArray[np.int64],
    centroids: Vectors,
    previous: pl.DataFrame | None,
    level: int,
    *,
    period: str,
    known: NDArray[np.int64] | None = None,
) -> Level:
    """Give the topics of a level, with their row labels (n,) and centroids (k, d), their ids.

    `known` (k,) says which row of the previous period's level each continues, -1 for none; else
    that is told by distance (`match_topics`).

    Raises:
        ConfigError: as `centroids_of`.
    """
    earlier: list[tuple[str, str]] = []
    if previous is not None:
        earlier = previous.filter(level=level).select("topic_id", "first_period").rows()
    carried = centroids_of(previous, level, centroids.shape[1])
    matched = match_topics(centroids, carried) if known is None else known
    born = {i: n for n, i in enumerate(np.flatnonzero(matched < 0).tolist())}
    found = [
        earlier[row] if row >= 0 else (new_topic_id(period, level, born[i]), period)
        for i, row in enumerate(matched.tolist())
    ]
    return Level(
        [topic for topic, _ in found],
        centroids,
        labels,
        ["continuing" if row >= 0 else "new" for row in matched.tolist()],
        [since for _, since in found],
    )


def centroids_of(topics: pl.DataFrame | None, level: int, dimension: int) -> Vectors:
    """Return the (k, d) centroids of one level of a period's topics, none of None.

    Raises:
        ConfigError: they have another dimension.
    """
    found = None if topics is None else topics.filter(level=level)["centroid"]
    if found is None or not len(found):
        return np.zeros((0, dimension), dtype=np.float32)
    centroids: Vectors = found.to_numpy().astype(np.float32)
    if centroids.shape[1] != dimension:
        raise ConfigError(
            f"The previous period's topics have {centroids.shape[1]} dimensions and this period's "
            f"vectors {dimension}: the embedding model has changed. Set `topics.cold_start: true` "
            "to begin anew, or go back to that model."
        )
    return centroids


def same_subject(leaves: Level, previous: pl.DataFrame | None) -> list[str]:
    """The leaves that lie where they lay in the previous period's table.

    A parent lies where its leaves do, and moves with each that comes or goes.
    """
    if previous is None:
        return []
    before = previous.filter(level=0)["topic_id"].to_list()
    centroids = centroids_of(previous, 0, leaves.centroids.shape[1])
    limit = SAME_SUBJECT_WITHIN * neighbour_distance(centroids)
    places = dict(zip(leaves.ids, leaves.centroids, strict=True))
    return [
        topic
        for topic, place in zip(before, centroids, strict=True)
        if topic in places and np.linalg.norm(places[topic] - place) <= limit
    ]


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


def new_topic_id(period: str, level: int, ordinal: int) -> str:
    """Return an id for a topic born in `period`: the same on every re-run, telling nothing."""
    text = f"{period}/{level}/{ordinal}"
    return "t" + hashlib.sha256(text.encode()).hexdigest()[:9]
