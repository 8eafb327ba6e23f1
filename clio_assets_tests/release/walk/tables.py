"""What the files beside a page say, in the terms that the page shows it in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

Row = dict[str, Any]
Value = tuple[str, str]
"""A facet and a value of it."""


class Tables:
    """The tables of one bundle, and its manifest."""

    def __init__(self, bundle: Path) -> None:
        def read(name: str) -> pl.DataFrame:
            return pl.read_parquet(bundle / f"{name}.parquet")

        self.manifest: Row = json.loads((bundle / "manifest.json").read_bytes())
        self.period: str = self.manifest["period"]
        self.topics: dict[str, Row] = {row["topic_id"]: row for row in read("topics").to_dicts()}
        self.coverage = read("coverage")
        self.trends = read("topic_trends")
        self.lineage = read("topic_lineage")
        self.movers = read("movers").to_dicts()
        self.moved: dict[str, Row] = {row["topic_id"]: row for row in self.movers}
        self.cells = _by_topic(read("facet_breakdown"))
        self.lifts = _by_topic(read("facet_lift"))

    @property
    def conversations(self) -> int:
        """Of the whole period."""
        return int(self.manifest["conversations"])

    @property
    def previous(self) -> str | None:
        """The period that this one is compared with."""
        return next((row["previous_period"] for row in self.movers if row["previous_period"]), None)

    @property
    def leaves(self) -> list[Row]:
        """The finest topics, the largest first."""
        finest = [row for row in self.topics.values() if row["level"] == 0]
        return sorted(finest, key=lambda row: (-row["conversations"], row["topic_id"]))

    def part(self, topic: str) -> float:
        """Percent of the period; the tables say it to one decimal, which is none for many."""
        return 100 * float(self.topics[topic]["conversations"]) / self.conversations

    def size_of(self, period: str) -> int:
        """Conversations of a released period."""
        return int(self.coverage.filter(period=period)["conversations"].item())

    def under(self, topic: str | None) -> list[Row]:
        """What lies directly beneath a topic, or at the top."""
        return [row for row in self.topics.values() if row["parent_id"] == topic]

    def above(self, topic: str) -> list[Row]:
        """The groups that a topic is in, the nearest first."""
        parent = self.topics[topic]["parent_id"]
        return [] if parent is None else [self.topics[parent], *self.above(parent)]

    def group(self, topic: str) -> Row:
        """The topmost of them, or itself."""
        return [self.topics[topic], *self.above(topic)][-1]

    def status(self, topic: str) -> str:
        """What became of it since the period before: new, grew, shrank or steady, or nothing."""
        row = self.moved.get(topic, {"status": "", "growth": None})
        known = row["status"] == "new" or row["growth"] is not None
        return str(row["status"]) if known else ""

    def with_status(self, status: str) -> list[Row]:
        """The finest topics of which this became, in the order of the table."""
        return [row for row in self.movers if row["status"] == status and row["level"] == 0]

    def over(self, value: Value) -> list[Row]:
        """The finest topics in which a facet value is more common than in the whole period."""
        return [row for row in self.leaves if self.lift(row["topic_id"], value)["status"] == "over"]

    def lift(self, topic: str, value: Value) -> Row:
        """Of a facet value in a topic, with its interval; Nones where it was not published."""
        unsaid = dict.fromkeys(("lift", "lift_low", "lift_high", "status"))
        return self.lifts.get(topic, {}).get(value, unsaid)

    def share(self, topic: str, value: Value) -> float | None:
        """Of a facet value in a topic; None where it was not published."""
        cell = self.cells.get(topic, {}).get(value)
        return None if cell is None else float(cell["share"])

    def concern(self, topic: str) -> float | None:
        """Published share at concern 2 and above."""
        grave = [row["share"] for (facet, value), row in self.cells.get(topic, {}).items()
                 if facet == "concern" and int(value) >= 2]  # fmt: skip
        return sum(grave) if grave else None


def _by_topic(cells: pl.DataFrame) -> dict[str, dict[Value, Row]]:
    found: dict[str, dict[Value, Row]] = {}
    for row in cells.to_dicts():
        found.setdefault(row["topic_id"], {})[row["facet"], row["value"]] = row
    return found
