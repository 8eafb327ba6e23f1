"""What a demo run released, against the truth that the generator kept."""

from __future__ import annotations

from typing import Any

import polars as pl

from clio_assets.storage.layout import Layout
from clio_assets.storage.releases import ReleaseStore


def leaf_purity(layout: Layout, store: ReleaseStore, truth: pl.DataFrame, keys: list[str]) -> float:
    """Share of conversations in released leaves that are of their leaf's commonest true topic."""
    counted = right = 0
    for key in keys:
        released = store.read("released_topics", key).filter(level=0)["topic_id"]
        members = layout.period_file(key).read("topic_members", ["conversation_id", "topic_id"])
        mixed = (
            members.filter(pl.col("topic_id").is_in(released.implode()))
            .join(truth.select("conversation_id", "topic"), on="conversation_id")
            .group_by("topic_id", "topic")
            .len("n")
            .group_by("topic_id")
            .agg(pl.col("n").sum().alias("all"), pl.col("n").max().alias("most"))
        )
        counted += int(mixed["all"].sum())
        right += int(mixed["most"].sum())
    return right / counted if counted else 0.0


def period_figures(store: ReleaseStore, keys: list[str]) -> dict[str, list[Any]]:
    """Released leaves and their coverage of each period, in order."""
    rows = [store.read("released_periods", key).row(0, named=True) for key in keys]
    return {
        "topics_released": [row["topics"] for row in rows],
        "coverage": [row["leaf_coverage"] for row in rows],
    }
