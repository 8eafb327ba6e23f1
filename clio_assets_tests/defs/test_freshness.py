"""A report that is overdue is seen, whatever else was run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from clio_assets.config import Settings
from clio_assets.defs.freshness import REPORTED, due_period
from clio_assets_tests.defs.pipelines import (
    FIRST,
    THIRD,
    definitions_of,
    settings_at,
)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def settings_from(tmp_path: Path, first_day: str, last_day: str | None, **changes: Any) -> Settings:
    return settings_at(tmp_path, source={"first_day": first_day, "last_day": last_day}, **changes)


@pytest.mark.parametrize(
    ("period", "hour", "now", "due"),
    [
        ("day", 2, "2025-09-03T05:00", "2025-09-02"),
        ("day", 2, "2025-09-03T04:59", "2025-09-01"),
        ("day", 23, "2025-09-03T05:00", "2025-09-01"),
        ("day", 2, "2025-08-31T23:00", None),
        ("week", 2, "2025-09-08T05:00", "2025-09-01"),
        ("week", 2, "2025-09-08T04:59", "2025-08-25"),
        ("month", 2, "2025-10-01T05:00", "2025-09-01"),
        ("month", 2, "2025-09-30T05:00", "2025-08-01"),
    ],
)
def test_a_report_is_due_three_hours_after_its_run(
    tmp_path: Path, period: str, hour: int, now: str, due: str | None
) -> None:
    settings = settings_from(tmp_path, FIRST, None, period=period, schedule={"hour": hour})
    assert due_period(settings, at(now)) == due


def test_after_the_last_day_nothing_more_is_due(tmp_path: Path) -> None:
    settings = settings_from(tmp_path, FIRST, THIRD)
    assert due_period(settings, at("2030-01-01T00:00")) == THIRD


@pytest.mark.parametrize(("hour", "cron"), [(2, "30 5 * * *"), (22, "30 1 * * *")])
def test_freshness_is_looked_at_when_the_report_is_due(
    tmp_path: Path, hour: int, cron: str
) -> None:
    settings = settings_at(tmp_path, schedule={"hour": hour, "minute": 30})
    schedule = definitions_of(settings).resolve_schedule_def("freshness_schedule")
    assert schedule.cron_schedule == cron


def look(definitions: dg.Definitions) -> dg.AssetCheckEvaluation:
    everything = definitions.resolve_implicit_global_asset_job_def()
    job = everything.get_subset(asset_selection=set(), asset_check_selection={REPORTED})
    (found,) = job.execute_in_process().get_asset_check_evaluations()
    return found


@pytest.mark.platform
def test_an_old_day_s_report_does_not_hide_that_the_last_one_is_missing(tmp_path: Path) -> None:
    definitions = definitions_of(settings_at(tmp_path))
    bundles = tmp_path / "home" / "release" / "bundles"
    for day, fresh in [(FIRST, False), (THIRD, True)]:
        (bundles / day).mkdir(parents=True)
        (bundles / day / "latest.json").write_text('{"folder": "v1"}', encoding="utf-8")
        found = look(definitions)
        assert found.passed is fresh
        assert found.severity == dg.AssetCheckSeverity.WARN
        assert found.metadata["due"].value == THIRD


@pytest.mark.platform
def test_before_the_first_report_is_due_nothing_is_missing(tmp_path: Path) -> None:
    today = dt.datetime.now(dt.UTC).date()
    definitions = definitions_of(settings_from(tmp_path, str(today), None))
    assert look(definitions).passed
