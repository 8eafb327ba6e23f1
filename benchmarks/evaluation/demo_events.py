"""The demo's planted events: is the topic that is born found at once, and none that is not?"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.evaluation.agreement import accuracy, contingency
from benchmarks.evaluation.labelled_sets import LabelledSet, embedded
from benchmarks.evaluation.stability import names_changed, periods, stayed
from clio_assets.conversations.cleaning import cleaned
from clio_assets.demo.generate import TRUTH_FILE, generate_demo
from clio_assets.demo.plan import planned_topics
from clio_assets.facets.request import clean_request

SEED = 20261101
LARGE = 75
"""Conversations of a day that a planted topic must have to be looked for: 1.5 times G-02."""


def demo_set() -> LabelledSet:
    """The demo's conversations with the topic that each was generated for."""
    with tempfile.TemporaryDirectory() as place:
        folder, truth = Path(place) / "logs", Path(place) / "truth"
        generate_demo(folder, truth, SEED)
        said = pl.concat(
            [
                pl.read_ndjson(path).select(
                    "conversation_id",
                    account="account_id",
                    day=pl.col("started_at").str.head(10),
                    text=pl.col("messages").list.first().struct.field("content"),
                )
                for path in sorted(folder.glob("*.gz"))
            ]
        )
        topics = pl.read_ndjson(truth / TRUTH_FILE, infer_schema_length=None)
    rows = (
        said.join(topics.select("conversation_id", "topic", "language"), on="conversation_id")
        .with_columns(text=clean_request(cleaned(pl.col("text"))))
        .sort("conversation_id")
    )
    return LabelledSet("demo", rows, embedded(rows["text"].to_list()))


def events(of: LabelledSet) -> dict[str, Any]:
    """Planted births and what was found of them, over the days of the demo.

    A planted topic is found on a day when it is what most of some leaf is about. A birth is false
    where the leaf is mostly about what had a leaf before.
    """
    plan = {topic.name: topic for topic in planned_topics().topics}
    names = of.rows["topic"].unique().sort().to_list()
    known: set[str] = set()
    delays: dict[str, int] = {}
    wanted = found = false = leaves = renamed = continuing = 0
    purity, shares = [], []
    for number, (_, today, before) in enumerate(periods(of), start=1):
        truth = np.array([names.index(topic) for topic in today.of.rows["topic"]])
        table = contingency(today.leaves, truth)
        about = [names[column] for column in table.argmax(1)]
        large = {name for name, size in zip(names, table.sum(0), strict=False) if size >= LARGE}
        wanted, found = wanted + len(large), found + len(large & set(about))
        for name in set(about) & set(plan):
            if plan[name].born > 1:
                delays.setdefault(name, number - plan[name].born)
        leaves += len(about)
        purity.append(accuracy(today.leaves, truth))
        if before is not None:
            new = [n for n, status in enumerate(today.fit.leaves.status) if status == "new"]
            false += sum(about[n] in known for n in new)
            changed = names_changed(today, before)
            renamed, continuing = renamed + sum(changed), continuing + len(changed)
            shares.append(stayed(today, before))
        known |= set(about)
    return {
        "planted_births": sorted(delays),
        "detection_delay_days": delays,
        "false_births": round(false / leaves, 4),
        "planted_found": [found, wanted],
        "leaf_purity": round(float(np.mean(purity)), 4),
        "days": round(float(np.mean(shares)), 4),
        "renamed": round(renamed / continuing, 4),
    }
