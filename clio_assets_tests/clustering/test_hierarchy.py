"""The level above the leaves."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clio_assets.clustering.hierarchy import group_topics, level_sizes
from clio_assets_tests.clustering.blobs import centres

NONE = np.full(9, -1)


def three_families() -> np.ndarray:
    around = np.repeat(centres(3, 5), 3, axis=0)
    noise = np.random.default_rng(1).normal(scale=0.02, size=around.shape)
    return (around + noise).astype(np.float32)


SIZES = np.array([90, 80, 70, 60, 50, 40, 30, 20, 10])


def families(groups: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(groups == g).tolist()) for g in np.unique(groups[groups >= 0])}


TRUE = {frozenset({0, 1, 2}), frozenset({3, 4, 5}), frozenset({6, 7, 8})}


def test_the_top_has_the_root_of_the_leaves_and_no_more_than_the_setting() -> None:
    tops = [level_sizes(n, 8)[-1:] for n in (0, 1, 5, 6, 16, 49, 64, 400)]
    assert tops == [[], [], [], [2], [4], [7], [8], [8]]
    assert level_sizes(400, 3)[-1] == 3


def test_the_levels_between_are_a_geometric_series_that_keeps_parents_narrow() -> None:
    assert level_sizes(52, 10) == [7]
    assert level_sizes(200, 10) == [45, 10]
    assert level_sizes(13_000, 10) == [2_165, 361, 60, 10]
    assert level_sizes(200, 10, levels=2) == [10]
    assert level_sizes(200, 10, levels=1) == []
    assert level_sizes(16, 10, levels=4) == [10, 6, 4]


def test_a_tree_keeps_its_depth_while_its_parents_stay_about_as_wide() -> None:
    two = pl.DataFrame({"level": [0, 0, 1]})
    three = pl.DataFrame({"level": [0, 1, 2]})
    assert len(level_sizes(100, 10, previous=two)) == 1
    assert len(level_sizes(130, 10, previous=two)) == 2
    assert len(level_sizes(80, 10, previous=three)) == 2
    assert len(level_sizes(30, 10, previous=three)) == 1


def test_families_of_leaves_get_one_parent_each() -> None:
    assert families(group_topics(three_families(), SIZES, 3, NONE)) == TRUE


def test_without_parents_every_leaf_stands_at_the_top() -> None:
    assert group_topics(three_families(), SIZES, 0, NONE).tolist() == [-1] * 9


def test_a_parent_of_one_leaf_is_no_parent() -> None:
    lonely = np.vstack([three_families()[:6], -centres(3, 5).sum(0, keepdims=True)])
    groups = group_topics(lonely.astype(np.float32), SIZES[:7], 3, NONE[:7])
    assert groups[6] == -1
    assert families(groups) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


def on_an_arc(places: np.ndarray) -> np.ndarray:
    angles = places / places.max() * np.pi
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_carried_parents_stay_and_take_in_the_leaves_without_one() -> None:
    # A family that a fresh tree would not choose, and little worse: it stays.
    places = np.array([0, 1, 2, 3.4, 10, 11, 12, 13, 14])
    sizes = np.full(9, 10)
    carried = np.array([0, 0, 0, 0, 1, 1, 1, -1, -1])
    assert families(group_topics(on_an_arc(places), sizes, 2, carried)) == {
        frozenset(range(4)),
        frozenset(range(4, 9)),
    }
    places[3] = 7.2
    fresh = families(group_topics(on_an_arc(places), sizes, 2, NONE))
    other = np.array([0, 0, 0, 1, 1, 1, 1, -1, -1])
    kept = families(group_topics(on_an_arc(places), sizes, 2, other))
    assert fresh == {frozenset(range(4)), frozenset(range(4, 9))}
    assert kept == {frozenset(range(3)), frozenset(range(3, 9))}


def test_carried_parents_that_no_longer_fit_are_given_up() -> None:
    across = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    assert families(group_topics(three_families(), SIZES, 3, across)) == TRUE


@pytest.mark.parametrize("seed", range(10))
def test_every_leaf_has_at_most_one_parent_and_every_parent_two_leaves(seed: int) -> None:
    random = np.random.default_rng(seed)
    leaves = centres(int(random.integers(6, 40)), seed)
    sizes = random.integers(1, 100, len(leaves))
    carried = random.integers(-1, 4, len(leaves))
    groups = group_topics(leaves, sizes, (level_sizes(len(leaves), 8, 2) or [0])[0], carried)
    assert groups.shape == (len(leaves),)
    _, counts = np.unique(groups[groups >= 0], return_counts=True)
    assert (counts >= 2).all()
    assert len(counts) <= 9
