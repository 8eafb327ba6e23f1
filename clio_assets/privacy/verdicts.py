"""Verdicts as a table: private, because what was observed of a topic is exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from clio_assets.privacy import GATE_VERSION
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


def requirements(thresholds: Thresholds) -> dict[str, str]:
    """What each rule asks for under these thresholds; verdicts that say otherwise are stale."""
    return {rule.id: rule.requirement(thresholds) for rule in RULES}
