"""Asking models from an asset: the client of a run, the server behind it, and what it cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import dagster as dg

from clio_assets.defs.clio import Clio
from clio_assets.defs.step import private_count
from clio_assets.models.calls import Ask
from clio_assets.models.ledger import stage_sums

MODEL_POOL = "models"
"""How many runs press the endpoint at a time (dagster.yaml)."""


@contextmanager
def asking(clio: Clio, run_id: str, partition: str) -> Iterator[Ask]:
    """Give what asks the configured models; every answer is kept before it is used.

    `run_id` is whose spending `models.max_cost_per_run` limits; both stand in the ledger.

    Raises:
        ConfigError: a setting of `models` is wrong, or the local server cannot serve its file.
    """
    from clio_assets.models.client import ModelClient
    from clio_assets.models.llama_cpp import local_server

    models = clio.settings.models
    with ExitStack() as opened:
        if models.provider == "llama_cpp":
            base_url = opened.enter_context(local_server(models.llama_cpp))
            models = models.model_copy(update={"base_url": base_url})
        client = opened.enter_context(
            ModelClient(models, clio.layout.model_calls, clio.model_key, run_id, partition)
        )
        yield client.ask


@contextmanager
def embedding(clio: Clio, run_id: str, partition: str) -> Iterator[None]:
    """Note what vectors cost meanwhile, where an endpoint makes them, and keep the run's budget.

    Raises:
        ConfigError: there is a budget, and the model of `embeddings` has no price.
    """
    settings = clio.settings
    if not settings.embeddings.asks:
        yield
        return
    from clio_assets.models.embedding_costs import EmbeddingCosts
    from clio_assets.models.endpoint_embedding import EndpointEmbedder

    embedder = clio.embedder
    assert isinstance(embedder, EndpointEmbedder)  # noqa: S101  asked above
    model, ledger = settings.embeddings.model, clio.layout.model_calls
    with closing(EmbeddingCosts(settings.models, model, ledger, run_id, partition)) as costs:
        embedder.payer = costs
        try:
            yield
        finally:
            embedder.payer = None


def model_cost(context: dg.AssetExecutionContext, clio: Clio, *stages: str) -> dict[str, Any]:
    """What the calls of some stages cost in this run, as metadata; private counts rounded."""
    if not (clio.settings.models.asks or clio.settings.embeddings.asks):
        return {}
    sums = stage_sums(clio.layout.model_calls, context.partition_key, context.run.run_id)
    told: dict[str, Any] = {}
    for row in sums.filter(sums["stage"].is_in(stages)).iter_rows(named=True):
        stage = row["stage"]
        told[f"{stage}_calls"] = private_count(row["calls"])
        told[f"{stage}_tokens"] = row["tokens_in"] + row["tokens_out"]
        told[f"{stage}_cached_tokens"] = row["tokens_cached"]
        if row["cost"] is not None:
            told[f"{stage}_dollars"] = round(row["cost"], 4)
    return told
