"""What is extracted from each conversation, and the vector of its request."""

from collections.abc import Iterator
from contextlib import ExitStack

import dagster as dg
import polars as pl

from clio_assets.config import Settings
from clio_assets.defs.asking import MODEL_POOL, asking, embedding, model_cost
from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import Partitions
from clio_assets.defs.step import ONE_A_RUN, OWNERS, PRIVATE, columns, private_rows, step
from clio_assets.facets.by_model import facets_by_model
from clio_assets.facets.extract import extract_facets, facet_schema
from clio_assets.facets.outcomes import (
    FACET_OUTCOMES,
    UNANSWERED,
    answering_models,
    outcomes_offline,
)
from clio_assets.models.calls import Stage
from clio_assets.models.identity import said_by
from clio_assets.storage.duckfile import DuckFile, Schema
from clio_assets.storage.fingerprint import fingerprint

ROWS = 2_000

MIXED = "+mixed"
"""What a day lacks that two models answered: materialized again, the first one's share is asked
again (F21), unless `models.allow_mixed_models` is set."""


def facet_assets(partitions: Partitions, settings: Settings) -> list[dg.AssetsDefinition]:
    """The assets of the third and fourth step."""
    embedding_pool = MODEL_POOL if settings.embeddings.asks else None
    # Without a model, requests are compared with tasks by their vectors.
    pool = MODEL_POOL if settings.models.asks else embedding_pool

    @dg.asset(
        deps=["conversations"],
        partitions_def=partitions.daily,
        group_name="facets",
        kinds={"python", "duckdb"},
        code_version="2",
        owners=OWNERS,
        tags=PRIVATE,
        pool=pool,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def facets(
        context: dg.AssetExecutionContext, clio: dg.ResourceParam[Clio]
    ) -> dg.MaterializeResult:
        """Grain: a conversation's facet values. Zone: private.

        Request, task, language, turns, length and concern, and the facets declared in clio.yaml.
        """
        file = clio.layout.day(context.partition_key)
        settings = clio.settings
        schema = facet_schema(settings)
        made_from = fingerprint(
            step="facets",
            version="2",
            conversations=clio.upstream(file, "conversations"),
            settings=settings.facets,
            said_by=_said_by(settings),
        )
        total = clio.rows(file, "conversations")
        tables = {"facets": schema, "facet_outcomes": FACET_OUTCOMES}
        allowed = [MIXED] if settings.models.allow_mixed_models else []
        with file.replacing("facets", made_from, tables, good_enough=allowed) as new:
            if new is not None:
                unanswered: list[str] = []
                answered_by: set[str] = set()
                with embedding(clio, context.run.run_id, context.partition_key):
                    for found, outcomes in _extracted(context, clio, file):
                        new.append("facets", found)
                        new.append("facet_outcomes", outcomes)
                        missed = outcomes.filter(pl.col("outcome").is_in(UNANSWERED))
                        unanswered += missed["conversation_id"].to_list()
                        answered_by.update(answering_models(outcomes))
                        context.log.info("Facets of %s.", told(new.rows["facet_outcomes"], total))
                if unanswered:
                    new.lacking = f"+{fingerprint(unanswered=sorted(unanswered))}"
                if len(answered_by) > 1:
                    new.lacking += MIXED
        figures = file.query(
            "SELECT (SELECT count(DISTINCT language) FROM facets) AS languages, "
            "(SELECT count(DISTINCT model) FROM facet_outcomes) AS models"
        ).row(0, named=True)
        return dg.MaterializeResult(
            metadata={
                **private_rows(clio.rows(file, "facets")),
                **columns(schema),
                **figures,
                **model_cost(context, clio, "screener", "facets"),
                "unchanged": new is None,
            }
        )

    @dg.asset(
        deps=[facets],
        partitions_def=partitions.daily,
        group_name="facets",
        kinds={"pytorch", "duckdb"},
        code_version="1",
        owners=OWNERS,
        tags=PRIVATE,
        pool=embedding_pool,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def embeddings(
        context: dg.AssetExecutionContext, clio: dg.ResourceParam[Clio]
    ) -> dg.MaterializeResult:
        """Grain: the vector of a conversation's request facet. Zone: private."""
        file = clio.layout.day(context.partition_key)
        made_from = fingerprint(
            step="embeddings",
            version="1",
            facets=clio.upstream(file, "facets"),
            model=clio.embedder.identity,
        )
        total = clio.rows(file, "facets")
        with ExitStack() as opened:
            opened.enter_context(embedding(clio, context.run.run_id, context.partition_key))
            schema = embedding_schema(clio.embedder.dimension)
            new = opened.enter_context(
                file.replacing("embeddings", made_from, {"embeddings": schema})
            )
            if new is not None:
                for batch in file.batches("facets", ROWS):
                    vectors = clio.embed(batch["request"].to_list())
                    named = batch.select("conversation_id", "account").with_columns(
                        pl.Series("vector", vectors, dtype=schema["vector"])
                    )
                    new.append("embeddings", named)
                    context.log.info("Embedded %s.", told(new.rows["embeddings"], total))
        return dg.MaterializeResult(
            metadata={
                **private_rows(total),
                **columns(schema),
                **model_cost(context, clio, "embeddings"),
                "unchanged": new is None,
                "model": clio.settings.embeddings.model,
            }
        )

    return [facets, embeddings]


def _extracted(
    context: dg.AssetExecutionContext, clio: Clio, file: DuckFile
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield the rows of `facets` and of `facet_outcomes`, batch by batch."""
    settings = clio.settings
    batches = file.batches("conversations", ROWS)
    if not settings.models.asks:
        for batch in batches:
            yield extract_facets(batch, settings, clio.embed), outcomes_offline(batch)
        return
    with asking(clio, context.run.run_id, context.partition_key) as ask:
        for batch in batches:
            yield facets_by_model(batch, settings, settings.models, ask)


def _said_by(settings: Settings) -> object:
    """What decides the facets beside the conversations and their own settings."""
    models = settings.models
    if not models.asks:
        embeddings = settings.embeddings
        return embeddings.endpoint_identity if embeddings.asks else embeddings.model
    stages: list[Stage] = ["screener", "facets"] if models.question else ["facets"]
    return [models.question, *said_by(models, *stages)]


def embedding_schema(dimension: int) -> Schema:
    """Grain: a conversation; unit vectors of `dimension`."""
    return {
        "conversation_id": pl.String(),
        "account": pl.String(),
        "vector": pl.Array(pl.Float32, dimension),
    }


def told(done: int, total: int) -> str:
    """Progress in words, without an exact count of a private table."""
    return f"{100 * done // max(total, 1)} % of the day"
