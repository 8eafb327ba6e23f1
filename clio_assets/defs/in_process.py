"""Running partitions one after the other in this process, for the demo and for a long history.

A backfill by the daemon advances the ordered assets one period a tick of 30 seconds; a year of
days takes it three hours, and this minutes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from clio_assets.config import Settings
from clio_assets.defs.build import build_definitions
from clio_assets.defs.partitions import build_partitions

QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


@dataclass(frozen=True)
class Stage:
    """What one asset cost in one run: seconds, and the process's peak memory in MiB."""

    asset: str
    seconds: float
    peak_mib: int


def run_history(
    settings: Settings,
    instance: dg.DagsterInstance,
    tell: Callable[[str, list[Stage]], None],
    keys: list[str] | None = None,
) -> bool:
    """Materialize partitions in order with every check; False at the first that fails.

    `keys` are days, by default all there are; a period's own job runs after its last day.
    `tell` is called with each finished partition's key and the cost of its stages.
    """
    definitions = build_definitions(settings)
    jobs = [definitions.resolve_job_def(job.name) for job in definitions.jobs or []]
    partitions = build_partitions(settings)
    days = keys or list(partitions.daily.get_partition_keys())
    plan = [(jobs[0], day) for day in days]
    if len(jobs) > 1:
        first, last = min(days), max(days)
        plan += [
            (jobs[1], key)
            for key in partitions.period.get_partition_keys()
            if first <= _last_day(partitions.period, key) and key <= last
        ]
    for job, key in plan:
        result = job.execute_in_process(
            partition_key=key, instance=instance, run_config=QUIET, raise_on_error=False
        )
        tell(key, _stages(result))
        if not result.success:
            return False
    return True


def _last_day(partitions: dg.TimeWindowPartitionsDefinition, key: str) -> str:
    window = partitions.time_window_for_partition_key(key)
    return str((window.end - dt.timedelta(days=1)).date())


def _stages(result: dg.ExecuteInProcessResult) -> list[Stage]:
    stages = []
    for event in result.all_events:
        if event.is_step_success and "check" not in str(event.step_key):
            stages.append((event.step_key, event.step_success_data.duration_ms / 1000))
    peaks = {
        event.step_key: int(str(event.materialization.metadata["peak_mib"].value))
        for event in result.get_asset_materialization_events()
        if "peak_mib" in event.materialization.metadata
    }
    return [Stage(name or "", seconds, peaks.get(name, 0)) for name, seconds in stages]
