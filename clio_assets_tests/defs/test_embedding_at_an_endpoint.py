"""`embeddings.provider: openai`: a day's vectors come from the endpoint, each paid for once."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pytest

from benchmarks.endpoint_stub import StubEndpoint, endpoint_stub
from benchmarks.stub_answers import embedding
from clio_assets.defs.build import build_definitions
from clio_assets.models.ledger import stage_sums
from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import (
    FIRST,
    clio_of,
    failures,
    launch,
    metadata_of,
    settings_at,
    tables_of,
)

pytestmark = pytest.mark.platform

DIMENSION = 48
STEPS = ("raw_conversations", "conversations", "facets", "embeddings")


@pytest.fixture(scope="module")
def stub() -> Iterator[StubEndpoint]:
    with endpoint_stub(dimension=DIMENSION) as running:
        yield running


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch, stub: StubEndpoint) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-stub")
    stub.reset()


def at_the_endpoint(
    root: Path, stub: StubEndpoint, models: dict[str, Any] | None = None, **changes: Any
) -> dg.Definitions:
    """The pipeline in `root` as another process would load it, with its own embedder."""
    section = {"provider": "openai", "model": "stub", "base_url": f"{stub.url}/v1", **changes}
    return build_definitions(settings_at(root, embeddings=section, models=models or {}))


def test_a_days_vectors_are_the_endpoints_and_paid_for_once(
    audited: Pipeline, copied: Copy, stub: StubEndpoint
) -> None:
    root = copied(audited).root
    definitions = at_the_endpoint(root, stub)
    layout = clio_of(definitions).layout
    result = launch(definitions, FIRST, "facets", "embeddings")
    assert result.success, failures(result)
    told = metadata_of(result)
    assert not told["facets"]["unchanged"]  # tasks are chosen by the endpoint's vectors too
    file = layout.day(FIRST)
    rows = file.query("SELECT request, vector FROM facets JOIN embeddings USING (conversation_id)")
    assert len(rows) == clio_of(definitions).rows(file, "conversations")
    wanted = np.stack([embedding(request, DIMENSION) for request in rows["request"]])
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    assert np.allclose(rows["vector"].to_numpy(), wanted, atol=1e-6)
    with closing(sqlite3.connect(layout.vectors)) as con:
        (kept,) = con.execute("SELECT count(*) FROM vectors").fetchone()
    assert stub.counts()["texts"] == kept > rows["request"].n_unique()  # those of tasks besides
    assert layout.vectors.stat().st_mode & 0o777 == 0o600

    stub.reset()
    again = launch(at_the_endpoint(root, stub), FIRST, "facets", "embeddings")
    assert again.success, failures(again)
    assert {told["unchanged"] for told in metadata_of(again).values()} == {True}
    # Not only is the step unchanged: made anew, every vector is found.
    before = tables_of(file.path)
    file.path.unlink()
    anew = launch(at_the_endpoint(root, stub), FIRST, *STEPS)
    assert anew.success, failures(anew)
    assert stub.counts() == {}
    assert tables_of(file.path) == before


def test_what_vectors_cost_is_in_the_ledger_and_within_the_runs_budget(
    audited: Pipeline, copied: Copy, stub: StubEndpoint
) -> None:
    root = copied(audited).root
    unpriced = at_the_endpoint(root, stub, {"max_cost_per_run": 1.0})
    told = failures(launch(unpriced, FIRST, "facets"))["facets"]
    assert "set `models.prices.stub`" in told
    prices = {"stub": {"input": 10.0, "output": 0}}
    short = {"prices": prices, "max_cost_per_run": 0.03}
    definitions = at_the_endpoint(root, stub, short, batch_size=8, concurrency=1)
    layout = clio_of(definitions).layout
    result = launch(definitions, FIRST, "facets", "embeddings")
    told = failures(result)["facets"]
    assert "`models.max_cost_per_run` ($0.0300)" in told
    asked = stub.counts()["embeddings"]
    assert asked > 1
    (row,) = stage_sums(layout.model_calls, FIRST).iter_rows(named=True)
    assert (row["stage"], row["calls"]) == ("embeddings", asked)
    assert 0.01 < row["cost"] <= 0.03
    assert row["cost"] == pytest.approx(row["tokens_in"] * 10 / 1e6)

    stub.reset()
    enough = {"prices": prices, "max_cost_per_run": 10.0}
    after = launch(at_the_endpoint(root, stub, enough), FIRST, "facets", "embeddings")
    assert after.success, failures(after)
    spent = metadata_of(after)["embeddings"]
    assert spent["embeddings_dollars"] > 0
    with closing(sqlite3.connect(layout.vectors)) as con:
        (kept,) = con.execute("SELECT count(*) FROM vectors").fetchone()
    assert stub.counts()["texts"] == kept - 8 * (asked - 1) - 1  # the first asks for the dimension


def test_topics_form_from_an_endpoints_vectors(
    audited: Pipeline, copied: Copy, stub: StubEndpoint
) -> None:
    root = copied(audited).root
    shutil.rmtree(root / "home" / "private" / "periods")
    result = launch(at_the_endpoint(root, stub), FIRST, "facets", "embeddings", "base_clusters",
                    "topics")  # fmt: skip
    assert result.success, failures(result)
    assert metadata_of(result)["topics"]["leaves"] > 1


def test_an_endpoint_that_stays_down_is_a_sentence(audited: Pipeline, copied: Copy) -> None:
    root = copied(audited).root
    with endpoint_stub(concurrency=0, refuse=True) as down:
        result = launch(at_the_endpoint(root, down, max_retries=0), FIRST, "facets", "embeddings")
    told = failures(result)["facets"]
    assert f"{down.url}/v1 has not embedded a batch" in told
    assert "What was embedded is kept" in told
    assert not any(canary in told for canary in audited.canaries)


def test_runs_that_embed_at_an_endpoint_share_the_pool_of_models(
    tmp_path: Path, stub: StubEndpoint
) -> None:
    graph = at_the_endpoint(tmp_path, stub).resolve_asset_graph()
    for name in ("facets", "embeddings"):
        assert graph.get(dg.AssetKey(name)).pools == {"models"}
    assert graph.get(dg.AssetKey("topics")).pools == set()
