"""What the generator planted and the release must show, or must not."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import polars as pl

from clio_assets.demo.plan import Campaign
from clio_assets.release.page.details import unpacked
from clio_assets.storage.layout import Layout
from clio_assets.storage.releases import ReleaseStore

DUE = 75
"""Conversations from which a planted topic must be released (the demo's own promise)."""


@dataclass(frozen=True)
class Planted:
    """Planted topics due and those not released ("day topic"); planted secrets that came out."""

    due: int
    missing: list[str]
    personal_data: int
    personal_data_released: int
    campaign_released: bool

    @property
    def kept(self) -> bool:
        """Every topic due is out, and nothing that must stay in."""
        return not (self.missing or self.personal_data_released or self.campaign_released)


def compare_with_truth(
    layout: Layout, truth: pl.DataFrame, campaign: Campaign, keys: list[str], leaves: pl.DataFrame
) -> Planted:
    """Look for every planted thing in what the days `keys` released (`commonest_topics`)."""
    truth = truth.filter(pl.col("day").cast(pl.String).is_in(keys))
    due = topics_due(truth)
    released = leaves.select("day", "topic").unique()
    missing = due.join(released, on=["day", "topic"], how="anti").sort("day", "topic")
    text = "\n".join(released_text(layout)).casefold()
    secrets = truth["planted_pii"].explode().drop_nulls().to_list()
    return Planted(
        due=len(due),
        missing=[f"{row['day']} {row['topic']}" for row in missing.to_dicts()],
        personal_data=len(secrets),
        personal_data_released=sum(secret.casefold() in text for secret in secrets),
        campaign_released=campaign.topic in released["topic"] or campaign.mark.casefold() in text,
    )


def topics_due(truth: pl.DataFrame) -> pl.DataFrame:
    """Day and topic of each planted topic large enough, but for one that an account dominates.

    One account with a third of a topic is what G-03 withholds: its days are not due.
    """
    return (
        truth.group_by("day", "topic")
        .agg(
            (pl.len() >= DUE).alias("large"),
            pl.col("planted").is_null().all().alias("ordinary"),
        )
        .filter("large", "ordinary")
        .select("day", "topic")
    )


def released_text(layout: Layout) -> Iterator[str]:
    """Every string of the release databases, and every file of the bundles that is text."""
    for path in (layout.releases, layout.warehouse):
        with duckdb.connect(str(path), read_only=True) as con:
            for (table,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                rows = con.execute(f'SELECT t::VARCHAR FROM "{table}" AS t').fetchall()  # noqa: S608
                yield from (row for (row,) in rows)
    for path in sorted(layout.bundles.rglob("*")):
        if path.suffix in {".html", ".json", ".csv"}:
            text = path.read_text(encoding="utf-8")
            yield from (text, *unpacked(text))
        if path.suffix == ".gz":
            yield gzip.decompress(path.read_bytes()).decode()


def commonest_topics(
    layout: Layout, store: ReleaseStore, truth: pl.DataFrame, keys: list[str]
) -> pl.DataFrame:
    """Per day and released leaf: its commonest true `topic`, how `many`, and of how many."""
    return pl.concat([_commonest(layout, store, truth, key) for key in keys])


def _commonest(layout: Layout, store: ReleaseStore, truth: pl.DataFrame, key: str) -> pl.DataFrame:
    released = store.read("released_topics", key).filter(level=0)["topic_id"]
    return (
        layout.period_file(key)
        .read("topic_members", ["conversation_id", "topic_id"])
        .filter(pl.col("topic_id").is_in(released.implode()))
        .join(truth.select("conversation_id", "topic"), on="conversation_id")
        .group_by("topic_id", "topic")
        .len("many")
        .sort("many", "topic", descending=[True, False])
        .group_by("topic_id", maintain_order=True)
        .agg(pl.col("topic").first(), pl.col("many").first(), pl.col("many").sum().alias("all"))
        .with_columns(pl.lit(key).str.to_date().alias("day"))
    )
