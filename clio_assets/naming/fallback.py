"""Names of key phrases for the topics whose names a model could not write."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from clio_assets.naming.heard import listen, name_families
from clio_assets.naming.names import Names


def phrase_leaves(
    said: pl.DataFrame,
    leaves: Collection[str],
    taken: Mapping[str, str],
    minimum: int,
    families: Sequence[Sequence[str]] = (),
) -> Names:
    """Name `leaves` as a run without a model does, and none by a name in `taken` (topic -> name).

    `said` has a row a request (topic_id, account, language, text), of all leaves: what a leaf's
    phrases are told from. `families` are leaves that lie together: nobody's parent is known yet.
    """
    together = {leaf for family in families for leaf in family}
    alone = [[leaf] for leaf in leaves if leaf not in together]
    names = name_families(
        listen(said, {}, minimum),
        [(None, family) for family in [*families, *alone]],
        {},
        _held(taken, leaves),
        only=set(leaves),
    )
    return {topic: names[topic] for topic in leaves if topic in names}


def phrase_parents(
    said: pl.DataFrame,
    children: Mapping[str, Mapping[str, Sequence[str]]],
    wanted: Collection[str],
    taken: Mapping[str, str],
    minimum: int,
) -> Names:
    """The same for parents that stand side by side, from what is said in their children's leaves.

    `children` are those of every parent of the level (parent -> child -> leaves).
    """
    under = {
        parent: [leaf for leaves in held.values() for leaf in leaves]
        for parent, held in children.items()
    }
    names = name_families(
        listen(said, under, minimum),
        [(None, list(children))],
        children,
        _held(taken, wanted),
        only=set(wanted),
    )
    return {topic: names[topic] for topic in wanted if topic in names}


def _held(taken: Mapping[str, str], wanted: Collection[str]) -> Names:
    """Names that nobody else may have; that of a topic which wants another is nobody's."""
    return {name if t in wanted else t: (name, "") for t, name in taken.items()}
