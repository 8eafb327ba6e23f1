"""A whole hierarchy by a model: leaves named, grouped under parents, parents named."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import polars as pl

from clio_assets.clustering.hierarchy import add_parents
from clio_assets.clustering.hierarchy_by_model import group_by_model
from clio_assets.clustering.parent_questions import MORE, Embed, HierarchyCounts
from clio_assets.clustering.partition import Vectors
from clio_assets.clustering.tree import Level, TopicFit
from clio_assets.models.calls import Ask
from clio_assets.models.settings import ModelSettings
from clio_assets.naming.by_model import NamingCounts, name_leaves_by_model, name_parents_by_model
from clio_assets.naming.kept_names import Words
from clio_assets.naming.names import Names


@dataclass(frozen=True)
class NamedTopics:
    """Leaves under their parents, the names of both, and what the model was asked for them."""

    fit: TopicFit
    names: Names = field(repr=False)
    naming: NamingCounts
    hierarchy: HierarchyCounts


def name_levels_by_model(
    leaves: Level,
    vectors: Vectors,
    requests: pl.DataFrame,
    previous: pl.DataFrame | None,
    minimum: int,
    publishable: Collection[str],
    *,
    ask: Ask,
    embed: Embed,
    models: ModelSettings,
    sizes: Sequence[int],
    top_topics: int,
    period: str,
    seed: int,
    earned: Words | None = None,
) -> NamedTopics:
    """Name and group the leaves of a period, rows of `vectors` and `requests` as their labels.

    `requests` has (account, language, text); `previous` is the last period's `topics` table, None
    on a cold start; `minimum` accounts must use a word of a name, half of them one that the topic
    has `earned`; `publishable` leaves are those
    that the gate's counts let through, and a model sees the names of no other. `sizes` are the
    numbers of topics wanted above the leaves (`level_sizes`).

    Raises:
        ConfigError, BudgetError: as `ask` does, where no call can be answered.
    """
    written = name_leaves_by_model(
        leaves, vectors, requests, previous, minimum, publishable,
        ask=ask, models=models, seed=seed, earned=earned,
    )  # fmt: skip
    shown = {topic: pair for topic, pair in written.names.items() if topic in publishable}
    fit, names, naming = TopicFit([leaves], {}), written.names, written.counts
    hierarchy = HierarchyCounts()
    for wanted in sizes:
        most = top_topics if wanted == sizes[-1] else math.ceil(MORE * wanted)
        grouping = group_by_model(
            fit.roots(), shown, previous, level=len(fit.levels), wanted=wanted, most=most,
            ask=ask, embed=embed, model=models.hierarchy, seed=seed,
        )  # fmt: skip
        hierarchy += grouping.counts
        grown = add_parents(
            fit, grouping.parent_of, vectors, previous,
            period=period, carried_on=grouping.carried_on,
        )  # fmt: skip
        if grown is fit:
            continue
        fit = grown
        parents = name_parents_by_model(
            fit, requests, shown, previous, minimum, ask=ask, models=models
        )
        shown, names, naming = shown | parents.names, names | parents.names, naming + parents.counts
    return NamedTopics(fit, names, naming, hierarchy)
