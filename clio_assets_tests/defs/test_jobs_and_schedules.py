"""Jobs by cadence, and which partitions the schedules ask for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from clio_assets.defs.automation import DAILY_STEPS, UnresolvedJob
from clio_assets.defs.freshness import REPORTED
from clio_assets_tests.defs.pipelines import (
    definitions_of,
    settings_at,
)

CADENCES = {"day": ["daily"], "week": ["daily", "weekly"], "month": ["daily", "monthly"]}


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def keys_of(definitions: dg.Definitions, job: str) -> set[str]:
    layer = definitions.resolve_job_def(job).asset_layer
    return {key.to_user_string() for key in layer.executable_asset_keys}


@pytest.mark.parametrize("period", CADENCES)
def test_one_job_a_cadence_and_every_asset_in_exactly_one(tmp_path: Path, period: str) -> None:
    definitions = definitions_of(settings_at(tmp_path, period=period))
    jobs = [job.name for job in definitions.jobs or []]
    assert jobs == CADENCES[period]
    assets = [keys_of(definitions, job) for job in jobs]
    graph = definitions.resolve_asset_graph()
    everything = {key.to_user_string() for key in graph.materializable_asset_keys}
    assert set.union(*assets) == everything
    assert sum(map(len, assets)) == len(everything)
    if period != "day":
        assert assets[0] == set(DAILY_STEPS)


@pytest.mark.parametrize("period", CADENCES)
def test_a_job_runs_every_check_of_its_assets(tmp_path: Path, period: str) -> None:
    definitions = definitions_of(settings_at(tmp_path, period=period))
    graph = definitions.resolve_asset_graph()
    checked = {
        key
        for job in definitions.jobs or []
        if isinstance(job, UnresolvedJob)
        for key in job.selection.resolve_checks(graph)
    }
    assert checked == graph.asset_check_keys - {REPORTED}


def scheduled(tmp_path: Path, name: str, when: str, **changes: Any) -> list[str | None]:
    """Partition keys that a schedule asks for at a time."""
    source = {"first_day": "2025-01-01", "last_day": None}
    definitions = definitions_of(settings_at(tmp_path, source=source, **changes))
    schedule = definitions.resolve_schedule_def(name)
    context = dg.build_schedule_context(
        instance=dg.DagsterInstance.ephemeral(),
        scheduled_execution_time=at(when),
        repository_def=definitions.get_repository_def(),
    )
    return [request.partition_key for request in schedule.evaluate_tick(context).run_requests or []]


@pytest.mark.parametrize(
    ("period", "name", "when", "key"),
    [
        ("day", "daily_schedule", "2025-09-02T02:00", "2025-09-01"),
        ("day", "daily_schedule", "2025-03-01T02:00", "2025-02-28"),
        ("week", "daily_schedule", "2025-09-02T02:00", "2025-09-01"),
        ("week", "weekly_schedule", "2025-09-08T03:00", "2025-09-01"),
        ("week", "weekly_schedule", "2025-09-01T03:00", "2025-08-25"),
        ("month", "monthly_schedule", "2025-09-01T03:00", "2025-08-01"),
        ("month", "monthly_schedule", "2025-03-01T03:00", "2025-02-01"),
    ],
)
def test_a_schedule_asks_for_what_ended_last(
    tmp_path: Path, period: str, name: str, when: str, key: str
) -> None:
    assert scheduled(tmp_path, name, when, period=period) == [key]


@pytest.mark.parametrize(
    ("period", "hour", "crons"),
    [
        ("day", 2, ["30 2 * * *"]),
        ("week", 2, ["30 2 * * *", "30 3 * * 1"]),
        ("month", 2, ["30 2 * * *", "30 3 1 * *"]),
        ("week", 23, ["30 23 * * *", "30 0 * * 2"]),
        ("month", 23, ["30 23 * * *", "30 0 2 * *"]),
    ],
)
def test_a_period_is_run_after_its_last_day(
    tmp_path: Path, period: str, hour: int, crons: list[str]
) -> None:
    """At 23 o'clock the hour after belongs to the next day."""
    schedule = {"hour": hour, "minute": 30}
    definitions = definitions_of(settings_at(tmp_path, period=period, schedule=schedule))
    names = [f"{job.name}_schedule" for job in definitions.jobs or []]
    assert [definitions.resolve_schedule_def(name).cron_schedule for name in names] == crons


def test_a_late_week_is_still_the_week_that_ended(tmp_path: Path) -> None:
    late = {"period": "week", "schedule": {"hour": 23, "minute": 0}}
    assert scheduled(tmp_path, "weekly_schedule", "2025-09-09T00:00", **late) == ["2025-09-01"]
