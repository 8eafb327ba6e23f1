"""What topics say: bursts, concern, and where another classifier parts from the concern facet."""

import datetime as dt

import dagster as dg
import polars as pl

from clio_assets.defs.partitions import DAY, Partitions
from clio_assets.defs.step import ONE_A_RUN, OWNERS, step
from clio_assets.safety.bursts import BURSTS, BurstSettings, find_bursts
from clio_assets.safety.classifier_errors import CLASSIFIER_ERRORS, classifier_errors
from clio_assets.safety.concern_shares import CONCERN_SHARES, concern_shares
from clio_assets.safety.defs.coordination import SAFETY
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.flag_agreement import AGREEMENT, flag_agreement
from clio_assets.safety.flags import flags_of
from clio_assets.storage.duckfile import Schema
from clio_assets.storage.fingerprint import fingerprint

CONCERN: dict[str, Schema] = {
    "concern_by_topic": {"topic": pl.String(), "day": pl.Date(), **CONCERN_SHARES},
    # By itself: the interval of a period is not to be had from those of its days.
    "concern_of_topics": {"topic": pl.String(), **CONCERN_SHARES},
    "flag_agreement": AGREEMENT,
    "classifier_errors": CLASSIFIER_ERRORS,
}
BACK = BurstSettings().history_days


def watched_assets(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """The detectors that look at topics; a period's topics are known once it has ended."""

    @dg.asset(
        key_prefix="safety",
        deps=["topics"],
        partitions_def=partitions.period,
        group_name="safety",
        kinds={"scikitlearn", "duckdb"},
        code_version="1",
        owners=OWNERS,
        tags=SAFETY,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def bursts(
        context: dg.AssetExecutionContext, safety: dg.ResourceParam[Safety]
    ) -> dg.MaterializeResult:
        """Grain: a topic and a day on which far more accounts than usual were in it. Zone: safety.

        A topic is judged by its own past, after the traffic of the day; not in its first 14 days.
        """
        period = context.partition_key
        periods = _periods(safety, period)
        made_from = fingerprint(
            step="bursts", version="1", topics=_topics(safety, periods), settings=BurstSettings()
        )
        file = safety.zone.period_file(period)
        with file.replacing("bursts", made_from, {"bursts": BURSTS}) as new:
            if new is not None:
                counts = pl.concat(_counts(safety, one) for one in periods)
                own = [dt.date.fromisoformat(day) for day in safety.clio.days(period)]
                # A week before, so that `since` reaches back.
                judged = [own[0] - n * DAY for n in range(7, 0, -1)] + own
                found = find_bursts(counts, judged).filter(pl.col("day").is_in(own))
                new.append("bursts", found)
        return dg.MaterializeResult(metadata={"unchanged": new is None})

    @dg.asset(
        key_prefix="safety",
        deps=["topics"],
        partitions_def=partitions.period,
        group_name="safety",
        kinds={"scikitlearn", "duckdb"},
        code_version="2",
        owners=OWNERS,
        tags=SAFETY,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def concern(
        context: dg.AssetExecutionContext, safety: dg.ResourceParam[Safety]
    ) -> dg.MaterializeResult:
        """Grain: a topic and a day, with its concern. Zone: safety.

        Where `safety.flag` names a field of the logs, `flag_agreement` and `classifier_errors` say
        how far that classifier agrees, and in which topics it probably errs.
        """
        period = context.partition_key
        flag = safety.settings.safety.flag
        made_from = fingerprint(
            step="concern",
            version="2",
            topics=_topics(safety, [period]),
            facets=safety.clio.upstreams(period, "facets"),
            flag=flag,
        )
        file = safety.zone.period_file(period)
        with file.replacing("concern", made_from, CONCERN) as new:
            if new is not None:
                rated = rated_conversations(safety, period)
                new.append("concern_by_topic", concern_shares(rated, ["topic", "day"]))
                new.append("concern_of_topics", concern_shares(rated, ["topic"]))
                if flag is not None:
                    new.append("flag_agreement", flag_agreement(rated))
                    new.append("classifier_errors", classifier_errors(rated))
        return dg.MaterializeResult(metadata={"unchanged": new is None})

    return [bursts, concern]


def rated_conversations(safety: Safety, period: str) -> pl.DataFrame:
    """conversation_id, account, day, topic, concern, flagged of each conversation of a period."""
    layout = safety.clio.layout
    members = _members(safety, period)
    flag = safety.settings.safety.flag
    days = []
    for day in safety.clio.days(period):
        file = layout.day(day)
        rated = file.read("facets", ["conversation_id", "concern"]).with_columns(
            pl.col("concern").cast(pl.Float64)
        )
        said = file.read("conversations", ["conversation_id", "account", "metadata"])
        days.append(
            said.join(rated, on="conversation_id").select(
                "conversation_id",
                "account",
                "concern",
                day=pl.lit(dt.date.fromisoformat(day)),
                flagged=flags_of(said["metadata"], flag),
            )
        )
    return pl.concat(days).join(members, on="conversation_id")


def _members(safety: Safety, period: str) -> pl.DataFrame:
    """conversation_id, topic: the leaf of each conversation that has one."""
    found = safety.clio.layout.period_file(period).read(
        "topic_members", ["conversation_id", "topic_id"]
    )
    return found.rename({"topic_id": "topic"}).filter(pl.col("topic").is_not_null())


def _counts(safety: Safety, period: str) -> pl.DataFrame:
    """day, topic, conversations, accounts."""
    people = [
        safety.clio.layout.day(day)
        .read("conversations", ["conversation_id", "account"])
        .with_columns(day=pl.lit(dt.date.fromisoformat(day)))
        for day in safety.clio.days(period)
    ]
    named = pl.concat(people).join(_members(safety, period), on="conversation_id")
    return named.group_by("day", "topic").agg(
        conversations=pl.len().cast(pl.Int64), accounts=pl.col("account").n_unique().cast(pl.Int64)
    )


def _periods(safety: Safety, period: str) -> list[str]:
    """The periods up to this one that a burst is judged by and that have topics, oldest first."""
    first = str(dt.date.fromisoformat(period) - (BACK + 31) * DAY)
    layout = safety.clio.layout
    known = [key for key in layout.periods() if first <= key <= period]
    return [key for key in known if layout.period_file(key).state("topics") is not None]


def _topics(safety: Safety, periods: list[str]) -> list[str]:
    return [safety.clio.upstream(safety.clio.layout.period_file(key), "topics") for key in periods]
