"""Topics of one period: leaves and parents with identities that last, not yet named."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from clio_assets.clustering.identity import centroids_of, identify
from clio_assets.clustering.merging import Judge, merge_small
from clio_assets.clustering.partition import Clusters, Vectors
from clio_assets.clustering.positions import place_topics
from clio_assets.clustering.topping_up import top_up
from clio_assets.clustering.tree import Level, TopicFit
from clio_assets.clustering.warm_start import fit_leaves
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
        "named_in": pl.String(),
    }


TOPIC_MEMBERS: Schema = {
    "conversation_id": pl.String(),
    "account": pl.String(),
    "source": pl.String(),
    "topic_id": pl.String(),
    "came_from": pl.String(),
}
"""Grain: a conversation, the account it counts for (G-06), the leaf it belongs to, and the leaf of
the previous period that would have held it, null for none (`events.came_from`); private."""


def fit_leaf_level(
    vectors: Vectors,
    base: Clusters,
    previous: pl.DataFrame | None,
    fitness: Judge,
    sources: pl.Series,
    *,
    period: str,
) -> Level:
    """Turn one period's base clusters into leaves that carry on `previous`, under no parents yet.

    `previous` is the last period's topics (`topics_schema`), or None for a cold start; `fitness`
    judges the rows of a candidate leaf (see `merge_small`), `sources` (n,) tells whom each row
    counts for (G-06).

    Raises:
        ConfigError: `previous` was made with vectors of another dimension.
    """
    carried = centroids_of(previous, 0, vectors.shape[1])
    # Only what could stand alone competes for a place, or every period would split what it merges.
    candidates = merge_small(vectors, base, fitness)
    settled = fit_leaves(vectors, candidates, carried)
    people = sources.fill_null("").rank("dense").to_numpy()
    leaves = merge_small(vectors, top_up(vectors, settled, fitness, people), fitness)
    return identify(leaves.labels, leaves.centroids, previous, 0, period=period)


def topic_table(
    fit: TopicFit,
    accounts: pl.Series,
    names: dict[str, tuple[str, str]],
    previous: pl.DataFrame | None,
    seed: int,
    named_in: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Lay a fit out as the private `topics` table.

    `names` maps id to (name, summary), `named_in` the id of a leaf to the period whose texts
    support its name in full (G-11).
    """
    where = (
        {}
        if previous is None
        else {t: (x, y) for t, x, y in previous.select("topic_id", "x", "y").iter_rows()}
    )
    start = np.array([where.get(leaf, (np.nan, np.nan)) for leaf in fit.leaves.ids]).reshape(-1, 2)
    placed = place_topics(fit.leaves.centroids, start, seed)
    places = dict(zip(fit.leaves.ids, placed, strict=True))
    under = fit.leaves_under
    rows = []
    for depth, level in enumerate(fit.levels):
        sizes = _sizes(level, accounts)
        for i, topic in enumerate(level.ids):
            name, summary = names.get(topic, ("", ""))
            x, y = np.mean([places[leaf] for leaf in under.get(topic, [topic])], axis=0).round(3)
            conversations, people = sizes[i]
            rows.append(
                {
                    "topic_id": topic,
                    "level": depth,
                    "parent_id": fit.parent_of.get(topic),
                    "name": name,
                    "summary": summary,
                    "conversations": conversations,
                    "accounts": people,
                    "centroid": level.centroids[i],
                    "x": float(x),
                    "y": float(y),
                    "status": level.status[i],
                    "first_period": level.first_periods[i],
                    "named_in": (named_in or {}).get(topic) if depth == 0 else None,
                }
            )
    return pl.DataFrame(rows, schema=topics_schema(fit.leaves.centroids.shape[1]))


def _sizes(level: Level, accounts: pl.Series) -> dict[int, tuple[int, int]]:
    """Conversations and accounts of each topic of a level, by its number."""
    members = pl.DataFrame({"topic": level.labels, "account": accounts})
    counted = members.group_by("topic").agg(pl.len(), pl.col("account").n_unique())
    return {topic: (rows, people) for topic, rows, people in counted.iter_rows()}
