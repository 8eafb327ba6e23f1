"""What `base_clusters` and `topics` write, for whoever's conversations `clio` shows.

The assets of these names run them for all conversations, a monitor's for those that match.
"""

from __future__ import annotations

from collections.abc import Callable

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
from clio_assets.defs.asking import asking, embedding
from clio_assets.defs.clio import Clio
from clio_assets.defs.earlier_periods import named_texts
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

BASE_CLUSTERS_VERSION, TOPICS_VERSION = "2", "8"
"""Of the steps' code: what was made by another is made again."""

ASSIGNMENTS: Schema = {
    "conversation_id": pl.String(),
    "account": pl.String(),
    "base_cluster": pl.Int32(),
}

Note = Callable[[str], None]
"""Takes what is worth a line in the log."""


def write_base_clusters(clio: Clio, period: str, note: Note) -> bool:
    """Write `base_clusters` of a period: a conversation and its base cluster; False if unchanged.

    Raises:
        StorageError: a day of the period has no embeddings.
    """
    made_from = fingerprint(
        step="base_clusters",
        version=BASE_CLUSTERS_VERSION,
        embeddings=clio.upstreams(period, "embeddings"),
        accounts_per_topic=clio.settings.accounts_per_topic,
        conversations_per_topic=clio.settings.conversations_per_topic,
    )
    file = clio.layout.period_file(period)
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
            note(f"Found {len(clusters.sizes)} base clusters.")
    return new is not None


def write_topics(clio: Clio, period: str, run_id: str, note: Note) -> bool:
    """Write `topics`, `topic_members` and `topic_events` of a period; False if unchanged.

    Raises:
        StorageError: its base clusters, or the topics of the period before, are not there.
    """
    file = clio.layout.period_file(period)
    earlier = clio.previous(period)
    thresholds = clio.settings.thresholds
    made_from = fingerprint(
        step="topics",
        version=TOPICS_VERSION,
        base_clusters=clio.upstream(file, "base_clusters"),
        previous=_previous_fingerprint(clio, earlier),
        thresholds=thresholds,
        settings=clio.settings.topics,
        seed=clio.settings.seed,
        named_by=_named_by(clio.settings),
    )
    tables = {
        "topics": topics_schema(clio.embedder.dimension),
        "topic_members": TOPIC_MEMBERS,
        "topic_events": TOPIC_EVENTS,
    }
    with file.replacing("topics", made_from, tables) as new, embedding(clio, run_id, period):
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
                fit, names = _named(
                    clio, period, run_id, note, leaves, fit_ids, vectors, requests, previous
                )
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
                note(f"Formed {len(fit.leaves.ids)} leaves.")
    return new is not None


def _named(
    clio: Clio,
    period: str,
    run_id: str,
    note: Note,
    leaves: Level,
    publishable: list[str],
    vectors: np.ndarray,
    requests: pl.DataFrame,
    previous: pl.DataFrame | None,
) -> tuple[TopicFit, Names]:
    """Put leaves under parents and name both, by key phrases or by a model."""
    settings = clio.settings
    top, least, seed = settings.topics.top_topics, settings.thresholds.term_accounts, settings.seed
    earned = None
    if previous is not None:
        earned = earned_words(named_texts(clio, previous), least)
    sizes = level_sizes(len(leaves.ids), top, settings.topics.levels, previous)
    if not settings.models.asks:
        fit = group_by_distance(leaves, vectors, previous, sizes, period=period)
        return fit, name_levels(fit, requests, previous, least, publishable, earned)
    with asking(clio, run_id, period) as ask:
        named = name_levels_by_model(
            leaves, vectors, requests, previous, least, publishable,
            ask=ask, embed=clio.embedder.embed, models=settings.models, sizes=sizes, top_topics=top,
            period=period, seed=seed, earned=earned,
        )  # fmt: skip
    note(f"Names: {named.naming}. Hierarchy: {named.hierarchy}.")
    return named.fit, named.names


def _named_by(settings: Settings) -> object:
    """What decides names and parents beside the topics themselves."""
    models = settings.models
    return said_by(models, "names", "hierarchy") if models.asks else None


def read_vectors(clio: Clio, period: str) -> tuple[pl.DataFrame, np.ndarray]:
    """Return a period's (conversation_id, account) and unit vectors (n, d), ordered by id.

    The order makes the fit independent of how rows arrived.
    """
    days, named = clio.days(period), ["conversation_id", "account"]
    rows = pl.concat([clio.read_day(day, "embeddings", named) for day in days])
    place = rows["conversation_id"].rank("ordinal").to_numpy() - 1
    vectors = np.empty((len(rows), clio.embedder.dimension), dtype=np.float32)
    done = 0
    # Read whole and sorted, a period's vectors would stand in memory four times.
    for day in days:
        some = clio.read_day(day, "embeddings", ["vector"])["vector"].to_numpy()
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
