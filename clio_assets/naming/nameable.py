"""Can a group of conversations be named at all? Asked before it becomes a topic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.naming.joining_words import joining_words
from clio_assets.privacy.text_support import tokens


def nameable(requests: pl.DataFrame, minimum: int) -> Callable[[NDArray[np.int64]], bool]:
    """Return the judge of a group, given as its rows (m,) of `requests` (account, language, text).

    True where a content word is used by `minimum` of its accounts, and by a larger share of them
    than of everybody's. A group without one would be a topic without a name, which the gate
    withholds (PRIVACY.md, merging rule).
    """
    languages = requests["language"].unique().sort()
    joining = pl.DataFrame(
        [(language, word) for language in languages for word in sorted(joining_words(language))],
        schema={"language": pl.String, "token": pl.String},
        orient="row",
    )
    whose = requests["account"].fill_null("").rank("dense").cast(pl.Int64)
    words = (
        tokens(requests.select("language", "text", account=whose).with_row_index("row"))
        .filter(~pl.col("token").str.contains(r"^\d+$"))
        .join(joining, on=["language", "token"], how="anti")
        .select("row", "account", pl.col("token").rank("dense").cast(pl.Int64))
        .unique()
        .sort("row")
    )
    ends = np.searchsorted(words["row"].to_numpy(), np.arange(len(requests) + 1))
    pairs = words.select("token", "account").to_numpy()
    everybody = whose.n_unique()
    usual = np.bincount(np.unique(pairs, axis=0)[:, 0])

    def judge(rows: NDArray[np.int64]) -> bool:
        mine = np.concatenate(
            [np.zeros((0, 2), np.int64), *(pairs[ends[n] : ends[n + 1]] for n in rows)]
        )
        used, some = np.unique(np.unique(mine, axis=0)[:, 0], return_counts=True)
        enough = some >= minimum
        accounts = len(np.unique(whose.to_numpy()[rows]))
        if accounts < everybody:
            enough &= some * everybody > usual[used] * accounts
        return bool(enough.any())

    return judge
