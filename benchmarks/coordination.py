"""Planted campaigns found, traps left alone, seconds and memory: `python -m benchmarks.coordination`.

Writes artifacts/coordination.json. Defaults were chosen on seeds 101 to 105; seeds 1 to 10 are
reported.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.coordination_growth import GROWTH, growth
from benchmarks.evaluation.labelled_sets import embedded, load_set
from benchmarks.planted_campaigns import KINDS, Kind, Planted, planted
from clio_assets.safety.coordinated_accounts import CoordinationSettings, coordinated_accounts

SEEDS = range(1, 11)
FOUND = 0.5
"""A campaign is found when one group holds more than half of its accounts and is more than half
made of them; any other group is false."""

TRAPS = ("popular", "viral", "starter", "whale")
ARTIFACT = Path("artifacts/coordination.json")


def real_requests() -> tuple[pl.DataFrame, NDArray[np.float32]]:
    """Return the first requests of `mixed` (account, started_at, text) and their unit vectors."""
    mixed = load_set("mixed")
    at = pl.col("started_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC")
    return mixed.rows.select("account", at, "text"), mixed.vectors


def run(
    real: pl.DataFrame,
    vectors: NDArray[np.float32],
    kind: Kind,
    seed: int,
    settings: CoordinationSettings | None = None,
) -> dict[str, Any]:
    """Plant, look, compare: the figures of one seed and kind."""
    plan = planted(real, kind, seed)
    requests = joined(real, plan)
    every = np.concatenate([vectors, embedded(plan.rows["text"].to_list())])
    figures = compared(requests, every, plan, settings)
    figures["one_day"] = _one_day(requests, every, plan, settings)
    return {"kind": kind, "seed": seed, **figures}


def compared(
    requests: pl.DataFrame,
    vectors: NDArray[np.float32],
    plan: Planted,
    settings: CoordinationSettings | None = None,
) -> dict[str, Any]:
    """Look through `requests` and compare with the plan."""
    first_seen = requests.group_by("account").agg(first_seen=pl.col("started_at").min())
    findings = coordinated_accounts(
        requests.drop("planted"), vectors, first_seen, settings or CoordinationSettings()
    )
    groups = _by_group(findings.members)
    campaigns = plan.members()
    found, false, trapped = set(), 0, set()
    for accounts in groups.values():
        match = next((name for name, own in campaigns.items() if _is(accounts, own)), None)
        if match:
            found.add(match)
            continue
        false += 1
        trapped |= {trap for trap in TRAPS if _is(accounts, plan.accounts_of(trap), whole=False)}
    reported = set().union(*groups.values())
    true = set().union(*campaigns.values())
    return {
        "found": len(found),
        "missed_sizes": sorted(len(own) for name, own in campaigns.items() if name not in found),
        "false_groups": false,
        "traps": sorted(trapped),
        "recall": len(reported & true) / len(true),
        "precision": len(reported & true) / max(len(reported), 1),
    }


def _one_day(
    requests: pl.DataFrame,
    vectors: NDArray[np.float32],
    plan: Planted,
    settings: CoordinationSettings | None,
) -> dict[str, Any]:
    """Run the day on which one more campaign begins, knowing nothing later."""
    today = plan.today.with_row_index("vector", len(vectors))
    every = np.concatenate([vectors, embedded(today["text"].to_list())])
    end = dt.datetime.combine(plan.day + dt.timedelta(days=1), dt.time(), dt.UTC)
    known = pl.concat([requests, today]).filter(pl.col("started_at") < end)
    first_seen = known.group_by("account").agg(first_seen=pl.col("started_at").min())
    findings = coordinated_accounts(known.drop("planted"), every, first_seen, settings)
    own = set(today["account"])
    groups = _by_group(findings.members).values()
    return {"accounts": len(own), "surfaced": any(_is(accounts, own) for accounts in groups)}


def joined(real: pl.DataFrame, plan: Planted) -> pl.DataFrame:
    """Return real and planted requests together, each with its row of the vectors."""
    rows = real.with_columns(planted=pl.lit(None, pl.String))
    return pl.concat([rows, plan.rows]).with_row_index("vector")


def _by_group(members: pl.DataFrame) -> dict[str, set[str]]:
    grouped = members.group_by("group_id", maintain_order=True).agg("account")
    return {group: set(accounts) for group, accounts in grouped.iter_rows()}


def _is(group: set[str], own: set[str], *, whole: bool = True) -> bool:
    common = len(group & own)
    return common > FOUND * len(group) and (not whole or common > FOUND * len(own))
