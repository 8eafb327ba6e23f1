"""Monitors: each a daily look at what matches, and topics of it in the same periods as the rest."""

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack

import dagster as dg
import polars as pl
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as UnresolvedJob,
)

from clio_assets.config import Settings
from clio_assets.defs.asking import MODEL_POOL, asking
from clio_assets.defs.partitions import Partitions, build_partitions
from clio_assets.defs.step import ONE_A_RUN, OWNERS, step, told_safely
from clio_assets.defs.topic_steps import write_base_clusters, write_topics
from clio_assets.models.identity import said_by
from clio_assets.safety.alerts import HISTORY_DAYS, MONITOR_DAY, alerts_of
from clio_assets.safety.concern_shares import CONCERN_SHARES, concern_shares
from clio_assets.safety.defs.coordination import SAFETY
from clio_assets.safety.defs.monitored_clio import MonitoredClio, monitor_settings
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.findings import FINDINGS, Finding, findings_of
from clio_assets.safety.matching import MATCHES, answered_yes, filtered
from clio_assets.safety.zone import SafetyZone
from clio_assets.storage.duckfile import Schema
from clio_assets.storage.fingerprint import fingerprint

MONITOR, QUIET = "monitor", "quiet"
TABLES: dict[str, Schema] = {
    # Conversations and accounts by keyed hash.
    MATCHES: {"evidence": pl.String(), "suspect": pl.String()},
    "monitor_day": MONITOR_DAY,
}
MONITOR_TOPICS: Schema = {
    "topic": pl.String(),
    "name": pl.String(),
    **CONCERN_SHARES,
}
"""One row a leaf topic of a monitor's period; safety zone."""


def monitor_assets(settings: Settings, zone: SafetyZone) -> list[dg.AssetsDefinition]:
    """Two assets a monitor of clio.yaml, on the partitions of its own period."""
    pool = MODEL_POOL if settings.models.asks else None
    return [
        asset
        for name, partitions in _partitions(settings, zone)
        for asset in _assets(name, partitions, pool)
    ]


def monitor_checks(settings: Settings, zone: SafetyZone) -> list[dg.AssetChecksDefinition]:
    """One a monitor: it warns, and stops nothing."""
    return [_quiet(name, partitions) for name, partitions in _partitions(settings, zone)]


def monitor_jobs(settings: Settings) -> list[UnresolvedJob]:
    """With `period: day` one job a monitor; else one for its days and one for its topics."""
    jobs = {}
    for name in settings.safety.monitors:
        days, topics = _key(name, MATCHES), _key(name, "topics")
        if settings.period == "day":
            jobs[f"monitor_{name}"] = [days, topics]
        else:
            jobs[f"monitor_{name}"] = [days]
            # Not "monitor_<name>_topics", which may be the days of another monitor.
            jobs[f"topics_of_monitor_{name}"] = [topics]
    return [
        dg.define_asset_job(name, dg.AssetSelection.assets(*keys)) for name, keys in jobs.items()
    ]


def _partitions(settings: Settings, zone: SafetyZone) -> Iterator[tuple[str, Partitions]]:
    """Each monitor with the days and periods it watches."""
    for name in settings.safety.monitors:
        yield name, build_partitions(monitor_settings(settings, zone, name))


def _key(name: str, asset: str) -> dg.AssetKey:
    return dg.AssetKey(["safety", "monitors", name, asset])


def _assets(name: str, partitions: Partitions, pool: str | None) -> list[dg.AssetsDefinition]:
    @dg.asset(
        key=_key(name, MATCHES),
        deps=["facets"],
        partitions_def=partitions.daily,
        group_name=f"monitor_{name}",
        kinds={"polars", "duckdb"},
        code_version="1",
        owners=OWNERS,
        tags=SAFETY,
        pool=pool,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def matches(
        context: dg.AssetExecutionContext, safety: dg.ResourceParam[Safety]
    ) -> dg.MaterializeResult:
        """Grain: a conversation that the monitor watches, by keyed hash. Zone: safety."""
        day = context.partition_key
        clio = safety.monitored(name)
        changed = _match(clio, day, context.run.run_id)
        _judge(clio, name, day)
        return dg.MaterializeResult(metadata={"unchanged": not changed})

    @dg.asset(
        key=_key(name, "topics"),
        deps=[
            matches,
            "embeddings",
            dg.AssetDep(
                _key(name, "topics"),
                partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1),
            ),
        ],
        partitions_def=partitions.period,
        group_name=f"monitor_{name}",
        kinds={"scikitlearn", "duckdb"},
        code_version="1",
        owners=OWNERS,
        tags=SAFETY,
        pool=pool,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def topics(
        context: dg.AssetExecutionContext, safety: dg.ResourceParam[Safety]
    ) -> dg.MaterializeResult:
        """Grain: a topic of the conversations that match, and its concern. Zone: safety.

        Found and named as the pipeline does it, without thresholds.
        """
        period, clio = context.partition_key, safety.monitored(name)
        write_base_clusters(clio, period, _untold)
        write_topics(clio, period, context.run.run_id, _untold)
        changed = _tell_topics(clio, period)
        return dg.MaterializeResult(metadata={"unchanged": not changed})

    return [matches, topics]


def _quiet(name: str, partitions: Partitions) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=_key(name, MATCHES),
        name=QUIET,
        description="No rule of the monitor's `alert` holds of the day.",
        partitions_def=partitions.daily,
    )
    def quiet(
        context: dg.AssetCheckExecutionContext, safety: dg.ResourceParam[Safety]
    ) -> dg.AssetCheckResult:
        with told_safely():
            layout = safety.monitored(name).layout
            alerts = layout.day(context.partition_key).read("findings", ["finding"])
        return dg.AssetCheckResult(passed=alerts.is_empty(), severity=dg.AssetCheckSeverity.WARN)

    return quiet


def _untold(_: str) -> None:
    """A monitor's counts stand in no log: operators of other locations see the instance too."""


def _match(clio: MonitoredClio, day: str, run_id: str) -> bool:
    """Write what matches of a day; False if unchanged."""
    monitor, models, whole = clio.monitor, clio.settings.models, clio.whole
    made_from = clio.conditions + fingerprint(
        step=MATCHES,
        version="1",
        facets=whole.upstream(whole.layout.day(day), "facets"),
        said_by=said_by(models, "screener") if monitor.question else None,
    )
    concern = ["concern"] if monitor.least_concern is not None else []
    columns = ["conversation_id", *monitor.facets, *concern]
    with ExitStack() as opened:
        new = opened.enter_context(clio.layout.day(day).replacing(MATCHES, made_from, TABLES))
        if new is None:
            return False
        ask = opened.enter_context(asking(clio, run_id, day)) if monitor.question else None
        facets = whole.read_day(day, "facets", columns)
        found = [pl.DataFrame(schema={"conversation_id": pl.String(), "account": pl.String()})]
        silent: set[str] = set()
        for batch in whole.day_batches(day, "conversations"):
            there = filtered(batch, facets, monitor)
            if ask and len(there):
                yes, unanswered = answered_yes(there, models, ask)
                silent |= unanswered
                there = there.filter(pl.col("conversation_id").is_in(yes))
            found.append(there.select("conversation_id", "account"))
        rows = pl.concat(found)
        new.append(MATCHES, _named(clio.zone, rows))
        total = whole.rows(whole.layout.day(day), "conversations")
        counts = (len(rows), rows["account"].n_unique(), total, len(silent))
        new.append("monitor_day", pl.DataFrame([counts], schema=MONITOR_DAY, orient="row"))
        if silent:
            new.lacking = f"+{fingerprint(unanswered=sorted(silent))}"
        return True


def _named(zone: SafetyZone, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        evidence=pl.col("conversation_id").map_elements(zone.evidence, pl.String),
        suspect=pl.col("account").map_elements(zone.suspect, pl.String),
    ).sort("evidence")


def _judge(clio: MonitoredClio, name: str, day: str) -> None:
    """Write the day's alert, if there is one, as the review queue takes it."""
    today = dt.date.fromisoformat(day)
    first = str(today - dt.timedelta(days=HISTORY_DAYS))
    known = [one for one in clio.layout.days() if first <= one <= day and clio.has_matches(one)]
    made_from = fingerprint(
        step="findings",
        version="1",
        matches={one: clio.upstream(clio.layout.day(one), MATCHES) for one in known},
        alert=clio.monitor.alert,
    )
    file = clio.layout.day(day)
    with file.replacing("findings", made_from, {"findings": FINDINGS}) as new:
        if new is None:
            return
        days = pl.concat(
            clio.layout.day(one)
            .read("monitor_day")
            .with_columns(day=pl.lit(dt.date.fromisoformat(one)))
            for one in known
        )
        if rules := alerts_of(days, today, clio.monitor.alert):
            row = days.filter(pl.col("day") == today).row(0, named=True)
            figures = {key: row[key] for key in ("conversations", "accounts", "of_conversations")}
            finding = Finding(
                finding=f"{MONITOR}-{name}-{day}",
                day=day,
                kind=MONITOR,
                strength=row["accounts"],
                figures={"monitor": name, "rule": ", ".join(rules), **figures},
                evidence=file.read(MATCHES)["evidence"].to_list(),
            )
            new.append("findings", findings_of([finding]))


def _tell_topics(clio: MonitoredClio, period: str) -> bool:
    """Write how large and how concerning each leaf topic is; False if unchanged."""
    file = clio.layout.period_file(period)
    made_from = clio.conditions + fingerprint(
        step="monitor_topics",
        version="1",
        topics=clio.upstream(file, "topics"),
        facets=clio.upstreams(period, "facets"),
    )
    with file.replacing("monitor_topics", made_from, {"monitor_topics": MONITOR_TOPICS}) as new:
        if new is not None:
            members = file.read("topic_members", ["conversation_id", "account", "topic_id"])
            rated = members.join(clio.facets(period, ["concern"]), on="conversation_id")
            shares = concern_shares(
                rated.drop_nulls("topic_id").rename({"topic_id": "topic"}), ["topic"]
            )
            names = file.read("topics", ["topic_id", "name"]).rename({"topic_id": "topic"})
            told = shares.join(names, on="topic", how="left", maintain_order="left")
            new.append("monitor_topics", told.sort("conversations", "topic", descending=True))
        return new is not None
