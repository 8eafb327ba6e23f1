"""Who sent what others sent, as a graph of uses: a use is an account's first request in a wording.

Two uses of different accounts are linked when their wordings are near and they are near in time.
Groups are connected parts. They are of uses and not of accounts, so that an account that also sent
a popular prompt joins no two groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

NEXT = 8
"""Later uses of one wording that each is linked with: a wording that thousands use stays linear
in its uses, and connected."""


@dataclass(frozen=True)
class Uses:
    """u uses, ordered by wording, then time: wording (u,), account (u,), at (u,) in days."""

    wording: NDArray[np.int64]
    account: NDArray[np.int64]
    at: NDArray[np.float64]


@dataclass(frozen=True)
class Near:
    """p pairs of wordings, each once: one (p,), other (p,), alike (p,) from 0 for just near enough
    to 1 for the same, meaning (p,), true where the pair is near in meaning and not in wording."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    alike: NDArray[np.float64]
    meaning: NDArray[np.bool_]

    def where(self, kept: NDArray[np.bool_]) -> Near:
        """Return the pairs that `kept` (p,) chooses."""
        return Near(self.one[kept], self.other[kept], self.alike[kept], self.meaning[kept])


@dataclass(frozen=True)
class Links:
    """e links between uses: one (e,), other (e,), alike (e,) and meaning (e,) as of their pair of
    wordings; alike is 1 in one wording."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    alike: NDArray[np.float64]
    meaning: NDArray[np.bool_]

    def where(self, kept: NDArray[np.bool_] | NDArray[np.int64]) -> Links:
        """Return the links that `kept` chooses."""
        return Links(self.one[kept], self.other[kept], self.alike[kept], self.meaning[kept])


def rarity(users: NDArray[np.int64], accounts: int) -> NDArray[np.float64]:
    """Return log(accounts / users) / log(accounts): 1 for what one account uses, 0 for all do."""
    return np.log(accounts / np.maximum(users, 1)) / np.log(max(accounts, 2))


def reach_of(near: Near, wordings: int) -> sparse.csr_matrix:
    """Return the matrix (wordings, wordings) that is 1 between a wording, itself and those near."""
    ones = np.ones(len(near.one), np.int32)
    beside = sparse.csr_matrix((ones, (near.one, near.other)), (wordings, wordings))
    itself = sparse.eye_array(wordings, dtype=np.int32, format="csr")
    return sparse.csr_matrix(beside + beside.T + itself)


def users_of(uses: Uses, reach: sparse.csr_matrix, accounts: int) -> NDArray[np.int64]:
    """Count for each wording the accounts that use it or one near to it (wordings,)."""
    ones = np.ones(len(uses.wording), np.int32)
    held = sparse.csr_matrix((ones, (uses.wording, uses.account)), (reach.shape[0], accounts))
    return np.diff((reach @ held).indptr).astype(np.int64)


def links_between(uses: Uses, near: Near, days: float) -> Links:
    """Link uses of different accounts whose wordings are the same or near, at most `days` apart."""
    links = _candidates(uses, near)
    apart = np.abs(uses.at[links.one] - uses.at[links.other])
    return links.where((apart <= days) & (uses.account[links.one] != uses.account[links.other]))


def connected_parts(links: Links, uses: int) -> NDArray[np.int64]:
    """Return the number of each use's connected part (uses,), -1 where it has no link."""
    weights = np.ones(len(links.one), np.int8)
    graph = sparse.coo_matrix((weights, (links.one, links.other)), (uses, uses))
    part = connected_components(graph, directed=False)[1].astype(np.int64)
    part[np.bincount(np.append(links.one, links.other), minlength=uses) == 0] = -1
    return part


def _candidates(uses: Uses, near: Near) -> Links:
    """Return pairs of uses: in one wording the next in time, in two the nearest in time."""
    lefts, rights, likenesses, meanings = [], [], [], []
    for step in range(1, NEXT + 1):
        left = np.flatnonzero(uses.wording[step:] == uses.wording[:-step])
        lefts.append(left)
        rights.append(left + step)
        likenesses.append(np.ones(len(left)))
        meanings.append(np.zeros(len(left), bool))
    span = float(np.ptp(uses.at)) + 1 if len(uses.at) else 1.0
    start = uses.at.min(initial=np.inf) if len(uses.at) else 0.0
    key = uses.wording * span + (uses.at - start)
    begins = np.searchsorted(uses.wording, np.arange(uses.wording.max(initial=-1) + 2))
    for mine, theirs in ((near.one, near.other), (near.other, near.one)):
        count = begins[mine + 1] - begins[mine]
        pair = np.repeat(np.arange(len(mine)), count)
        use = begins[mine][pair] + np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
        wanted = theirs[pair]
        after = np.searchsorted(key, wanted * span + (uses.at[use] - start))
        for found in (after - 1, after):
            inside = (found >= begins[wanted]) & (found < begins[wanted + 1])
            lefts.append(use[inside])
            rights.append(found[inside])
            likenesses.append(near.alike[pair][inside])
            meanings.append(near.meaning[pair][inside])
    return Links(*(np.concatenate(each) for each in (lefts, rights, likenesses, meanings)))


def linked_share(
    account: NDArray[np.int64], wording: NDArray[np.int64], near: NDArray[np.bool_]
) -> float:
    """Return the share of pairs of accounts that sent the same or near wordings, 0 to 1.

    account, wording: of each use of a group (k,), numbers from 0; near: (wordings, wordings).
    """
    people = int(account.max()) + 1
    held = np.zeros((people, len(near)), np.float32)
    held[account, wording] = 1
    linked = held @ (near | np.eye(len(near), dtype=bool)).astype(np.float32) @ held.T > 0
    np.fill_diagonal(linked, False)
    return float(linked.sum() / max(people * (people - 1), 1))
