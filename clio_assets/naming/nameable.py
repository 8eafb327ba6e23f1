"""Can a group of conversations be named at all? Asked before it becomes a topic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.naming.joining_words import joining_words
from clio_assets.privacy.text_support import tokens


def nameable(requests: pl.DataFrame, minimum: int) -> Callable[[NDArray[np.bool_]], bool]:
    """Return the judge of a group, given as a mask (n,) over `requests` (account, language, text).

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
    words = (
        tokens(requests.with_row_index("row"))
        .filter(~pl.col("token").str.contains(r"^\d+$"))
        .join(joining, on=["language", "token"], how="anti")
        .select("row", "account", "token")
        .unique()
    )
    everybody = requests["account"].n_unique()
    usual = words.group_by("token").agg(pl.col("account").n_unique().alias("all"))

    def judge(rows: NDArray[np.bool_]) -> bool:
        mine = pl.DataFrame({"row": np.flatnonzero(rows)}, schema={"row": pl.UInt32})
        accounts = requests.filter(pl.Series(rows))["account"].n_unique()
        used = (
            words.join(mine, on="row", how="semi")
            .group_by("token")
            .agg(pl.col("account").n_unique().alias("some"))
            .filter(pl.col("some") >= minimum)
            .join(usual, on="token")
        )
        alone = accounts == everybody
        distinctive = pl.col("some") * everybody > pl.col("all") * accounts
        return len(used if alone else used.filter(distinctive)) > 0

    return judge
