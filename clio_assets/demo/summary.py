"""What a demo run released, against the truth that the generator kept."""

from __future__ import annotations

from typing import Any

import polars as pl

from clio_assets.demo.planted import commonest_topics
from clio_assets.storage.layout import Layout
from clio_assets.storage.releases import ReleaseStore


def leaf_purity(layout: Layout, store: ReleaseStore, truth: pl.DataFrame, keys: list[str]) -> float:
    """Share of conversations in released leaves that are of their leaf's commonest true topic."""
    found = pl.concat([commonest_topics(layout, store, truth, key) for key in keys])
    counted = int(found["all"].sum())
    return int(found["many"].sum()) / counted if counted else 0.0


def period_figures(store: ReleaseStore, keys: list[str]) -> dict[str, list[Any]]:
    """Released leaves and their coverage of each period, in order."""
    rows = [store.read("released_periods", key).row(0, named=True) for key in keys]
    return {
        "topics_released": [row["topics"] for row in rows],
        "coverage": [row["leaf_coverage"] for row in rows],
    }
