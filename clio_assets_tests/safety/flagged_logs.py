"""Invented conversations with a concern level and a classifier's flag, errors planted in two."""

from __future__ import annotations

import numpy as np
import polars as pl

RATES = np.array([0.01, 0.08, 0.3, 0.55, 0.8])
"""How often the classifier flags a conversation of each concern level."""

OVER, UNDER = "over-flagged", "under-flagged"


def flagged_logs(seed: int, topics: int = 40, errors: bool = True) -> pl.DataFrame:
    """Topics of 40 to 600 conversations, most harmless, one in six grave, rates apart by chance.

    With `errors` a harmless topic is flagged 30 times in 100, and one of the graver ones a fifth as
    often as it should be. One conversation in ten has no flag.
    """
    random = np.random.default_rng(seed)
    found = []
    for at in range(topics):
        number = int(np.exp(random.uniform(np.log(40), np.log(600))))
        grave = at % 6 == 1
        levels = random.dirichlet([1, 3, 4, 3, 2] if grave else [60, 3, 1, 0.5, 0.3])
        concern = random.choice(5, number, p=levels)
        odds = RATES / (1 - RATES) * np.exp(random.normal(0, 0.4))
        rate = (odds / (1 + odds))[concern]
        name = f"t{at:02}"
        if errors and at == 0:
            name, rate = OVER, np.full(number, 0.3)
        if errors and at == 1:
            name, rate = UNDER, rate / 5
        flagged = random.random(number) < rate
        found.append(pl.DataFrame({
            "topic": [name] * number,
            "account": [f"{at}-{a}" for a in random.integers(0, max(1, number // 2), number)],
            "concern": (concern + 1).astype(np.int8),
            "flagged": pl.Series(flagged).set(pl.Series(random.random(number) < 0.1), None),
        }))  # fmt: skip
    return pl.concat(found)
