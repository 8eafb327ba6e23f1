"""All that the report tells, read from the zone and from the private period files.

The names of topics here have passed no gate: no other page may show them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from clio_assets.config import Settings
from clio_assets.safety.audit import Audit, Entry
from clio_assets.safety.bursts import BURSTS
from clio_assets.safety.classifier_errors import CLASSIFIER_ERRORS
from clio_assets.safety.concern_shares import CONCERN_SHARES
from clio_assets.safety.flag_agreement import AGREEMENT, Correlation, correlations
from clio_assets.safety.standing import LookedAt, looked_at, standing
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
    looked = list(looked_at(zone))
    periods = _with_step(looked, "periods", "concern")
    period = periods[-1] if periods else None
    shown = _last_days(periods)
    burst = _last_days(_with_step(looked, "periods", "bursts"))
    latest = [] if period is None else [zone.period_file(period)]
    agreement = _tables(latest, "flag_agreement", AGREEMENT)
    pearson, spearman = correlations(agreement, SEED)
    by_topic: Schema = {"topic": pl.String(), **CONCERN_SHARES}
    concern = _tables(latest, "concern_of_topics", by_topic)
    findings = standing((one.findings for one in looked if one.findings is not None), entries)
    bursts = _tables([zone.period_file(key) for key in burst], "bursts", BURSTS)
    topics = {*concern["topic"], *bursts["topic"], *map(topic_of, findings["figures"])}
    return ReportFigures(
        made_at=dt.datetime.now(dt.UTC),
        length=settings.period,
        days=_with_step(looked, "days", "coordinated_accounts"),
        periods=periods,
        names=topic_names(Layout(settings.home, settings.period), topics),
        findings=findings.drop("evidence"),
        period=period,
        concern=concern,
        agreement=agreement,
        errors=_tables(latest, "classifier_errors", CLASSIFIER_ERRORS),
        flag_set=settings.safety.flag is not None,
        pearson=pearson,
        spearman=spearman,
        by_day=_tables(
            [zone.period_file(key) for key in shown],
            "concern_by_topic",
            {"day": pl.Date(), **by_topic},
        ),
        bursts=bursts.sort("day", "p_value", "topic", descending=[True, False, False]),
        monitors=monitors,
        entries=entries[::-1],
    )


def _with_step(looked: list[LookedAt], kind: str, step: str) -> list[str]:
    """Keys of the days or periods for which `step` has run, in order."""
    return [one.key for one in looked if one.kind == kind and step in one.steps]


def _last_days(periods: list[str]) -> list[str]:
    if not periods:
        return []
    first = str(dt.date.fromisoformat(periods[-1]) - dt.timedelta(days=DAYS_SHOWN - 1))
    return [key for key in periods if key >= first]


def _tables(files: Sequence[DuckFile], name: str, schema: Schema) -> pl.DataFrame:
    """One table of several files, one below the other."""
    empty = pl.DataFrame(schema=schema)
    return pl.concat([empty, *(file.read(name, list(schema)).cast(schema) for file in files)])  # type: ignore[arg-type]


def topic_of(figures: str) -> str:
    """The topic that a finding is about; empty where it is about none."""
    return str(json.loads(figures).get("topic") or "")


def topic_names(layout: Layout, topics: set[str]) -> dict[str, str]:
    """Topic id -> its last name. Reads back in time only until all of them are found."""
    names: dict[str, str] = {}
    missing = topics - {""}
    for key in reversed(layout.periods()):
        if not missing:
            break
        file = layout.period_file(key)
        if file.state("topics") is not None:
            found = file.read("topics", ["topic_id", "name"]).filter(
                pl.col("topic_id").is_in(list(missing)), pl.col("name") != ""
            )
            names.update(found.iter_rows())
            missing -= names.keys()
    return names
