"""What became of the topics: continued, split, born, merged, died."""

from __future__ import annotations

import numpy as np
import polars as pl

from clio_assets.clustering.events import TOPIC_EVENTS, came_from, topic_events
from clio_assets.clustering.partition import means
from clio_assets.clustering.topics import topic_table
from clio_assets.clustering.tree import Level, TopicFit
from clio_assets_tests.clustering.blobs import Day, centres, day

SIX = centres(6, 3)


def level(of: Day, groups: dict[str, list[int]], known: set[str]) -> Level:
    """Leaves that hold these blobs of a day."""
    labels = np.full(len(of.vectors), -1)
    for number, blobs in enumerate(groups.values()):
        labels[np.isin(of.truth, blobs)] = number
    status = ["continuing" if topic in known else "new" for topic in groups]
    centroids = means(of.vectors, labels, len(groups))
    return Level(list(groups), centroids, labels, status, ["2026-11-01"] * len(groups))


def events(
    before: dict[str, list[int]], now: dict[str, list[int]], sizes: tuple[int, ...] = (60,) * 6
) -> list[tuple[str, str | None, str | None, int]]:
    first = day(SIX, [60 if any(n in b for b in before.values()) else 0 for n in range(6)], seed=1)
    fit = TopicFit([level(first, before, set())], {})
    previous = topic_table(fit, first.accounts, {}, None, 1)
    second = day(SIX, [sizes[n] if any(n in b for b in now.values()) else 0 for n in range(6)],
                 seed=2)  # fmt: skip
    leaves = level(second, now, set(before))
    told = topic_events(leaves, came_from(leaves, second.vectors, previous), previous)
    assert told.schema == pl.Schema(TOPIC_EVENTS)
    return [row[:4] for row in told.rows()]


def test_nothing_is_told_of_the_first_period() -> None:
    of = day(SIX, [60] * 6, seed=1)
    leaves = level(of, {"a": [0, 1, 2, 3, 4, 5]}, set())
    origins = came_from(leaves, of.vectors, None)
    assert origins.dtype == pl.String
    assert origins.null_count() == len(of.vectors)
    assert topic_events(leaves, origins, None).is_empty()


def test_the_same_topics_continue() -> None:
    told = events({"a": [0], "b": [1]}, {"a": [0], "b": [1]})
    assert [row[:3] for row in told] == [("continued", "a", "a"), ("continued", "b", "b")]
    assert all(54 <= count <= 60 for *_, count in told)


def test_a_part_that_goes_its_own_way_is_split_off() -> None:
    told = events({"a": [0, 1], "b": [2]}, {"a": [0], "c": [1], "b": [2]})
    assert [row[:3] for row in told] == [
        ("continued", "a", "a"),
        ("split", "c", "a"),
        ("continued", "b", "b"),
    ]


def test_a_topic_that_another_takes_in_is_merged() -> None:
    told = events({"a": [0], "b": [1], "c": [2]}, {"a": [0, 1], "c": [2]})
    assert ("merged", "a", "b") in [row[:3] for row in told]


def test_a_new_subject_is_born_and_one_that_nobody_speaks_of_has_died() -> None:
    told = events({"a": [0], "b": [1], "c": [2]}, {"a": [0], "b": [1], "d": [4]})
    assert [row[:3] for row in told if row[0] != "continued"] == [
        ("born", "d", None),
        ("died", None, "c"),
    ]
