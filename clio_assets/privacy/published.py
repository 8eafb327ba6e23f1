"""G-10: the numbers of a release, perturbed once at the finest node and added up from there."""

from __future__ import annotations

import polars as pl

from clio_assets.privacy.perturbation import Perturbation
from clio_assets.privacy.placement import PERIOD, Placement
from clio_assets.privacy.thresholds import Thresholds


def published_conversations(
    placement: Placement, told: Perturbation, thresholds: Thresholds
) -> dict[str, int]:
    """Conversations of each topic, each rest and `PERIOD`.

    Each finest node is perturbed and rounded, and every other is the sum of its children: released
    counts add up by construction, and no parent has a noise of its own to be averaged away.
    """
    counted = placement.counted
    exact = (
        counted.with_columns(key=told.record_keys(counted["conversation_id"]))
        .group_by("node")
        .agg(pl.len().alias("n"), pl.col("key").sum())
    )
    totals = dict.fromkeys([PERIOD, *placement.parents], 0)
    for node, n, key in exact.iter_rows():
        count = told.told(n, key, thresholds.min_conversations)
        for above in placement.path(node):
            totals[above] += count
    return totals


def published_accounts(
    placement: Placement, told: Perturbation, thresholds: Thresholds
) -> dict[str, int]:
    """Distinct accounts of each released topic; they do not add up, because accounts overlap."""
    held = placement.published().select("topic_id", "account").unique()
    exact = (
        held.with_columns(key=told.record_keys(held["account"]))
        .group_by("topic_id")
        .agg(pl.len().alias("n"), pl.col("key").sum())
    )
    return {
        topic: told.told(n, key, thresholds.min_accounts) for topic, n, key in exact.iter_rows()
    }
