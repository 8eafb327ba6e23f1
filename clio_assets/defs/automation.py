"""Jobs a cadence, a schedule for what ended yesterday, and a sensor for files that change."""

import datetime as dt
import json

import dagster as dg
from dagster._core.definitions.partitions.partitioned_schedule import (
    UnresolvedPartitionedAssetScheduleDefinition as UnresolvedSchedule,
)
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as UnresolvedJob,
)

from clio_assets.config import Settings
from clio_assets.conversations.source_files import day_listing, days_with_files
from clio_assets.defs.clio import Clio
from clio_assets.defs.freshness import REPORTED
from clio_assets.defs.partitions import Partitions

CADENCE = {"day": "daily", "week": "weekly", "month": "monthly"}
DAILY_STEPS = ["raw_conversations", "conversations", "facets", "embeddings"]
RUNS_A_TICK = 31
NO_FILES = ""


def build_jobs(settings: Settings) -> list[UnresolvedJob]:
    """With `period: day` one job runs a day end to end; else days and periods have one each."""
    everything = dg.AssetSelection.all() - dg.AssetSelection.checks(REPORTED)
    if settings.period == "day":
        return [dg.define_asset_job("daily", everything)]
    days = dg.AssetSelection.assets(*DAILY_STEPS)
    return [
        dg.define_asset_job("daily", days),
        dg.define_asset_job(CADENCE[settings.period], everything - days),
    ]


def build_schedules(
    settings: Settings, jobs: list[UnresolvedJob]
) -> list[dg.ScheduleDefinition | UnresolvedSchedule]:
    """Each job runs for the partition that ended last, at `schedule.hour`, UTC.

    A period's own job starts an hour after the day's, which must have read the last day by then.
    """
    found = []
    for later, job in enumerate(jobs):
        days, hour = divmod(settings.schedule.hour + later, 24)
        found.append(
            dg.build_schedule_from_partitioned_job(
                job,
                name=f"{job.name}_schedule",
                hour_of_day=hour,
                minute_of_hour=settings.schedule.minute,
                day_of_week=1 + days if job.name == "weekly" else None,
                day_of_month=1 + days if job.name == "monthly" else None,
            )
        )
    return found


def build_sensor(partitions: Partitions, job: UnresolvedJob) -> dg.SensorDefinition:
    """Re-run a day whose files changed, or came late; a day's first run is the schedule's.

    The cursor holds each day's listing (names, sizes, times) as last seen. The first tick only
    takes note. Files that are gone are no change: logs are rotated, what was read of them stays.
    """

    @dg.sensor(job=job, minimum_interval_seconds=300, name="changed_files")
    def changed_files(
        context: dg.SensorEvaluationContext, clio: dg.ResourceParam[Clio]
    ) -> dg.SensorResult:
        seen = json.loads(context.cursor) if context.cursor else {}
        source = clio.settings.source
        keys = set(partitions.daily.get_partition_keys())
        dated = days_with_files(source)
        days = sorted(keys) if dated is None else sorted(keys & {str(day) for day in dated})
        now = {day: day_listing(source, dt.date.fromisoformat(day)) for day in days}
        changed = [day for day in days if seen.get(day, now[day]) != now[day]][:RUNS_A_TICK]
        requests = [
            dg.RunRequest(partition_key=day, run_key=f"{day}-{now[day]}") for day in changed
        ]
        noted = {day: now.get(day, NO_FILES) for day in {*keys - seen.keys(), *changed}}
        return dg.SensorResult(run_requests=requests, cursor=json.dumps(seen | noted))

    return changed_files
