"""Names of a whole hierarchy, from the requests of its members."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from clio_assets.clustering.identity import same_subject
from clio_assets.clustering.topics import Level, TopicFit
from clio_assets.naming.heard import listen, name_families
from clio_assets.naming.kept_names import Words, kept_names, names_before, words_in_use
from clio_assets.naming.names import Names


def name_levels(
    fit: TopicFit,
    requests: pl.DataFrame,
    previous: pl.DataFrame | None,
    minimum: int,
    publishable: Collection[str] | None = None,
    earned: Words | None = None,
) -> Names:
    """Name every topic of a fit from `requests` (account, language, text), rows as its labels.

    A continuing topic keeps its name while at least `minimum` accounts still use each word, or half
    of them one that it has `earned`, and a leaf lies where it lay.
    Topics without a supported word of their own are left out. A parent is named by its
    `publishable` leaves (default: all): what a withheld one is about must not stand in a
    published name. Siblings are named together, from the top down, so that each is told from those
    it stands beside and says what its parent does not.
    """
    texts = requests.with_columns(_ids(fit.leaves))
    under, withheld = fit.leaves_under, set()
    if publishable is not None:
        withheld = set(fit.leaves.ids) - set(publishable)
    settled = same_subject(fit.leaves, previous)
    kept = _kept(settled, texts, previous, minimum, earned)
    for level in fit.levels[1:]:
        parent_of = {leaf: parent for parent in level.ids for leaf in under[parent]}
        above = pl.col("topic_id").replace_strict(parent_of, default=None)
        kept |= _kept(level.ids, texts.with_columns(above), previous, minimum)
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


def _kept(
    topics: list[str],
    texts: pl.DataFrame,
    previous: pl.DataFrame | None,
    minimum: int,
    earned: Words | None = None,
) -> Names:
    before = names_before(previous, topics)
    return kept_names(before, words_in_use(texts, before, minimum, earned))
