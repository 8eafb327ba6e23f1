"""Which days and periods exist, and which days a period holds. All keys are UTC first days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import dagster as dg

from clio_assets.config import PeriodName, Settings

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Partitions:
    """The daily partitions of what is read, and the period partitions of what is released."""

    daily: dg.TimeWindowPartitionsDefinition
    period: dg.TimeWindowPartitionsDefinition


def build_partitions(settings: Settings) -> Partitions:
    """Partitions from `source.first_day` to `source.last_day`, or to yesterday without one.

    With `period: day` both are the same definition, so that one key runs a day end to end.
    """
    first = dt.datetime.combine(settings.source.first_day, dt.time(), dt.UTC)
    last = settings.source.last_day
    end = None if last is None else dt.datetime.combine(last + DAY, dt.time(), dt.UTC)
    daily = dg.DailyPartitionsDefinition(start_date=first, end_date=end)
    if settings.period == "day":
        return Partitions(daily, daily)
    start = dt.datetime.combine(
        period_start(settings.period, settings.source.first_day), dt.time(), dt.UTC
    )
    stop = None if last is None else _period_end(settings.period, last)
    # A source that has ended fills no more of its last period: that one need not be waited for.
    ended = last is not None and last < dt.datetime.now(dt.UTC).date()
    window: dict[str, Any] = {"start_date": start, "end_date": stop, "end_offset": int(ended)}
    if settings.period == "week":
        return Partitions(daily, dg.WeeklyPartitionsDefinition(**window, day_offset=1))
    # Without a format of its own a month would be named like a day of another definition's.
    return Partitions(daily, dg.MonthlyPartitionsDefinition(**window, fmt="%Y-%m-%d"))


def period_start(period: PeriodName, day: dt.date) -> dt.date:
    """First day of the period that holds `day`; weeks begin on Monday."""
    if period == "week":
        return day - dt.timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


def next_period(period: PeriodName, start: dt.date) -> dt.date:
    """First day of the period after the one that begins on `start`."""
    if period == "month":
        return (start + dt.timedelta(days=31)).replace(day=1)
    return start + (7 * DAY if period == "week" else DAY)


def previous_period(period: PeriodName, start: dt.date) -> dt.date:
    """First day of the period before the one that begins on `start`."""
    return period_start(period, start - DAY)


def days_of(settings: Settings, key: str) -> list[str]:
    """Keys of the days in the period `key`, leaving out those outside the source's range."""
    start = dt.date.fromisoformat(key)
    end = next_period(settings.period, start)
    first, last = settings.source.first_day, settings.source.last_day
    days = [start + n * DAY for n in range((end - start).days)]
    return [str(day) for day in days if day >= first and (last is None or day <= last)]


def _period_end(period: PeriodName, last: dt.date) -> dt.datetime:
    end = next_period(period, period_start(period, last))
    return dt.datetime.combine(end, dt.time(), dt.UTC)
