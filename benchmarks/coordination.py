"""Planted campaigns found, traps left alone, seconds and memory.

Run with `python -m benchmarks.coordination`; writes artifacts/coordination.json. Defaults were
chosen on seeds 101 to 105; seeds 1 to 10 are reported.
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
    return first_requests(mixed.rows), mixed.vectors


def first_requests(rows: pl.DataFrame) -> pl.DataFrame:
    """Return account, started_at, text of a labelled set's rows."""
    at = pl.col("started_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC")
    return rows.select("account", at, "text")


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
    groups = by_group(findings.members)
    campaigns = plan.members()
    found, false, trapped = set(), 0, set()
    for accounts in groups.values():
        match = next((name for name, own in campaigns.items() if same(accounts, own)), None)
        if match:
            found.add(match)
            continue
        false += 1
        trapped |= {trap for trap in TRAPS if same(accounts, plan.accounts_of(trap), whole=False)}
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
    groups = by_group(findings.members).values()
    return {"accounts": len(own), "surfaced": any(same(accounts, own) for accounts in groups)}


def joined(real: pl.DataFrame, plan: Planted) -> pl.DataFrame:
    """Return real and planted requests together, each with its row of the vectors."""
    rows = real.with_columns(planted=pl.lit(None, pl.String))
    return pl.concat([rows, plan.rows]).with_row_index("vector")


def by_group(members: pl.DataFrame) -> dict[str, set[str]]:
    grouped = members.group_by("group_id", maintain_order=True).agg("account")
    return {group: set(accounts) for group, accounts in grouped.iter_rows()}


def same(group: set[str], own: set[str], *, whole: bool = True) -> bool:
    common = len(group & own)
    return common > FOUND * len(group) and (not whole or common > FOUND * len(own))


def totals(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return for each kind the figures over its seeds; the worst is what was promised."""
    table = {}
    for kind in KINDS:
        own = [one for one in runs if one["kind"] == kind]
        table[kind] = {
            "seeds": len(own),
            "found": sum(one["found"] for one in own),
            "planted": 10 * len(own),
            "fewest_found": min(one["found"] for one in own),
            "most_false_groups": max(one["false_groups"] for one in own),
            "lowest_recall": min(one["recall"] for one in own),
            "lowest_precision": min(one["precision"] for one in own),
            "traps_reported": sorted({trap for one in own for trap in one["traps"]}),
            "one_day_surfaced": sum(one["one_day"]["surfaced"] for one in own),
        }
    return table


def kept(table: dict[str, Any], grew: list[dict[str, Any]]) -> dict[str, bool]:
    """Say of each promise whether it holds."""
    plain, replaced = table["template"], table["replaced"]
    return {
        "plain templates all found": plain["found"] == plain["planted"],
        "at most one false group a seed": plain["most_false_groups"] <= 1,
        "recall of replaced at least .8": replaced["lowest_recall"] >= 0.8,
        "precision of replaced at least .95": replaced["lowest_precision"] >= 0.95,
        "no trap reported": not any(row["traps_reported"] for row in table.values()),
        "begun today, surfaced today": all(
            table[kind]["one_day_surfaced"] == table[kind]["seeds"] for kind in KINDS
        ),
        "20,000 under ten seconds": all(
            one["seconds"] < 10 for one in grew if one["prompts"] == 20_000
        ),
    }


def main() -> None:
    """Run, print the tables, write the artifact."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--sizes", type=int, nargs="*", default=list(GROWTH))
    options = parser.parse_args()
    real, vectors = real_requests()
    runs = [run(real, vectors, kind, seed) for seed in options.seeds for kind in KINDS]
    table = totals(runs) if runs else {}
    grew = growth(options.sizes)
    report = {"totals": table, "growth": grew, "runs": runs}
    report |= {"kept": kept(table, grew)} if table else {}
    ARTIFACT.parent.mkdir(exist_ok=True)
    ARTIFACT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for line in _lines(report):
        print(line)


def _lines(report: dict[str, Any]) -> Iterable[str]:
    for kind, row in report["totals"].items():
        yield f"{kind}: " + ", ".join(f"{name} {value}" for name, value in row.items())
    for row in report["growth"]:
        yield ", ".join(f"{name} {value}" for name, value in row.items())
    for promise, holds in report.get("kept", {}).items():
        yield f"{'kept' if holds else 'BROKEN'}: {promise}"


if __name__ == "__main__":
    main()
