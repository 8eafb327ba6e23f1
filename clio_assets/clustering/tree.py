"""The tree of a period's topics: levels, leaves first, and who is whose parent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clio_assets.clustering.partition import Vectors


@dataclass(frozen=True)
class Level:
    """Topics side by side: ids (k,), centroids (k, d), row labels (n,), -1 outside."""

    ids: list[str]
    centroids: Vectors
    labels: NDArray[np.int64]
    status: list[str]
    first_periods: list[str]


@dataclass(frozen=True)
class TopicFit:
    """The levels of a period, leaves first, and the parent of each topic that has one.

    A topic's parent is of any higher level: what has no sibling on the next one skips it.
    """

    levels: list[Level]
    parent_of: dict[str, str]

    @property
    def leaves(self) -> Level:
        """The finest level."""
        return self.levels[0]

    @property
    def parents(self) -> list[str]:
        """Ids of the topics above the leaves."""
        return [topic for level in self.levels[1:] for topic in level.ids]

    @property
    def children(self) -> dict[str, list[str]]:
        """Each parent's own children, lowest level first, in the order of their level."""
        held: dict[str, list[str]] = {topic: [] for topic in self.parents}
        for topic in (topic for level in self.levels for topic in level.ids):
            if topic in self.parent_of:
                held[self.parent_of[topic]].append(topic)
        return held

    @property
    def leaves_under(self) -> dict[str, list[str]]:
        """Each parent's leaves, at whatever depth, in their order."""
        held: dict[str, list[str]] = {topic: [] for topic in self.parents}
        for leaf in self.leaves.ids:
            topic = leaf
            while topic in self.parent_of:
                topic = self.parent_of[topic]
                held[topic].append(leaf)
        return held

    def roots(self) -> Level:
        """The topics without a parent, as a level of their own: rows of one lie in none other."""
        found = [
            (level, row)
            for level in self.levels
            for row, topic in enumerate(level.ids)
            if topic not in self.parent_of
        ]
        labels = np.full(len(self.leaves.labels), -1, dtype=np.int64)
        for level in self.levels:
            place = {row: n for n, (of, row) in enumerate(found) if of is level}
            lookup = np.array([place.get(row, -1) for row in range(len(level.ids))] + [-1])
            labels = np.where(lookup[level.labels] >= 0, lookup[level.labels], labels)
        return Level(
            [level.ids[row] for level, row in found],
            np.stack([level.centroids[row] for level, row in found]),
            labels,
            [level.status[row] for level, row in found],
            [level.first_periods[row] for level, row in found],
        )
