"""What became of the topics from one period to the next: continued, split, born, merged, died."""

from __future__ import annotations

import numpy as np
import polars as pl

from clio_assets.clustering.identity import centroids_of
from clio_assets.clustering.partition import Vectors, nearest
from clio_assets.clustering.tree import Level
from clio_assets.storage.duckfile import Schema

MOSTLY = 0.5
"""A topic comes from another, or went into it, with more than this share of its conversations."""

WITHIN = 0.95
"""A topic would have held what is no farther from its centroid than this share of what continuing
topics hold is from theirs: a new subject is nearest to some topic, and no part of it."""

TOPIC_EVENTS: Schema = {
    "event": pl.String(),
    "topic_id": pl.String(),
    "previous_topic_id": pl.String(),
    "conversations": pl.Int64(),
    "share": pl.Float64(),
}
"""Grain: an event of a leaf; private.

conversations: of this period, that the previous period's topics would have put in
`previous_topic_id` and that are in `topic_id`; where one of them is null, all of the other's.
share: of all that are in the topic, or for `merged` of all that would have been in the previous.
"""


def came_from(leaves: Level, vectors: Vectors, previous: pl.DataFrame | None) -> pl.Series:
    """Return (n,) the leaf of the previous period that would have held each row (n, d), or null.

    The one whose centroid is nearest, where the row is near enough to be a part of it.
    """
    before = [] if previous is None else previous.filter(level=0)["topic_id"].to_list()
    if previous is None or not before:
        return pl.repeat(None, len(vectors), dtype=pl.String, eager=True).alias("came_from")
    centroids = centroids_of(previous, 0, vectors.shape[1])
    would = nearest(vectors, centroids)
    away = np.linalg.norm(vectors - centroids[would], axis=1)
    same = np.array(before)[would] == np.array(leaves.ids)[leaves.labels]
    limit = np.quantile(away[same], WITHIN) if same.any() else np.inf
    return pl.Series("came_from", before).gather(would).set(pl.Series(away > limit), None)


def topic_events(leaves: Level, origins: pl.Series, previous: pl.DataFrame | None) -> pl.DataFrame:
    """Tell the events of a period's leaves, from what the rows of its labels (n,) `came_from`.

    continued: a leaf that is the previous period's too. split: a new one, mostly of conversations
    that another of the previous period's would have held. born: any other new one. merged: one of
    the previous period's is gone, and most of what it would have held is in one leaf. died: any
    other that is gone. Nothing is told of the first period.
    """
    before = [] if previous is None else previous.filter(level=0)["topic_id"].to_list()
    if not before:
        return pl.DataFrame(schema=TOPIC_EVENTS)
    row_of = {topic: row for row, topic in enumerate(before)}
    rows = origins.replace_strict(row_of, default=None, return_dtype=pl.Int64)
    flow = np.zeros((len(before), len(leaves.ids)), dtype=np.int64)
    np.add.at(flow, (rows.drop_nulls(), leaves.labels[rows.is_not_null()]), 1)
    sizes, outflow = np.bincount(leaves.labels, minlength=len(leaves.ids)), flow.sum(1)
    events: list[tuple[str, str | None, str | None, int, float]] = []
    for column, topic in enumerate(leaves.ids):
        held = int(sizes[column])
        main = int(flow[:, column].argmax())
        if topic in row_of:
            same = int(flow[row_of[topic], column])
            events.append(("continued", topic, topic, same, same / held))
        elif flow[main, column] > MOSTLY * held:
            moved = int(flow[main, column])
            events.append(("split", topic, before[main], moved, moved / held))
        else:
            events.append(("born", topic, None, held, 1.0))
    for row, topic in enumerate(before):
        if topic in leaves.ids:
            continue
        left, main = int(outflow[row]), int(flow[row].argmax())
        moved = int(flow[row, main])
        if moved > MOSTLY * left:
            events.append(("merged", leaves.ids[main], topic, moved, moved / left))
        else:
            events.append(("died", None, topic, left, 1.0))
    told = pl.DataFrame(events, schema=TOPIC_EVENTS, orient="row")
    return told.with_columns(pl.col("share").round(4))
