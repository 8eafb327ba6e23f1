"""Leaf topics: k-means started where the previous period ended.

Independent fits of two days agree on 53 to 77 % of conversations; fits started from the day
before on 90 to 95 % (docs/decisions/0001). But a warm start alone freezes the topics: a new subject
is spread over its neighbours for ever. So before fitting, the period's own base clusters, found
without looking back, compete with the carried centroids for the k places.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from clio_assets.clustering.partition import Clusters, Vectors, k_means, squared_distances

HYSTERESIS = 1.5
"""A base cluster takes a carried topic's place when it explains half as much again."""

WORTH = 0.7
"""What a candidate for a free place must explain, of what the least candidate does by itself. Of
clinc150's days 90 % of conversations keep their topic with it and 86 % without, where no birth is
planted; one that is planted explains several times as much (docs/evaluation.md)."""

SLACK = 1.15
"""Carried topics beyond the period's own number that may stay while they explain nearly as much as
the least of its base clusters: a few accounts fewer should not cost a topic its life."""

DISTANCES = 50_000_000
"""Distances that the competition holds in memory: of more, every so-many-th vector speaks."""


def fit_leaves(vectors: Vectors, base: Clusters, carried: Vectors | None) -> Clusters:
    """Cluster (n, d) vectors into about as many leaves as there are base clusters.

    Without carried centroids (m, d) the base clusters are the leaves, settled once more: those
    that were merged are nearest to some conversations of others.
    """
    if not len(base.centroids):
        return base
    if carried is None or not len(carried):
        return k_means(vectors, base.centroids)
    fewest = len(base.centroids)
    places = math.ceil(fewest * SLACK)
    every = math.ceil(len(vectors) * (fewest + len(carried)) / DISTANCES)
    return k_means(vectors, compete(vectors[::every], base.centroids, carried, places))


def compete(vectors: Vectors, candidates: Vectors, carried: Vectors, places: int) -> Vectors:
    """Choose at most `places` starting centroids among the carried ones and the candidates.

    Candidates are taken by how much they explain, the sum of squared distances they lower. While
    there are fewer than candidates, one needs `WORTH` of what the least of them explains by itself:
    held to the hysteresis too, the number of leaves could only fall. Beyond, and as long as all
    that are chosen explain nearly as much as that, it needs as much; else it must explain
    `HYSTERESIS` times what the weakest does, and takes its place.
    """
    pool = np.vstack([carried, candidates])
    distances = squared_distances(vectors, pool)
    least = float(_losses(distances, list(range(len(carried), len(pool)))).min())
    kept = least / HYSTERESIS
    chosen = _worth_a_place(distances, list(range(len(carried))), len(candidates), places, kept)
    waiting = list(range(len(carried), len(pool)))
    while waiting:
        nearest = distances[:, chosen].min(1)
        gains = np.maximum(nearest[:, None] - distances[:, waiting], 0).sum(0)
        best = int(np.argmax(gains))
        if len(chosen) < len(candidates):
            if gains[best] < WORTH * least:
                break
        else:
            losses = _losses(distances, [*chosen, waiting[best]])[:-1]
            weakest = int(np.argmin(losses))
            room = len(chosen) < places and losses[weakest] >= kept
            if gains[best] <= (least if room else HYSTERESIS * losses[weakest]):
                break
            if not room:
                chosen.pop(weakest)
        chosen.append(waiting.pop(best))
    return pool[_worth_a_place(distances, chosen, len(candidates), places, kept)]


def _worth_a_place(
    distances: NDArray[np.float32], chosen: list[int], own: int, places: int, least: float
) -> list[int]:
    """Drop the weakest of more than `places`, and beyond the period's `own` number those that
    explain less than `least`: a subject that has gone would split another's conversations."""
    kept = list(chosen)
    while len(kept) > own:
        losses = _losses(distances, kept)
        weakest = int(np.argmin(losses))
        if len(kept) <= places and losses[weakest] >= least:
            break
        kept.pop(weakest)
    return kept


def _losses(distances: NDArray[np.float32], chosen: list[int]) -> NDArray[np.float64]:
    """What the sum of squared distances rises by when each chosen centroid is dropped: (m,)."""
    if len(chosen) == 1:
        return np.array([np.inf])
    among = distances[:, chosen]
    order = np.argpartition(among, 1, axis=1)[:, :2]
    rows = np.arange(len(among))
    rises = among[rows, order[:, 1]] - among[rows, order[:, 0]]
    summed = np.bincount(order[:, 0], rises, minlength=len(chosen))
    return summed.astype(np.float64)
