"""What is extracted from each conversation, and the vector of its request."""

import dagster as dg
import polars as pl

from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import Partitions
from clio_assets.defs.step import ONE_A_RUN, OWNERS, PRIVATE, columns, private_rows, step
from clio_assets.facets.extract import extract_facets, facet_schema
from clio_assets.storage.duckfile import Schema
from clio_assets.storage.fingerprint import fingerprint

ROWS = 2_000


def facet_assets(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """The assets of the third and fourth step."""

    @dg.asset(
        deps=["conversations"],
        partitions_def=partitions.daily,
        group_name="facets",
        kinds={"python", "duckdb"},
        code_version="1",
        owners=OWNERS,
        tags=PRIVATE,
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
        schema = facet_schema(clio.settings)
        made_from = fingerprint(
            step="facets",
            version="1",
            conversations=clio.upstream(file, "conversations"),
            settings=clio.settings.facets,
            embeddings=clio.settings.embeddings.model,
        )
        total = clio.rows(file, "conversations")
        with file.replacing("facets", made_from, {"facets": schema}) as new:
            if new is not None:
                for batch in file.batches("conversations", ROWS):
                    new.append("facets", extract_facets(batch, clio.settings, clio.embed))
                    context.log.info("Facets of %s.", told(new.rows["facets"], total))
        languages = file.query("SELECT count(DISTINCT language) FROM facets").item()
        return dg.MaterializeResult(
            metadata={
                **private_rows(clio.rows(file, "facets")),
                **columns(schema),
                "unchanged": new is None,
                "languages": languages,
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
        schema = embedding_schema(clio.embedder.dimension)
        total = clio.rows(file, "facets")
        with file.replacing("embeddings", made_from, {"embeddings": schema}) as new:
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
                "unchanged": new is None,
                "model": clio.settings.embeddings.model,
            }
        )

    return [facets, embeddings]


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
