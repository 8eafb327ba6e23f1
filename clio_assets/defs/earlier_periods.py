"""What the gate asks of earlier periods."""

import polars as pl

from clio_assets.defs.clio import Clio
from clio_assets.privacy.door import TOPICS

NAMED_TOPICS = ["topic_id", "level", "name", "summary"]
NAMED_TEXTS = {"topic_id": pl.String(), "account": pl.String(), "text": pl.String()}


def named_texts(clio: Clio, topics: pl.DataFrame) -> pl.DataFrame:
    """What was asked in each topic in the period that its name is from (`NAMED_TEXTS`).

    topics: topic_id, named_in. Accounts are merged as in G-06. A period that is not there any more
    gives nothing, so that its names need this period's support again.
    """
    found = [pl.DataFrame(schema=NAMED_TEXTS)]
    for (period,), named in (
        topics.drop_nulls("named_in").sort("named_in").group_by("named_in", maintain_order=True)
    ):
        file, days = clio.layout.period_file(str(period)), clio.days(str(period))
        if file.state("topics") is None or not all(clio.has(day, "facets") for day in days):
            continue
        members = file.read("topic_members", ["conversation_id", "source", "topic_id"])
        mine = members.filter(pl.col("topic_id").is_in(named["topic_id"].implode()))
        asked = clio.facets(str(period), ["request"])
        found.append(
            mine.join(asked, on="conversation_id").select(
                "topic_id", account="source", text="request"
            )
        )
    return pl.concat(found)


def previous_topics(clio: Clio, period: str) -> pl.DataFrame:
    """The leaves of the release before: those that others may be told to come from."""
    earlier = clio.releases.before(period)
    if earlier is None:
        return pl.DataFrame(schema={name: TOPICS[name] for name in NAMED_TOPICS})
    found = clio.releases.read("released_topics", earlier).filter(level=0)
    return found.select(NAMED_TOPICS).sort("topic_id")


def earlier_accounts(clio: Clio, period: str) -> set[str] | None:
    """Accounts of every earlier period, where G-05 asks for them."""
    if not clio.settings.thresholds.min_returning_accounts:
        return None
    found: set[str] = set()
    for key in clio.layout.periods():
        file = clio.layout.period_file(key)
        if key < period and file.state("topics") is not None:
            found.update(file.read("topic_members", ["account"])["account"])
    return found
