"""A look-back's requests as the arrays that are compared: pairs, uses, first days, parts."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clio_assets.safety.account_graph import Links, Near, Uses, connected_parts
from clio_assets.safety.coordination_settings import CoordinationSettings
from clio_assets.safety.near_duplicates import near_duplicates
from clio_assets.safety.semantic_duplicates import semantic_duplicates
from clio_assets.safety.wordings import Wordings

DAY = 86_400_000_000
"""A day in microseconds."""


def near_pairs(
    wordings: Wordings,
    rows: pl.Series,
    vectors: NDArray[np.float32],
    least: float,
    settings: CoordinationSettings,
) -> Near:
    """Return the pairs near in wording or meaning of those that say `least` nats or more: where a
    text says less, sharing it may be coincidence."""
    telling = wordings.held >= least
    one, other, shared = near_duplicates(wordings, least, settings.least_alike, settings.seed)
    row = rows.cast(pl.Int64).fill_null(-1).to_numpy()[wordings.first_row]
    embedded = np.flatnonzero(telling & (row >= 0))
    left, right, cosine = semantic_duplicates(
        vectors[row[embedded]], settings.least_cosine, settings.nearest, settings.seed
    )
    size = max(len(wordings), 1)
    worded = one * size + other
    meant = embedded[left] * size + embedded[right]
    only = ~np.isin(meant, worded)
    pairs = np.append(worded, meant[only])
    alike = np.append(
        (shared - settings.least_alike) / (1 - settings.least_alike),
        (cosine[only] - settings.least_cosine) / (1 - settings.least_cosine),
    )
    # A cosine is rounded otherwise here than in the leaf in which it was enough.
    alike = np.maximum(alike, 0)
    return Near(pairs // size, pairs % size, alike, np.arange(len(pairs)) >= len(worded))


def language_codes(requests: pl.DataFrame) -> NDArray[np.int64] | None:
    if "language" not in requests.columns:
        return None
    return requests["language"].fill_null("").rank("dense").to_numpy().astype(np.int64) - 1


def uses_of(
    wording: NDArray[np.int64],
    account: NDArray[np.int64],
    at: NDArray[np.float64],
    telling: NDArray[np.bool_],
) -> tuple[Uses, NDArray[np.int64]]:
    """Return the first use of each wording by each account, and how often it was sent (u,)."""
    rows = np.flatnonzero((wording >= 0) & telling[wording])
    people = int(account.max()) + 1
    _, first, sent = np.unique(
        wording[rows] * people + account[rows], return_index=True, return_counts=True
    )
    first = rows[first]
    order = np.lexsort((account[first], at[first], wording[first]))
    first = first[order]
    return Uses(wording[first], account[first], at[first]), sent[order]


def days_first_seen(
    names: pl.Series,
    first_seen: pl.DataFrame,
    account: NDArray[np.int64],
    at: NDArray[np.float64],
    start: float,
) -> NDArray[np.float64]:
    """Return when each account was first seen, in days from `start`, here or before."""
    here = np.full(len(names), np.inf)
    np.minimum.at(here, account, at)
    known = first_seen.group_by("account").agg(pl.col("first_seen").min().dt.epoch("us"))
    before = names.to_frame("account").join(known, on="account", how="left", maintain_order="left")
    earlier = before["first_seen"].cast(pl.Float64).to_numpy() / DAY - start
    return np.fmin(here, earlier)


def parts_of(
    links: Links, uses: int, least: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the uses and the links of each connected part of `least` uses or more."""
    part = connected_parts(links, uses)
    by_use = np.argsort(part, kind="stable")
    by_link = np.argsort(part[links.one], kind="stable")
    sizes = np.bincount(part[part >= 0]) if (part >= 0).any() else np.zeros(0, np.int64)
    wanted = np.flatnonzero(sizes >= least)
    use_at = np.searchsorted(part[by_use], [wanted, wanted + 1])
    link_at = np.searchsorted(part[links.one][by_link], [wanted, wanted + 1])
    return [
        (by_use[use_at[0][n] : use_at[1][n]], by_link[link_at[0][n] : link_at[1][n]])
        for n in range(len(wanted))
    ]
