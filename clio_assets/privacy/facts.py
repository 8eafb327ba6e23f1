"""What the rules look at, measured from member tables and texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import polars as pl

from clio_assets.privacy.outsider.objections import objections
from clio_assets.privacy.rules import TopicFacts
from clio_assets.privacy.scan import scan
from clio_assets.privacy.text_support import unsupported_words
from clio_assets.privacy.thresholds import Thresholds

TOPIC_FACTS: dict[str, pl.DataType] = {
    "topic_id": pl.String(),
    "conversations": pl.Int64(),
    "accounts": pl.Int64(),
    "largest_account_share": pl.Float64(),
    "effective_accounts": pl.Float64(),
    "sources": pl.Int64(),
    "returning_accounts": pl.Int64(),
}


def topic_facts(
    members: pl.DataFrame, earlier_accounts: Iterable[str] | None = None
) -> pl.DataFrame:
    """Measure every topic of `members`, one row a topic.

    members: conversation_id, account, source, topic_id.

    Columns as in `TOPIC_FACTS`, ordered by topic_id; shares are fractions of the topic's distinct
    conversations. `earlier_accounts` are the accounts seen in an earlier period; without them
    `returning_accounts` is null. A topic with a member of unknown account, source or id is measured
    as null throughout, which no rule passes.
    """
    if earlier_accounts is None:
        returning = pl.lit(None, pl.Int64)
    else:
        known = pl.Series(list(earlier_accounts), dtype=pl.String)
        returning = pl.col("account").is_in(known.implode()).sum().cast(pl.Int64)
    figures = (
        account_counts(members, ["topic_id"])
        .group_by("topic_id")
        .agg(*concentration(), returning.alias("returning_accounts"))
        .join(members.group_by("topic_id").agg(sources=pl.col("source").n_unique()), on="topic_id")
    )
    unknown = members.filter(
        pl.any_horizontal(pl.col("account", "source", "conversation_id").is_null())
    )
    measured = ~pl.col("topic_id").is_in(unknown["topic_id"].unique().implode())
    return (
        figures.with_columns(pl.when(measured).then(pl.exclude("topic_id")))
        .select(pl.col(name).cast(kind) for name, kind in TOPIC_FACTS.items())
        .sort("topic_id")
    )


def account_counts(members: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Distinct conversations (`n`) of each account in each group of `by`."""
    return members.group_by(*by, "account").agg(pl.col("conversation_id").n_unique().alias("n"))


def concentration() -> list[pl.Expr]:
    """Figures of a group whose rows are accounts with their number of conversations, `n`."""
    total = pl.col("n").sum()
    return [
        total.cast(pl.Int64).alias("conversations"),
        pl.len().cast(pl.Int64).alias("accounts"),
        (pl.col("n").max() / total).alias("largest_account_share"),
        (1 / ((pl.col("n") / total) ** 2).sum()).alias("effective_accounts"),
    ]


def describe(
    row: Mapping[str, Any],
    level: int,
    name: str,
    summary: str,
    support: pl.DataFrame,
    runs: Collection[int],
    sensitive: bool | None,
    thresholds: Thresholds,
    earned: Collection[str] = (),
) -> TopicFacts:
    """Complete one row of `topic_facts` with what the text rules need.

    `support` is `account_support` of the topic's own texts, `earned` the words that need half of it
    (`text_support.earned_words`); `runs` are the accounts that share each run that the texts have
    in common with anybody's (`copied_runs.accounts_sharing`); `sensitive` is what
    `sensitive_topics` says of them, None where it could not. A text that cannot be counted or
    scanned is left unmeasured, so that the rule on it fails rather than the whole period.
    """
    try:
        minimum = thresholds.term_accounts
        words = tuple(unsupported_words(f"{name}\n{summary}", support, minimum, earned))
        hits = tuple(hit.kind for text in (name, summary) for hit in scan(text))
        objected = objections(name, summary)
    except Exception:  # G-18: unmeasured is withheld; the error's text could quote a conversation
        words, hits, objected = None, None, None  # type: ignore[assignment]
    counts = {column: row[column] for column in TOPIC_FACTS}
    return TopicFacts(
        **counts,
        level=level,
        name=name,
        summary=summary,
        unsupported_words=words,
        scan_hits=hits,
        objections=objected,
        sensitive=sensitive,
        copied_runs=sum(accounts < thresholds.min_accounts for accounts in runs),
    )
