"""What the detectors found, in one form: what the review queue is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from clio_assets.storage.duckfile import Schema

FINDINGS: Schema = {
    "finding": pl.String(),  # stays the same while a finding is about the same
    "day": pl.String(),
    "kind": pl.String(),
    "rank": pl.Float64(),  # 0 to 1 within its kind, 1 the surest
    "figures": pl.String(),  # JSON object, no text of a conversation
    "evidence": pl.List(pl.String()),  # conversations, by keyed hash
}
"""One row a finding of one day; safety zone."""


@dataclass(frozen=True)
class Finding:
    """One thing that somebody should look at; nothing acts on it by itself."""

    finding: str
    day: str
    kind: str
    strength: float
    """Larger is surer; compared within a kind."""
    figures: dict[str, float | int | str | None]
    evidence: list[str] = field(default_factory=list)


def findings_of(found: Iterable[Finding]) -> pl.DataFrame:
    """Return FINDINGS: the kinds side by side, each from its surest finding down."""
    rows = [
        (
            one.finding,
            one.day,
            one.kind,
            one.strength,
            json.dumps(one.figures),
            sorted(one.evidence),
        )
        for one in found
    ]
    frame = pl.DataFrame(rows, schema=FINDINGS, orient="row")
    place = pl.col("rank").rank("min", descending=True).over("kind")
    return frame.with_columns(rank=1 - (place - 1) / pl.len().over("kind")).sort(
        pl.col("rank"), pl.col("kind"), pl.col("finding"), descending=[True, False, False]
    )
