"""Base clusters: seeded, largest first, and large enough for the gate."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from clio_assets.clustering.base_clusters import fit_base_clusters
from clio_assets.clustering.partition import Clusters, means, squared_distances, summarise
from clio_assets_tests.clustering.blobs import DIMENSION, Day, base_of, centres, day


def blobs(per: int = 90) -> Day:
    return day(centres(6), [per, per + 30, per, per, per, per], seed=3)


def check_is_partition(clusters: Clusters, vectors: np.ndarray) -> None:
    assert len(clusters.labels) == len(vectors)
    k = len(clusters.sizes)
    assert np.array_equal(np.bincount(clusters.labels, minlength=k), clusters.sizes)
    assert clusters.centroids.shape == (k, vectors.shape[1])
    assert np.isfinite(clusters.centroids).all()
    assert (np.diff(clusters.sizes) <= 0).all()


def test_separate_blobs_are_found_largest_first() -> None:
    of = blobs()
    clusters = base_of(of, per_cluster=93)
    check_is_partition(clusters, of.vectors)
    assert len(clusters.sizes) == 6
    for cluster in range(6):
        assert len(np.unique(of.truth[clusters.labels == cluster])) == 1
    assert set(of.truth[clusters.labels == 0]) == {1}


def test_another_order_of_the_rows_gives_the_same_clusters() -> None:
    of = day(centres(5), [60] * 5, seed=4, noise=0.4)
    order = np.random.default_rng(9).permutation(len(of.vectors))
    shuffled = Day(of.vectors[order], of.accounts[order.tolist()], of.truth[order])
    once, again = base_of(of, 40), base_of(shuffled, 40)
    assert adjusted_rand_score(once.labels[order], again.labels) == 1
    assert once.sizes.tolist() == again.sizes.tolist()


@pytest.mark.parametrize("threads", ["1", "2", "7"])
def test_any_number_of_threads_gives_the_same_clusters(
    threads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = day(centres(5), [2_000] * 5, seed=4, noise=0.4)
    once = base_of(of, 400)
    monkeypatch.setattr("os.cpu_count", lambda: int(threads))
    again = base_of(of, 400)
    assert np.array_equal(once.labels, again.labels)
    assert np.array_equal(once.centroids, again.centroids)


def test_beyond_the_bounds_on_work_the_subjects_are_found_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of = blobs()
    monkeypatch.setattr("clio_assets.clustering.base_clusters.WORK", 1)
    monkeypatch.setattr("clio_assets.clustering.base_clusters.COMPONENTS", 8)
    by_parts = base_of(of, per_cluster=93)
    monkeypatch.setattr("clio_assets.clustering.base_clusters.MOST_PARTS", 1)
    for found in (by_parts, base_of(of, per_cluster=93)):
        check_is_partition(found, of.vectors)
        assert adjusted_rand_score(of.truth, found.labels) == 1


@pytest.mark.parametrize("rows", [0, 1, 2, 5, 21, 40])
def test_small_days_complete(rows: int) -> None:
    of = day(centres(3), [rows, 0, 0], seed=rows)
    clusters = base_of(of)
    check_is_partition(clusters, of.vectors)
    assert len(clusters.sizes) == min(rows, 1)
    # One conversation a cluster is the most there can be.
    most = fit_base_clusters(
        of.vectors, of.accounts, accounts_per_cluster=1, conversations_per_cluster=1
    )
    check_is_partition(most, of.vectors)
    assert len(most.sizes) == rows


def test_equal_vectors_are_never_more_clusters_than_there_are_different_ones() -> None:
    vectors = np.repeat(centres(2), [30, 20], axis=0)
    accounts = pl.Series([f"a{n}" for n in range(50)])
    clusters = fit_base_clusters(
        vectors, accounts, accounts_per_cluster=1, conversations_per_cluster=5
    )
    assert clusters.sizes.tolist() == [30, 20]


def test_k_falls_until_clusters_hold_enough_accounts() -> None:
    of = day(centres(6), [100] * 6, seed=5, noise=0.3)
    few = pl.Series([f"a{n % 60}" for n in range(600)])
    wanted = 50
    wide = fit_base_clusters(
        of.vectors, of.accounts, accounts_per_cluster=wanted, conversations_per_cluster=50
    )
    narrow = fit_base_clusters(
        of.vectors, few, accounts_per_cluster=wanted, conversations_per_cluster=50
    )
    held = (
        pl.DataFrame({"cluster": narrow.labels, "account": few})
        .group_by("cluster")
        .agg(pl.col("account").n_unique())["account"]
    )
    assert len(narrow.sizes) < len(wide.sizes)
    assert held.mean() >= 0.9 * wanted
    none = pl.Series(["one"] * 600)
    alone = fit_base_clusters(
        of.vectors, none, accounts_per_cluster=wanted, conversations_per_cluster=50
    )
    assert len(alone.sizes) == 1


def test_summarise_numbers_by_size_and_keeps_ties_in_order() -> None:
    vectors = np.eye(6, DIMENSION, dtype=np.float32)
    found = summarise(vectors, np.array([7, 3, 3, 9, 9, 9]))
    assert found.labels.tolist() == [2, 1, 1, 0, 0, 0]
    assert found.sizes.tolist() == [3, 2, 1]
    assert np.allclose(found.centroids[1], vectors[1:3].mean(0))
    tied = summarise(vectors, np.array([4, 2, 4, 2, 1, 1]))
    assert tied.labels.tolist() == [2, 1, 2, 1, 0, 0]


def test_means_of_an_empty_label_are_zero() -> None:
    found = means(np.ones((2, 3), np.float32), np.array([0, 2]), 3)
    assert found.tolist() == [[1, 1, 1], [0, 0, 0], [1, 1, 1]]


def test_squared_distances_are_what_they_say_and_never_negative() -> None:
    random = np.random.default_rng(0)
    one, two = random.normal(size=(7, 5)).astype(np.float32), centres(3)[:, :5]
    direct = ((one[:, None] - two[None, :]) ** 2).sum(2)
    assert np.allclose(squared_distances(one, two), direct, atol=1e-4)
    assert (squared_distances(one, one) >= 0).all()
