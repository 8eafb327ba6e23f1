"""The dbt project, built for real from releases that the fixture invents."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import duckdb
import polars as pl
import pytest

from clio_assets.release.warehouse import TABLES, dbt_environment, new_target, publish, publishing
from clio_assets.storage.layout import Layout
from clio_assets_tests.release_fixture import write_released

pytestmark = pytest.mark.platform
PROJECT = Path(__file__).parents[2] / "dbt_project"
DBT = Path(sys.executable).with_name("dbt")


class Warehouse:
    """One home whose warehouse is built again and again; dbt parses its project once."""

    def __init__(self, home: Path) -> None:
        self.layout = Layout(home=home, period="day")
        self.target = home / "dbt"

    def dbt_build(self) -> subprocess.CompletedProcess[str]:
        """Build and, where every model and test passed, publish. A warning is an error."""
        with publishing(self.layout):
            target = new_target(self.layout)
            done = subprocess.run(
                [DBT, "--warn-error", "--no-use-colors", "build",
                 "--project-dir", PROJECT, "--profiles-dir", PROJECT,
                 "--target-path", self.target, "--log-path", self.target],
                env={**os.environ, **dbt_environment(self.layout, target)},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode == 0:
                publish(target, self.layout.warehouse)
        return done

    def of(
        self, periods: int, topics: int = 8, empty: Collection[int] = ()
    ) -> dict[str, pl.DataFrame]:
        """Every table of the warehouse made from these releases."""
        write_released(self.layout.releases, periods=periods, topics=topics, empty=empty)
        done = self.dbt_build()
        assert done.returncode == 0, done.stdout
        return self.tables()

    def tables(self) -> dict[str, pl.DataFrame]:
        with duckdb.connect(str(self.layout.warehouse), read_only=True) as con:
            return {name: con.table(name).pl() for name in TABLES}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return Warehouse(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def three(warehouse: Warehouse) -> dict[str, pl.DataFrame]:
    return warehouse.of(periods=3)


def test_the_releases_pass_through_unchanged(warehouse, three) -> None:
    with duckdb.connect(str(warehouse.layout.releases), read_only=True) as con:
        for name in TABLES & {table for (table,) in con.execute("SHOW TABLES").fetchall()}:
            released = con.table(name).pl()
            key = [column for column, kind in released.schema.items() if kind == pl.String]
            assert three[name].sort(key).equals(released.sort(key)), name
            assert len(released), name


def test_movers_compare_with_the_period_before(three) -> None:
    movers, topics = three["movers"], three["topics_by_period"]
    first, second, third = sorted(topics["period"].unique())
    compared = movers.select("period", "previous_period").unique().sort("period").rows()
    assert compared == [(second, first), (third, second)]

    born = movers.filter(period=second, status="new")
    assert born["level"].to_list() == [0]
    assert born["previous_conversations"].to_list() == [None]
    gone = movers.filter(period=third, status="gone")
    assert gone["level"].to_list() == [0]
    assert gone["conversations"].to_list() == [None]
    assert not len(topics.filter(period=third, topic_id=gone["topic_id"][0]))

    both = movers.filter(~pl.col("status").is_in(["new", "gone"]))
    expected = (
        pl.when(pl.col("q_value") >= 0.05).then(pl.lit("steady"))
        .when(pl.col("growth") > 1).then(pl.lit("grew")).otherwise(pl.lit("shrank"))
    )  # fmt: skip
    assert both.filter(pl.col("status") != expected).is_empty()
    assert set(both["status"]) == {"steady", "grew", "shrank"}
    assert movers.filter(pl.col("q_value").is_null()).select("status").equals(
        movers.filter(pl.col("status").is_in(["new", "gone"])).select("status")
    )  # fmt: skip
    points = (pl.col("share") - pl.col("previous_share")).round(1)
    assert both.filter((pl.col("share_change") - points).abs() > 1e-9).is_empty()


def test_topics_have_their_path_and_their_change(three) -> None:
    topics = three["topics_by_period"]
    parents = topics.filter(level=1).select("period", "name", parent_id="topic_id")
    leaves = topics.filter(level=0).join(parents, on=["period", "parent_id"], suffix="_above")
    assert leaves["path"].to_list() == [
        f"{above} › {name}"  # noqa: RUF001
        for above, name in leaves.select("name_above", "name").iter_rows()
    ]
    assert len(leaves) == topics["level"].eq(0).sum()
    assert parents["name"].to_list() == topics.filter(level=1)["path"].to_list()

    periods = sorted(topics["period"].unique())
    known = {row[:2]: row[2] for row in topics.select("period", "topic_id", "conversations").rows()}
    for period, topic, count, previous, change in topics.select(
        "period", "topic_id", "conversations", "previous_conversations", "change"
    ).iter_rows():
        index = periods.index(period)
        expected = known.get((periods[index - 1], topic)) if index else None
        assert previous == expected
        assert change == (None if expected is None else count - expected)
    assert three["topic_trends"].sort("period", "topic_id").select("conversations").equals(
        topics.sort("period", "topic_id").select("conversations")
    )  # fmt: skip


def test_lift_is_the_share_over_the_base_rate(three) -> None:
    cells = three["released_cells"]
    base = {row[:3]: row[3] for row in cells.filter(topic_id="*").select(
        "period", "facet", "value", "share").iter_rows()}  # fmt: skip
    breakdown = three["facet_breakdown"]
    told = (pl.col("topic_id") != "*") & (pl.col("facet") != "came_from")
    assert len(breakdown) == len(cells.filter(told))
    lifts = three["facet_lift"]
    assert lifts.select(breakdown.columns).equals(breakdown)
    for period, facet, value, share, base_share, lift in lifts.select(
        "period", "facet", "value", "share", "base_share", "lift"
    ).iter_rows():
        assert base_share == base[period, facet, value]
        assert lift == pytest.approx(share / base_share, rel=0.02)
    assert set(lifts["status"]) == {"over", "under", "usual"}


def test_lineage_tells_what_became_of_topics(three) -> None:
    lineage, topics = three["topic_lineage"], three["topics_by_period"].filter(level=0)
    first, second, third = sorted(topics["period"].unique())
    compared = lineage.select("period", "previous_period").unique().sort("period").rows()
    assert compared == [(second, first), (third, second)]
    born = topics.filter(period=second, status="new")["name"].to_list()
    split = lineage.filter(event="split").select("period", "name").rows()
    assert split == [(second, name) for name in born]
    moved = lineage.filter(event="moved").select("period", "name").rows()
    assert moved == split
    (merged,) = lineage.filter(event="merged").to_dicts()
    assert merged["period"] == third
    assert merged["previous_topic_id"] not in set(topics.filter(period=third)["topic_id"])
    assert merged["share_of_previous"] == 100
    continued = lineage.filter(event="continued")
    assert continued["topic_id"].equals(continued["previous_topic_id"].alias("topic_id"))
    assert len(continued) == len(lineage) - 3
    before = topics.select("topic_id", "name", previous_period="period")
    named = lineage.join(before, left_on=["previous_topic_id", "previous_period"],
                         right_on=["topic_id", "previous_period"], suffix="_then")  # fmt: skip
    assert named.filter(pl.col("previous_name") == pl.col("name_then")).height == len(lineage)
    whole = lineage.join(topics.select("period", "topic_id", held="conversations"),
                         on=["period", "topic_id"])  # fmt: skip
    parts = 100 * pl.col("conversations") / pl.col("held")
    assert whole.filter((pl.col("share") - parts).abs() > 0.0501).is_empty()


def test_a_period_says_what_its_models_cost(three) -> None:
    usage = three["model_usage"].filter(period=three["coverage"]["period"][0])
    assert usage.select("stage", "calls", "tokens_in", "cached_share", "dollars").rows() == [
        ("audit", 50, 0, None, None),
        ("facets", 1_500, 2_400_000, 0.25, 0.41),
        ("names", None, 12_000, 0.25, 0.08),
    ]
    assert three["model_usage"]["period_start"].unique().sort().equals(
        three["coverage"]["period_start"]
    )  # fmt: skip


def test_every_table_and_column_is_described_where_it_is_read(warehouse, three) -> None:
    manifest = json.loads((warehouse.target / "manifest.json").read_bytes())
    models = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    assert all(model["description"].strip() for model in models.values())
    told = {name for name, model in models.items() if model["config"]["contract"]["enforced"]}
    assert told == TABLES
    for name in TABLES:
        described = {key: column["description"] for key, column in models[name]["columns"].items()}
        assert list(described) == three[name].columns
        assert all(text.strip() for text in described.values()), name
    with duckdb.connect(str(warehouse.layout.warehouse), read_only=True) as con:
        silent = con.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE NOT internal AND comment IS NULL"
        ).fetchall()
    assert silent == []


def test_the_same_releases_make_the_same_rows_in_the_same_order(warehouse, three) -> None:
    again = warehouse.of(periods=3)
    assert all(again[name].equals(three[name]) for name in TABLES)


def test_a_first_period_has_nothing_to_look_back_to(warehouse) -> None:
    one = warehouse.of(periods=1)
    assert one["movers"].is_empty()
    assert one["topic_lineage"].is_empty()
    assert one["topics_by_period"]["previous_conversations"].null_count() == len(
        one["topics_by_period"]
    )
    assert len(one["coverage"]) == 1


def test_an_empty_release_is_covered_and_looked_past(warehouse) -> None:
    tables = warehouse.of(periods=3, empty={1})
    first, second, third = tables["coverage"]["period"]
    assert tables["coverage"]["topics"].to_list()[1] == 0
    assert second not in tables["movers"]["period"]
    assert set(tables["topic_lineage"]["previous_period"]) == {first}
    assert tables["movers"].select("period", "previous_period").unique().rows() == [(third, first)]


def test_nothing_released_at_all_builds_every_table(warehouse) -> None:
    tables = warehouse.of(periods=1, empty={0})
    assert len(tables["coverage"]) == 1
    told = {"coverage", "released_periods", "released_model_usage", "model_usage"}
    assert all(tables[name].is_empty() for name in TABLES - told)


def test_counts_are_held_to_the_gate_that_made_their_release(warehouse) -> None:
    write_released(warehouse.layout.releases, periods=2, topics=8)
    with duckdb.connect(str(warehouse.layout.releases)) as con:
        con.execute("UPDATE released_cells SET conversations = 4 WHERE facet = 'turns'")
        gate = json.dumps({"round_to": 2, "cell": {"min_conversations": 5}})
        con.execute("UPDATE released_periods SET thresholds = ? WHERE version = 1", [gate])
        con.execute("UPDATE released_cells SET conversations = conversations // 2 * 2")
        con.execute("UPDATE released_topics SET accounts = accounts // 2 * 2")
        con.execute("UPDATE released_topics SET conversations = conversations // 2 * 2")
        con.execute("UPDATE released_periods SET conversations = conversations // 2 * 2")
    assert warehouse.dbt_build().returncode == 0
    assert warehouse.tables()["released_cells"]["conversations"].min() == 4


def test_a_release_that_breaks_the_rules_is_not_published(warehouse) -> None:
    warehouse.of(periods=2)
    published = warehouse.tables()
    broken = {
        "parents_hold_their_children": "UPDATE released_topics SET conversations = 5000 "
        "WHERE level = 0",
        "rounded_released_topics_conversations__accounts": "UPDATE released_topics "
        "SET accounts = 27 WHERE level = 0",
        "between_released_topics_share__100__0": "UPDATE released_topics SET share = 100.5",
        "every_topic_has_its_decisions": "DELETE FROM released_decisions WHERE rowid < 20",
        "accepted_values_released_decisions_decision__passed": "UPDATE released_decisions "
        "SET decision = 'waived'",
        "about_released_topics_released_cells__": "UPDATE released_cells SET topic_id = 't-none' "
        "WHERE topic_id != '*' AND facet = 'task'",
        "cells_reach_the_threshold": "UPDATE released_cells SET conversations = 10 "
        "WHERE facet = 'turns'",
        "unique_together_released_cells_period__topic_id__facet__value": "INSERT INTO "
        "released_cells FROM released_cells LIMIT 3",
        "periods_do_not_overlap": "UPDATE released_periods SET period_end = '2026-12-01'",
        "usage_is_told_coarsely": "UPDATE released_model_usage SET tokens_in = 12345",
        "rounded_released_model_usage_calls": "UPDATE released_model_usage SET calls = 1501",
        "periods_hold_their_topics": "UPDATE released_periods SET topics = topics + 1",
    }
    with duckdb.connect(str(warehouse.layout.releases)) as con:
        for statement in broken.values():
            con.execute(statement)
    done = warehouse.dbt_build()
    failed = set(re.findall(r"FAIL \d+ (\w+)", done.stdout))
    assert set(broken) <= failed, done.stdout
    after = warehouse.tables()
    assert all(after[name].equals(published[name]) for name in TABLES)
