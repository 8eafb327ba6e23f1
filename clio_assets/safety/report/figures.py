"""All that the report tells, read from the zone and from the private period files.

The names of topics here have passed no gate: no other page may show them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from clio_assets.config import Settings
from clio_assets.safety.audit import Audit, Entry
from clio_assets.safety.bursts import BURSTS
from clio_assets.safety.classifier_errors import CLASSIFIER_ERRORS
from clio_assets.safety.concern_shares import CONCERN_SHARES
from clio_assets.safety.flag_agreement import AGREEMENT, Correlation, correlations
from clio_assets.safety.standing import standing
from clio_assets.safety.zone import SafetyZone
from clio_assets.storage.duckfile import DuckFile, Schema
from clio_assets.storage.layout import Layout

DAYS_SHOWN = 56
"""How far back bursts and concern over time go: eight weeks, as far as a burst is judged by."""

SEED = 0
"""Of the bootstrap over topics, so that the same files make the same page."""

MONITOR_DAYS: Schema = {
    "day": pl.Date(),
    "conversations": pl.Int64(),
    "accounts": pl.Int64(),
    "alert": pl.String(),  # the rule that alerted, null on other days
}
MONITOR_TOPICS: Schema = {
    "name": pl.String(),
    "conversations": pl.Int64(),
    "accounts": pl.Int64(),
    "concern_share": pl.Float64(),  # of conversations at CONCERNING or above; null: not rated
}


@dataclass(frozen=True)
class MonitorFigures:
    """One monitor as the report shows it."""

    name: str
    since: dt.date
    until: dt.date | None
    asks: str
    """What it matches, in words."""
    days: pl.DataFrame
    """MONITOR_DAYS, one row a day that was looked at."""
    topics: pl.DataFrame
    """MONITOR_TOPICS of `period`."""
    period: str | None
    """The latest period that has topics of it, by its first day."""


@dataclass(frozen=True)
class ReportFigures:
    """What stands on the page. Topics are ids; `names` has their names, as far as known."""

    made_at: dt.datetime
    length: str
    """Of a period: day, week or month."""
    days: list[str]
    """Days whose accounts were compared."""
    periods: list[str]
    """Periods whose topics were looked at."""
    names: dict[str, str]
    findings: pl.DataFrame
    """FINDINGS without `evidence`, with `state`; the open ones first."""
    period: str | None
    """The latest period with concern: that of the next three."""
    concern: pl.DataFrame
    """topic and CONCERN_SHARES, one row a topic."""
    agreement: pl.DataFrame
    """AGREEMENT; empty without a flag."""
    errors: pl.DataFrame
    """CLASSIFIER_ERRORS; empty without a flag."""
    flag_set: bool
    """Whether `safety.flag` names a field of the logs."""
    pearson: Correlation | None
    spearman: Correlation | None
    by_day: pl.DataFrame
    """topic, day and CONCERN_SHARES of the last DAYS_SHOWN days."""
    bursts: pl.DataFrame
    """BURSTS of the last DAYS_SHOWN days, the newest first."""
    monitors: Sequence[MonitorFigures]
    entries: list[Entry]
    """Of the audit, the newest first."""


def read_figures(
    settings: Settings, zone: SafetyZone, monitors: Sequence[MonitorFigures] = ()
) -> ReportFigures:
    """Read everything as it stands now.

    Raises:
        StorageError: a file is damaged, or a row of the audit was changed.
    """
    entries = Audit(zone.audit, zone.key).entries()
    periods = _looked_at(zone, "periods", "concern")
    period = periods[-1] if periods else None
    shown = _last_days(periods)
    latest = [] if period is None else [zone.period_file(period)]
    agreement = _tables(latest, "flag_agreement", AGREEMENT)
    pearson, spearman = correlations(agreement, SEED)
    by_topic: Schema = {"topic": pl.String(), **CONCERN_SHARES}
    files = [zone.period_file(key) for key in shown]
    return ReportFigures(
        made_at=dt.datetime.now(dt.UTC),
        length=settings.period,
        days=_looked_at(zone, "days", "coordinated_accounts"),
        periods=periods,
        names=_names(Layout(settings.home, settings.period)),
        findings=standing(zone, entries).drop("evidence"),
        period=period,
        concern=_tables(latest, "concern_of_topics", by_topic),
        agreement=agreement,
        errors=_tables(latest, "classifier_errors", CLASSIFIER_ERRORS),
        flag_set=settings.safety.flag is not None,
        pearson=pearson,
        spearman=spearman,
        by_day=_tables(files, "concern_by_topic", {"day": pl.Date(), **by_topic}),
        bursts=_tables(
            (file for file in files if file.state("bursts") is not None), "bursts", BURSTS
        ).sort("day", "p_value", "topic", descending=[True, False, False]),
        monitors=monitors,
        entries=entries[::-1],
    )


def _looked_at(zone: SafetyZone, kind: str, step: str) -> list[str]:
    """Keys of the days or periods for which `step` has run, in order.

    `period: day` keeps days and periods apart by folder, whatever their keys.
    """
    files = (file for file in zone.files() if Path(file.path).parent.name == kind)
    return [file.path.stem for file in files if file.state(step) is not None]


def _last_days(periods: list[str]) -> list[str]:
    if not periods:
        return []
    first = str(dt.date.fromisoformat(periods[-1]) - dt.timedelta(days=DAYS_SHOWN - 1))
    return [key for key in periods if key >= first]


def _tables(
    files: Sequence[DuckFile] | Iterator[DuckFile], name: str, schema: Schema
) -> pl.DataFrame:
    """One table of several files, one below the other."""
    empty = pl.DataFrame(schema=schema)
    return pl.concat([empty, *(file.read(name, list(schema)).cast(schema) for file in files)])  # type: ignore[arg-type]


def _names(layout: Layout) -> dict[str, str]:
    """Topic id -> its name in the last period that has one."""
    names: dict[str, str] = {}
    for key in layout.periods():
        file = layout.period_file(key)
        if file.state("topics") is not None:
            found = file.read("topics", ["topic_id", "name"]).filter(pl.col("name") != "")
            names.update(found.iter_rows())
    return names
