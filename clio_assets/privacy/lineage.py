"""Lineage: where a topic's conversations come from, told like any other figure about people.

"Sixty of this topic's conversations would have been in that topic of the period before" divides a
topic as its languages do. So it is one more facet, `CAME_FROM`: the gate's rules on cells hold for
it as they are, and so do the checks that count them again
(docs/decisions/0014-lineage-is-a-facet.md).
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from clio_assets.privacy.complementary import passes
from clio_assets.privacy.facts import account_counts, concentration
from clio_assets.privacy.sensitive import sensitive_topics
from clio_assets.privacy.thresholds import CellThresholds

CAME_FROM = "came_from"
"""The facet; its values are ids of leaves that the previous release names."""


def in_groups(members: pl.DataFrame, thresholds: CellThresholds) -> pl.Series:
    """Return where each of `members` comes from, in groups that the gate can tell of or not at all.

    members: conversation_id, account, topic_id, came_from. Nearly every topic has a few from its
    neighbours, and beside them its other figures would have to be hidden (`complementary`). What of
    a topic is too little for the rule on cells is put with what comes from nowhere, or where the
    two are too little together, with the largest that is told.
    """
    good = _groups(members, thresholds).filter("good").drop_nulls(CAME_FROM)
    largest = good.sort("conversations", CAME_FROM, descending=[True, False]).select(
        "topic_id", pl.col(CAME_FROM).first().over("topic_id").alias("largest")
    )
    pair = ["topic_id", CAME_FROM]
    told = members.with_columns(
        pl.when(pl.struct(pair).is_in(good.select(pl.struct(pair)).to_series().implode())).then(
            CAME_FROM
        )
    )
    rest = _groups(told, thresholds).filter(~pl.col("good"), pl.col(CAME_FROM).is_null())
    instead = rest.select("topic_id").join(largest.unique(), on="topic_id")
    filled = told.join(instead, on="topic_id", how="left", maintain_order="left")
    return filled.select(pl.coalesce(CAME_FROM, "largest").alias(CAME_FROM)).to_series()


def _groups(members: pl.DataFrame, thresholds: CellThresholds) -> pl.DataFrame:
    by = ["topic_id", CAME_FROM]
    groups = account_counts(members, by).group_by(by).agg(concentration())
    return groups.with_columns(good=passes(thresholds))


def told_origins(previous: pl.DataFrame) -> set[str]:
    """Return the ids of the topics that may be told of as where others come from.

    previous: the topics of the release before (topic_id, level, name, summary). Leaves that stand
    in it, so that no id of a withheld topic is told; not the sensitive ones, because a cell asks
    for fewer accounts than a sensitive topic does (G-15).
    """
    leaves = previous.filter(level=0)
    try:
        return set(leaves["topic_id"].drop_nulls()) - sensitive_topics(leaves)
    except Exception:  # G-18: what could not be looked at is held to be
        return set()


def lineage(
    members: pl.DataFrame, topics: Collection[str], origins: Collection[str]
) -> pl.DataFrame:
    """Return the facet's rows (conversation_id, facet, value).

    Null where it is none of `origins`, and beside the leaves among `topics`: what nobody may read
    of the others would only hide the same of these.
    """
    known = pl.col(CAME_FROM).is_in(sorted(origins)) & pl.col("topic_id").is_in(sorted(topics))
    return members.select(
        "conversation_id", facet=pl.lit(CAME_FROM), value=pl.when(known).then(CAME_FROM)
    )
