"""All definitions of the safety location."""

from __future__ import annotations

import warnings

import dagster as dg

from clio_assets.config import Settings
from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import build_partitions
from clio_assets.safety.defs.coordination import coordination_asset
from clio_assets.safety.defs.findings import findings_asset
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.zone import SafetyZone

AFTER_HOURS = 2
"""Hours after `schedule.hour` that the safety job runs: it needs the day's vectors."""


def build_safety_definitions(settings: Settings, zone: SafetyZone) -> dg.Definitions:
    """Wire the safety zone's own flow; it reads the private zone and writes to its own alone."""
    with warnings.catch_warnings():
        # As in the main location: what backfills stand on is beta in Dagster.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _wire(settings, zone)


def _wire(settings: Settings, zone: SafetyZone) -> dg.Definitions:
    safety = Safety(Clio(settings), zone)
    partitions = build_partitions(settings)
    job = dg.define_asset_job("safety_daily", dg.AssetSelection.all())
    schedule = dg.build_schedule_from_partitioned_job(
        job,
        name="safety_schedule",
        hour_of_day=(settings.schedule.hour + AFTER_HOURS) % 24,
        minute_of_hour=settings.schedule.minute,
    )
    return dg.Definitions(
        assets=[coordination_asset(partitions), findings_asset(partitions)],
        jobs=[job],
        schedules=[schedule],
        resources={"safety": safety},
        executor=dg.in_process_executor,
    )
