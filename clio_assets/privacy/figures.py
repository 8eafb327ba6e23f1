"""G-10: the numbers of a release, rounded once at the finest node and added up from there."""

from __future__ import annotations

from typing import TypeVar

import polars as pl

from clio_assets.privacy.placement import PERIOD, Placement, is_rest, rest_of

Counted = TypeVar("Counted", int, pl.Expr)

FEWEST_TOLD = 50
"""Counts of private rows are told rounded, and not at all under this."""


def rounded(count: Counted, unit: int) -> Counted:
    """The nearest multiple of `unit`, halves upwards; of a number, or of a column's numbers."""
    return (count * 2 + unit) // (2 * unit) * unit


def percent(part: int, whole: int) -> float:
    """A share of rounded counts in percent, one decimal; 0 of nothing is 0."""
    return round(100 * part / whole, 1) if whole else 0.0


def published_conversations(placement: Placement, unit: int) -> dict[str, int]:
    """Conversations of each topic, each rest and `PERIOD`.

    Each finest node is rounded, and every other is the sum of its children: released counts add
    up by construction, and no parent has a rounding of its own that could be averaged away.
    """
    exact = placement.counted.group_by("node").len("n")
    counts = {node: rounded(n, unit) for node, n in exact.iter_rows()}
    totals = dict.fromkeys([PERIOD, *placement.parents], 0)
    for node, count in counts.items():
        for above in placement.path(node):
            totals[above] += count
    return totals


def published_accounts(placement: Placement, unit: int) -> dict[str, int]:
    """Distinct accounts of each released topic, rounded; accounts do not add up, they overlap."""
    exact = placement.published().group_by("topic_id").agg(pl.col("account").n_unique().alias("n"))
    return {topic_id: rounded(n, unit) for topic_id, n in exact.iter_rows()}


def coverage(placement: Placement, conversations: int) -> tuple[float, float]:
    """Fractions of the period's conversations in released leaves, and in any released topic."""
    if not conversations:
        return 0.0, 0.0
    sizes = dict(placement.counted.group_by("node").len().iter_rows())
    leaf = sum(size for node, size in sizes.items() if not is_rest(node))
    top = sum(size for node, size in sizes.items() if node != rest_of(PERIOD))
    return round(leaf / conversations, 2), round(top / conversations, 2)
