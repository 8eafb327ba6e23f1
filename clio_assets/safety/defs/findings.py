"""What the day's detectors found, as the review queue takes it."""

import datetime as dt
import json
from collections.abc import Iterator

import dagster as dg
import polars as pl

from clio_assets.defs.partitions import DAY, Partitions
from clio_assets.defs.step import ONE_A_RUN, OWNERS, step
from clio_assets.safety.continuing import continued
from clio_assets.safety.defs.coordination import SAFETY
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.findings import FINDINGS, Finding, findings_of_day
from clio_assets.storage.duckfile import DuckFile
from clio_assets.storage.fingerprint import fingerprint

COORDINATED = "coordinated accounts"
TOLD = ("accounts", "requests", "density", "span_days", "new_share", "template_entropy", "found_by")


def findings_asset(partitions: Partitions) -> dg.AssetsDefinition:
    """The queue's rows of a day."""

    @dg.asset(
        key_prefix="safety",
        deps=[dg.AssetKey(["safety", "coordinated_accounts"])],
        partitions_def=partitions.daily,
        group_name="safety",
        kinds={"polars", "duckdb"},
        code_version="1",
        owners=OWNERS,
        tags=SAFETY,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def findings(
        context: dg.AssetExecutionContext, safety: dg.ResourceParam[Safety]
    ) -> dg.MaterializeResult:
        """Grain: something that somebody should look at. Zone: safety.

        Opened with `clio safety queue`. A group that was found the day before under other accounts
        keeps its name, and with it what was decided.
        """
        day = context.partition_key
        file = safety.zone.day(day)
        before = safety.zone.day(str(dt.date.fromisoformat(day) - DAY))
        earlier = before.state("findings")
        made_from = fingerprint(
            step="findings",
            version="1",
            coordinated=safety.clio.upstream(file, "coordinated_accounts"),
            earlier=earlier.fingerprint if earlier else None,
        )
        with file.replacing("findings", made_from, {"findings": FINDINGS}) as new:
            if new is not None:
                known = before.read("findings") if earlier else pl.DataFrame(schema=FINDINGS)
                new.append("findings", findings_of_day(day, continued(_groups(file), known)))
        return dg.MaterializeResult(metadata={"unchanged": new is None})

    return findings


def _groups(file: DuckFile) -> Iterator[Finding]:
    members = file.read("coordinated_members").group_by("group_id").agg(pl.col("evidence"))
    evidence = dict(members.iter_rows())
    for row in file.read("coordinated_groups").iter_rows(named=True):
        yield Finding(
            finding=f"group-{row['group_id'][:12]}",
            kind=COORDINATED,
            strength=row["score"],
            figures=json.loads(json.dumps({name: row[name] for name in TOLD})),
            evidence=evidence[row["group_id"]],
        )
