"""The levels above the leaves: how many, how wide, and whose child each topic is.

Built from the leaves up: the topics of a level that have no parent yet are grouped under the next
one's. Parents are kept from period to period.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.clustering.identity import distances_between, identify
from clio_assets.clustering.partition import Vectors, means, repeatable
from clio_assets.clustering.tree import Level, TopicFit
from clio_assets.clustering.ward import ward_tree

FEWEST_LEAVES = 6
"""Under six leaves a second level says nothing that the leaves do not."""

WIDEST = 8
"""Children of a parent on average; where there would be more, a level is put between."""

LASTS_FROM, LASTS_TO = 2.5, 12
"""Children of a parent on average between which a tree keeps its depth from period to period: a
level that comes and goes with a few leaves takes the identity of the whole top with it."""

DRIFT = 1.25
"""Carried parents are given up when their scatter is this many times that of a fresh tree."""

COMPONENTS = 30
"""Principal components in which topics are grouped: on clinc150, ten parents of 225 leaves hold
their domains better with 30 (.63) than with ten (.58), twenty (.62) or all (.60), and 25 parents as
well (.78 against .76, .76 and .76; docs/evaluation.md)."""

LEEWAY = 0.15
"""So much of their number the carried parents may differ from what is wanted."""


def level_sizes(
    leaves: int, most: int, levels: int | None = None, previous: pl.DataFrame | None = None
) -> list[int]:
    """Return the number of topics wanted on each level above the leaves, from the lowest up.

    The top has the square root of the leaves, at most `most`; between it and the leaves the sizes
    are a geometric series (Clio, arXiv 2412.13678, appendix: a ratio of (top/leaves)^(1/(L-1))).
    `levels` counts the leaves' own; None has as many as keep parents narrow, or as many as the
    `previous` topics where that is nearly so. None is wanted above fewer than six leaves.
    """
    top = min(most, round(math.sqrt(leaves)))
    if leaves < FEWEST_LEAVES or top < 2:
        return []
    steps = _steps(leaves / top, previous) if levels is None else levels - 1
    ratio = (top / leaves) ** (1 / max(1, steps))
    return [round(leaves * ratio**step) for step in range(1, steps + 1)]


def _steps(narrowing: float, previous: pl.DataFrame | None) -> int:
    """Levels above the leaves by which their number falls `narrowing` times."""
    before = 0 if previous is None or previous.is_empty() else int(previous["level"].max())  # type: ignore[arg-type]
    if before and LASTS_FROM <= narrowing ** (1 / before) <= LASTS_TO:
        return before
    return max(1, math.ceil(math.log(narrowing) / math.log(WIDEST)))


def group_by_distance(
    leaves: Level,
    vectors: Vectors,
    previous: pl.DataFrame | None,
    sizes: list[int],
    *,
    period: str,
) -> TopicFit:
    """Put topics that lie close together under one parent, `sizes` of them on each level."""
    fit = TopicFit([leaves], {})
    for wanted in sizes:
        roots = fit.roots()
        groups = group_topics(
            roots.centroids,
            np.bincount(roots.labels, minlength=len(roots.ids)),
            wanted,
            carried_parents(roots, previous, len(fit.levels)),
        )
        fit = add_parents(fit, groups, vectors, previous, period=period)
    return fit


def carried_parents(roots: Level, previous: pl.DataFrame | None, level: int) -> NDArray[np.int64]:
    """Return the parent each of k topics had: its row among the previous period's `level`, or -1.

    -1 stands for a topic that is new as well as for one that had no parent there.
    """
    if previous is None:
        return np.full(len(roots.ids), -1, dtype=np.int64)
    row = {topic: n for n, topic in enumerate(previous.filter(level=level)["topic_id"])}
    had = dict(previous.select("topic_id", "parent_id").iter_rows())
    return np.array([row.get(had.get(topic), -1) for topic in roots.ids], dtype=np.int64)


def add_parents(
    fit: TopicFit,
    groups: NDArray[np.int64],
    vectors: Vectors,
    previous: pl.DataFrame | None,
    *,
    period: str,
    carried_on: bool = False,
) -> TopicFit:
    """Add a level of parents by any grouping (k,) of the topics without one, -1 for none.

    Where all groups are `carried_on`, their numbers are those of `carried_parents` and say which
    parent each continues; else that is told by distance.
    """
    roots = fit.roots()
    present = np.unique(groups[groups >= 0])
    if not len(present):
        return fit
    of = np.where(groups >= 0, np.searchsorted(present, groups), -1)
    labels = of[roots.labels]
    inside = labels >= 0
    level = identify(
        labels,
        means(vectors[inside], labels[inside], len(present)),
        previous,
        len(fit.levels),
        period=period,
        known=present if carried_on else None,
    )
    above = {
        topic: level.ids[row] for topic, row in zip(roots.ids, of.tolist(), strict=True) if row >= 0
    }
    return TopicFit([*fit.levels, level], fit.parent_of | above)


def group_topics(
    centroids: Vectors, sizes: NDArray[np.int64], parents: int, carried: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Assign each of k topics to a parent; -1 for one that has none on this level.

    `carried` (k,) holds the parent each continuing topic had, -1 for the others. Carried parents
    stay, and topics without one join the nearest, as long as the whole scatters little more than
    a tree made afresh. A parent of one topic is no parent.
    """
    if not 0 < parents < len(centroids):
        return np.full(len(centroids), -1, dtype=np.int64)
    centroids = _directions(centroids, sizes)
    fresh = _settled(centroids, sizes, ward_tree(centroids, sizes).cut(parents))
    kept = _adopt(centroids, sizes, carried)
    keeps = (
        kept is not None
        and abs(len(np.unique(kept)) - parents) <= max(1, LEEWAY * parents)
        and _scatter(centroids, sizes, kept) <= DRIFT * _scatter(centroids, sizes, fresh)
    )
    groups = kept if keeps and kept is not None else fresh
    counts = np.bincount(groups)
    return np.where(counts[groups] > 1, groups, -1)


def _directions(centroids: Vectors, sizes: NDArray[np.int64]) -> Vectors:
    """Return (k, c) unit vectors: where each topic lies from the middle, without small detail."""
    with repeatable():
        away = centroids - np.average(centroids, axis=0, weights=sizes)
        weighted = away * np.sqrt(sizes / sizes.mean())[:, None]
        axes = np.linalg.svd(weighted, full_matrices=False)[2][:COMPONENTS]
        seen = away @ axes.T
        lengths = np.linalg.norm(seen, axis=1, keepdims=True)
    directions: Vectors = (seen / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return directions


def _settled(
    centroids: Vectors, sizes: NDArray[np.int64], groups: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Move topics to the nearest group's middle until none moves."""
    from sklearn.cluster import KMeans

    with repeatable():
        middles = _middles(centroids, sizes, groups)
        settled = KMeans(len(middles), init=middles, n_init=1)
        labels: NDArray[np.int64] = settled.fit(centroids, sample_weight=sizes).labels_
    return labels.astype(np.int64)


def _adopt(
    centroids: Vectors, sizes: NDArray[np.int64], carried: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    known = np.unique(carried[carried >= 0])
    if len(known) < 2:
        return None
    own = np.searchsorted(known, carried)
    anchors = _middles(centroids[carried >= 0], sizes[carried >= 0], own[carried >= 0])
    nearest = distances_between(centroids, anchors).argmin(1)
    return np.where(carried >= 0, own, nearest).astype(np.int64)


def _middles(centroids: Vectors, sizes: NDArray[np.int64], groups: NDArray[np.int64]) -> Vectors:
    """Return (g, d) size-weighted means of the groups 0..g-1."""
    held = [groups == group for group in range(groups.max() + 1)]
    middles = [np.average(centroids[mine], axis=0, weights=sizes[mine]) for mine in held]
    return np.stack(middles).astype(np.float32)


def _scatter(centroids: Vectors, sizes: NDArray[np.int64], groups: NDArray[np.int64]) -> float:
    """Size-weighted sum of squared distances of leaves to their parent's mean."""
    away = centroids - _middles(centroids, sizes, groups)[groups]
    return float(((away**2).sum(1) * sizes).sum())
