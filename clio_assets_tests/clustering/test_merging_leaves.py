"""Which leaves join a neighbour, and which never may."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from clio_assets.clustering.merging import Fitness, merge_small
from clio_assets.clustering.partition import Clusters, summarise
from clio_assets.privacy.merging import leaf_fitness
from clio_assets.privacy.thresholds import Thresholds
from clio_assets_tests.clustering.blobs import everyone


def line(*leaves: tuple[float, int, str]) -> tuple[np.ndarray, Clusters, list[str]]:
    """Leaves on a line: place, rows, and the fitness of each one's rows."""
    vectors = np.array([[place, 0.0] for place, size, _ in leaves for _ in range(size)], np.float32)
    labels = np.repeat(np.arange(len(leaves)), [size for _, size, _ in leaves])
    kinds = [kind for _, size, kind in leaves for _ in range(size)]
    return vectors, summarise(vectors, labels), kinds


def merged(*leaves: tuple[float, int, str], enough: int = 10) -> tuple[Clusters, list[str]]:
    """Merge leaves that are "small" under `enough` rows; dominated rows dominate their leaf."""
    vectors, clusters, kinds = line(*leaves)

    def fitness(rows: NDArray[np.int64]) -> Fitness:
        if "dominated" in {kinds[row] for row in rows.tolist()}:
            return "dominated"
        return "fit" if len(rows) >= enough else "small"

    return merge_small(vectors, clusters, fitness), kinds


def leaf_sizes(*leaves: tuple[float, int, str]) -> list[int]:
    return merged(*leaves)[0].sizes.tolist()


def test_a_small_leaf_joins_its_nearest() -> None:
    result, _ = merged((0, 20, ""), (10, 15, ""), (20, 12, ""), (12, 4, ""))
    assert result.sizes.tolist() == [20, 19, 12]
    assert np.allclose(result.centroids[1], [(15 * 10 + 4 * 12) / 19, 0])
    assert len(np.unique(result.labels[35:][-4:])) == 1


def test_small_leaves_join_each_other_until_they_are_large_enough() -> None:
    assert leaf_sizes((0, 5, ""), (2, 4, ""), (4, 3, ""), (50, 20, "")) == [20, 12]


def test_a_leaf_out_of_reach_stays_for_the_gate_to_withhold() -> None:
    assert leaf_sizes((0, 20, ""), (10, 15, ""), (20, 12, ""), (90, 4, "")) == [20, 15, 12, 4]


@pytest.mark.parametrize(
    ("x", "sizes"), [(14, [30, 30, 30, 30, 21]), (16, [30, 30, 30, 30, 18, 3])]
)
def test_a_leaf_out_of_reach_joins_a_union_that_has_come_nearer(x: int, sizes: list[int]) -> None:
    # Within 15 is within reach. The three rows go first and find no one; the two nines then meet
    # half way between them, at the origin.
    places = [(0, 7, 9), (0, -7, 9), (x, 0, 3), *((100 + 10 * n, 0, 30) for n in range(4))]
    vectors = np.array([[a, b] for a, b, size in places for _ in range(size)], np.float32)
    labels = np.repeat(np.arange(len(places)), [size for *_, size in places])
    clusters = summarise(vectors, labels)
    found = merge_small(vectors, clusters, lambda rows: "fit" if len(rows) >= 10 else "small")
    assert found.sizes.tolist() == sizes


def test_a_dominated_leaf_neither_moves_nor_receives() -> None:
    far = [(20, 40, ""), (30, 50, ""), (40, 60, "")]
    result, kinds = merged((0, 20, ""), (3, 5, "dominated"), (2.9, 5, ""), (6, 30, ""), *far)
    assert result.sizes.tolist() == [60, 50, 40, 30, 25, 5]
    dominated = [n for n, kind in enumerate(kinds) if kind == "dominated"]
    own = result.labels[dominated[0]]
    assert np.flatnonzero(result.labels == own).tolist() == dominated
    assert leaf_sizes((0, 4, "dominated"), (1, 4, "")) == [4, 4]


def test_nothing_changes_where_every_leaf_is_fit() -> None:
    vectors, clusters, _ = line((0, 20, ""), (1, 15, ""), (2, 12, ""))
    same = merge_small(vectors, clusters, lambda _: "fit")
    assert np.array_equal(same.labels, clusters.labels)
    assert np.array_equal(same.sizes, clusters.sizes)


def test_merging_ends_with_one_leaf_or_none() -> None:
    assert leaf_sizes((0, 3, "")) == [3]
    empty = Clusters(np.zeros(0, np.int64), np.zeros((0, 2), np.float32), np.zeros(0, np.int64))
    assert merge_small(empty.centroids, empty, lambda _: "small").sizes.tolist() == []


def test_one_accounts_cluster_is_never_hidden_in_a_union() -> None:
    vectors, clusters, _ = line((0, 100, ""), (0.5, 20, ""), (1, 60, ""))
    accounts = [f"a{n}" for n in range(100)] + ["hog"] * 20 + [f"b{n}" for n in range(60)]
    order = pl.Series(accounts)
    found = merge_small(vectors, clusters, leaf_fitness(everyone(order), Thresholds()))
    assert found.sizes.tolist() == [100, 60, 20]
    # The same twenty conversations of twenty accounts are only few, and are merged.
    order = pl.Series(accounts[:100] + [f"c{n}" for n in range(20)] + accounts[120:])
    assert (
        len(merge_small(vectors, clusters, leaf_fitness(everyone(order), Thresholds())).sizes) == 2
    )


def test_a_campaign_of_many_accounts_is_small() -> None:
    members = everyone(pl.Series([f"a{n}" for n in range(120)]))
    fitness = leaf_fitness(members, Thresholds())
    assert fitness(np.arange(60)) == "fit"
    one_template = pl.when(pl.col("account").is_in(members["account"][:60].implode()))
    copied = members.with_columns(source=one_template.then(pl.lit("a0")).otherwise("source"))
    fitness = leaf_fitness(copied, Thresholds())
    assert fitness(np.arange(60)) == "small"
    assert fitness(np.arange(60, 120)) == "fit"
    assert fitness(np.arange(36, 84)) == "small"  # 48 conversations, 25 sources
    assert fitness(np.arange(34, 84)) == "fit"  # 50 and 25
