"""The audit: every rule on every topic of a period, before anything may leave."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from clio_assets.config import Thresholds
from clio_assets.privacy.facts import describe, topic_facts
from clio_assets.privacy.rules import Verdict, judge
from clio_assets.privacy.text_support import account_support


def audit_topics(
    topics: pl.DataFrame,
    members: pl.DataFrame,
    texts: pl.DataFrame,
    thresholds: Thresholds,
    earlier_accounts: Iterable[str] | None = None,
) -> dict[str, list[Verdict]]:
    """Return topic_id -> one verdict a rule, for leaves and parents alike.

    topics: topic_id, level, parent_id, name, summary. members: conversation_id, account, topic_id
    of the leaf. texts: conversation_id, text, the facet text that supports a name's words.
    """
    everywhere = members_at_every_level(topics, members)
    facts = topic_facts(everywhere, earlier_accounts)
    said = everywhere.join(texts, on="conversation_id").partition_by("topic_id", as_dict=True)
    described = {row["topic_id"]: row for row in topics.iter_rows(named=True)}
    verdicts = {}
    for row in facts.iter_rows(named=True):
        topic = described[row["topic_id"]]
        support = account_support(said[(row["topic_id"],)].select("account", "text"))
        verdicts[row["topic_id"]] = judge(
            describe(row, topic["level"], topic["name"], topic["summary"], support, thresholds),
            thresholds,
        )
    return verdicts


def members_at_every_level(topics: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """A conversation belongs to its leaf and to all that lies above it."""
    parents = topics.select("topic_id", "parent_id").drop_nulls()
    levels = [members.select("conversation_id", "account", "topic_id")]
    while len(levels[-1]):
        above = levels[-1].join(parents, on="topic_id").drop("topic_id")
        levels.append(above.rename({"parent_id": "topic_id"}))
    return pl.concat(levels)
