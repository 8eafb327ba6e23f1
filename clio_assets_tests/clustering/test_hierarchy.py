"""The level above the leaves."""

from __future__ import annotations

import numpy as np
import pytest

from clio_assets.clustering.hierarchy import choose_parents, group_leaves
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


def test_the_number_of_parents_follows_the_root_of_the_leaves() -> None:
    assert [choose_parents(n, 8) for n in (0, 1, 5, 6, 16, 49, 64, 400)] == [0, 0, 0, 2, 4, 7, 8, 8]
    assert choose_parents(400, 3) == 3


def test_families_of_leaves_get_one_parent_each() -> None:
    assert families(group_leaves(three_families(), SIZES, 3, NONE)) == TRUE


def test_without_parents_every_leaf_stands_at_the_top() -> None:
    assert group_leaves(three_families(), SIZES, 0, NONE).tolist() == [-1] * 9


def test_a_parent_of_one_leaf_is_no_parent() -> None:
    lonely = np.vstack([three_families()[:6], -centres(3, 5).sum(0, keepdims=True)])
    groups = group_leaves(lonely.astype(np.float32), SIZES[:7], 3, NONE[:7])
    assert groups[6] == -1
    assert families(groups) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


def test_carried_parents_stay_and_take_in_the_leaves_without_one() -> None:
    # A family that a fresh tree would not choose, and little worse: it stays.
    leaves = np.zeros((9, 2), np.float32)
    leaves[:, 0] = [0, 1, 2, 3.4, 10, 11, 12, 13, 14]
    sizes = np.full(9, 10)
    carried = np.array([0, 0, 0, 0, 1, 1, 1, -1, -1])
    assert families(group_leaves(leaves, sizes, 2, carried)) == {
        frozenset(range(4)),
        frozenset(range(4, 9)),
    }
    leaves[3, 0] = 6.2
    fresh = families(group_leaves(leaves, sizes, 2, NONE))
    kept = families(group_leaves(leaves, sizes, 2, np.array([0, 0, 0, 1, 1, 1, 1, -1, -1])))
    assert fresh == {frozenset(range(4)), frozenset(range(4, 9))}
    assert kept == {frozenset(range(3)), frozenset(range(3, 9))}


def test_carried_parents_that_no_longer_fit_are_given_up() -> None:
    across = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    assert families(group_leaves(three_families(), SIZES, 3, across)) == TRUE


@pytest.mark.parametrize("seed", range(10))
def test_every_leaf_has_at_most_one_parent_and_every_parent_two_leaves(seed: int) -> None:
    random = np.random.default_rng(seed)
    leaves = centres(int(random.integers(6, 40)), seed)
    sizes = random.integers(1, 100, len(leaves))
    carried = random.integers(-1, 4, len(leaves))
    groups = group_leaves(leaves, sizes, choose_parents(len(leaves), 8), carried)
    assert groups.shape == (len(leaves),)
    _, counts = np.unique(groups[groups >= 0], return_counts=True)
    assert (counts >= 2).all()
    assert len(counts) <= 9
