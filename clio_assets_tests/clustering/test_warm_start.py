"""Leaves that start where the previous period ended, and let new subjects in."""

from __future__ import annotations

import numpy as np
import pytest

from clio_assets.clustering.partition import k_means
from clio_assets.clustering.warm_start import compete, fit_leaves
from clio_assets_tests.clustering.blobs import Day, base_of, centres, day

EIGHT = centres(8, 2)


def busy(seed: int, *, born: int = 0) -> Day:
    return day(EIGHT[: 6 + born], [80] * (6 + born), seed=seed)


def nearest(centroids: np.ndarray, to: np.ndarray) -> np.ndarray:
    return np.linalg.norm(centroids[:, None] - to[None, :], axis=2).argmin(1)


def test_without_a_past_the_base_clusters_are_the_leaves() -> None:
    of = busy(1)
    base = base_of(of)
    for carried in (None, np.zeros((0, 24), np.float32)):
        leaves = fit_leaves(of.vectors, base, carried)
        assert np.array_equal(leaves.labels, base.labels)


def test_the_same_day_again_changes_nothing() -> None:
    of = busy(2)
    base = base_of(of)
    leaves = fit_leaves(of.vectors, base, base.centroids)
    assert np.array_equal(leaves.labels, base.labels)
    assert np.array_equal(leaves.sizes, base.sizes)


def test_a_new_subject_takes_a_place() -> None:
    of = busy(3, born=1)
    leaves = fit_leaves(of.vectors, base_of(of), EIGHT[:6])
    assert sorted(nearest(leaves.centroids, EIGHT).tolist()) == list(range(7))


def test_carried_topics_stay_when_the_candidates_are_no_better() -> None:
    of = busy(4)
    rival = EIGHT[:6] + 0.01
    chosen = compete(of.vectors, rival, EIGHT[:6], 6)
    assert np.array_equal(chosen, EIGHT[:6])


def test_of_too_many_carried_topics_the_one_that_explains_least_goes() -> None:
    of = busy(5)
    carried = np.vstack([EIGHT[:6], EIGHT[7:]])
    chosen = compete(of.vectors, EIGHT[:6], carried, 6)
    assert np.array_equal(chosen, EIGHT[:6])


def test_candidates_that_fit_better_cost_no_other_subject_its_place() -> None:
    of = busy(7)
    drifted = EIGHT[:6] + 0.4 * centres(6, seed=9)
    # Two subjects were merged today, and each of the others fits better than its carried self.
    merged = np.vstack([EIGHT[:4], EIGHT[4:6].mean(0, keepdims=True)])
    leaves = k_means(of.vectors, compete(of.vectors, merged, drifted, 6))
    assert sorted(nearest(leaves.centroids, EIGHT).tolist()) == list(range(6))


def test_a_subject_without_conversations_loses_its_place() -> None:
    of = busy(6)
    leaves = fit_leaves(of.vectors, base_of(of), EIGHT)
    assert sorted(nearest(leaves.centroids, EIGHT).tolist()) == list(range(6))


def test_lloyd_ends_at_the_means_of_its_clusters_and_drops_empty_seeds() -> None:
    of = busy(7)
    seeds = np.vstack([EIGHT[:6], np.full((1, 24), 9, np.float32)])
    found = k_means(of.vectors, seeds)
    assert len(found.sizes) == 6
    for cluster in range(6):
        mine = found.labels == cluster
        assert np.allclose(found.centroids[cluster], of.vectors[mine].mean(0), atol=1e-6)
        assert len(np.unique(of.truth[mine])) == 1


def test_beyond_the_bound_on_memory_a_sample_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    of = busy(3, born=1)
    monkeypatch.setattr("clio_assets.clustering.warm_start.DISTANCES", 2_000)
    leaves = fit_leaves(of.vectors, base_of(of), EIGHT[:6])
    assert sorted(nearest(leaves.centroids, EIGHT).tolist()) == list(range(7))
    assert len(leaves.labels) == len(of.vectors)


def test_a_new_subject_costs_none_that_explains_as_much_its_place() -> None:
    # Seven subjects yesterday, eight today; today's own clusters put two of the old ones together.
    of = day(EIGHT, [80] * 8, seed=8)
    together = np.vstack([EIGHT[:5], EIGHT[5:7].mean(0, keepdims=True), EIGHT[7:]])
    chosen = compete(of.vectors, together, EIGHT[:7], 9)
    assert sorted(nearest(chosen, EIGHT).tolist()) == list(range(8))
