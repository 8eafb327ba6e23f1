"""Places on the map: finite, the same on a re-run, and near where a topic was before."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clio_assets.clustering.positions import place_topics
from clio_assets_tests.clustering.blobs import DIMENSION, centres, unit


def unknown(k: int) -> NDArray[np.float64]:
    return np.full((k, 2), np.nan)


def spread(points: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(points - points.mean(0), axis=1).mean())


@pytest.mark.parametrize("k", [0, 1, 2, 3, 15, 16, 40])
def test_places_are_finite_apart_and_the_same_again(k: int) -> None:
    topics = centres(k, k) if k else np.zeros((0, DIMENSION), np.float32)
    placed = place_topics(topics, unknown(k), 1)
    assert placed.shape == (k, 2)
    assert np.isfinite(placed).all()
    assert len(np.unique(placed, axis=0)) == k
    assert np.array_equal(placed, place_topics(topics, unknown(k), 1))


@pytest.mark.parametrize(
    ("before", "after", "part"),
    # The last two change the method, which costs a map more than a day of either does.
    [(15, 15, 0.35), (20, 20, 0.35), (15, 17, 0.35), (40, 40, 0.35), (30, 34, 0.5), (34, 30, 0.5)],
)
def test_topics_that_continue_stay_about_where_they_were(
    before: int, after: int, part: float
) -> None:
    families = unit(np.repeat(centres(5, 1), 8, axis=0) + 0.5 * centres(40, 2))
    first = place_topics(families[:before], unknown(before), 1)
    drifted = unit(families[:after] + 0.02 * centres(after, 3))
    previous = unknown(after)
    both = min(before, after)
    previous[:both] = first[:both]
    placed = place_topics(drifted, previous, 1)
    moved = np.linalg.norm(placed[:both] - first[:both], axis=1)
    assert np.median(moved) < part * spread(first)
    # The map neither shrinks nor grows with the method.
    assert spread(placed[:both]) == pytest.approx(spread(first[:both]), rel=0.1)


def test_a_map_that_is_long_one_way_stays_so() -> None:
    topics = centres(40, 1)
    previous = place_topics(topics, unknown(40), 1) * np.array([5.0, 1.0])
    placed = place_topics(topics, previous, 1)
    moved = np.linalg.norm(placed - previous, axis=1)
    assert np.median(moved) < 0.35 * spread(previous)


@pytest.mark.parametrize("index", [0, 1])
def test_of_two_topics_the_new_one_stands_beside_the_other(index: int) -> None:
    previous = unknown(2)
    previous[index] = (1.0, 0.0) if index == 0 else (0.0, 0.0)
    placed = place_topics(centres(2), previous, 1)
    assert placed[index].tolist() == previous[index].tolist()
    assert np.linalg.norm(placed[0] - placed[1]) == pytest.approx(1)


def test_equal_topics_do_not_break_the_map() -> None:
    same = np.repeat(centres(1), 5, axis=0)
    assert np.isfinite(place_topics(same, unknown(5), 1)).all()
    assert np.isfinite(place_topics(same, np.zeros((5, 2)), 1)).all()
