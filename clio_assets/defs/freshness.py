"""Is the last period's report there? Asked once a day, of the storage, by partition.

A `FreshnessPolicy` belongs to an asset and not to a partition, so that backfilling an old day
turns it green; `build_time_partition_freshness_checks` is superseded, and raises until its first
deadline has passed.
"""

from __future__ import annotations

import datetime as dt

import dagster as dg

from clio_assets.config import Settings
from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import period_start, previous_period
from clio_assets.defs.step import told_safely
from clio_assets.release.bundle import latest_bundle

REPORTED = dg.AssetCheckKey(dg.AssetKey("insight_report"), "last_period_is_reported")
ALLOWED = dt.timedelta(hours=3)
"""From the day's schedule to the report; a period's own job starts an hour after the day's."""


def freshness_check() -> dg.AssetChecksDefinition:
    """Passes where the bundle of the last period that was due is there; it stops nothing."""

    @dg.asset_check(
        asset=REPORTED.asset_key,
        name=REPORTED.name,
        description="The report of the last period that should be there by now is there.",
    )
    def check(clio: dg.ResourceParam[Clio]) -> dg.AssetCheckResult:
        with told_safely():
            due = due_period(clio.settings, dt.datetime.now(dt.UTC))
            there = due is None or latest_bundle(clio.layout.bundles, due) is not None
        return dg.AssetCheckResult(
            passed=there, severity=dg.AssetCheckSeverity.WARN, metadata={"due": due or "none yet"}
        )

    return check


def freshness_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Look when the report is due; a run of the pipeline that never came cannot look itself."""
    at = dt.datetime.combine(dt.date.min, dt.time()) + _starts(settings) + ALLOWED
    return dg.ScheduleDefinition(
        name="freshness_schedule",
        target=dg.AssetSelection.checks(REPORTED),
        cron_schedule=f"{at.minute} {at.hour} * * *",
    )


def due_period(settings: Settings, now: dt.datetime) -> str | None:
    """Key of the last period whose report should be there at `now`; None before the first."""
    period, source = settings.period, settings.source
    day = (now - _starts(settings) - ALLOWED).date()
    last = previous_period(period, period_start(period, day))
    if source.last_day is not None:
        last = min(last, period_start(period, source.last_day))
    return str(last) if last >= period_start(period, source.first_day) else None


def _starts(settings: Settings) -> dt.timedelta:
    return dt.timedelta(hours=settings.schedule.hour, minutes=settings.schedule.minute)
