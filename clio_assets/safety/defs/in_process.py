"""`clio safety run`: the zone's jobs one after the other in this process, as `clio run` has it."""

from __future__ import annotations

import time
from collections import defaultdict

import dagster as dg

from clio_assets.config import Settings
from clio_assets.defs.in_process import QUIET, chosen_days, last_day, persistent_instance
from clio_assets.safety.defs.build import REPORT_JOB, build_safety_definitions
from clio_assets.safety.zone import SafetyZone


def run_safety_days(
    settings: Settings, zone: SafetyZone, first: str | None, last: str | None
) -> int:
    """Run every job for the days from `first` to `last`, then the report; 0 when all succeeded.

    A period's jobs run after its last day. Prints how long each day took, and nothing of what was
    found.

    Raises:
        ConfigError: there is no such day.
    """
    days = chosen_days(settings, first, last)
    definitions = build_safety_definitions(settings, zone)
    jobs = [definitions.resolve_job_def(job.name) for job in definitions.jobs or []]
    instance = persistent_instance(settings.home)

    def runs(job: dg.JobDefinition, key: str | None) -> bool:
        return job.execute_in_process(
            partition_key=key, instance=instance, run_config=QUIET, raise_on_error=False
        ).success

    plan = _plan(jobs)
    for day in days:
        started = time.monotonic()
        for job, key in plan[day]:
            if not runs(job, key):
                print(f"{job.name} of {key} failed; `make dev` shows why.")
                return 1
        print(f"{day}  ({time.monotonic() - started:.0f} s)", flush=True)
    report = next(job for job in jobs if job.name == REPORT_JOB)
    return 0 if runs(report, None) else 1


def _plan(jobs: list[dg.JobDefinition]) -> defaultdict[str, list[tuple[dg.JobDefinition, str]]]:
    """Day -> the jobs of the partitions that end with it, with their keys; jobs in their order."""
    plan = defaultdict(list)
    for job in jobs:
        if isinstance(partitions := job.partitions_def, dg.TimeWindowPartitionsDefinition):
            for key in partitions.get_partition_keys():
                plan[last_day(partitions, key)].append((job, key))
    return plan
