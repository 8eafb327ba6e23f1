"""Which of this period's topics are the previous period's."""

from __future__ import annotations

import numpy as np
import pytest

from clio_assets.clustering.identity import match_topics, neighbour_distance, new_topic_id
from clio_assets_tests.clustering.blobs import centres


def points(*pairs: tuple[float, float]) -> np.ndarray:
    return np.array(pairs, dtype=np.float32).reshape(-1, 2)


ROW = points((0, 0), (10, 0), (20, 0), (30, 0))


def test_topics_that_moved_a_little_are_the_same_in_any_order() -> None:
    moved = ROW[[2, 0, 3, 1]] + 1
    assert match_topics(moved, ROW).tolist() == [2, 0, 3, 1]


def test_a_topic_beyond_reach_is_new() -> None:
    assert match_topics(ROW + points((0, 6.1)), ROW).tolist() == [-1] * 4
    assert match_topics(ROW + points((0, 5.9)), ROW).tolist() == [0, 1, 2, 3]


def test_no_two_topics_continue_one() -> None:
    split = points((0, -1), (0, 2), (10, 0))
    assert match_topics(split, ROW).tolist() == [0, -1, 1]


@pytest.mark.parametrize("scale", [0.01, 1, 100])
def test_reach_follows_how_far_apart_topics_are(scale: float) -> None:
    now = points((1, 0), (10, 9), (20, -1))
    assert match_topics(scale * now, scale * ROW).tolist() == [0, -1, 2]


def test_a_topic_that_ended_does_not_shift_the_identity_of_the_others() -> None:
    # The second ended and one was born left of the first, which moved towards the second.
    # The smallest sum of distances would make the newcomer the first.
    now = points((1, 0), (-5, 0), (20, 0), (30, 0))
    assert match_topics(now, ROW).tolist() == [0, -1, 2, 3]


def test_matches_are_one_to_one_on_random_topics() -> None:
    for seed in range(20):
        before = centres(12, seed)
        now = np.vstack([before[:9] + 0.05, centres(5, seed + 100)]).astype(np.float32)
        found = match_topics(now, before)
        continued = found[found >= 0]
        assert len(np.unique(continued)) == len(continued)
        assert found[:9].tolist() == list(range(9))


def test_the_edges() -> None:
    none = np.zeros((0, 2), np.float32)
    assert match_topics(none, ROW).tolist() == []
    assert match_topics(ROW, none).tolist() == [-1] * 4
    assert match_topics(points((3, 3), (90, 0)), points((0, 0))).tolist() == [0, -1]
    assert neighbour_distance(ROW) == 10
    assert neighbour_distance(ROW[:1]) == float("inf")


def test_ids_are_the_same_on_a_re_run_and_differ_otherwise() -> None:
    born = ("2026-11-01", 0, 3)
    assert new_topic_id(*born) == new_topic_id(*born)
    others = [("2026-11-02", 0, 3), ("2026-11-01", 1, 3), ("2026-11-01", 0, 4)]
    ids = {new_topic_id(*one) for one in [born, *others]}
    assert len(ids) == 4
    assert all(one.startswith("t") and len(one) == 10 for one in ids)
