"""The pipeline with models at an endpoint: paid once, audited, and nothing of a text outside."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml

from benchmarks.endpoint_stub import StubEndpoint, endpoint_stub
from clio_assets.cli import main
from clio_assets.defs.clio import Clio
from clio_assets.defs.door import model_usage
from clio_assets.models.call_store import CallRecord, CallStore
from clio_assets.models.calls import Stage
from clio_assets.privacy import auditor
from clio_assets_tests.defs.conftest import Copy, Pipeline, pipeline_at
from clio_assets_tests.defs.pipelines import (
    FIRST,
    SECOND,
    THIRD,
    change,
    failed_checks,
    failures,
    launch,
    metadata_of,
    release_zone,
    settings_at,
    tables_of,
)

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
def stub() -> Iterator[StubEndpoint]:
    with endpoint_stub() as running:
        yield running


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-stub")


def models_at(stub: StubEndpoint, **changes: Any) -> dict[str, Any]:
    stages = {stage: {"model": "stub"} for stage in ("facets", "names", "hierarchy", "audit")}
    limits = {"max_concurrency": 8, "max_retries": 1, "deadline_seconds": 20}
    return {"provider": "openai", "base_url": f"{stub.url}/v1", "limits": limits} | stages | changes


@pytest.fixture(scope="module")
def answered(
    tmp_path_factory: pytest.TempPathFactory, audited: Pipeline, stub: StubEndpoint
) -> Pipeline:
    """Two days read by the stub and released. Copy it, do not change it."""
    root = tmp_path_factory.mktemp("answered")
    shutil.copytree(audited.root / "source", root / "source")
    (root / "home" / "private").mkdir(parents=True)
    key = audited.clio.settings.accounts.key_file
    shutil.copy(key, root / "home" / "private" / key.name)
    pipeline = pipeline_at(root, audited.canaries, models=models_at(stub))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "sk-of-the-stub")
        for day in (FIRST, SECOND):
            result = launch(pipeline.definitions, day, instance=pipeline.instance)
            assert result.success, failures(result)
            pipeline.results[day] = result
    return pipeline


def paid(stub: StubEndpoint) -> int:
    return sum(count for kind, count in stub.counts().items() if kind != "most_in_flight")


def outcomes(pipeline: Pipeline, day: str) -> dict[str, int]:
    found = pipeline.clio.layout.day(day).read("facet_outcomes", ["outcome"])
    return dict(found["outcome"].value_counts().iter_rows())


def test_a_day_is_read_named_audited_and_released(answered: Pipeline) -> None:
    clio = answered.clio
    rows = clio.rows(clio.layout.day(FIRST), "conversations")
    assert outcomes(answered, FIRST) == {"ok": rows}
    released = clio.releases.read("released_topics", FIRST)
    assert len(released) >= 3
    decided = clio.releases.read("released_decisions", FIRST).filter(rule="G-14")
    assert set(decided["topic_id"]) == set(released["topic_id"])
    told = metadata_of(answered.results[FIRST])
    assert told["facets"]["facets_calls"] > 100
    assert told["topics"]["names_calls"]
    assert told["topic_audit"]["audit_calls"]


def test_the_same_day_again_asks_nothing(
    answered: Pipeline, copied: Copy, stub: StubEndpoint
) -> None:
    pipeline = copied(answered, models=models_at(stub))
    before = tables_of(pipeline.clio.layout.day(FIRST).path)
    stub.reset()
    # Not only is the step unchanged: made anew, every answer is found.
    pipeline.clio.layout.day(FIRST).path.unlink()
    shutil.rmtree(pipeline.clio.layout.period_file(FIRST).path.parent)
    result = launch(pipeline.definitions, FIRST)
    assert result.success, failures(result)
    assert paid(stub) == 0
    assert tables_of(pipeline.clio.layout.day(FIRST).path) == before


def test_what_the_models_cost_is_released_and_stays(answered: Pipeline, copied: Copy) -> None:
    pipeline = copied(answered, models=answered.clio.settings.models.model_dump(mode="json"))
    clio = pipeline.clio
    rows = clio.rows(clio.layout.day(FIRST), "conversations")
    released = clio.releases.read("released_model_usage", FIRST)
    usage = {row["stage"]: row for row in released.iter_rows(named=True)}
    assert set(usage) == {"facets", "names", "hierarchy", "audit"}
    assert 0.9 * rows <= usage["facets"]["calls"] <= rows + 5
    assert usage["facets"]["tokens_in"] >= 50_000
    assert usage["audit"]["calls"] is None  # a dozen topics
    assert {row["model"] for row in usage.values()} == {"stub"}
    # An answer that is paid for later does not change what was released.
    with closing(sqlite3.connect(clio.layout.model_calls)) as con, con:
        con.execute("UPDATE calls SET tokens_in = 1000000")
    assert launch(pipeline.definitions, FIRST, "released_topics").success
    assert clio.releases.read("released_model_usage", FIRST).equals(released)
    with duckdb.connect(str(clio.layout.warehouse), read_only=True) as con:
        mart = con.sql("FROM model_usage").pl()
    assert mart["period"].unique().sort().to_list() == [FIRST, SECOND]
    assert mart.filter(period=FIRST).select(released.columns).equals(released)


def test_releases_without_the_table_become_a_warehouse(released: Pipeline, copied: Copy) -> None:
    """Homes that an older version of the code wrote: no model had been asked."""
    pipeline = copied(released)
    change(pipeline.clio.layout.releases, "DROP TABLE released_model_usage")
    result = launch(pipeline.definitions, FIRST, "warehouse")
    assert result.success, failures(result)
    assert tables_of(pipeline.clio.layout.warehouse)["model_usage"] == []
    assert pipeline.clio.releases.read("released_topics", FIRST).height


def test_a_longer_period_sums_its_days(tmp_path: Path) -> None:
    clio = Clio(settings_at(tmp_path, period="week"))
    store = CallStore(clio.layout.model_calls)
    week = "2025-09-01"  # its Monday is FIRST's next day; FIRST is of the week before
    calls = [(FIRST, "facets"), (SECOND, "facets"), (THIRD, "facets"), (week, "names")]
    for partition, stage in calls * 40:
        store.record(call_of(partition, stage), 0, "endpoint", b"", None)
    store.close()
    told = model_usage(clio, week).select("stage", "calls", "tokens_in", "dollars").rows()
    assert told == [("facets", 80, 8_000, 0.8), ("names", None, 4_000, 0.4)]


def call_of(partition: str, stage: Stage) -> CallRecord:
    return CallRecord(
        run_id="run", partition=partition, stage=stage, model_asked="m", model_served="m-1",
        prompt_version="1", schema_version="1", tokens_in=100, tokens_out=10, tokens_cached=0,
        estimated=False, cost=0.01, price_input=1, price_cached_input=None, price_output=1,
        latency_seconds=0.1, retries=0, outcome="ok", reason="", created_at=0,
    )  # fmt: skip


def test_continuing_topics_are_not_named_again(answered: Pipeline) -> None:
    first, second = (metadata_of(answered.results[day])["topics"] for day in (FIRST, SECOND))
    assert second["new_leaves"] < second["leaves"]
    assert second.get("names_tokens", 0) < first["names_tokens"]


@pytest.mark.parametrize("rating", [3, None], ids=["rated low", "unavailable"])
def test_the_auditor_can_only_refuse(
    answered: Pipeline,
    copied: Copy,
    stub: StubEndpoint,
    monkeypatch: pytest.MonkeyPatch,
    rating: int | None,
) -> None:
    """F23: what it rates low is withheld; while it does not answer the door stays shut."""
    pipeline = copied(answered, models=models_at(stub))
    shutil.rmtree(pipeline.root / "home" / "release")
    outcome = "failed" if rating is None else "ok"
    audits = auditor.audit_names

    def rated(topics: pl.DataFrame, ask: Any) -> pl.DataFrame:
        return audits(topics, ask).with_columns(
            rating=pl.lit(rating, pl.Int8), outcome=pl.lit(outcome)
        )

    monkeypatch.setattr("clio_assets.defs.door.audit_names", rated)
    shutil.rmtree(pipeline.clio.layout.period_file(FIRST).path.parent)
    result = launch(pipeline.definitions, FIRST)
    zone = release_zone(pipeline.clio.layout)
    if rating is None:
        assert not result.success
        assert failed_checks(result) == {"every_topic_has_every_verdict"}
        assert zone == {}
        alone = launch(pipeline.definitions, FIRST, "released_topics")
        assert "verdicts_failed" in failures(alone)["released_topics"]
    else:
        assert result.success, failures(result)
        assert zone["released.duckdb/released_periods"] == 1
        assert "released.duckdb/released_topics" not in zone


def test_a_spent_budget_stops_before_it_is_passed_and_the_rest_comes_later(
    audited: Pipeline, copied: Copy, stub: StubEndpoint
) -> None:
    prices = {"stub": {"input": 1.0, "output": 4.0}}
    pipeline = copied(audited, models=models_at(stub, prices=prices, max_cost_per_run=0.05))
    stub.reset()
    result = launch(pipeline.definitions, FIRST, "facets")
    told = failures(result)["facets"]
    assert "`models.max_cost_per_run`" in told
    assert paid(stub) > 0
    pipeline = pipeline_at(pipeline.root, audited.canaries, models=models_at(stub, prices=prices))
    result = launch(pipeline.definitions, FIRST, "facets")
    assert result.success, failures(result)
    rows = pipeline.clio.rows(pipeline.clio.layout.day(FIRST), "conversations")
    assert paid(stub) <= rows


def test_a_preview_shows_ten_and_the_day_pays_for_the_others(
    audited: Pipeline, copied: Copy, stub: StubEndpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    prices = {"stub": {"input": 1.0, "output": 4.0}}
    pipeline = copied(audited, models=models_at(stub, prices=prices))
    rows = pipeline.clio.rows(pipeline.clio.layout.day(FIRST), "conversations")
    config = pipeline.root / "clio.yaml"
    document = pipeline.clio.settings.model_dump(mode="json")
    config.write_text(yaml.safe_dump(document), encoding="utf-8")
    stub.reset()
    assert main(["--config", str(config), "preview", FIRST]) == 0
    told = capsys.readouterr().out
    assert told.count(" ok ") == 10
    calls, dollars = re.findall(r"facets: (\d+) calls.*\$([\d.]+)", told)[0]
    assert 0.9 * rows <= int(calls) <= rows
    assert float(dollars) > 0
    assert paid(stub) == 10
    result = launch(pipeline.definitions, FIRST, "facets")
    assert result.success, failures(result)
    assert paid(stub) == int(calls)


def test_no_text_is_told(answered: Pipeline) -> None:
    """Requests and answers stay in the private zone: not in the event log, nor in a release."""
    clio = answered.clio
    requests = clio.layout.day(FIRST).read("facets", ["request"])["request"]
    long = [request for request in requests.unique() if len(request) > 25]
    told = "\n".join(
        str(event) for result in answered.results.values() for event in result.all_events
    )
    files = [path for path in (answered.root / "home" / "release").rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in files)
    for text in [*answered.canaries, "sk-of-the-stub", *long]:
        assert text not in told
        assert text.encode() not in written
