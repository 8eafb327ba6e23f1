"""From a period's vectors to named topics whose identity lasts."""

import dagster as dg

from clio_assets.config import Settings
from clio_assets.defs.asking import MODEL_POOL, model_cost
from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import Partitions
from clio_assets.defs.step import ONE_A_RUN, OWNERS, PRIVATE, columns, private_rows, step
from clio_assets.defs.topic_steps import (
    ASSIGNMENTS,
    BASE_CLUSTERS_VERSION,
    TOPICS_VERSION,
    write_base_clusters,
    write_topics,
)


def topic_assets(partitions: Partitions, settings: Settings) -> list[dg.AssetsDefinition]:
    """The assets of the fifth and sixth step."""
    pool = MODEL_POOL if settings.models.asks else None

    @dg.asset(
        deps=["embeddings"],
        partitions_def=partitions.period,
        group_name="topics",
        kinds={"scikitlearn", "duckdb"},
        code_version=BASE_CLUSTERS_VERSION,
        owners=OWNERS,
        tags=PRIVATE,
        metadata=columns(ASSIGNMENTS),
        backfill_policy=ONE_A_RUN,
    )
    @step
    def base_clusters(
        context: dg.AssetExecutionContext, clio: dg.ResourceParam[Clio]
    ) -> dg.MaterializeResult:
        """Grain: a conversation and its base cluster. Zone: private.

        Knows no other period, so that a backfill runs in any order.
        """
        period = context.partition_key
        changed = write_base_clusters(clio, period, context.log.info)
        file = clio.layout.period_file(period)
        found = file.query("SELECT count(DISTINCT base_cluster) FROM base_clusters").item()
        return dg.MaterializeResult(
            metadata={
                **private_rows(clio.rows(file, "base_clusters")),
                "unchanged": not changed,
                "base_clusters": found,
            }
        )

    @dg.asset(
        deps=[
            base_clusters,
            dg.AssetDep(
                "topics",
                partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1),
            ),
        ],
        partitions_def=partitions.period,
        group_name="topics",
        kinds={"scikitlearn", "duckdb"},
        code_version=TOPICS_VERSION,
        owners=OWNERS,
        tags=PRIVATE,
        pool=pool,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def topics(
        context: dg.AssetExecutionContext, clio: dg.ResourceParam[Clio]
    ) -> dg.MaterializeResult:
        """Grain: a named topic of the period, at any level. Zone: private.

        Topics carry on the previous period's, so periods run in order.
        """
        period = context.partition_key
        changed = write_topics(clio, period, context.run.run_id, context.log.info)
        file = clio.layout.period_file(period)
        figures = file.query(
            "SELECT count(*) FILTER (level = 0) AS leaves, count(*) FILTER (level > 0) AS parents, "
            "count(*) FILTER (level = 0 AND status = 'new') AS new_leaves FROM topics"
        ).row(0, named=True)
        events = file.query("SELECT event, count(*) FROM topic_events GROUP BY ALL ORDER BY ALL")
        return dg.MaterializeResult(
            metadata={
                **figures,
                **{f"{event}_topics": count for event, count in events.iter_rows()},
                **model_cost(context, clio, "names", "hierarchy"),
                "unchanged": not changed,
                "carries_on": clio.previous(period) or "cold start",
            }
        )

    return [base_clusters, topics]
