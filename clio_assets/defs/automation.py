"""Jobs a cadence, a schedule for what ended yesterday, and a sensor for files that change."""

import datetime as dt
import json

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as UnresolvedJob,
)

from clio_assets.config import Settings
from clio_assets.conversations.source_files import day_listing, days_with_files
from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import Partitions

CADENCE = {"day": "daily", "week": "weekly", "month": "monthly"}
DAILY_STEPS = ["raw_conversations", "conversations", "facets", "embeddings"]
RUNS_A_TICK = 31


def build_jobs(settings: Settings, partitions: Partitions) -> list[UnresolvedJob]:
    """With `period: day` one job runs a day end to end; else days and periods have one each."""
    everything = dg.AssetSelection.all()
    if settings.period == "day":
        return [dg.define_asset_job("daily", everything, partitions_def=partitions.daily)]
    days = dg.AssetSelection.assets(*DAILY_STEPS)
    return [
        dg.define_asset_job("daily", days, partitions_def=partitions.daily),
        dg.define_asset_job(
            CADENCE[settings.period], everything - days, partitions_def=partitions.period
        ),
    ]


def build_schedules(settings: Settings, jobs: list[UnresolvedJob]) -> list[dg.ScheduleDefinition]:
    """Each job runs for the partition that ended last, at `schedule.hour`, UTC.

    A period's own job starts an hour after the day's, which must have read the last day by then.
    """
    hour, minute = settings.schedule.hour, settings.schedule.minute
    found = []
    for later, job in enumerate(jobs):
        found.append(
            dg.build_schedule_from_partitioned_job(
                job,
                name=f"{job.name}_schedule",
                hour_of_day=(hour + later) % 24,
                minute_of_hour=minute,
            )
        )
    return found


def build_sensor(partitions: Partitions, job: UnresolvedJob) -> dg.SensorDefinition:
    """Re-run a day whose files changed since it was last seen; days never run are the schedule's.

    The cursor holds each day's listing (names, sizes, times). The first tick only takes note.
    """

    @dg.sensor(job=job, minimum_interval_seconds=300, name="changed_files")
    def changed_files(
        context: dg.SensorEvaluationContext, clio: dg.ResourceParam[Clio]
    ) -> dg.SensorResult:
        seen = json.loads(context.cursor) if context.cursor else None
        keys = set(partitions.daily.get_partition_keys())
        source = clio.settings.source
        dated = days_with_files(source)
        days = sorted(keys) if dated is None else sorted(keys & {str(day) for day in dated})
        now = {day: day_listing(source, dt.date.fromisoformat(day)) for day in days}
        if seen is None:
            return dg.SensorResult(cursor=json.dumps(now))
        changed = [day for day in days if day in seen and seen[day] != now[day]][:RUNS_A_TICK]
        requests = [
            dg.RunRequest(partition_key=day, run_key=f"{day}-{now[day]}") for day in changed
        ]
        noted = {day: now[day] for day in days if day not in seen or day in changed}
        return dg.SensorResult(run_requests=requests, cursor=json.dumps(seen | noted))

    return changed_files


def freshness_checks(
    settings: Settings, report: dg.AssetsDefinition
) -> list[dg.AssetChecksDefinition]:
    """Is the last period's report there? By partition: an old day's backfill changes nothing."""
    hour = (settings.schedule.hour + 2) % 24
    cron = {"day": f"0 {hour} * * *", "week": f"0 {hour} * * 1", "month": f"0 {hour} 1 * *"}
    return list(
        dg.build_time_partition_freshness_checks(
            assets=[report], deadline_cron=cron[settings.period], timezone="UTC"
        )
    )
