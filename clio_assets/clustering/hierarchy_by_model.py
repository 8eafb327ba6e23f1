"""Parents proposed by a model from the names of their children, kept from period to period.

Clio's way (arXiv 2412.13678, appendix on the hierarchizer), for one level after the other: k-means
over the embedded names and summaries makes neighbourhoods, each is asked for parents, these are
de-duplicated across neighbourhoods, and each topic is put under one of them. The parents are named
from their children afterwards (`naming/by_model.py`); how many there are is as without a model
(`level_sizes`).

From the second period on parents last: a continuing topic stays where it is without a call, a new
one is put under a parent that is there. Parents are proposed anew when the topics outgrow them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.clustering.hierarchy import carried_parents, group_topics
from clio_assets.clustering.parent_questions import (
    FEWER,
    Child,
    Embed,
    Hierarchist,
    HierarchyCounts,
    distinct,
    folded,
)
from clio_assets.clustering.partition import squared_distances
from clio_assets.clustering.tree import Level
from clio_assets.models.calls import Ask
from clio_assets.models.settings import StageModel

Groups = NDArray[np.int64]


@dataclass(frozen=True)
class Grouping:
    """Each topic's parent (k,), -1 where it has none on this level, and what that took.

    Where the parents are `carried_on`, their numbers are those of `carried_parents`.
    """

    parent_of: Groups
    counts: HierarchyCounts
    carried_on: bool = False


def group_by_model(
    roots: Level,
    names: Mapping[str, tuple[str, str]],
    previous: pl.DataFrame | None,
    *,
    level: int,
    wanted: int,
    most: int,
    ask: Ask,
    embed: Embed,
    model: StageModel,
    seed: int,
) -> Grouping:
    """Group topics under about `wanted` parents by their `names` (topic_id -> name, summary).

    `level` is that of the parents, of which there are `most` at most. Topics that are not in
    `names` are shown to nobody and follow their nearest neighbour that is. A parent of one topic
    is no parent. Calls: one for each new topic, and on a cold start one more for every
    neighbourhood and one to de-duplicate.
    """
    asked = Hierarchist(ask, embed, model, seed)
    children = _children(roots, names, embed)
    carried = carried_parents(roots, previous, level)
    if previous is not None and not _outgrown(carried, previous, level, wanted, most):
        groups = _carried_on(roots, children, carried, previous.filter(level=level), asked)
        return Grouping(_without_single(groups), asked.counts, carried_on=True)
    proposed = _proposed(roots, children, wanted, most, asked)
    if proposed is not None:
        return Grouping(proposed, asked.counts)
    asked.counts.by_distance = True
    sizes = np.bincount(roots.labels[roots.labels >= 0], minlength=len(roots.ids))
    return Grouping(group_topics(roots.centroids, sizes, wanted, carried), asked.counts)


def _children(roots: Level, names: Mapping[str, tuple[str, str]], embed: Embed) -> dict[int, Child]:
    """Row of a topic -> the topic as a model knows it."""
    rows = [row for row, topic in enumerate(roots.ids) if topic in names]
    texts = [". ".join(filter(None, names[roots.ids[row]])) for row in rows]
    vectors = embed(texts) if texts else ()
    return {
        row: Child(roots.ids[row], names[roots.ids[row]][0], text, vector)
        for row, text, vector in zip(rows, texts, vectors, strict=True)
    }


def _outgrown(carried: Groups, previous: pl.DataFrame, level: int, wanted: int, most: int) -> bool:
    """True where the parents that are left cannot hold this period's topics.

    Half as many as wanted is what the proposal may have made of it, and no reason to make another
    every period: only when the topics are so many more that more parents are wanted than before.
    """
    parents = len(np.unique(carried[carried >= 0]))
    below = previous.filter(pl.col("level") < level)
    roots = below.filter(~pl.col("parent_id").is_in(below["topic_id"].implode()).fill_null(False))
    before = round(wanted * len(roots) / len(carried))
    few = parents < FEWER * wanted and wanted > before
    return parents < 2 or parents > most or few


def _proposed(
    roots: Level, children: dict[int, Child], wanted: int, most: int, asked: Hierarchist
) -> Groups | None:
    """Groups made afresh, None where too little is named or proposed to make two of them."""
    wanted = min(wanted, len(children) // 2)
    if wanted < 2:
        return None
    named = list(children.values())
    options = asked.propose(named, wanted, most)
    if len(options) < 2:
        return None
    groups = np.full(len(roots.ids), -1, dtype=np.int64)
    groups[list(children)] = asked.assign(named, options)
    settled = np.isin(np.arange(len(groups)), list(children))
    groups = _without_single(_follow(roots, groups, settled))
    return groups if len(np.unique(groups[groups >= 0])) > 1 else None


def _carried_on(
    roots: Level,
    children: dict[int, Child],
    carried: Groups,
    parents: pl.DataFrame,
    asked: Hierarchist,
) -> Groups:
    """The groups under the `parents` that were, with the new topics among them."""
    continues = np.array(roots.status) == "continuing"
    asked.counts.carried += int(continues.sum())
    titles = parents["name"].to_list()
    present = [row for row in np.unique(carried[carried >= 0]).tolist() if titles[row]]
    options = distinct([titles[row] for row in present])
    row_of = {folded(titles[row]): row for row in present}
    new = [row for row in children if not continues[row]] if len(options) > 1 else []
    groups = carried.copy()
    chosen = asked.assign([children[row] for row in new], options)
    groups[new] = [row_of[folded(options[choice])] for choice in chosen]
    settled = continues.copy()
    settled[new] = True
    return _follow(roots, groups, settled)


def _follow(roots: Level, groups: Groups, settled: NDArray[np.bool_]) -> Groups:
    """Put the topics that are not settled where the nearest settled one with a parent is."""
    anchors = np.flatnonzero(settled & (groups >= 0))
    loose = np.flatnonzero(~settled)
    if len(anchors) and len(loose):
        away = squared_distances(roots.centroids[loose], roots.centroids[anchors])
        groups[loose] = groups[anchors[away.argmin(1)]]
    return groups


def _without_single(groups: Groups) -> Groups:
    counts = np.bincount(groups[groups >= 0], minlength=1)
    return np.where((groups >= 0) & (counts[groups] > 1), groups, -1)
