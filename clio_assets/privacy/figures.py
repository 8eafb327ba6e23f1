"""Rounding, and shares of what is released."""

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


def coverage(placement: Placement, conversations: int) -> tuple[float, float]:
    """Fractions of the period's conversations in released leaves, and in any released topic."""
    if not conversations:
        return 0.0, 0.0
    sizes = dict(placement.counted.group_by("node").len().iter_rows())
    leaf = sum(size for node, size in sizes.items() if not is_rest(node))
    top = sum(size for node, size in sizes.items() if node != rest_of(PERIOD))
    return round(leaf / conversations, 2), round(top / conversations, 2)
