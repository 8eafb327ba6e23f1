"""Names of key phrases for the topics whose names a model could not write."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from clio_assets.naming.joining_words import joining_words
from clio_assets.naming.names import Names, name_leaves, name_parents
from clio_assets.naming.phrases import Candidate, count_phrases, rank_phrases, spellings


def phrase_leaves(
    said: pl.DataFrame, leaves: list[str], taken: Collection[str], minimum: int
) -> Names:
    """Name `leaves` as a run without a model does, and none by a name in `taken`.

    `said` has a row a request (topic_id, account, language, text), of all leaves: what a leaf's
    phrases are told from.
    """
    spelling = spellings(said["text"].to_list())
    names = name_leaves(_phrases(said, leaves, minimum), _held(taken), spelling)
    return {topic: names[topic] for topic in leaves if topic in names}


def phrase_parents(
    said: pl.DataFrame, children: dict[str, list[str]], taken: Collection[str], minimum: int
) -> Names:
    """The same for parents, from what is said in their children, largest first."""
    phrases = _phrases(said, [leaf for held in children.values() for leaf in held], minimum)
    names = name_parents(phrases, children, _held(taken), spellings(said["text"].to_list()))
    return {topic: names[topic] for topic in children if topic in names}


def _held(taken: Collection[str]) -> Names:
    """Names that nobody else may have, each under itself: whose they are does not matter."""
    return {name: (name, "") for name in taken}


def _phrases(said: pl.DataFrame, leaves: list[str], minimum: int) -> dict[str, list[Candidate]]:
    counts = count_phrases(said)
    languages = dict(
        said.filter(pl.col("topic_id").is_in(leaves))
        .group_by("topic_id")
        .agg(pl.col("language").mode().sort().first())
        .iter_rows()
    )
    joining = {leaf: joining_words(language) for leaf, language in languages.items()}
    return {
        leaf: rank_phrases(counts, leaf, minimum, lambda word, leaf=leaf: word not in joining[leaf])  # type: ignore[misc]
        for leaf in leaves
    }
