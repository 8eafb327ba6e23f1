"""What a demo run released, against the truth that the generator kept."""

from __future__ import annotations

from typing import Any

import polars as pl

from clio_assets.storage.releases import ReleaseStore


def leaf_purity(leaves: pl.DataFrame) -> float:
    """Share of conversations in released leaves (`planted.commonest_topics`) that are of their
    leaf's commonest true topic.
    """
    counted = int(leaves["all"].sum())
    return int(leaves["many"].sum()) / counted if counted else 0.0


def period_figures(store: ReleaseStore, keys: list[str]) -> dict[str, list[Any]]:
    """Released leaves and their coverage of each period, in order."""
    rows = [store.read("released_periods", key).row(0, named=True) for key in keys]
    return {
        "topics_released": [row["topics"] for row in rows],
        "coverage": [row["leaf_coverage"] for row in rows],
    }
