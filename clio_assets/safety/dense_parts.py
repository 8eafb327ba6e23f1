"""The parts of the graph of uses in which most accounts sent what most others sent.

A connected part is held together by its weakest links, and the more requests there are, the more
chance links there are between two of them: from some size on most of a log is one part (Molloy and
Reed 1995, "A critical point for random graphs"), and whatever campaign has one link to it is lost
in it. So a part that is not dense is no verdict: its least alike links are cut, more at each step,
until what is left is dense or too small. That is single linkage read at the level at which each
part is dense.

Dense at that level: of all that have a theme in common some are always a little more alike, and
such a choice of them is dense as long as being near at all is enough. And it is a choice: a single
linkage tree of u uses has u - 1 parts to choose from, and among so many one looks like a campaign
by chance (`one_of`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from clio_assets.safety.account_graph import Links, Near, Uses, linked_share, reach_of
from clio_assets.safety.coordination_settings import CoordinationSettings
from clio_assets.safety.look_back import parts_of
from clio_assets.safety.near_duplicates import all_near
from clio_assets.safety.wordings import Wordings, holders_of_core

MEASURED, MOST_WORDINGS = 300, 4_000
"""Accounts of a group between which its density is measured, and the wordings they may have sent:
300 accounts with more have no template in common."""

STEPS = 10
"""Levels of likeness, from 0 up, at which a part that is not dense is cut."""


@dataclass(frozen=True)
class DensePart:
    """uses (k,): rows of the graph's uses. density: the share of pairs of accounts that are as
    alike as is asked for at its level, 0 to 1. meaning: the share of its links that are of meaning
    alone. one_of: how many such parts there were to choose from: those that nothing was cut for, or
    all that cutting can give."""

    uses: NDArray[np.int64]
    density: float
    meaning: float
    one_of: int


def dense_parts(
    links: Links,
    uses: Uses,
    wordings: Wordings,
    near: Near,
    least: float,
    settings: CoordinationSettings,
) -> list[DensePart]:
    """Return the parts of settings.least_accounts or more that settings.least_density of the pairs
    of accounts hold together: those by words alone, then those by words and meaning.

    Alone, because a template about what many ask for is near in meaning to all of them. least:
    nats that a template has to say.
    """
    by_word = wordings.words.power(2).tocsc()
    whole: list[tuple[NDArray[np.int64], float, float]] = []
    cut: list[tuple[NDArray[np.int64], float, float]] = []
    choices = 0
    for some in (links.where(~links.meaning), links):
        for step in range(STEPS):
            some = some.where(some.alike * STEPS >= step)
            reach = reach_of(near.where(near.alike * STEPS >= step), len(wordings))
            least_alike = settings.least_alike + (1 - settings.least_alike) * step / STEPS
            sparse_ones = []
            for part, held in parts_of(some, len(uses.at), settings.least_accounts):
                if len(np.unique(uses.account[part])) < settings.least_accounts:
                    continue
                rows = _completed(wordings, by_word, uses, part, least)
                density = _density(wordings, uses, reach, rows, least, least_alike)
                if density >= settings.least_density:
                    found = (rows, density, float(some.meaning[held].mean()))
                    (cut if step else whole).append(found)
                else:
                    sparse_ones.append(held)
                    choices += 0 if step else len(part) - 1
            if not sparse_ones:
                break
            some = some.where(np.concatenate(sparse_ones))
    return [DensePart(*part, len(whole)) for part in whole] + [
        DensePart(*part, choices) for part in cut
    ]


def _completed(
    wordings: Wordings,
    by_word: sparse.csc_matrix,
    uses: Uses,
    rows: NDArray[np.int64],
    least: float,
) -> NDArray[np.int64]:
    """Return a group's uses with all others that hold what they have in common, if that tells.

    Common words stand in no signature, so users of a starter template are at first linked by the
    few words they chose themselves: a small new group, where it is an old and large one.
    """
    holders = holders_of_core(wordings, by_word, uses.wording[rows], least)
    begin = np.searchsorted(uses.wording, holders)
    count = np.searchsorted(uses.wording, holders, side="right") - begin
    held = np.repeat(begin - np.cumsum(count) + count, count) + np.arange(count.sum())
    return np.union1d(rows, held)


def _density(
    wordings: Wordings,
    uses: Uses,
    reach: sparse.csr_matrix,
    rows: NDArray[np.int64],
    least: float,
    least_alike: float,
) -> float:
    """Return the share of linked pairs of accounts, of every n-th where they are many."""
    accounts, account = np.unique(uses.account[rows], return_inverse=True)
    step = -(-len(accounts) // MEASURED)
    kept = account % step == 0
    chosen, wording = np.unique(uses.wording[rows][kept], return_inverse=True)
    if len(chosen) > MOST_WORDINGS:
        return 0.0
    near = all_near(wordings, chosen, least, least_alike)
    near |= reach[chosen][:, chosen].toarray() > 0
    return linked_share(account[kept] // step, wording, near)
