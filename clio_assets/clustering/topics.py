"""Topics of one period: leaves and parents with identities that last, not yet named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.clustering.base_clusters import Clusters, Vectors, means, rows_by_label
from clio_assets.clustering.hierarchy import choose_parents, group_leaves
from clio_assets.clustering.identity import match_topics, new_topic_id
from clio_assets.clustering.merging import Judge, merge_small
from clio_assets.clustering.positions import place_topics
from clio_assets.clustering.warm_start import fit_leaves
from clio_assets.config import ConfigError
from clio_assets.storage.duckfile import Schema


def topics_schema(dimension: int) -> Schema:
    """Grain: a topic of one period, at any level; private."""
    return {
        "topic_id": pl.String(),
        "level": pl.Int32(),
        "parent_id": pl.String(),
        "name": pl.String(),
        "summary": pl.String(),
        "conversations": pl.Int64(),
        "accounts": pl.Int64(),
        "centroid": pl.Array(pl.Float32, dimension),
        "x": pl.Float64(),
        "y": pl.Float64(),
        "status": pl.String(),
        "first_period": pl.String(),
    }


TOPIC_MEMBERS: Schema = {
    "conversation_id": pl.String(),
    "account": pl.String(),
    "source": pl.String(),
    "topic_id": pl.String(),
}
"""Grain: a conversation, the account it counts for (G-06) and the leaf it belongs to; private."""


@dataclass(frozen=True)
class Level:
    """One level of the hierarchy: ids (k,), centroids (k, d), row labels (n,), -1 outside."""

    ids: list[str]
    centroids: Vectors
    labels: NDArray[np.int64]
    status: list[str]
    first_periods: list[str]
    previous_rows: NDArray[np.int64]


@dataclass(frozen=True)
class TopicFit:
    """Leaves, parents, and each leaf's parent (k,), -1 where it stands at the top."""

    leaves: Level
    parents: Level
    parent_of: NDArray[np.int64]


def group_by_distance(
    leaves: Level,
    vectors: Vectors,
    previous: pl.DataFrame | None,
    *,
    period: str,
    top_topics: int,
    seed: int,
) -> TopicFit:
    """Leaves that lie close together share a parent."""
    parent_of = group_leaves(
        leaves.centroids,
        np.bincount(leaves.labels, minlength=len(leaves.ids)),
        choose_parents(len(leaves.ids), top_topics),
        carried_parents(leaves, previous),
    )
    return add_parents(leaves, parent_of, vectors, previous, period=period, seed=seed)


def fit_leaf_level(
    vectors: Vectors,
    base: Clusters,
    previous: pl.DataFrame | None,
    fitness: Judge,
    *,
    period: str,
    seed: int,
) -> Level:
    """Turn one period's base clusters into leaves that carry on `previous`, under no parents yet.

    `previous` is the last period's topics (`topics_schema`), or None for a cold start; `fitness`
    judges the rows of a candidate leaf (see `merge_small`).

    Raises:
        ConfigError: `previous` was made with vectors of another dimension.
    """
    before = _of_level(previous, 0)
    carried = _centroids(before, vectors.shape[1])
    # Only what could stand alone competes for a place, or every period would split what it merges.
    candidates = merge_small(vectors, base, fitness)
    leaves = merge_small(vectors, fit_leaves(vectors, candidates, carried), fitness)
    return _identify(leaves.labels, leaves.centroids, before, period, 0, seed)


def carried_parents(leaves: Level, previous: pl.DataFrame | None) -> NDArray[np.int64]:
    """Return the parent each of k leaves had: its row among the previous period's parents, or -1.

    -1 stands for a leaf that is new as well as for one that had no parent.
    """
    before, parents = _of_level(previous, 0), _of_level(previous, 1)
    number = {topic: n for n, topic in enumerate(parents["topic_id"])}
    had = [number.get(parent, -1) for parent in before["parent_id"]]
    return np.array([had[row] if row >= 0 else -1 for row in leaves.previous_rows], dtype=np.int64)


def add_parents(
    leaves: Level,
    parent_of: NDArray[np.int64],
    vectors: Vectors,
    previous: pl.DataFrame | None,
    *,
    period: str,
    seed: int,
    carried_on: bool = False,
) -> TopicFit:
    """Make parents of any grouping (k,) of the leaves.

    Where all groups are `carried_on`, their numbers are those of `carried_parents` and say which
    parent each continues; else that is told by distance.
    """
    before = _of_level(previous, 1)
    known = np.unique(parent_of[parent_of >= 0]) if carried_on else None
    labels = _compact(parent_of[leaves.labels]) if len(vectors) else leaves.labels
    parent_of = _compact(parent_of)
    inside = labels >= 0
    centroids = means(vectors[inside], labels[inside], int(parent_of.max(initial=-1)) + 1)
    parents = _identify(labels, centroids, before, period, 1, seed, known)
    return TopicFit(leaves, parents, parent_of)


def topic_table(
    fit: TopicFit,
    accounts: pl.Series,
    names: dict[str, tuple[str, str]],
    previous: pl.DataFrame | None,
    seed: int,
) -> pl.DataFrame:
    """Lay a fit out as the private `topics` table; `names` maps id to (name, summary)."""
    levels = [fit.leaves, fit.parents]
    centroids = np.vstack([level.centroids for level in levels])
    where = {
        row["topic_id"]: (row["x"], row["y"])
        for row in (previous.iter_rows(named=True) if previous is not None else ())
    }
    ids = [topic for level in levels for topic in level.ids]
    start = np.array([where.get(topic, (np.nan, np.nan)) for topic in ids]).reshape(-1, 2)
    leaf_count = len(fit.leaves.ids)
    places = place_topics(centroids[:leaf_count], start[:leaf_count], seed)
    rows = []
    for depth, level in enumerate(levels):
        sizes = _sizes(level, accounts)
        held = rows_by_label(fit.parent_of, len(fit.parents.ids)) if depth else None
        for i, topic in enumerate(level.ids):
            children = [i] if held is None else held[i]
            parent = int(fit.parent_of[i]) if depth == 0 else -1
            name, summary = names.get(topic, ("", ""))
            x, y = places[children].mean(0).round(3)
            conversations, people = sizes[i]
            rows.append(
                {
                    "topic_id": topic,
                    "level": depth,
                    "parent_id": fit.parents.ids[parent] if parent >= 0 else None,
                    "name": name,
                    "summary": summary,
                    "conversations": conversations,
                    "accounts": people,
                    "centroid": level.centroids[i],
                    "x": float(x),
                    "y": float(y),
                    "status": level.status[i],
                    "first_period": level.first_periods[i],
                }
            )
    return pl.DataFrame(rows, schema=topics_schema(centroids.shape[1]))


def _sizes(level: Level, accounts: pl.Series) -> dict[int, tuple[int, int]]:
    """Conversations and accounts of each topic of a level, by its number."""
    members = pl.DataFrame({"topic": level.labels, "account": accounts})
    counted = members.group_by("topic").agg(pl.len(), pl.col("account").n_unique())
    return {topic: (rows, people) for topic, rows, people in counted.iter_rows()}


def _identify(
    labels: NDArray[np.int64],
    centroids: Vectors,
    before: pl.DataFrame,
    period: str,
    level: int,
    seed: int,
    known: NDArray[np.int64] | None = None,
) -> Level:
    earlier = before.select("topic_id", "first_period").rows()
    carried = _centroids(before, centroids.shape[1])
    matched = match_topics(centroids, carried) if known is None else known
    born = {i: n for n, i in enumerate(np.flatnonzero(matched < 0).tolist())}
    ids, status, first = [], [], []
    for i, row in enumerate(matched.tolist()):
        if row >= 0:
            topic, since = earlier[row]
        else:
            topic, since = new_topic_id(period, level, born[i], seed), period
        ids.append(topic)
        first.append(since)
        status.append("continuing" if row >= 0 else "new")
    return Level(ids, centroids, labels, status, first, matched)


def _of_level(topics: pl.DataFrame | None, level: int) -> pl.DataFrame:
    if topics is None:
        return pl.DataFrame(schema=topics_schema(1))
    return topics.filter(pl.col("level") == level)


def _centroids(topics: pl.DataFrame, dimension: int) -> Vectors:
    if not len(topics):
        return np.zeros((0, dimension), dtype=np.float32)
    centroids: Vectors = topics["centroid"].to_numpy().astype(np.float32)
    if centroids.shape[1] != dimension:
        raise ConfigError(
            f"The previous period's topics have {centroids.shape[1]} dimensions and this period's "
            f"vectors {dimension}: the embedding model has changed. Set `topics.cold_start: true` "
            "to begin anew, or go back to that model."
        )
    return centroids


def _compact(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber labels 0.. in their order, leaving -1 alone."""
    present = np.unique(labels[labels >= 0])
    return np.where(labels >= 0, np.searchsorted(present, labels), -1).astype(np.int64)
