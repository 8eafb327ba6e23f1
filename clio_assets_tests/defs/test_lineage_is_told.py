"""Where topics come from reaches the warehouse and the bundle, and names no withheld topic."""

from __future__ import annotations

import json

import duckdb
import polars as pl
import pytest

from clio_assets.release.page.details import unpacked
from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import (
    FIRST,
    SECOND,
    change,
    failed_checks,
    launch,
    launch_without_checks,
)

pytestmark = pytest.mark.platform


def origins(pipeline: Pipeline, day: str) -> pl.DataFrame:
    return pipeline.clio.releases.read("released_cells", day).filter(facet="came_from")


def leaves(pipeline: Pipeline, day: str) -> set[str]:
    return set(pipeline.clio.releases.read("released_topics", day).filter(level=0)["topic_id"])


def test_the_second_day_is_told_with_the_topics_of_the_first(released: Pipeline) -> None:
    assert origins(released, FIRST).is_empty()
    told = origins(released, SECOND)
    assert set(told["value"]) <= leaves(released, FIRST)
    with duckdb.connect(str(released.clio.layout.warehouse), read_only=True) as con:
        lineage, breakdown = con.table("topic_lineage").pl(), con.table("facet_breakdown").pl()
    assert "came_from" not in set(breakdown["facet"])
    pairs = told.filter(pl.col("topic_id").is_in(leaves(released, SECOND)))
    assert (
        lineage.select("topic_id", "previous_topic_id", "conversations")
        .sort(pl.all())
        .equals(
            pairs.select("topic_id", previous_topic_id="value", conversations="conversations").sort(
                pl.all()
            )
        )
    )
    assert set(lineage["period"]) == {SECOND}
    assert "continued" in set(lineage["event"])


def test_the_bundle_and_its_page_tell_it(released: Pipeline) -> None:
    (bundle,) = (released.clio.layout.bundles / SECOND).glob("v*")
    lineage = pl.read_parquet(bundle / "topic_lineage.parquet")
    assert len(lineage)
    page = (bundle / "index.html").read_text(encoding="utf-8")
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    shown = {topic["id"]: topic["cameFrom"] for topic in data["topics"]}
    assert sum(map(len, shown.values())) == len(lineage)
    (details,) = map(json.loads, unpacked(page))
    assert "language" in {facet for facet, _ in details["values"]}
    assert "came_from" not in {facet for facet, _ in details["values"]}


def test_no_id_of_a_withheld_topic_leaves(released: Pipeline) -> None:
    layout, secret, shown = released.clio.layout, set[str](), set[str]()
    for day in (FIRST, SECOND):
        secret |= set(layout.period_file(day).read("topics")["topic_id"])
        shown |= set(released.clio.releases.read("released_topics", day)["topic_id"])
    assert secret - shown
    zone = layout.releases.parent
    told = b"".join(path.read_bytes() for path in zone.rglob("*") if path.is_file())
    assert [topic for topic in secret - shown if topic.encode() in told] == []
    assert all(topic.encode() in told for topic in shown)


def test_an_origin_that_was_withheld_stops_the_run(released: Pipeline, copied: Copy) -> None:
    pipeline = copied(released)
    origin = origins(pipeline, SECOND)["value"][0]
    change(pipeline.clio.layout.releases, (
        "UPDATE released_cells SET value = 'twithheld1' WHERE facet = 'came_from' AND value = ?",
        [origin],
    ))  # fmt: skip
    done = launch(pipeline.definitions, SECOND, "released_topics")
    assert "cells_k_anonymity" in failed_checks(done)


def test_another_release_of_the_day_before_is_another_input(
    released: Pipeline, copied: Copy
) -> None:
    pipeline = copied(released)
    assert pipeline.clio.releases.withdraw(FIRST)
    launch_without_checks(pipeline.definitions, SECOND, "released_topics")
    assert origins(pipeline, SECOND).is_empty()
