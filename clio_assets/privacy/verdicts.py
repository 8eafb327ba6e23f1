"""Verdicts as a table: private, because what was observed of a topic is exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from clio_assets.privacy import GATE_VERSION
from clio_assets.privacy.auditor import G14
from clio_assets.privacy.rules import RULES, Verdict
from clio_assets.privacy.thresholds import Thresholds

VERDICTS: dict[str, pl.DataType] = {
    "period": pl.String(),
    "input_fingerprint": pl.String(),
    "gate_version": pl.String(),
    "topic_id": pl.String(),
    "rule": pl.String(),
    "passed": pl.Boolean(),
    "observed": pl.String(),
    "requirement": pl.String(),
}


def verdict_table(
    period: str, input_fingerprint: str, verdicts: Mapping[str, Sequence[Verdict]]
) -> pl.DataFrame:
    """One row a topic and rule, columns as in `VERDICTS`, from topic_id -> its verdicts."""
    rows = [
        (period, input_fingerprint, GATE_VERSION, topic_id, one.rule, one.passed, one.observed,
         one.requirement)
        for topic_id, judged in sorted(verdicts.items())
        for one in judged
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=VERDICTS, orient="row")


def undecided(verdicts: pl.DataFrame, rule: str, topics: pl.Series) -> pl.DataFrame:
    """Leave the verdict of a rule on some topics open; the door stays shut while one is (F23)."""
    is_open = (pl.col("rule") == rule) & pl.col("topic_id").is_in(topics.implode())
    return verdicts.with_columns(pl.when(~is_open).then("passed").alias("passed"))


def requirements(thresholds: Thresholds, *, audited: bool = False) -> dict[str, str]:
    """What each rule asks for under these thresholds; verdicts that say otherwise are stale.

    `audited`: models have written the names, so a model rates them beside the rules (G-14).
    """
    asked = {rule.id: rule.requirement(thresholds) for rule in RULES}
    return asked | ({"G-14": G14} if audited else {})
