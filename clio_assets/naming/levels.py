"""Names of a whole hierarchy, from the requests of its members."""

from __future__ import annotations

from functools import cache

import numpy as np
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
    fit: TopicFit, requests: pl.DataFrame, previous: pl.DataFrame | None, minimum: int
) -> Names:
    """Name every topic of a fit from `requests` (account, language, text), rows as its labels.

    A continuing topic keeps its name while at least `minimum` accounts still use each word, and a
    leaf takes its parent's only where as many of its own do. Topics without enough supported words
    are left out.
    """
    texts = _by_topic(fit.leaves, requests)
    joining = _joining_words(texts)
    counts = count_phrases(texts)
    phrases = {
        leaf: rank_phrases(counts, leaf, minimum, lambda word, leaf=leaf: word not in joining[leaf])  # type: ignore[misc]
        for leaf in fit.leaves.ids
    }
    spelling = spellings(texts["text"].to_list())
    children = {
        parent: [fit.leaves.ids[leaf] for leaf in np.flatnonzero(fit.parent_of == number).tolist()]
        for number, parent in enumerate(fit.parents.ids)
    }
    kept = _kept(fit.parents, _support(_by_topic(fit.parents, requests), minimum), previous)
    parents = name_parents(phrases, children, kept, spelling)
    supported = _support(texts, minimum)
    parent_names = {
        leaf: parents[parent][0]
        for parent, leaves in children.items()
        for leaf in leaves
        if parent in parents and supported(leaf, parents[parent][0])
    }
    kept = _kept(fit.leaves, supported, previous)
    return parents | name_leaves(phrases, kept, parent_names, spelling)


def _by_topic(level: Level, requests: pl.DataFrame) -> pl.DataFrame:
    inside = level.labels >= 0
    ids = [level.ids[label] for label in level.labels[inside].tolist()]
    return requests.filter(pl.Series(inside)).with_columns(pl.Series("topic_id", ids, pl.String))


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
