"""Names of a whole hierarchy, from the requests of its members."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import polars as pl

from clio_assets.clustering.topics import Level, TopicFit
from clio_assets.naming.heard import listen, name_families
from clio_assets.naming.names import Names, Supported, still_supported
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
    published name. Siblings are named together, from the top down, so that each is told from those
    it stands beside and says what its parent does not.
    """
    texts = requests.with_columns(_ids(fit.leaves))
    under, withheld = fit.leaves_under, set()
    if publishable is not None:
        withheld = set(fit.leaves.ids) - set(publishable)
    kept = _kept(fit.leaves, _support(texts, minimum), previous)
    for level in fit.levels[1:]:
        parent_of = {leaf: parent for parent in level.ids for leaf in under[parent]}
        above = pl.col("topic_id").replace_strict(parent_of, default=None)
        kept |= _kept(level, _support(texts.with_columns(above), minimum), previous)
    children = fit.children
    inside = {
        parent: {
            child: shown
            for child in held
            if (shown := [leaf for leaf in under.get(child, [child]) if leaf not in withheld])
        }
        for parent, held in children.items()
    }
    top = [topic for level in fit.levels for topic in level.ids if topic not in fit.parent_of]
    families: list[tuple[str | None, list[str]]] = [(None, top)]
    families += [(parent, children[parent]) for level in fit.levels[:0:-1] for parent in level.ids]
    return name_families(listen(texts, under, minimum), families, inside, kept, withheld)


def _ids(leaves: Level) -> pl.Series:
    return pl.Series("topic_id", [leaves.ids[label] for label in leaves.labels.tolist()], pl.String)


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
