"""Bursts: topics that suddenly have far more accounts than their own past explains.

Accounts are counted and not conversations, so that one account that floods is no burst (many
coordinated ones are: an account counts once a topic and day). A day's
counts are compared with what the topic usually has by usual_counts.py, after the traffic of the day
and its weekday. A topic bursts where all of this holds:

- the tail of the forecast beyond its count, with it, is small enough for one topic
  (`false_alarms_per_topic_week`),
- and small enough among all the topics of the day (`false_discovery_rate`; Y. Benjamini and
  Y. Hochberg, "Controlling the false discovery rate", J. R. Statist. Soc. B 57(1), 1995),
- it has `least_ratio` times the usual, and `least_accounts`.

A day is judged by the days before it and itself alone, so a burst can be told as soon as its day is
complete, and stays told. Nothing is drawn by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from clio_assets.safety.usual_counts import Past, usual_counts

JUDGED: dict[str, pl.DataType] = {
    "topic": pl.String(),
    "day": pl.Date(),
    "conversations": pl.Int64(),
    "accounts": pl.Int64(),
    "expected": pl.Float64(),  # accounts
    "usual_low": pl.Float64(),  # about 95 % of days like this one are between the two
    "usual_high": pl.Float64(),
    "ratio": pl.Float64(),  # accounts / expected
    "p_value": pl.Float64(),  # of as many accounts or more
    "q_value": pl.Float64(),  # among the topics of the day
    "burst": pl.Boolean(),
}
"""One row a topic and day that could be judged."""

BURSTS: dict[str, pl.DataType] = {
    **{name: kind for name, kind in JUDGED.items() if name != "burst"},
    "since": pl.Date(),  # first of the days on end, among those judged, on which it bursts
}
"""One row a topic and day of a burst."""

LEAST_TOPICS = 3
"""Of fewer topics nobody can tell a burst from more traffic: nothing is judged."""


@dataclass(frozen=True)
class BurstSettings:
    """When a topic bursts. docs/safety.md has what the defaults find and miss."""

    history_days: int = 56
    """How far back a topic is looked at: eight of each weekday."""
    least_history_days: int = 14
    """Days since a topic was first seen, without days on which nothing was; before, it is new and
    not judged."""
    half_life_days: float = 14.0
    """After as many days a day has half a say in the level, so that slow growth is no burst."""
    least_ratio: float = 2.0
    """Times the usual."""
    least_accounts: int = 5
    false_discovery_rate: float = 0.1
    """Of the bursts of a day, at most this share is chance on average. More than the marts allow:
    a burst is looked at by somebody, and .05 loses 3 in 100 of strongly varying topics."""
    false_alarms_per_topic_week: float = 0.0035
    """A third of what is allowed (1 in 100 topic-weeks), because some topics vary more than their
    own past shows: p of 0.0005 a day. With few topics the rate above would give far more."""


def judge_days(
    counts: pl.DataFrame, days: Sequence[date] | None = None, settings: BurstSettings | None = None
) -> pl.DataFrame:
    """Return what was usual and what was, for each topic and day (JUDGED), by day and topic.

    Days without any row are taken as missing, not as empty: they are neither judged nor looked
    back at. On the other days a topic without a row has 0 from the day it is first seen.

    Args:
        counts: day, topic, conversations, accounts: at most one row a day and topic, of one level,
            so that the topics of a day are its traffic. Rows of later days change nothing.
        days: to be judged; all by default.
        settings: thresholds.

    Raises:
        ValueError: two rows for the same day and topic.
    """
    chosen = settings or BurstSettings()
    if counts.select("day", "topic").is_duplicated().any():
        raise ValueError("two rows for the same day and topic")
    present = counts.filter(pl.col("accounts") > 0).get_column("day").unique().sort().to_list()
    table = _Table(counts, present)
    wanted = present if days is None else sorted(set(days) & set(present))
    judged = [_judge(table, present.index(day), chosen) for day in wanted]
    return pl.concat([pl.DataFrame(schema=JUDGED), *judged])


def find_bursts(
    counts: pl.DataFrame, days: Sequence[date] | None = None, settings: BurstSettings | None = None
) -> pl.DataFrame:
    """Return the bursts (BURSTS), by day and then the least likely first.

    Give some days before the ones of interest as well where `since` should reach back.

    Args, raises: as `judge_days`.
    """
    judged = judge_days(counts, days, settings).sort("topic", "day")
    begins = pl.col("burst") & ~pl.col("burst").shift(1, fill_value=False).over("topic")
    runs = judged.with_columns(run=begins.cum_sum().over("topic"))
    bursts = runs.filter("burst").with_columns(since=pl.col("day").min().over("topic", "run"))
    return bursts.select(list(BURSTS)).sort("day", "p_value", "topic")


class _Table:
    """The counts as arrays (topics, days), topics in order of their name."""

    def __init__(self, counts: pl.DataFrame, days: list[date]) -> None:
        self.days = days
        self.topics = counts.get_column("topic").unique().sort()
        rows = counts.join(
            pl.DataFrame({"topic": self.topics}).with_row_index("row"), on="topic"
        ).join(pl.DataFrame({"day": days}, schema={"day": pl.Date}).with_row_index("column"),
               on="day")  # fmt: skip
        at = rows["row"].to_numpy(), rows["column"].to_numpy()
        shape = (len(self.topics), len(days))
        self.accounts = np.zeros(shape, dtype=np.int64)
        self.conversations = np.zeros(shape, dtype=np.int64)
        self.accounts[at] = rows["accounts"].to_numpy()
        self.conversations[at] = rows["conversations"].to_numpy()
        self.known: NDArray[np.bool_] = np.logical_or.accumulate(self.accounts > 0, axis=1)


def _judge(table: _Table, column: int, settings: BurstSettings) -> pl.DataFrame:
    day = table.days[column]
    since = day - timedelta(days=settings.history_days)
    back = slice(next(at for at, other in enumerate(table.days) if other >= since), column)
    old = table.known[:, :column].sum(1) >= settings.least_history_days
    old &= table.known[:, back].any(1) if back.start < column else False
    if old.sum() < LEAST_TOPICS:
        return pl.DataFrame(schema=JUDGED)
    past = Past(
        counts=table.accounts[old, back].astype(np.float64),
        known=table.known[old, back],
        ages=np.array([(day - other).days for other in table.days[back]], dtype=np.float64),
        weekdays=np.array([other.weekday() for other in table.days[back]]),
    )
    accounts = table.accounts[old, column]
    usual = usual_counts(past, accounts.astype(np.float64), day.weekday(), settings.half_life_days)
    p_value = usual.tail(accounts)
    low, high = usual.range()
    q_value = stats.false_discovery_control(p_value)
    ratio = accounts / usual.mean
    burst = (
        (p_value <= settings.false_alarms_per_topic_week / 7)
        & (q_value <= settings.false_discovery_rate)
        & (ratio >= settings.least_ratio)
        & (accounts >= settings.least_accounts)
    )
    return pl.DataFrame(
        {
            "topic": table.topics.filter(pl.Series(old)),
            "day": pl.repeat(day, len(accounts), dtype=pl.Date, eager=True),
            "conversations": table.conversations[old, column],
            "accounts": accounts,
            "expected": usual.mean,
            "usual_low": low,
            "usual_high": high,
            "ratio": ratio,
            "p_value": p_value,
            "q_value": q_value,
            "burst": burst,
        },
        schema=JUDGED,
    )
