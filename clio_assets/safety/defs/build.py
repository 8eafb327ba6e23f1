"""All definitions of the safety location."""

from __future__ import annotations

import warnings

import dagster as dg

from clio_assets.config import Settings
from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import build_partitions
from clio_assets.safety.defs.alerting import alert_sensor
from clio_assets.safety.defs.coordination import coordination_asset
from clio_assets.safety.defs.findings import findings_asset, topic_findings_asset
from clio_assets.safety.defs.monitors import monitor_assets, monitor_checks, monitor_jobs
from clio_assets.safety.defs.report import report_asset
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.defs.topics_watched import watched_assets
from clio_assets.safety.zone import SafetyZone

AFTER_HOURS = 2
"""Hours after `schedule.hour` that the safety jobs run: they need the vectors and the topics."""

LAST_HOUR = 23

REPORT_JOB = "safety_report"
REPORT_AFTER_HOURS = AFTER_HOURS + 1
"""The report comes after what it shows; a day that is late is on the next one."""


def build_safety_definitions(settings: Settings, zone: SafetyZone) -> dg.Definitions:
    """Wire the safety zone's own flow; it reads the private zone and writes to its own alone."""
    with warnings.catch_warnings():
        # As in the main location: what backfills and checks stand on may still change in Dagster.
        for kind in (dg.BetaWarning, dg.PreviewWarning):
            warnings.simplefilter("ignore", kind)
        return _wire(settings, zone)


def _wire(settings: Settings, zone: SafetyZone) -> dg.Definitions:
    safety = Safety(Clio(settings), zone)
    partitions = build_partitions(settings)
    daily = [coordination_asset(partitions), findings_asset(partitions)]
    by_period = [*watched_assets(partitions), topic_findings_asset(partitions)]
    jobs = [
        dg.define_asset_job("safety_daily", dg.AssetSelection.assets(*daily)),
        dg.define_asset_job(
            f"safety_{settings.period}_topics", dg.AssetSelection.assets(*by_period)
        ),
        *monitor_jobs(settings),
    ]
    # A later hour of the next day would be that of a later partition.
    late = settings.schedule.hour + AFTER_HOURS > LAST_HOUR
    hour = LAST_HOUR if late else settings.schedule.hour + AFTER_HOURS
    minute = 59 if late else settings.schedule.minute
    monitors = monitor_assets(settings, zone)
    report = report_asset([key for one in monitors for key in one.keys])
    report_job = dg.define_asset_job(REPORT_JOB, dg.AssetSelection.assets(report))
    posted = settings.safety.webhook_variable
    return dg.Definitions(
        assets=[*daily, *by_period, *monitors, report],
        asset_checks=monitor_checks(settings, zone),
        jobs=[*jobs, report_job],
        schedules=[
            dg.build_schedule_from_partitioned_job(
                job,
                name=f"{job.name}_schedule",
                hour_of_day=hour,
                minute_of_hour=minute,
            )
            for job in jobs
        ]
        + [
            dg.ScheduleDefinition(
                name=f"{REPORT_JOB}_schedule",
                job=report_job,
                cron_schedule=f"{settings.schedule.minute} "
                f"{(settings.schedule.hour + REPORT_AFTER_HOURS) % 24} * * *",
                execution_timezone="UTC",
            )
        ],
        sensors=[alert_sensor(posted, settings.safety.look_back_days)] if posted else [],
        resources={"safety": safety},
        executor=dg.in_process_executor,
    )
