"""Invented counts of topics by day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

FIRST = date(2026, 9, 7)
"""A Monday."""

WEEK = np.array([1, 1, 1, 1, 0.9, 0.5, 0.6])


def day(at: int) -> date:
    return FIRST + timedelta(days=at)


def drawn(sizes: list[float], days: int, seed: int, dispersion: float = 0.03) -> NDArray[np.int64]:
    """(topics, days) stationary counts with a rhythm of the week."""
    random = np.random.default_rng(seed)
    mean = np.array(sizes)[:, None] * WEEK[np.arange(days) % 7]
    return random.poisson(mean * random.gamma(1 / dispersion, dispersion, mean.shape))


def frame(
    accounts: NDArray[np.int64], conversations: Mapping[tuple[int, int], int] | None = None
) -> pl.DataFrame:
    """Rows where there are any; topics t00, t01... `conversations` of some cells, else 3 each 2."""
    told = accounts * 3 // 2
    for cell, number in (conversations or {}).items():
        told[cell] = number
    topics, days = np.nonzero(told)
    return pl.DataFrame({
        "day": pl.Series([day(int(at)) for at in days], dtype=pl.Date),
        "topic": pl.Series([f"t{at:02}" for at in topics], dtype=pl.String),
        "conversations": told[topics, days],
        "accounts": accounts[topics, days],
    })  # fmt: skip
