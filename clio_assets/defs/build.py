"""All definitions of one configured pipeline."""

from __future__ import annotations

import warnings

import dagster as dg

from clio_assets.config import Settings
from clio_assets.defs.automation import (
    build_jobs,
    build_schedules,
    build_sensor,
)
from clio_assets.defs.checks import build_checks
from clio_assets.defs.clio import Clio
from clio_assets.defs.conversations import conversation_assets
from clio_assets.defs.door import door_assets
from clio_assets.defs.facets import facet_assets
from clio_assets.defs.freshness import freshness_check, freshness_schedule
from clio_assets.defs.partitions import build_partitions
from clio_assets.defs.report import report_asset, warehouse_resource
from clio_assets.defs.topics import topic_assets
from clio_assets.defs.warehouse import dbt_resource, warehouse_assets


def build_definitions(settings: Settings) -> dg.Definitions:
    """Wire the flow of docs/architecture.md for `settings`."""
    with warnings.catch_warnings():
        # Partitioned checks and backfill policies are what the gate stands on; that they may
        # change between minor versions is why pyproject.toml names one.
        for kind in (dg.BetaWarning, dg.PreviewWarning):
            warnings.simplefilter("ignore", kind)
        return _wire(settings)


def _wire(settings: Settings) -> dg.Definitions:
    clio = Clio(settings)
    partitions = build_partitions(settings)
    warehouse = warehouse_assets(partitions, clio.layout)
    report = report_asset(partitions, warehouse)
    jobs = build_jobs(settings)
    return dg.Definitions(
        assets=[
            *conversation_assets(partitions),
            *facet_assets(partitions, settings),
            *topic_assets(partitions, settings),
            *door_assets(partitions, settings),
            warehouse,
            report,
        ],
        asset_checks=[*build_checks(partitions), freshness_check()],
        jobs=jobs,
        schedules=[*build_schedules(settings, jobs), freshness_schedule(settings)],
        sensors=[build_sensor(partitions, jobs[0])],
        resources={
            "clio": clio,
            "dbt": dbt_resource(),
            "warehouse_db": warehouse_resource(clio.layout),
        },
        # A process a step costs five to seven seconds each on two cores; runs are the unit of
        # parallelism here.
        executor=dg.in_process_executor,
    )
