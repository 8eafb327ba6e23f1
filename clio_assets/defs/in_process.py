"""Running partitions one after the other in this process, for the demo and for a long history.

A backfill by the daemon advances the ordered assets one period a tick of 30 seconds; a year of
days takes it three hours, and this minutes.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import dagster as dg

from clio_assets.config import ConfigError, Settings
from clio_assets.defs.build import build_definitions
from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import build_partitions
from clio_assets.storage.closed import closed_folder

QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


@dataclass(frozen=True)
class Stage:
    """What one asset, or all "checks" together, cost in one run: seconds, and peak MiB if told."""

    asset: str
    seconds: float
    peak_mib: int | None


def run_days(settings: Settings, first: str | None, last: str | None) -> int:
    """`clio run`: the days from `first` to `last` (default: all there are); 0 when all succeeded.

    Raises:
        ConfigError: there is no such day.
    """
    chosen = chosen_days(settings, first, last)
    clio = Clio(settings)
    instance = persistent_instance(settings.home)
    if run_history(
        settings, instance, lambda key, stages: tell_partition(clio, key, stages), chosen
    ):
        return 0
    print("That partition failed, and the ones after it were not run; `make dev` shows why.")
    return 1


def chosen_days(settings: Settings, first: str | None, last: str | None) -> list[str]:
    """Return the days from `first` to `last`: `first` alone without it, all without either.

    Raises:
        ConfigError: there is no such day.
    """
    days = list(build_partitions(settings).daily.get_partition_keys())
    if not days:
        raise ConfigError("`source.first_day`: no day of the source has ended yet.")
    first, last = first or days[0], last or first or days[-1]
    if first not in days or last not in days or last < first:
        raise ConfigError(
            f"There are days from {days[0]} to {days[-1]} (`source.first_day` and "
            "`source.last_day` in clio.yaml): give the first and the last to run as YYYY-MM-DD."
        )
    return days[days.index(first) : days.index(last) + 1]


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
            if first <= last_day(partitions.period, key) and key <= last
        ]
    for job, key in plan:
        # dbt prints a page a day.
        with redirect_stdout(StringIO()):
            result = job.execute_in_process(
                partition_key=key, instance=instance, run_config=QUIET, raise_on_error=False
            )
        tell(key, _stages(result))
        if not result.success:
            return False
    return True


def tell_partition(clio: Clio, key: str, stages: list[Stage]) -> None:
    """Print what a finished partition released, as the release itself tells it."""
    seconds = sum(stage.seconds for stage in stages)
    row = clio.releases.read("released_periods", key).to_dicts()
    told = f"{row[0]['topics']} topics, {row[0]['leaf_coverage']:.0%} covered" if row else "-"
    print(f"{key}  {told}  ({seconds:.0f} s)", flush=True)


def persistent_instance(home: Path) -> dg.DagsterInstance:
    """The instance of `$DAGSTER_HOME`, by default `home`/dagster with our dagster.yaml."""
    folder = Path(os.environ.setdefault("DAGSTER_HOME", str((home / "dagster").resolve())))
    closed_folder(folder)
    ours = Path(__file__).parents[2] / "dagster.yaml"
    if not (folder / "dagster.yaml").exists() and ours.exists():
        (folder / "dagster.yaml").symlink_to(ours)
    logging.getLogger("dagster").setLevel(logging.ERROR)
    return dg.DagsterInstance.get()


def last_day(partitions: dg.TimeWindowPartitionsDefinition, key: str) -> str:
    """The last day of a partition, by its key."""
    window = partitions.time_window_for_partition_key(key)
    return str((window.end - dt.timedelta(days=1)).date())


def _stages(result: dg.ExecuteInProcessResult) -> list[Stage]:
    """Assets in the order they ran, then the checks as one."""
    peaks: dict[str, int | None] = {}
    for event in result.get_asset_materialization_events():
        told = event.materialization.metadata.get("peak_mib")
        peaks[event.step_key or ""] = int(str(told.value)) if told else None
    seconds = {
        event.step_key or "": event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.is_step_success
    }
    assets = [Stage(key, seconds[key], peaks[key]) for key in seconds if key in peaks]
    checks = sum(spent for key, spent in seconds.items() if key not in peaks)
    return [*assets, Stage("checks", checks, None)]
