"""When a day of a monitor alerts."""

from __future__ import annotations

import datetime as dt

import polars as pl

from clio_assets.safety.settings import AlertSettings
from clio_assets.storage.duckfile import Schema

MONITOR_DAY: Schema = {
    "conversations": pl.Int64(),  # that match
    "accounts": pl.Int64(),
    "of_conversations": pl.Int64(),  # that there were
    "unanswered": pl.Int64(),  # that the question was put about, in vain
}
"""One row: a day of a monitor; safety zone."""

HISTORY_DAYS = 14
LEAST_HISTORY = 7
"""Days of the fortnight before that are known; with fewer, nobody can say what is usual."""

LEAST_ACCOUNTS = 5
"""Five times one account is still nobody."""


def alerts_of(days: pl.DataFrame, day: dt.date, alert: AlertSettings) -> list[str]:
    """Return the rules that alert on `day`, in words; none where all is quiet.

    Args:
        days: one row a day that is known: day, conversations, accounts.
        day: the day to judge; one of them.
        alert: the rules.
    """
    today = days.filter(pl.col("day") == day).row(0, named=True)
    found = []
    if alert.conversations and today["conversations"] >= alert.conversations:
        found.append(f"conversations ≥ {alert.conversations}")
    if alert.accounts and today["accounts"] >= alert.accounts:
        found.append(f"accounts ≥ {alert.accounts}")
    if alert.times_usual:
        first = day - dt.timedelta(days=HISTORY_DAYS)
        past = days.filter(pl.col("day").is_between(first, day, closed="left"))["accounts"]
        usual = past.median()
        if (
            isinstance(usual, float)
            and len(past) >= LEAST_HISTORY
            and today["accounts"] >= max(alert.times_usual * usual, LEAST_ACCOUNTS)
        ):
            found.append(f"accounts ≥ {alert.times_usual:g} times the usual")
    return found
