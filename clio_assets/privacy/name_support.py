"""G-11 again at the door: do enough accounts use each word of a name, of those it counts?

A verdict was given on what a topic would publish; whoever can write to the private tables can write
a verdict too, and what is counted here does not rest on it.
"""

from __future__ import annotations

import polars as pl

from clio_assets.privacy.placement import Placement
from clio_assets.privacy.text_support import content_words, earned_words, tokens, used_by_enough


class NameSupport:
    """The words of names and summaries, and the conversations that say them."""

    def __init__(
        self,
        topics: pl.DataFrame,
        texts: pl.DataFrame,
        named_texts: pl.DataFrame | None,
        minimum: int,
    ) -> None:
        """topics: topic_id, name, summary. texts: conversation_id, text; named_texts as `audit`."""
        self._minimum = minimum
        earned = {} if named_texts is None else earned_words(named_texts, minimum)
        pairs = [(topic, word) for topic, words in earned.items() for word in sorted(words)]
        kept = {"topic_id": pl.String, "token": pl.String}
        self._earned = pl.DataFrame(pairs, schema=kept, orient="row").with_columns(earned=True)
        written = topics.select("topic_id", pl.concat_str("name", "summary", separator=" "))
        self._words = {topic: set(content_words(text or "")) for topic, text in written.iter_rows()}
        wanted = sorted(set().union(*self._words.values()))
        said = tokens(texts.select("conversation_id", "text").drop_nulls()).unique()
        self._said = said.filter(pl.col("token").is_in(wanted))

    def lacking(self, placement: Placement) -> set[str]:
        """Released topics with a word that too few of their accounts use.

        Counted as in the audit, by source (G-06), on the conversations that each would publish.
        """
        published = placement.published().select("topic_id", "conversation_id", "source")
        used = (
            published.drop_nulls("source")
            .join(self._said, on="conversation_id")
            .group_by("topic_id", "token")
            .agg(accounts=pl.col("source").n_unique())
            .join(self._earned, on=["topic_id", "token"], how="left")
            .filter(used_by_enough(self._minimum, pl.col("earned")))
            .group_by("topic_id")
            .agg("token")
        )
        supported = {topic: set(words) for topic, words in used.iter_rows()}
        return {
            topic
            for topic in placement.topics
            if not self._words[topic] <= supported.get(topic, set())
        }
