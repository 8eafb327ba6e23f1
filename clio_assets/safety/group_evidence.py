"""What speaks for a campaign in a group of accounts, beside that they sent the same.

Many accounts send the same for innocent reasons: a prompt found on the web, what a product writes
into an empty page. Such a prompt is sent by old and new accounts alike, at all times, by people
who also do other things. So three things are asked of each group, each against what accounts
active on the same days do anyway:

- new: how many of its accounts were new when they first sent it (binomial tail);
- alone: how many of its accounts sent nothing else (binomial tail);
- time: how short the time is in which they began (range of uniform draws, in activity time).

`evidence` is the negative logarithm of the chance that the three together are so small (Fisher
1925, "Statistical Methods for Research Workers", 21.1), in nats. It grows with the group whatever
the effect, so `score` asks for the effect: the share of each that activity does not explain,
joined as 1 - (1 - new)(1 - alone)(1 - time), times the rarity of the wording. Rarity alone would
let a campaign hide in its own size, so where it is less, accounts and time together stand in for
it: (1 - (1 - new)(1 - alone))^2 time. Squared, so that a prompt which everybody tries in the same
days gains little by the few new accounts among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, gamma

PRIOR = 2.0
"""Accounts at the base rate added to each day, so that no rate is 0 or 1."""


@dataclass(frozen=True)
class Activity:
    """What all accounts did. Days are whole numbers from 0.

    at: each request's time (n,), in days, ascending. account: whose (n,). first_seen: when each
    account was first seen (accounts,), in days; before 0 where it is older than the requests.
    requests: how many each account sent (accounts,). active, new and alone: how many accounts were
    active on each day, of those how many were new, and how many sent one request in all (days,).
    """

    at: NDArray[np.float64]
    first_seen: NDArray[np.float64]
    requests: NDArray[np.int64]
    active: NDArray[np.int64]
    new: NDArray[np.int64]
    alone: NDArray[np.int64]
    new_days: float


@dataclass(frozen=True)
class Evidence:
    """new_share and alone_share: of the group's accounts; expected_new: the share among others on
    the same days; evidence in nats; accounts (new and alone), time: their effects, 0 to 1."""

    new_share: float
    alone_share: float
    expected_new: float
    evidence: float
    accounts: float
    time: float

    def score(self, rarity: float) -> float:
        """Return 0 to 1 for a group whose wording has this rarity."""
        effect = 1 - (1 - self.accounts) * (1 - self.time)
        return max(rarity, self.accounts**2 * self.time) * effect


def activity(
    account: NDArray[np.int64],
    at: NDArray[np.float64],
    first_seen: NDArray[np.float64],
    new_days: float,
) -> Activity:
    """Count who was active when. account, at: each request's (n,), ordered by time."""
    requests = np.bincount(account, minlength=len(first_seen))
    day = at.astype(np.int64)
    days = int(day.max(initial=0)) + 1
    _, first = np.unique(account * days + day, return_index=True)
    who, when = account[first], day[first]
    fresh = at[first] - first_seen[who] <= new_days
    single = requests[who] == 1
    return Activity(
        at=at,
        first_seen=first_seen,
        requests=requests,
        active=np.bincount(when, minlength=days),
        new=np.bincount(when[fresh], minlength=days),
        alone=np.bincount(when[single], minlength=days),
        new_days=new_days,
    )


def evidence_of(
    members: NDArray[np.int64],
    began: NDArray[np.float64],
    sent: NDArray[np.int64],
    all_: Activity,
) -> Evidence:
    """Weigh a group: its accounts (k,), when each first sent the wording (k,), in days, and how
    many requests of the group each sent (k,)."""
    size = len(members)
    day = began.astype(np.int64)
    new = began - all_.first_seen[members] <= all_.new_days
    alone = all_.requests[members] == sent
    expected_new = _expected(day, new, all_.active, all_.new)
    expected_alone = _expected(day, alone, all_.active, all_.alone)
    place = np.searchsorted(all_.at, began, side="right") / max(len(all_.at), 1)
    spread = float(np.ptp(place))
    usual = (size - 1) / (size + 1)
    surprise = (
        -binom.logsf(int(new.sum()) - 1, size, expected_new)
        - binom.logsf(int(alone.sum()) - 1, size, expected_alone)
        - _log_chance_of_range(spread, size)
    )
    new_effect = (new.mean() - expected_new) / (1 - expected_new)
    alone_effect = (alone.mean() - expected_alone) / (1 - expected_alone)
    return Evidence(
        new_share=float(new.mean()),
        alone_share=float(alone.mean()),
        expected_new=expected_new,
        evidence=float(-gamma.logsf(max(surprise, 0.0), 3)),
        accounts=1 - (1 - _share(new_effect)) * (1 - _share(alone_effect)),
        time=_share(1 - spread / max(usual, 1e-9)),
    )


def _share(effect: float) -> float:
    return min(max(float(effect), 0.0), 1.0)


def _expected(
    day: NDArray[np.int64],
    own: NDArray[np.bool_],
    active: NDArray[np.int64],
    those: NDArray[np.int64],
) -> float:
    """Return the share among the other accounts of the same days, weighted as the group's days."""
    mine = np.bincount(day, minlength=len(active))
    mine_too = np.bincount(day[own], minlength=len(active))
    base = those.sum() / max(active.sum(), 1)
    others = np.maximum(active - mine, 0)
    share = (np.maximum(those - mine_too, 0) + PRIOR * base) / (others + PRIOR)
    return float(np.clip(share[day].mean(), 1e-3, 1 - 1e-3))


def _log_chance_of_range(spread: float, size: int) -> float:
    """Return the log of the chance that `size` uniform draws lie within `spread` (0 to 1).

    The range of n uniform draws has the distribution n r^(n-1) - (n-1) r^n (David and Nagaraja
    2003, "Order Statistics", 2.3).
    """
    if size < 2:
        return 0.0
    spread = min(max(spread, 1e-9), 1.0)
    chance = np.log(size - (size - 1) * spread) + (size - 1) * np.log(spread)
    return float(min(chance, 0.0))
