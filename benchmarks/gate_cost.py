"""What each rule of the gate costs: topics and conversations still covered as rules are added.

python -m benchmarks.gate_cost [--only clinc150,mixed,demo]

`clinc150` and `mixed` are one period each, the demo its first days. Rules are added in order to
the topics as they were formed; what a rule takes away is counted on that rule.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from benchmarks.real_text import SHARED, run_corpus
from clio_assets.config import parse_settings
from clio_assets.defs.clio import Clio
from clio_assets.defs.in_process import run_history
from clio_assets.demo.generate import FIRST_DAY, generate_demo
from clio_assets.privacy.figures import coverage
from clio_assets.privacy.placement import place
from clio_assets.privacy.pseudonyms import create_key_file
from clio_assets.privacy.thresholds import Thresholds

ARTIFACT = Path("artifacts/gate_cost.json")
DEMO_DAYS = 4
NOTHING = Thresholds(
    min_accounts=1, min_conversations=1, max_account_share=1, min_effective_share=0
)


def costs(clio: Clio, periods: list[str]) -> list[dict[str, Any]]:
    """Leaves, and the shares of conversations in leaves and in any topic, rule by rule."""
    rows: dict[str, list[tuple[int, float, float]]] = {}
    for period in periods:
        file = clio.layout.period_file(period)
        topics, members = file.read("topics"), file.read("topic_members")
        verdicts = file.read("topic_audit")
        good, thresholds = set(topics["topic_id"]), NOTHING
        for rule in ["none", *verdicts["rule"].unique().sort()]:
            good -= set(verdicts.filter(pl.col("rule") == rule, ~pl.col("passed"))["topic_id"])
            if rule != "none":
                thresholds = clio.settings.thresholds
            placement = place(topics, members, good, thresholds)
            leaves = sum(topic in good for topic in topics.filter(level=0)["topic_id"])
            rows.setdefault(rule, []).append((leaves, *coverage(placement, len(members))))
        door = clio.releases.read("released_periods", period).row(0, named=True)
        told = (door["topics"], door["leaf_coverage"], door["top_coverage"])
        rows.setdefault("the door", []).append(told)
    return [
        {"rule": rule, **dict(zip(("leaves", "leaf_coverage", "top_coverage"), means, strict=True))}
        for rule, found in rows.items()
        for means in [[round(sum(each) / len(found), 3) for each in zip(*found, strict=True)]]
    ]


def whales(clio: Clio, period: str, source: Path) -> list[dict[str, Any]]:
    """Released leaves in which most conversations have a label that one account fills."""
    found = pl.read_ndjson(source / "labels.jsonl.gz")
    accounts = pl.concat(
        [pl.read_ndjson(file).select("conversation_id", "account_id")
         for file in sorted(source.glob("2026-*.jsonl.gz"))]
    )  # fmt: skip
    of_whales = found.join(accounts, on="conversation_id").filter(
        pl.col("account_id").str.starts_with("whale-")
    )
    labels = of_whales["intent"].unique()
    released = clio.releases.read("released_topics", period).filter(level=0)["topic_id"]
    members = clio.layout.period_file(period).read("topic_members")
    majority = (
        members.join(found, on="conversation_id")
        .group_by("topic_id")
        .agg(pl.col("intent").mode().first(), pl.len().alias("conversations"))
        .filter(pl.col("intent").is_in(labels.implode()))
        .with_columns(released=pl.col("topic_id").is_in(released.implode()))
    )
    most = members.group_by("topic_id", "account").len("most").group_by("topic_id").max()
    return majority.join(most, on="topic_id").drop("topic_id", "account").sort("intent").to_dicts()


def run(name: str, home: Path) -> dict[str, Any]:
    """Run a corpus and count."""
    if name == "demo":
        last = str(FIRST_DAY.replace(day=DEMO_DAYS))
        generate_demo(home / "source", home / "truth", 20261101, DEMO_DAYS)
        source = {"path": "source", "first_day": str(FIRST_DAY), "last_day": last}
        settings = parse_settings({"home": "home", "seed": 20261101, "source": source}, base=home)
        create_key_file(settings.accounts.key_file)
        with dg.instance_for_test() as instance:
            if not run_history(settings, instance, tell=lambda key, _: print(key, flush=True)):
                raise RuntimeError("a run of the demo failed")
        clio = Clio(settings)
        return {"rules": costs(clio, clio.layout.periods())}
    clio = run_corpus(name, "month", home)
    (period,) = clio.layout.periods()
    found: dict[str, Any] = {"rules": costs(clio, [period])}
    if name == "clinc150":
        found["whale_topics"] = whales(clio, period, SHARED / name)
    return found


def main() -> int:
    """Print a table for each corpus and write artifacts/gate_cost.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="clinc150,mixed,demo")
    found: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    }
    for name in parser.parse_args().only.split(","):
        if name != "demo" and not SHARED.is_dir():
            print(f"{name} is left out: set CLIO_SHARED to the folder that holds data/.")
            continue
        with tempfile.TemporaryDirectory() as folder:
            found[name] = run(name, Path(folder))
        print(f"\n{name:12}{'leaves':>8}{'in leaves':>11}{'in topics':>11}")
        for row in found[name]["rules"]:
            print(f"{row['rule']:12}{row['leaves']:8}{row['leaf_coverage']:11.1%}"
                  f"{row['top_coverage']:11.1%}", flush=True)  # fmt: skip
        for row in found[name].get("whale_topics", []):
            print(f"  {row}", flush=True)
    ARTIFACT.parent.mkdir(exist_ok=True)
    ARTIFACT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
