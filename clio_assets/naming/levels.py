"""Names of a whole hierarchy: parents first, then leaves that may borrow from them."""

from __future__ import annotations

import polars as pl

from clio_assets.clustering.topics import Level, TopicFit
from clio_assets.naming.joining_words import joining_words
from clio_assets.naming.names import Names, name_topics
from clio_assets.privacy.text_support import account_support, unsupported_words


def name_levels(
    fit: TopicFit, requests: pl.DataFrame, previous: pl.DataFrame | None, minimum: int
) -> Names:
    """Name every topic of a fit from `requests` (account, language, text), rows as the labels.

    A continuing topic keeps its name while at least `minimum` accounts still use each word. A
    leaf with fewer than two supported words takes its parent's name and its own word.
    """
    names = _name_level(fit.parents, requests, previous, minimum, {})
    parents = {
        leaf: names[fit.parents.ids[parent]][0]
        for leaf, parent in zip(fit.leaves.ids, fit.parent_of.tolist(), strict=True)
        if parent >= 0 and fit.parents.ids[parent] in names
    }
    return names | _name_level(fit.leaves, requests, previous, minimum, parents)


def _name_level(
    level: Level,
    requests: pl.DataFrame,
    previous: pl.DataFrame | None,
    minimum: int,
    parents: dict[str, str],
) -> Names:
    inside = level.labels >= 0
    ids = pl.Series("topic_id", [level.ids[k] for k in level.labels[inside].tolist()], pl.String)
    texts = requests.filter(pl.Series(inside)).with_columns(ids)

    def supported(topic: str, text: str) -> bool:
        support = account_support(texts.filter(pl.col("topic_id") == topic))
        return not unsupported_words(text, support, minimum)

    languages = dict(
        texts.group_by("topic_id").agg(pl.col("language").mode().sort().first()).iter_rows()
    )
    joining = {language: joining_words(language) for language in set(languages.values())}
    return name_topics(
        texts.select("topic_id", "account", "text"),
        _names_before(level, previous),
        minimum=minimum,
        is_content=lambda topic, word: word not in joining[languages[topic]],
        supported=supported,
        parents=parents,
    )


def _names_before(level: Level, previous: pl.DataFrame | None) -> Names:
    if previous is None:
        return {}
    had = previous.filter(pl.col("topic_id").is_in(level.ids) & (pl.col("name") != ""))
    rows = had.select("topic_id", "name", "summary").rows()
    return {topic: (name, summary) for topic, name, summary in rows}
