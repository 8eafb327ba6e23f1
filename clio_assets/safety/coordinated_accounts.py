"""Which accounts act together: the one way in for what stands in this folder.

requests -> wordings -> pairs near in wording or meaning -> linked uses -> dense parts -> those for
which rarity, time and the accounts themselves speak.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from clio_assets.safety.account_graph import (
    links_between,
    rarity,
    reach_of,
    users_of,
)
from clio_assets.safety.coordination_settings import CoordinationSettings
from clio_assets.safety.dense_parts import dense_parts
from clio_assets.safety.group_evidence import Evidence, activity, evidence_of
from clio_assets.safety.look_back import (
    DAY,
    days_first_seen,
    language_codes,
    near_pairs,
    uses_of,
)
from clio_assets.safety.wordings import distinct_wordings, template_entropy

GROUPS: dict[str, Any] = {
    "group_id": pl.String(),
    "accounts": pl.Int64(),
    "requests": pl.Int64(),
    "density": pl.Float64(),
    "first_at": pl.Datetime("us", "UTC"),
    "last_at": pl.Datetime("us", "UTC"),
    "span_days": pl.Float64(),
    "new_share": pl.Float64(),
    "expected_new_share": pl.Float64(),
    "alone_share": pl.Float64(),
    "template_entropy": pl.Float64(),
    "rarity": pl.Float64(),
    "evidence": pl.Float64(),
    "score": pl.Float64(),
    "meaning_share": pl.Float64(),
    "found_by": pl.String(),
}
"""One row a group; docs of the columns in `coordinated_accounts`."""

MEMBERS: dict[str, Any] = {"group_id": pl.String(), "account": pl.String(), "row": pl.Int64()}
"""One row a request of a group; `row` counts the rows that were given."""


@dataclass(frozen=True)
class Findings:
    """groups: GROUPS, the highest score first. members: MEMBERS, ordered."""

    groups: pl.DataFrame
    members: pl.DataFrame


# OpenBLAS shares a product of more than about 80 rows among its threads, and they wait for each
# other longer than they work: in one tree of 164,000 vectors (leaves of 81) the products took 8.1
# seconds of processor on two threads and .14 on one.
@threadpool_limits.wrap(limits=1, user_api="blas")
def coordinated_accounts(
    requests: pl.DataFrame,
    vectors: NDArray[np.float32],
    first_seen: pl.DataFrame,
    settings: CoordinationSettings | None = None,
) -> Findings:
    """Find groups of accounts that sent near-duplicate first requests in a look-back.

    requests: one row a conversation: account, started_at (UTC), text (the first request), vector
    (its row in `vectors`, null where it has none) and, where it is known, language. All
    conversations of the look-back, since what is rare, new or early is told by comparing.
    vectors: (v, d), unit norm. first_seen: account, first_seen (UTC), over all history; an account
    that is not there was first seen with its first request here.

    Of a group: `density`, the share of its pairs of accounts that sent wordings as alike as those
    that hold it together (dense_parts.py); `span_days` from its first to its last request;
    `new_share` of its accounts, beside what others on those days give reason to expect;
    `alone_share`, the accounts that sent nothing else;
    `template_entropy` in bits a word, 0 where all sent the same words; `rarity` and `score`, 0 to
    1, and `evidence` in nats (group_evidence.py); `meaning_share` of its links; `found_by`
    "wording" or "meaning", what most links are. `group_id` is told by the members alone.

    The same rows in any order give the same frames. Raises nothing of its own; messages of Polars
    about missing columns hold no text of a request.
    """
    settings = settings or CoordinationSettings()
    requests = (
        requests.with_row_index("row")
        .filter(pl.col("account").is_not_null())
        .sort("started_at", "account", "text")
    )
    if not len(requests):
        return _findings([], [])
    names = requests["account"].unique().sort()
    account = requests["account"].rank("dense").to_numpy().astype(np.int64) - 1
    at = requests["started_at"].dt.epoch("us").to_numpy() / DAY
    start = np.floor(at[0])
    at = at - start
    wordings = distinct_wordings(requests["text"], account, language_codes(requests))
    least = settings.least_shared + float(np.log(max(len(names) * (len(names) - 1) / 2, 1)))
    telling = wordings.held >= least
    near = near_pairs(wordings, requests["vector"], vectors, least, settings)
    uses, sent = uses_of(wordings.of_row, account, at, telling)
    reach = reach_of(near, len(wordings))
    scarce = rarity(users_of(uses, reach, len(names)), len(names))
    links = links_between(uses, near, settings.link_days)
    seen = days_first_seen(names, first_seen, account, at, start)
    everything = activity(account, at, seen, settings.new_days)

    weighed = []
    for part in dense_parts(links, uses, wordings, near, least, settings):
        members, place = np.unique(uses.account[part.uses], return_inverse=True)
        began = np.full(len(members), np.inf)
        np.minimum.at(began, place, uses.at[part.uses])
        total = np.bincount(place, weights=sent[part.uses]).astype(np.int64)
        weighed.append(
            _Group(
                members=members,
                wordings=uses.wording[part.uses],
                requests=int(total.sum()),
                density=part.density,
                meaning=part.meaning,
                rarity=min(
                    float(np.median(scarce[uses.wording[part.uses]])),
                    float(rarity(np.array([len(members)]), len(names))[0]),
                ),
                evidence=evidence_of(members, began, total, everything),
                one_of=part.one_of,
            )
        )

    groups, pairs = [], []
    for group in weighed:
        if not group.stands_out(settings):
            continue
        who = names.gather(group.members).to_list()
        inside = np.isin(wordings.of_row, group.wordings) & np.isin(account, group.members)
        times = requests["started_at"].filter(pl.Series(inside))
        row = group.row(who) | {"first_at": times.min(), "last_at": times.max()}
        row["span_days"] = float(np.ptp(at[inside]))
        row["template_entropy"] = template_entropy(wordings, group.wordings)
        groups.append(row)
        pairs.append(
            requests.filter(pl.Series(inside)).select(
                pl.lit(row["group_id"]).alias("group_id"), "account", pl.col("row").cast(pl.Int64)
            )
        )
    return _findings(groups, pairs)


@dataclass(frozen=True)
class _Group:
    """A group before it is known whether it stands out: members (k,), its uses' wordings (u,)."""

    members: NDArray[np.int64]
    wordings: NDArray[np.int64]
    requests: int
    density: float
    meaning: float
    rarity: float
    evidence: Evidence
    one_of: int

    @property
    def by_meaning(self) -> bool:
        return self.meaning >= 0.5

    def stands_out(self, settings: CoordinationSettings) -> bool:
        """Say whether it does, as one of as many as there were to choose from."""
        of_wording, of_meaning = settings.least_evidence, settings.least_evidence_of_meaning
        least = (of_meaning if self.by_meaning else of_wording) + np.log(self.one_of)
        score = self.evidence.score(self.rarity)
        return bool(self.evidence.evidence >= least and score >= settings.least_score)

    def row(self, who: list[str]) -> dict[str, Any]:
        """Return what GROUPS asks for, but for times and entropy."""
        return {
            "group_id": hashlib.blake2b("\0".join(who).encode(), digest_size=8).hexdigest(),
            "accounts": len(who),
            "requests": self.requests,
            "density": self.density,
            "new_share": self.evidence.new_share,
            "expected_new_share": self.evidence.expected_new,
            "alone_share": self.evidence.alone_share,
            "rarity": self.rarity,
            "evidence": self.evidence.evidence,
            "score": self.evidence.score(self.rarity),
            "meaning_share": self.meaning,
            "found_by": "meaning" if self.by_meaning else "wording",
        }


def _findings(groups: list[dict[str, Any]], members: list[pl.DataFrame]) -> Findings:
    """Of two groups that are mostly the same accounts, the one with the higher score."""
    found = pl.DataFrame(groups, schema=GROUPS).sort(
        ["score", "evidence", "group_id"], descending=[True, True, False]
    )
    held = pl.concat([pl.DataFrame(schema=MEMBERS), *members]).unique()
    accounts = dict(held.group_by("group_id").agg(pl.col("account").unique()).iter_rows())
    kept: dict[str, set[str]] = {}
    for group in found["group_id"].unique(maintain_order=True):
        own = set(accounts[group])
        if all(2 * len(own & other) <= min(len(own), len(other)) for other in kept.values()):
            kept[group] = own
    return Findings(
        groups=found.filter(pl.col("group_id").is_in(list(kept))).unique(
            "group_id", keep="first", maintain_order=True
        ),
        members=held.filter(pl.col("group_id").is_in(list(kept))).sort(
            "group_id", "account", "row"
        ),
    )
