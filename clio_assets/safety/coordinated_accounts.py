"""Which accounts act together: the one way in for what stands in this folder.

requests -> wordings -> pairs near in wording or meaning -> linked uses -> groups -> those for
which rarity, time and the accounts themselves speak.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from clio_assets.safety.account_graph import (
    Links,
    Near,
    Uses,
    connected_parts,
    density_of,
    links_between,
    rarity,
    reach_of,
    users_of,
)
from clio_assets.safety.group_evidence import activity, evidence_of
from clio_assets.safety.near_duplicates import near_duplicates
from clio_assets.safety.semantic_duplicates import semantic_duplicates
from clio_assets.safety.wordings import Wordings, distinct_wordings, template_entropy

DAY = 86_400_000_000

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

MEMBERS: dict[str, Any] = {"group_id": pl.String(), "account": pl.String()}


class CoordinationSettings(BaseModel):
    """What makes a group; every default was chosen on seeds other than those reported."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_accounts: int = Field(default=5, ge=2)
    least_shared: float = Field(default=10.0, ge=0)
    """Nats that two requests must share beyond the logarithm of the number of pairs of accounts:
    e^-10 such pairs are expected by chance in the whole look-back, if words were independent."""
    least_alike: float = Field(default=0.12, ge=0, le=1)
    """The least weighted Jaccard index: a long text that happens to hold a short one is none."""
    least_cosine: float = Field(default=0.75, ge=-1, le=1)
    """From where two requests are near in meaning; a figure of all-MiniLM-L6-v2."""
    link_days: float = Field(default=7.0, gt=0)
    """Uses further apart are not linked, and the weight of a link falls to 1/e over so long."""
    new_days: float = Field(default=1.0, ge=0)
    """An account is new so long after it was first seen."""
    least_density: float = Field(default=0.1, ge=0, le=1)
    least_evidence: float = Field(default=6.0, ge=0)
    """Nats, of a group held together by wording."""
    least_evidence_of_meaning: float = Field(default=12.0, ge=0)
    """Nats, of a group mostly held together by meaning: people ask for the same things."""
    least_score: float = Field(default=0.3, ge=0, le=1)
    nearest: int = Field(default=8, ge=1)
    seed: int = 0


@dataclass(frozen=True)
class Findings:
    """groups: GROUPS, the highest score first. members: MEMBERS, ordered."""

    groups: pl.DataFrame
    members: pl.DataFrame


def coordinated_accounts(
    requests: pl.DataFrame,
    vectors: NDArray[np.float32],
    first_seen: pl.DataFrame,
    settings: CoordinationSettings | None = None,
) -> Findings:
    """Find groups of accounts that sent near-duplicate first requests in a look-back.

    requests: one row a conversation: account, started_at (UTC), text (the first request), vector
    (its row in `vectors`, null where it has none). All conversations of the look-back, since what
    is rare, new or early is told by comparing. vectors: (v, d), unit norm. first_seen: account,
    first_seen (UTC), over all history; an account that is not there was first seen with its first
    request here.

    Of a group: `density`, the share of its pairs of accounts that sent near wordings; `span_days`
    from its first to its last request; `new_share` of its accounts, beside what others on those
    days give reason to expect; `alone_share`, the accounts that sent nothing else;
    `template_entropy` in bits a word, 0 where all sent the same words; `rarity` and `score`, 0 to
    1, and `evidence` in nats (group_evidence.py); `meaning_share` of its links; `found_by`
    "wording" or "meaning", what most links are. `group_id` is told by the members alone.

    The same rows in any order give the same frames. Raises nothing of its own; messages of Polars
    about missing columns hold no text of a request.
    """
    settings = settings or CoordinationSettings()
    requests = requests.filter(pl.col("account").is_not_null()).sort(
        "started_at", "account", "text"
    )
    if not len(requests):
        return _findings([], [])
    names = requests["account"].unique().sort()
    account = requests["account"].rank("dense").to_numpy().astype(np.int64) - 1
    at = requests["started_at"].dt.epoch("us").to_numpy() / DAY
    start = np.floor(at[0])
    at = at - start
    wordings = distinct_wordings(requests["text"], account)
    near, telling = _near(wordings, requests["vector"], vectors, len(names), settings)
    uses, sent = _uses(wordings.of_row, account, at, telling)
    reach = reach_of(near, len(wordings))
    scarce = rarity(users_of(uses, reach, len(names)), len(names))
    links = links_between(uses, near, scarce, settings.link_days)
    seen = _first_seen(names, first_seen, account, at, start)
    everything = activity(account, at, seen, settings.new_days)

    groups, members = [], []
    for rows, held in _parts(links, len(uses.at), settings.least_accounts):
        group_accounts, place = np.unique(uses.account[rows], return_inverse=True)
        if len(group_accounts) < settings.least_accounts:
            continue
        began = np.full(len(group_accounts), np.inf)
        np.minimum.at(began, place, uses.at[rows])
        total = np.bincount(place, weights=sent[rows]).astype(np.int64)
        found = evidence_of(group_accounts, began, total, everything)
        meaning = float(links.meaning[held].mean())
        least = settings.least_evidence if meaning < 0.5 else settings.least_evidence_of_meaning
        rare = min(
            float(np.median(scarce[uses.wording[rows]])),
            float(rarity(np.array([len(group_accounts)]), len(names))[0]),
        )
        score = rare * found.effect
        if found.evidence < least or score < settings.least_score:
            continue
        density = density_of(uses, reach, rows)
        if density < settings.least_density:
            continue
        who = names.gather(group_accounts).to_list()
        identity = hashlib.blake2b("\0".join(who).encode(), digest_size=8).hexdigest()
        inside = np.isin(wordings.of_row, np.unique(uses.wording[rows]))
        inside &= np.isin(account, group_accounts)
        times = requests["started_at"].filter(pl.Series(inside))
        groups.append(
            {
                "group_id": identity,
                "accounts": len(who),
                "requests": int(total.sum()),
                "density": density,
                "first_at": times.min(),
                "last_at": times.max(),
                "span_days": float(np.ptp(at[inside])),
                "new_share": found.new_share,
                "expected_new_share": found.expected_new,
                "alone_share": found.alone_share,
                "template_entropy": template_entropy(wordings, uses.wording[rows]),
                "rarity": rare,
                "evidence": found.evidence,
                "score": score,
                "meaning_share": meaning,
                "found_by": "meaning" if meaning >= 0.5 else "wording",
            }
        )
        members += [{"group_id": identity, "account": name} for name in who]
    return _findings(groups, members)


def _findings(groups: list[dict[str, Any]], members: list[dict[str, Any]]) -> Findings:
    """Two groups of the very same accounts, sending two templates, are one: the higher score."""
    found = pl.DataFrame(groups, schema=GROUPS).sort(
        ["score", "evidence", "group_id"], descending=[True, True, False]
    )
    return Findings(
        groups=found.unique("group_id", keep="first", maintain_order=True),
        members=pl.DataFrame(members, schema=MEMBERS).unique().sort("group_id", "account"),
    )


def _near(
    wordings: Wordings,
    rows: pl.Series,
    vectors: NDArray[np.float32],
    accounts: int,
    settings: CoordinationSettings,
) -> tuple[Near, NDArray[np.bool_]]:
    """Return the near pairs, and which wordings say enough that sharing one is no coincidence."""
    least = settings.least_shared + float(np.log(max(accounts * (accounts - 1) / 2, 1)))
    telling = wordings.held >= least
    one, other, _ = near_duplicates(wordings, accounts, least, settings.least_alike, settings.seed)
    row = rows.cast(pl.Int64).fill_null(-1).to_numpy()[wordings.first_row]
    embedded = np.flatnonzero(telling & (row >= 0))
    left, right, _ = semantic_duplicates(
        vectors[row[embedded]], settings.least_cosine, settings.nearest, settings.seed
    )
    size = max(len(wordings), 1)
    worded = one * size + other
    meant = embedded[left] * size + embedded[right]
    meant = meant[~np.isin(meant, worded)]
    pairs = np.append(worded, meant)
    return Near(pairs // size, pairs % size, np.arange(len(pairs)) >= len(worded)), telling


def _uses(
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


def _first_seen(
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


def _parts(
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
