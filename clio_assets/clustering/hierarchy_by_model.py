"""Parents proposed by a model from the names of their leaves, kept from period to period.

Clio's way (arXiv 2412.13678, appendix on the hierarchizer), for one level: k-means over the
embedded names and summaries makes neighbourhoods, each is asked for parents, these are
de-duplicated across neighbourhoods, and each leaf is put under one of them. The parents are named
from their leaves afterwards (`naming/by_model.py`). Clio's level sizes are a geometric series from
the leaves to the top; with the whole period as the top, one level between has the square root of
the number of leaves, as without a model (`choose_parents`).

From the second period on parents last: a continuing leaf stays where it is without a call, a new
one is put under a parent that is there. Parents are proposed anew when the leaves outgrow them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.clustering.base_clusters import squared_distances
from clio_assets.clustering.hierarchy import choose_parents, group_leaves
from clio_assets.clustering.parent_questions import (
    FEWER,
    Child,
    Embed,
    Hierarchist,
    HierarchyCounts,
    distinct,
    folded,
)
from clio_assets.clustering.topics import Level, carried_parents
from clio_assets.models.calls import Ask
from clio_assets.models.settings import StageModel

Groups = NDArray[np.int64]


@dataclass(frozen=True)
class Grouping:
    """Each leaf's parent (k,), -1 where it stands at the top itself, and what that took.

    Where the parents are `carried_on`, their numbers are those of `carried_parents`.
    """

    parent_of: Groups
    counts: HierarchyCounts
    carried_on: bool = False


def group_by_model(
    leaves: Level,
    names: Mapping[str, tuple[str, str]],
    previous: pl.DataFrame | None,
    *,
    ask: Ask,
    embed: Embed,
    model: StageModel,
    top_topics: int,
    seed: int,
) -> Grouping:
    """Group leaves under parents by their `names` (topic_id -> name, summary).

    Leaves that are not in `names` are shown to nobody and follow their nearest neighbour that is.
    A parent of one leaf is no parent. Calls: one for each new leaf, and on a cold start one more
    for every neighbourhood and one to de-duplicate.
    """
    wanted = choose_parents(len(leaves.ids), top_topics)
    asked = Hierarchist(ask, embed, model, seed)
    if not wanted:
        return Grouping(np.full(len(leaves.ids), -1, dtype=np.int64), asked.counts)
    children = _children(leaves, names, embed)
    carried = carried_parents(leaves, previous)
    if previous is not None and not _outgrown(carried, previous, wanted, top_topics):
        groups = _carried_on(leaves, children, carried, previous, asked)
        return Grouping(_without_single(groups), asked.counts, carried_on=True)
    proposed = _proposed(leaves, children, wanted, top_topics, asked)
    if proposed is not None:
        return Grouping(proposed, asked.counts)
    asked.counts.by_distance = True
    sizes = np.bincount(leaves.labels, minlength=len(leaves.ids))
    return Grouping(group_leaves(leaves.centroids, sizes, wanted, carried), asked.counts)


def _children(
    leaves: Level, names: Mapping[str, tuple[str, str]], embed: Embed
) -> dict[int, Child]:
    """Row of a leaf -> the leaf as a model knows it."""
    rows = [row for row, topic in enumerate(leaves.ids) if topic in names]
    texts = [". ".join(filter(None, names[leaves.ids[row]])) for row in rows]
    vectors = embed(texts) if texts else ()
    return {
        row: Child(leaves.ids[row], names[leaves.ids[row]][0], text, vector)
        for row, text, vector in zip(rows, texts, vectors, strict=True)
    }


def _outgrown(carried: Groups, previous: pl.DataFrame, wanted: int, top_topics: int) -> bool:
    """True where the parents that are left cannot hold this period's leaves.

    Half as many as wanted is what the proposal may have made of it, and no reason to make another
    every period: only when the leaves are so many more that more parents are wanted than before.
    """
    parents = len(np.unique(carried[carried >= 0]))
    before = choose_parents(previous.filter(level=0).height, top_topics)
    few = parents < FEWER * wanted and wanted > before
    return parents < 2 or parents > top_topics or few


def _proposed(
    leaves: Level, children: dict[int, Child], wanted: int, top_topics: int, asked: Hierarchist
) -> Groups | None:
    """Groups made afresh, None where too little is named or proposed to make two of them."""
    wanted = min(wanted, len(children) // 2)
    if wanted < 2:
        return None
    named = list(children.values())
    options = asked.propose(named, wanted, top_topics)
    if len(options) < 2:
        return None
    groups = np.full(len(leaves.ids), -1, dtype=np.int64)
    groups[list(children)] = asked.assign(named, options)
    settled = np.isin(np.arange(len(groups)), list(children))
    groups = _without_single(_follow(leaves, groups, settled))
    return groups if len(np.unique(groups[groups >= 0])) > 1 else None


def _carried_on(
    leaves: Level,
    children: dict[int, Child],
    carried: Groups,
    previous: pl.DataFrame,
    asked: Hierarchist,
) -> Groups:
    """The groups that were, with the new leaves among them."""
    continues = leaves.previous_rows >= 0
    asked.counts.carried += int(continues.sum())
    titles = previous.filter(level=1)["name"].to_list()
    present = [row for row in np.unique(carried[carried >= 0]).tolist() if titles[row]]
    options = distinct([titles[row] for row in present])
    row_of = {folded(titles[row]): row for row in present}
    new = [row for row in children if not continues[row]] if len(options) > 1 else []
    groups = carried.copy()
    chosen = asked.assign([children[row] for row in new], options)
    groups[new] = [row_of[folded(options[choice])] for choice in chosen]
    settled = continues.copy()
    settled[new] = True
    return _follow(leaves, groups, settled)


def _follow(leaves: Level, groups: Groups, settled: NDArray[np.bool_]) -> Groups:
    """Put the leaves that are not settled where the nearest settled one with a parent is."""
    anchors = np.flatnonzero(settled & (groups >= 0))
    loose = np.flatnonzero(~settled)
    if len(anchors) and len(loose):
        away = squared_distances(leaves.centroids[loose], leaves.centroids[anchors])
        groups[loose] = groups[anchors[away.argmin(1)]]
    return groups


def _without_single(groups: Groups) -> Groups:
    counts = np.bincount(groups[groups >= 0], minlength=1)
    return np.where((groups >= 0) & (counts[groups] > 1), groups, -1)
