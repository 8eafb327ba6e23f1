"""From a period's vectors to named topics whose identity lasts."""

import dagster as dg
import numpy as np
import polars as pl

from clio_assets.clustering.base_clusters import fit_base_clusters
from clio_assets.clustering.events import TOPIC_EVENTS, came_from, topic_events
from clio_assets.clustering.hierarchy import group_by_distance, level_sizes
from clio_assets.clustering.partition import Clusters, rows_by_label, summarise
from clio_assets.clustering.topics import (
    TOPIC_MEMBERS,
    fit_leaf_level,
    topic_table,
    topics_schema,
)
from clio_assets.clustering.tree import Level, TopicFit
from clio_assets.config import Settings
from clio_assets.defs.asking import MODEL_POOL, asking, embedding, model_cost
from clio_assets.defs.clio import Clio
from clio_assets.defs.earlier_periods import named_texts
from clio_assets.defs.partitions import Partitions
from clio_assets.defs.step import ONE_A_RUN, OWNERS, PRIVATE, columns, private_rows, step
from clio_assets.models.identity import said_by
from clio_assets.naming.kept_names import named_in
from clio_assets.naming.levels import name_levels
from clio_assets.naming.levels_by_model import name_levels_by_model
from clio_assets.naming.nameable import nameable
from clio_assets.naming.names import Names
from clio_assets.privacy.lineage import in_groups
from clio_assets.privacy.merging import leaf_fitness
from clio_assets.privacy.near_duplicates import sources_of
from clio_assets.privacy.text_support import earned_words
from clio_assets.storage.duckfile import Schema, StorageError
from clio_assets.storage.fingerprint import fingerprint

ASSIGNMENTS: Schema = {
    "conversation_id": pl.String(),
    "account": pl.String(),
    "base_cluster": pl.Int32(),
}


def topic_assets(partitions: Partitions, settings: Settings) -> list[dg.AssetsDefinition]:
    """The assets of the fifth and sixth step."""
    pool = MODEL_POOL if settings.models.asks else None

    @dg.asset(
        deps=["embeddings"],
        partitions_def=partitions.period,
        group_name="topics",
        kinds={"scikitlearn", "duckdb"},
        code_version="2",
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
        file = clio.layout.period_file(period)
        made_from = fingerprint(
            step="base_clusters",
            version="2",
            embeddings=clio.upstreams(period, "embeddings"),
            accounts_per_topic=clio.settings.accounts_per_topic,
            conversations_per_topic=clio.settings.conversations_per_topic,
        )
        with file.replacing("base_clusters", made_from, {"base_clusters": ASSIGNMENTS}) as new:
            if new is not None:
                members, vectors = read_vectors(clio, period)
                clusters = fit_base_clusters(
                    vectors,
                    members["account"],
                    accounts_per_cluster=clio.settings.accounts_per_topic,
                    conversations_per_cluster=clio.settings.conversations_per_topic,
                )
                new.append(
                    "base_clusters", members.with_columns(base_cluster=pl.Series(clusters.labels))
                )
                context.log.info("Found %d base clusters.", len(clusters.sizes))
        found = file.query("SELECT count(DISTINCT base_cluster) FROM base_clusters").item()
        return dg.MaterializeResult(
            metadata={
                **private_rows(clio.rows(file, "base_clusters")),
                "unchanged": new is None,
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
        code_version="8",
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
        file = clio.layout.period_file(period)
        earlier = clio.previous(period)
        thresholds = clio.settings.thresholds
        made_from = fingerprint(
            step="topics",
            version="8",
            base_clusters=clio.upstream(file, "base_clusters"),
            previous=_previous_fingerprint(clio, earlier),
            thresholds=thresholds,
            settings=clio.settings.topics,
            seed=clio.settings.seed,
            named_by=_named_by(clio.settings),
        )
        dimension = clio.embedder.dimension
        tables = {
            "topics": topics_schema(dimension),
            "topic_members": TOPIC_MEMBERS,
            "topic_events": TOPIC_EVENTS,
        }
        with (
            file.replacing("topics", made_from, tables) as new,
            embedding(clio, context.run.run_id, period),
        ):
            if new is not None:
                previous = _read_topics(clio, earlier)
                members, vectors = read_vectors(clio, period)
                if len(members):
                    accounts = members["account"]
                    prompts = clio.conversation_texts(period, ["user"])
                    members = members.with_columns(sources_of(members, prompts))
                    requests = _requests(clio, period, members)
                    nameable_group = nameable(requests, thresholds.term_accounts)
                    fitness = leaf_fitness(members, thresholds, nameable_group)
                    base = _base(file.read("base_clusters"), vectors)
                    leaves = fit_leaf_level(
                        vectors, base, previous, fitness, members["source"], period=period
                    )
                    rows = rows_by_label(leaves.labels, len(leaves.ids))
                    fit_ids = [
                        leaf for leaf, held in zip(leaves.ids, rows, strict=True)
                        if fitness(held) == "fit"
                    ]  # fmt: skip
                    fit, names = _named(context, clio, leaves, fit_ids, vectors, requests, previous)
                    ids = [leaves.ids[label] for label in leaves.labels.tolist()]
                    since = named_in(
                        {leaf: names[leaf] for leaf in leaves.ids if leaf in names},
                        requests.with_columns(topic_id=pl.Series(ids)),
                        previous,
                        thresholds.term_accounts,
                        period,
                    )
                    table = topic_table(fit, accounts, names, previous, clio.settings.seed, since)
                    new.append("topics", table)
                    origins = came_from(leaves, vectors, previous)
                    held = members.with_columns(origins, topic_id=pl.Series(ids))
                    told = in_groups(held, thresholds.cell)
                    new.append("topic_members", held.with_columns(told))
                    new.append("topic_events", topic_events(leaves, origins, previous))
                    context.log.info("Formed %d leaves.", len(fit.leaves.ids))
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
                "unchanged": new is None,
                "carries_on": earlier or "cold start",
            }
        )

    return [base_clusters, topics]


def _named(
    context: dg.AssetExecutionContext,
    clio: Clio,
    leaves: Level,
    publishable: list[str],
    vectors: np.ndarray,
    requests: pl.DataFrame,
    previous: pl.DataFrame | None,
) -> tuple[TopicFit, Names]:
    """Put leaves under parents and name both, by key phrases or by a model."""
    settings, period = clio.settings, context.partition_key
    top, least, seed = settings.topics.top_topics, settings.thresholds.term_accounts, settings.seed
    earned = None
    if previous is not None:
        earned = earned_words(named_texts(clio, previous), least)
    sizes = level_sizes(len(leaves.ids), top, settings.topics.levels, previous)
    if not settings.models.asks:
        fit = group_by_distance(leaves, vectors, previous, sizes, period=period)
        return fit, name_levels(fit, requests, previous, least, publishable, earned)
    with asking(clio, context.run.run_id, context.partition_key) as ask:
        named = name_levels_by_model(
            leaves, vectors, requests, previous, least, publishable,
            ask=ask, embed=clio.embedder.embed, models=settings.models, sizes=sizes, top_topics=top,
            period=period, seed=seed, earned=earned,
        )  # fmt: skip
    context.log.info("Names: %s. Hierarchy: %s.", named.naming, named.hierarchy)
    return named.fit, named.names


def _named_by(settings: Settings) -> object:
    """What decides names and parents beside the topics themselves."""
    models = settings.models
    return said_by(models, "names", "hierarchy") if models.asks else None


def read_vectors(clio: Clio, period: str) -> tuple[pl.DataFrame, np.ndarray]:
    """Return a period's (conversation_id, account) and unit vectors (n, d), ordered by id.

    The order makes the fit independent of how rows arrived.
    """
    files = [clio.layout.day(day) for day in clio.days(period)]
    named = ["conversation_id", "account"]
    rows = pl.concat([file.read("embeddings", named) for file in files])
    place = rows["conversation_id"].rank("ordinal").to_numpy() - 1
    vectors = np.empty((len(rows), clio.embedder.dimension), dtype=np.float32)
    done = 0
    # Read whole and sorted, a period's vectors would stand in memory four times.
    for file in files:
        some = file.read("embeddings", ["vector"])["vector"].to_numpy()
        vectors[place[done : done + len(some)]] = some
        done += len(some)
    return rows.sort("conversation_id", maintain_order=True), vectors


def _base(assigned: pl.DataFrame, vectors: np.ndarray) -> Clusters:
    ordered = assigned.sort("conversation_id")
    return summarise(vectors, ordered["base_cluster"].to_numpy().astype(np.int64))


def _requests(clio: Clio, period: str, members: pl.DataFrame) -> pl.DataFrame:
    """The request of each member, in the members' order: (account, language, text).

    Accounts are merged as in G-06: a campaign speaks once, for a name as for its samples.
    """
    requests = clio.facets(period, ["request", "language"])
    joined = members.join(requests, on="conversation_id", how="left", maintain_order="left")
    return joined.select("language", account="source", text="request")


def _previous_fingerprint(clio: Clio, earlier: str | None) -> str | None:
    if earlier is None:
        return None
    state = clio.layout.period_file(earlier).state("topics")
    if state is None:
        raise StorageError(
            f"Topics carry on those of {earlier}, which has not been materialized: run that period "
            "first, or set `topics.cold_start: true` to begin anew for good."
        )
    return state.fingerprint


def _read_topics(clio: Clio, earlier: str | None) -> pl.DataFrame | None:
    """The latest earlier topics: a period without conversations passes on those before it."""
    while earlier is not None:
        found = clio.layout.period_file(earlier).read("topics")
        if len(found):
            return found
        earlier = clio.previous(earlier)
    return None
