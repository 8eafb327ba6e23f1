"""Names of a whole hierarchy, from the requests of its members."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import polars as pl

from clio_assets.clustering.topics import Level, TopicFit
from clio_assets.naming.joining_words import joining_words
from clio_assets.naming.names import (
    Names,
    Supported,
    name_leaves,
    name_parents,
    still_supported,
)
from clio_assets.naming.phrases import count_phrases, rank_phrases, spellings
from clio_assets.privacy.text_support import account_support, unsupported_words


def name_levels(
    fit: TopicFit,
    requests: pl.DataFrame,
    previous: pl.DataFrame | None,
    minimum: int,
    publishable: Collection[str] | None = None,
) -> Names:
    """Name every topic of a fit from `requests` (account, language, text), rows as its labels.

    A continuing topic keeps its name while at least `minimum` accounts still use each word.
    Topics without a supported word of their own are left out. A parent is named by its
    `publishable` leaves (default: all): what a withheld one is about must not stand in a
    published name.
    """
    texts = requests.with_columns(_ids(fit.leaves))
    joining = _joining_words(texts)
    counts = count_phrases(texts)
    phrases = {
        leaf: rank_phrases(counts, leaf, minimum, lambda word, leaf=leaf: word not in joining[leaf])  # type: ignore[misc]
        for leaf in fit.leaves.ids
    }
    spelling = spellings(texts["text"].to_list())
    supported = _support(texts, minimum)
    leaves = name_leaves(phrases, _kept(fit.leaves, supported, previous), spelling)
    shown = leaves.keys() & set(fit.leaves.ids if publishable is None else publishable)
    under = {
        parent: [leaf for leaf in held if leaf in shown]
        for parent, held in fit.leaves_under.items()
    }
    names = dict(leaves)
    for level in fit.levels[1:]:
        told = {parent: under[parent] for parent in level.ids}
        parent_of = {leaf: parent for parent, held in told.items() for leaf in held}
        above = pl.col("topic_id").replace_strict(parent_of, default=None)
        in_parents = texts.with_columns(above)
        kept = _kept(level, _support(in_parents, minimum), previous)
        names |= name_parents(phrases, told, kept, spelling)
    return names


def _ids(leaves: Level) -> pl.Series:
    return pl.Series("topic_id", [leaves.ids[label] for label in leaves.labels.tolist()], pl.String)


def _joining_words(texts: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Words that cannot carry the name of each topic, by its commonest language."""
    common = texts.group_by("topic_id").agg(pl.col("language").mode().sort().first())
    return {topic: joining_words(language) for topic, language in common.iter_rows()}


def _support(texts: pl.DataFrame, minimum: int) -> Supported:
    """Return the judge of a text: do at least `minimum` accounts of the topic use each word?"""

    @cache
    def of(topic: str) -> pl.DataFrame:
        return account_support(texts.filter(pl.col("topic_id") == topic))

    return lambda topic, text: not unsupported_words(text, of(topic), minimum)


def _kept(level: Level, supported: Supported, previous: pl.DataFrame | None) -> Names:
    if previous is None:
        return {}
    had = previous.filter(pl.col("name") != "").select("topic_id", "name", "summary").rows()
    before = {topic: (name, summary) for topic, name, summary in had}
    return still_supported(before, set(level.ids), supported)
