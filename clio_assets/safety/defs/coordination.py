"""Accounts that act together, found anew each day in the days before it."""

from collections.abc import Iterator

import dagster as dg
import numpy as np
import polars as pl

from clio_assets.defs.partitions import Partitions
from clio_assets.defs.step import ONE_A_RUN, OWNERS, step
from clio_assets.safety.coordinated_accounts import (
    GROUPS,
    CoordinationSettings,
    Findings,
    coordinated_accounts,
)
from clio_assets.safety.defs.safety import Safety
from clio_assets.storage.duckfile import Schema
from clio_assets.storage.fingerprint import fingerprint

SAFETY = {"zone": "safety"}
TABLES: dict[str, Schema] = {
    "coordinated_groups": GROUPS,
    # Accounts and conversations by keyed hash.
    "coordinated_members": {
        "group_id": pl.String(),
        "suspect": pl.String(),
        "evidence": pl.String(),
    },
}


def coordination_asset(partitions: Partitions) -> dg.AssetsDefinition:
    """The detector of coordinated accounts."""

    @dg.asset(
        name="coordinated_accounts",
        key_prefix="safety",
        deps=["embeddings"],
        partitions_def=partitions.daily,
        group_name="safety",
        kinds={"python", "duckdb"},
        code_version="1",
        owners=OWNERS,
        tags=SAFETY,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def coordinated(
        context: dg.AssetExecutionContext, safety: dg.ResourceParam[Safety]
    ) -> dg.MaterializeResult:
        """Grain: a group of accounts whose first requests are nearly the same. Zone: safety.

        Looks at the days of `safety.look_back_days`; what many accounts always say, or say at all
        times, is no campaign.
        """
        day = context.partition_key
        days = safety.look_back(day)
        settings = CoordinationSettings(least_accounts=safety.settings.safety.least_accounts)
        layout = safety.clio.layout
        made_from = fingerprint(
            step="coordinated_accounts",
            version="1",
            embeddings=[safety.clio.upstream(layout.day(one), "embeddings") for one in days],
            history=[one for one in layout.days() if one <= day],
            settings=settings,
        )
        with safety.zone.day(day).replacing("coordinated_accounts", made_from, TABLES) as new:
            if new is not None:
                requests, vectors = _requests(safety, days)
                context.log.info("Comparing the first requests of %s days.", len(days))
                found = coordinated_accounts(requests, vectors, _first_seen(safety, day), settings)
                new.append("coordinated_groups", found.groups)
                new.append("coordinated_members", _named(safety, requests, found))
        # Neither count nor name: other locations' operators see this instance too.
        return dg.MaterializeResult(metadata={"unchanged": new is None})

    return coordinated


def _requests(safety: Safety, days: list[str]) -> tuple[pl.DataFrame, np.ndarray]:
    """conversation_id, account, started_at, text, language, vector of all; the vectors (v, d)."""
    frames, vectors = [], []
    at = 0
    for day in days:
        file = safety.clio.layout.day(day)
        embedded = file.read("embeddings", ["conversation_id", "vector"])
        facets = file.read("facets", ["conversation_id", "language"])
        rows = pl.int_range(at, at + len(embedded), dtype=pl.Int64, eager=True)
        frames.append(
            file.read(
                "conversations", ["conversation_id", "account", "started_at", "first_request"]
            )
            .rename({"first_request": "text"})
            .join(facets, on="conversation_id", how="left", maintain_order="left")
            .join(
                embedded.select("conversation_id").with_columns(vector=rows),
                on="conversation_id",
                how="left",
                maintain_order="left",
            )
        )
        vectors.append(embedded["vector"].to_numpy())
        at += len(embedded)
    return pl.concat(frames), np.vstack(vectors).astype(np.float32, copy=False)


def _first_seen(safety: Safety, day: str) -> pl.DataFrame:
    """When each account was first seen in any day read so far: account, first_seen."""

    def seen() -> Iterator[pl.DataFrame]:
        for one in (key for key in safety.clio.layout.days() if key <= day):
            file = safety.clio.layout.day(one)
            if file.state("conversations") is not None:
                yield file.query(
                    "SELECT account, min(started_at) AS first_seen FROM conversations "
                    "WHERE account IS NOT NULL GROUP BY account"
                )

    return pl.concat(seen()).group_by("account").agg(pl.col("first_seen").min()).sort("account")


def _named(safety: Safety, requests: pl.DataFrame, found: Findings) -> pl.DataFrame:
    """Members and their conversations as the zone names them."""
    zone = safety.zone
    return (
        found.members.join(requests.with_row_index("row"), on="row", how="left")
        .select(
            "group_id",
            suspect=pl.col("account").map_elements(zone.suspect, pl.String),
            evidence=pl.col("conversation_id").map_elements(zone.evidence, pl.String),
        )
        .sort("group_id", "suspect", "evidence")
    )
