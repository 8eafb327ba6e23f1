"""`period: week` and `period: month`, from the logs to the report."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import dagster as dg
import duckdb
import polars as pl
import pytest

from clio_assets.defs import in_process
from clio_assets.defs.in_process import run_history
from clio_assets.release.bundle import latest_bundle
from clio_assets_tests.defs.conftest import Copy, Pipeline, pipeline_at
from clio_assets_tests.defs.pipelines import DAYS, FIRST, SECOND

pytestmark = pytest.mark.platform

AUGUST_WEEK, SEPTEMBER_WEEK = "2025-08-25", "2025-09-01"


def run_all(pipeline: Pipeline, patch: pytest.MonkeyPatch) -> list[str]:
    """Run every day and period in order, and return their keys in the order they were finished."""
    told: list[str] = []
    patch.setattr(in_process, "build_definitions", lambda _: pipeline.definitions)
    assert run_history(pipeline.clio.settings, pipeline.instance, lambda key, _: told.append(key))
    return told


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory, audited: Pipeline) -> Pipeline:
    """Three days that lie in two weeks: a Sunday, and the Monday and Tuesday after it."""
    root = tmp_path_factory.mktemp("weeks") / "copy"
    shutil.copytree(audited.root, root)
    pipeline = pipeline_at(root, audited.canaries, period="week")
    with pytest.MonkeyPatch.context() as patch:
        assert run_all(pipeline, patch) == [*DAYS, AUGUST_WEEK, SEPTEMBER_WEEK]
    return pipeline


@pytest.mark.parametrize(
    ("week", "end", "days"),
    [(AUGUST_WEEK, "2025-09-01", [FIRST]), (SEPTEMBER_WEEK, "2025-09-08", DAYS[1:])],
)
def test_a_week_is_released_as_one_period(
    weeks: Pipeline, week: str, end: str, days: list[str]
) -> None:
    row = weeks.clio.releases.read("released_periods", week).row(0, named=True)
    assert row["period_kind"] == "week"
    assert row["period_start"] == dt.date.fromisoformat(week)
    assert row["period_end"] == dt.date.fromisoformat(end)
    assert row["topics"] > 0
    held = sum(weeks.clio.rows(weeks.clio.layout.day(day), "embeddings") for day in days)
    members = weeks.clio.layout.period_file(week).read("topic_members")
    assert len(members) == held
    assert row["conversations"] <= 1.1 * held


def test_a_week_has_its_own_report(weeks: Pipeline) -> None:
    for week in (AUGUST_WEEK, SEPTEMBER_WEEK):
        bundle = latest_bundle(weeks.clio.layout.bundles, week)
        assert bundle is not None
        stated = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
        assert (stated["period_kind"], stated["period_start"]) == ("week", week)


def test_the_second_week_carries_on_the_topics_of_the_first(weeks: Pipeline) -> None:
    first, second = (
        weeks.clio.layout.period_file(week).read("topics") for week in (AUGUST_WEEK, SEPTEMBER_WEEK)
    )
    continuing = second.filter(status="continuing")
    assert set(continuing["topic_id"]) <= set(first["topic_id"])
    assert set(continuing["first_period"]) == {AUGUST_WEEK}
    assert len(continuing) >= len(first) // 2
    born = second.filter(status="new")
    assert set(born["topic_id"]).isdisjoint(first["topic_id"])
    assert set(born["first_period"]) <= {SEPTEMBER_WEEK}


def test_the_marts_compare_a_week_with_the_one_before(weeks: Pipeline) -> None:
    with duckdb.connect(str(weeks.clio.layout.warehouse), read_only=True) as con:
        movers = con.sql("SELECT period, previous_period, status FROM movers").pl()
        coverage = con.sql("SELECT period FROM coverage ORDER BY period").pl()
    assert coverage["period"].to_list() == [AUGUST_WEEK, SEPTEMBER_WEEK]
    later = movers.filter(period=SEPTEMBER_WEEK)
    assert set(later["previous_period"]) == {AUGUST_WEEK}
    assert len(later.filter(pl.col("status") != "new"))


def test_a_period_does_not_start_before_its_days(audited: Pipeline, copied: Copy) -> None:
    pipeline = copied(audited, period="week")
    pipeline.clio.layout.day(DAYS[2]).path.unlink()
    with pytest.raises(dg.Failure, match=f"embeddings.*{DAYS[2]}") as refused:
        pipeline.definitions.resolve_job_def("weekly").execute_in_process(
            partition_key=SEPTEMBER_WEEK, asset_selection=[dg.AssetKey("base_clusters")]
        )
    assert refused.value.allow_retries is False


def test_a_month_is_released_as_one_period(
    audited: Pipeline, copied: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = copied(audited, period="month", source={"first_day": SECOND})
    assert run_all(pipeline, monkeypatch) == [*DAYS[1:], SECOND]
    row = pipeline.clio.releases.read("released_periods", SECOND).row(0, named=True)
    assert row["period_kind"] == "month"
    assert (row["period_start"], row["period_end"]) == (dt.date(2025, 9, 1), dt.date(2025, 10, 1))
    assert row["topics"] > 0
    assert latest_bundle(pipeline.clio.layout.bundles, SECOND) is not None
