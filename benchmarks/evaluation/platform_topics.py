"""The topics of a labelled set, by the same functions and defaults as the platform's assets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.evaluation.labelled_sets import LabelledSet
from clio_assets.clustering.base_clusters import fit_base_clusters
from clio_assets.clustering.hierarchy import group_by_distance, level_sizes
from clio_assets.clustering.partition import Clusters
from clio_assets.clustering.topics import fit_leaf_level, topic_table
from clio_assets.clustering.tree import TopicFit
from clio_assets.config import ACCOUNTS_PER_TOPIC, CONVERSATIONS_PER_TOPIC, TopicSettings
from clio_assets.naming.kept_names import named_in
from clio_assets.naming.levels import name_levels
from clio_assets.naming.nameable import nameable
from clio_assets.privacy.merging import leaf_fitness
from clio_assets.privacy.near_duplicates import sources_of
from clio_assets.privacy.text_support import earned_words
from clio_assets.privacy.thresholds import Thresholds

THRESHOLDS = Thresholds()
SEED = 20261101


@dataclass(frozen=True)
class PlatformTopics:
    """A period's base clusters and its tree of topics."""

    of: LabelledSet
    base: Clusters
    fit: TopicFit
    previous: pl.DataFrame | None
    period: str
    earlier: Mapping[str, pl.DataFrame]
    """`texts` of the periods before."""

    @property
    def leaves(self) -> NDArray[np.int64]:
        """The leaf of each conversation (n,)."""
        return self.fit.leaves.labels

    def level(self, level: int) -> NDArray[np.int64]:
        """The topic of each conversation (n,) on a level; what has none there counts by itself."""
        labels = self.fit.levels[level].labels
        below = self.level(level - 1) if level else labels
        return np.where(labels >= 0, labels, below + len(self.fit.levels[level].ids))

    @cached_property
    def requests(self) -> pl.DataFrame:
        """(account, language, text) of each conversation, copies of one counted once (G-06)."""
        return self.of.rows.select("language", "text", account=_sources(self.of))

    @cached_property
    def names(self) -> dict[str, tuple[str, str]]:
        """Names and summaries without a language model, by topic id."""
        least, earned = THRESHOLDS.term_accounts, None
        if self.previous is not None:
            earned = earned_words(self._named_texts(self.previous), least)
        return name_levels(self.fit, self.requests, self.previous, least, None, earned)

    @cached_property
    def texts(self) -> pl.DataFrame:
        """What supports the words of a leaf's name: (topic_id, account, text)."""
        leaf = pl.Series("topic_id", self.fit.leaves.ids)[self.leaves]
        return self.requests.select(leaf, "account", "text")

    def _named_texts(self, previous: pl.DataFrame) -> pl.DataFrame:
        since = previous.select("topic_id", "named_in").drop_nulls()
        found = [
            self.earlier[str(period)].filter(pl.col("topic_id").is_in(named["topic_id"].implode()))
            for (period,), named in since.group_by("named_in", maintain_order=True)
        ]
        return pl.concat([self.texts.clear(), *found])

    def table(self, names: bool = True) -> pl.DataFrame:
        """The private `topics` table."""
        accounts = self.of.rows["account"]
        if not names:
            return topic_table(self.fit, accounts, {}, self.previous, SEED)
        leaves = {leaf: self.names[leaf] for leaf in self.fit.leaves.ids if leaf in self.names}
        least = THRESHOLDS.term_accounts
        since = named_in(leaves, self.texts, self.previous, least, self.period)
        return topic_table(self.fit, accounts, self.names, self.previous, SEED, since)


def topics_of(
    of: LabelledSet,
    previous: pl.DataFrame | None = None,
    period: str = "2026-11-01",
    earlier: Mapping[str, pl.DataFrame] | None = None,
    *,
    per_cluster: int | None = None,
    top_topics: int | None = None,
) -> PlatformTopics:
    """Form a period's topics; `per_cluster` conversations for a base cluster instead of G-02's.

    `earlier` are the texts of the periods that `previous` has names from, by period.
    """
    settings = TopicSettings() if top_topics is None else TopicSettings(top_topics=top_topics)
    accounts = of.rows["account"]
    base = base_clusters_of(of.vectors, accounts, per_cluster)
    members = pl.DataFrame({"account": accounts, "source": _sources(of)})
    requests = of.rows.select("language", "text", account=members["source"])
    fitness = leaf_fitness(members, THRESHOLDS, nameable(requests, THRESHOLDS.term_accounts))
    leaves = fit_leaf_level(of.vectors, base, previous, fitness, members["source"], period=period)
    sizes = level_sizes(len(leaves.ids), settings.top_topics, settings.levels, previous)
    fit = group_by_distance(leaves, of.vectors, previous, sizes, period=period)
    return PlatformTopics(of, base, fit, previous, period, earlier or {})


def base_clusters_of(
    vectors: NDArray[np.float32], accounts: pl.Series, per_cluster: int | None = None
) -> Clusters:
    """Base clusters of unit vectors (n, d) under the thresholds of profile `internal`."""
    return fit_base_clusters(
        vectors,
        accounts,
        accounts_per_cluster=ACCOUNTS_PER_TOPIC * THRESHOLDS.min_accounts,
        conversations_per_cluster=per_cluster
        or round(CONVERSATIONS_PER_TOPIC * THRESHOLDS.min_conversations),
    )


def _sources(of: LabelledSet) -> pl.Series:
    return sources_of(of.rows, [of.rows.select("conversation_id", "text")])
