"""What the day's detectors found, as the review queue takes it."""

import datetime as dt
import json
from collections.abc import Iterator

import dagster as dg
import polars as pl

from clio_assets.defs.partitions import DAY, Partitions
from clio_assets.defs.step import ONE_A_RUN, OWNERS, step
from clio_assets.safety.classifier_errors import LIKELY
from clio_assets.safety.continuing import continued
from clio_assets.safety.defs.coordination import SAFETY
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.defs.topics_watched import rated_conversations
from clio_assets.safety.findings import FINDINGS, Finding, findings_of
from clio_assets.storage.duckfile import DuckFile
from clio_assets.storage.fingerprint import fingerprint

COORDINATED, BURST = "coordinated accounts", "burst"
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
                new.append("findings", findings_of(continued(_groups(day, file), known)))
        return dg.MaterializeResult(metadata={"unchanged": new is None})

    return findings


def topic_findings_asset(partitions: Partitions) -> dg.AssetsDefinition:
    """The queue's rows of a period."""

    @dg.asset(
        key_prefix="safety",
        deps=[dg.AssetKey(["safety", "bursts"]), dg.AssetKey(["safety", "concern"])],
        partitions_def=partitions.period,
        group_name="safety",
        kinds={"polars", "duckdb"},
        code_version="1",
        owners=OWNERS,
        tags=SAFETY,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def topic_findings(
        context: dg.AssetExecutionContext, safety: dg.ResourceParam[Safety]
    ) -> dg.MaterializeResult:
        """Grain: a topic that somebody should look at. Zone: safety."""
        period = context.partition_key
        file = safety.zone.period_file(period)
        made_from = fingerprint(
            step="topic_findings",
            version="1",
            bursts=safety.clio.upstream(file, "bursts"),
            concern=safety.clio.upstream(file, "concern"),
        )
        with file.replacing("findings", made_from, {"findings": FINDINGS}) as new:
            if new is not None:
                last = safety.clio.days(period)[-1]
                rated = rated_conversations(safety, period)
                found = [*_bursts(safety, file, rated), *_errors(safety, file, rated, last)]
                new.append("findings", findings_of(found))
        return dg.MaterializeResult(metadata={"unchanged": new is None})

    return topic_findings


def _bursts(safety: Safety, file: DuckFile, rated: pl.DataFrame) -> Iterator[Finding]:
    for row in file.read("bursts").iter_rows(named=True):
        topic, day = row["topic"], row["day"]
        there = rated.filter((pl.col("topic") == topic) & (pl.col("day") == day))
        yield Finding(
            finding=f"burst-{topic}-{row['since']}",
            day=str(day),
            kind=BURST,
            strength=-row["p_value"],
            figures={name: row[name] for name in ("topic", "accounts", "expected", "ratio")},
            evidence=[safety.zone.evidence(one) for one in there["conversation_id"]],
        )


def _errors(safety: Safety, file: DuckFile, rated: pl.DataFrame, day: str) -> Iterator[Finding]:
    """Topics in which the other classifier probably errs, with the conversations it is about."""
    for row in file.read("classifier_errors").iter_rows(named=True):
        if row["q_value"] > LIKELY:
            continue
        flagged = row["kind"] == "false positives"
        about = (pl.col("topic") == row["topic"]) & (pl.col("flagged") == flagged)
        told = ("topic", "conversations", "concerning", "flagged", "expected")
        yield Finding(
            finding=f"{row['kind'].replace(' ', '-')}-{row['topic']}-{day}",
            day=day,
            kind=f"classifier's {row['kind']}",
            strength=row["score"],
            figures={name: row[name] for name in told},
            evidence=[safety.zone.evidence(one) for one in rated.filter(about)["conversation_id"]],
        )


def _groups(day: str, file: DuckFile) -> Iterator[Finding]:
    members = file.read("coordinated_members").group_by("group_id").agg(pl.col("evidence"))
    evidence = dict(members.iter_rows())
    for row in file.read("coordinated_groups").iter_rows(named=True):
        yield Finding(
            finding=f"group-{row['group_id'][:12]}",
            day=day,
            kind=COORDINATED,
            strength=row["score"],
            figures=json.loads(json.dumps({name: row[name] for name in TOLD})),
            evidence=evidence[row["group_id"]],
        )
