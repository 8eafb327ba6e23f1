"""The merging rule: which leaves may join a neighbour, and which never may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.privacy.thresholds import Thresholds


def leaf_fitness(
    members: pl.DataFrame,
    thresholds: Thresholds,
    nameable: Callable[[NDArray[np.int64]], bool] = lambda _: True,
) -> Callable[[NDArray[np.int64]], Literal["fit", "small", "dominated"]]:
    """Return the judge of a candidate leaf, given as its rows (m,) of `members` (account, source).

    "small" fails on size alone (G-01, G-02, G-06), or is not `nameable`, and may be merged.
    "dominated" fails G-03 or G-04 and may not: a union would hide the accounts that fill it. A
    small leaf is measured against the minimum: among nine conversations any account holds over
    10 %, which says nothing about it, whereas six conversations of one account would fill a tenth
    of the smallest topic there can be.
    """
    least = thresholds.min_conversations
    effective = thresholds.min_effective_share * thresholds.min_accounts

    whose = members["account"].fill_null("").rank("dense").to_numpy()
    source = members["source"].fill_null("").rank("dense").to_numpy()

    def fitness(rows: NDArray[np.int64]) -> Literal["fit", "small", "dominated"]:
        held = np.unique(whose[rows], return_counts=True)[1]
        total = int(held.sum())
        if held.max() > thresholds.max_account_share * max(total, least):
            return "dominated"
        if total < least or len(held) < thresholds.min_accounts:
            return "small"
        if total**2 / float((held**2).sum()) < effective:
            return "dominated"
        different = len(np.unique(source[rows])) >= thresholds.min_accounts
        return "fit" if different and nameable(rows) else "small"

    return fitness
