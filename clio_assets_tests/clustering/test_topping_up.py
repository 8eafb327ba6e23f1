"""Leaves a little short of the gate take from neighbours that can spare some."""

from __future__ import annotations

import numpy as np
import pytest

from clio_assets.clustering.merging import Fitness
from clio_assets.clustering.partition import Clusters, summarise
from clio_assets.clustering.topping_up import top_up
from clio_assets_tests.clustering.blobs import centres, day

LEAST = 50


def leaves_of(sizes: list[int], seed: int = 1) -> tuple[np.ndarray, Clusters]:
    of = day(centres(len(sizes)), sizes, seed=seed, noise=0.3)
    return of.vectors, summarise(of.vectors, of.truth)


def large_enough(rows: np.ndarray) -> Fitness:
    return "fit" if len(rows) >= LEAST else "small"


def everyone(leaves: Clusters) -> np.ndarray:
    """Nobody copies another."""
    return np.arange(len(leaves.labels))


def test_a_campaign_is_not_topped_up_however_many_accounts_it_has() -> None:
    vectors, leaves = leaves_of([90, 80, 45])
    people = everyone(leaves)
    people[leaves.labels == 2] = -1
    assert np.array_equal(top_up(vectors, leaves, large_enough, people).labels, leaves.labels)


def test_a_leaf_short_of_a_few_takes_the_nearest_and_all_are_fit() -> None:
    vectors, leaves = leaves_of([90, 80, 45])
    found = top_up(vectors, leaves, large_enough, everyone(leaves))
    assert found.sizes.tolist()[2] == LEAST
    assert found.sizes.sum() == len(vectors)
    moved = np.flatnonzero(found.labels != leaves.labels)
    assert len(moved) == 5
    assert (found.labels[moved] == 2).all()
    # Nobody who stayed was a better choice than those who went.
    margin = ((vectors - leaves.centroids[2]) ** 2).sum(1) - (
        (vectors - leaves.centroids[leaves.labels]) ** 2
    ).sum(1)
    stayed = np.setdiff1d(np.flatnonzero(leaves.labels != 2), moved)
    assert margin[moved].max() <= margin[stayed].min()


def test_a_leaf_short_of_many_stays_as_it_is() -> None:
    vectors, leaves = leaves_of([90, 80, 25])
    assert np.array_equal(
        top_up(vectors, leaves, large_enough, everyone(leaves)).labels, leaves.labels
    )


def test_nobody_gives_what_it_needs_itself() -> None:
    vectors, leaves = leaves_of([52, 51, 45])
    found = top_up(vectors, leaves, large_enough, everyone(leaves))
    assert min(found.sizes.tolist()[:2]) >= LEAST


def test_a_dominated_leaf_neither_gives_nor_takes() -> None:
    vectors, leaves = leaves_of([90, 80, 45])

    def fitness(rows: np.ndarray) -> Fitness:
        if np.isin(rows, np.flatnonzero(leaves.labels == 0)).mean() > 0.5:
            return "dominated"
        return large_enough(rows)

    found = top_up(vectors, leaves, fitness, everyone(leaves))
    assert np.array_equal(found.labels == 0, leaves.labels == 0)


@pytest.mark.parametrize("sizes", [[10], [40, 45], [60, 60]])
def test_where_nothing_can_be_done_nothing_is(sizes: list[int]) -> None:
    vectors, leaves = leaves_of(sizes)
    assert np.array_equal(
        top_up(vectors, leaves, large_enough, everyone(leaves)).labels, leaves.labels
    )
