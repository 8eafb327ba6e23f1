"""Names that continuing topics keep, and the period that each is from."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from clio_assets.naming.names import Names
from clio_assets.naming.proposals import unsupported
from clio_assets.privacy.text_support import account_support, supported_words

Words = Mapping[str, Collection[str]]
"""topic_id -> words."""


def names_before(previous: pl.DataFrame | None, topics: Collection[str]) -> Names:
    """The names and summaries that some of `topics` had in the previous period's table."""
    if previous is None:
        return {}
    had = previous.filter(pl.col("name") != "").select("topic_id", "name", "summary").rows()
    wanted = set(topics)
    return {topic: (name, summary) for topic, name, summary in had if topic in wanted}


def words_in_use(
    texts: pl.DataFrame, topics: Collection[str], minimum: int, earned: Words | None = None
) -> dict[str, frozenset[str]]:
    """The words that enough accounts of each of `topics` use (G-11).

    texts: topic_id, account, text. earned: words of which half as many accounts are enough
    (`text_support.earned_words`).
    """
    held = texts.filter(pl.col("topic_id").is_in(list(topics)))
    support = account_support(held, "topic_id").partition_by("topic_id", as_dict=True)
    return {
        str(topic): supported_words(said, minimum, (earned or {}).get(str(topic), ()))
        for (topic,), said in support.items()
    }


def kept_names(before: Names, in_use: Words) -> Names:
    """The names of which every word is in use.

    A summary of which that is not so is empty: it must be written anew, and costs the topic not
    its name.
    """
    return {
        topic: (name, "" if unsupported(summary, in_use[topic]) else summary)
        for topic, (name, summary) in before.items()
        if topic in in_use and not unsupported(name, in_use[topic])
    }


def named_in(
    names: Names,
    texts: pl.DataFrame,
    previous: pl.DataFrame | None,
    minimum: int,
    period: str,
) -> dict[str, str]:
    """The last period in which `minimum` accounts of a topic used each word of its name.

    This one, unless the name was kept with a word that fewer use now: then as it was. texts:
    topic_id, account, text of this period.
    """
    kept = {
        topic
        for topic, (name, _) in names_before(previous, names).items()
        if names[topic][0] == name
    }
    in_use = words_in_use(texts, kept, minimum)
    wavering = {
        topic for topic in kept if unsupported("\n".join(names[topic]), in_use.get(topic, ()))
    }
    since = dict.fromkeys(names, period)
    if previous is not None:
        held = previous.filter(pl.col("topic_id").is_in(sorted(wavering)))
        since |= dict(held.select("topic_id", "named_in").iter_rows())
    return since
