"""Do topics stay the same under another seed, with other accounts, and on the next day?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.evaluation.agreement import Codes, matched_share
from benchmarks.evaluation.labelled_sets import LabelledSet
from benchmarks.evaluation.platform_topics import PlatformTopics, topics_of
from clio_assets.clustering.identity import centroids_of
from clio_assets.clustering.partition import nearest

SEEDS = (1, 2, 3, 4, 5)
DRAWN = 0.9

Json = dict[str, Any]


def seeds(of: LabelledSet, base: PlatformTopics) -> Json:
    """Share of conversations in the same topic under another row order, at leaves and top.

    Nothing in the fit is drawn, so a seed can only move the rows. Beside it plain k-means with as
    many clusters, whose seed places its first centroids.
    """
    found: dict[str, list[float]] = {"leaf": [], "top": [], "kmeans_leaf": [], "kmeans_top": []}
    top = len(base.fit.levels) - 1
    numbers = [len(base.fit.leaves.ids), len(np.unique(base.level(top)))]
    plain: list[list[Codes]] = []
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(len(of.rows))
        moved = LabelledSet(of.name, of.rows[order.tolist()], of.vectors[order])
        again = topics_of(moved)
        found["leaf"].append(matched_share(base.leaves[order], again.leaves))
        found["top"].append(
            matched_share(base.level(top)[order], again.level(len(again.fit.levels) - 1))
        )
        plain.append([_k_means(of.vectors, k, seed) for k in numbers])
    for one, other in pairwise(plain):
        found["kmeans_leaf"].append(matched_share(one[0], other[0]))
        found["kmeans_top"].append(matched_share(one[1], other[1]))
    return {name: round(float(np.mean(values)), 4) for name, values in found.items()}


def accounts(of: LabelledSet) -> Json:
    """The same between fits of 90 % of the accounts each, over the conversations in both."""
    everybody = of.rows["account"].unique().sort()
    fits = []
    for seed in SEEDS:
        drawn = everybody.sample(fraction=DRAWN, seed=seed)
        keep = of.rows["account"].is_in(drawn.implode()).to_numpy()
        fits.append((keep, topics_of(of.where(keep))))
    leaf, top = [], []
    for (one, first), (other, second) in pairwise(fits):
        both = one & other
        pair = [(first, both[one]), (second, both[other])]
        leaf.append(matched_share(*(fit.leaves[rows] for fit, rows in pair)))
        top.append(matched_share(*(fit.level(len(fit.fit.levels) - 1)[rows] for fit, rows in pair)))
    return {"leaf": round(float(np.mean(leaf)), 4), "top": round(float(np.mean(top)), 4)}


def days(of: LabelledSet) -> Json:
    """Share of a day's conversations whose topic is that of the day before's nearest centroid."""
    shares, leaves, cold, renamed, born = [], [], [], [], 0
    for day, today, before in periods(of):
        leaves.append(len(today.fit.leaves.ids))
        cold.append(len(topics_of(today.of, None, day).fit.leaves.ids))
        if before is None:
            continue
        shares.append(stayed(today, before))
        born += today.fit.leaves.status.count("new")
        renamed += names_changed(today, before)
    return {
        "days": round(float(np.mean(shares)), 4),
        "days_worst": round(min(shares), 4),
        "topics_a_day": round(float(np.mean(leaves)), 2),
        "topics_of_cold_fits": round(float(np.mean(cold)), 2),
        "born": born,
        "renamed": round(float(np.mean(renamed)), 4) if renamed else None,
    }


def periods(of: LabelledSet) -> Iterator[tuple[str, PlatformTopics, pl.DataFrame | None]]:
    """Form the topics of one day after the other: (day, its topics, the day before's table)."""
    before = None
    texts: dict[str, pl.DataFrame] = {}
    for day in of.rows["day"].unique().sort():
        today = topics_of(of.where((of.rows["day"] == day).to_numpy()), before, day, texts)
        yield day, today, before
        before = today.table()
        texts[day] = today.texts


def names_changed(today: PlatformTopics, before: pl.DataFrame) -> list[bool]:
    """Of each continuing topic that had a name, whether it has another."""
    had = dict(before.filter(pl.col("name") != "").select("topic_id", "name").iter_rows())
    every = [topic for level in today.fit.levels for topic in level.ids]
    return [today.names.get(t, ("",))[0] != had[t] for t in every if t in had]


def nearest_topic(vectors: NDArray[np.float32], table: pl.DataFrame) -> NDArray[np.str_]:
    """The leaf of a period's table (n,) to whose centroid each vector is nearest."""
    places = centroids_of(table, 0, vectors.shape[1])
    return np.array(table.filter(level=0)["topic_id"].to_list())[nearest(vectors, places)]


def stayed(today: PlatformTopics, before: pl.DataFrame) -> float:
    """Share of the day's conversations whose leaf is that of the day before's nearest centroid."""
    topic = np.array(today.fit.leaves.ids)[today.leaves]
    return float((topic == nearest_topic(today.of.vectors, before)).mean())


def _k_means(vectors: NDArray[np.float32], k: int, seed: int) -> Codes:
    from sklearn.cluster import KMeans

    labels: Codes = KMeans(k, n_init=1, random_state=seed).fit_predict(vectors).astype(np.int64)
    return labels
