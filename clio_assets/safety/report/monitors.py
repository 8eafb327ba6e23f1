"""What the report tells of each monitor, read from the monitor's own folder."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl

from clio_assets.config import Settings
from clio_assets.safety.matching import MATCHES, conditions_of
from clio_assets.safety.report.figures import MONITOR_DAYS, MONITOR_TOPICS, MonitorFigures
from clio_assets.safety.settings import MonitorSettings
from clio_assets.safety.zone import SafetyZone
from clio_assets.storage.duckfile import STATE, DuckFile
from clio_assets.storage.layout import Layout


def monitor_figures(settings: Settings, zone: SafetyZone) -> list[MonitorFigures]:
    """Return what stands of the monitors of clio.yaml, in its order.

    Raises:
        StorageError: a file is damaged.
    """
    return [
        _figures(name, monitor, settings, Layout(zone.monitor(name), settings.period))
        for name, monitor in settings.safety.monitors.items()
    ]


def _figures(
    name: str, monitor: MonitorSettings, settings: Settings, layout: Layout
) -> MonitorFigures:
    since = monitor.first_day(settings.source.first_day)
    # What was found under other conditions, or before or after its days, is of another monitor.
    watched = [
        day
        for day in map(dt.date.fromisoformat, layout.days())
        if since <= day <= (monitor.until or day)
    ]
    made_under = conditions_of(monitor)
    found = (_day(day, layout.day(str(day)), made_under) for day in watched)
    days = [day for day in found if day is not None]
    periods = [
        key
        for key in layout.periods()
        if key <= str(monitor.until or key)
        and (state := layout.period_file(key).state("monitor_topics"))
        and state.fingerprint.startswith(made_under)
    ]
    topics = pl.DataFrame(schema=MONITOR_TOPICS)
    if periods:
        told = layout.period_file(periods[-1]).read("monitor_topics")
        topics = told.select("name", "conversations", "accounts", concern_share="concerning")
    return MonitorFigures(
        name=name,
        since=since,
        until=monitor.until,
        asks=in_words(monitor),
        days=pl.DataFrame(days, schema=MONITOR_DAYS, orient="row"),
        topics=topics,
        period=periods[-1] if periods else None,
    )


def in_words(monitor: MonitorSettings) -> str:
    """Say what a monitor matches: every condition of clio.yaml."""
    said = [f"{name} is {_either(values)}" for name, values in monitor.facets.items()]
    if monitor.words:
        said.append(f"the user says {_either([f'“{word}”' for word in monitor.words])}")
    if monitor.least_concern is not None:
        said.append(f"concern is {monitor.least_concern} or above")
    if monitor.question:
        said.append(f"a model says yes to “{monitor.question}”")
    return " and ".join(said)


def _either(values: list[str]) -> str:
    return " or ".join(values)


def _day(
    day: dt.date, file: DuckFile, made_under: str
) -> tuple[dt.date, int, int, str | None] | None:
    """One row of MONITOR_DAYS; None where nothing was found under these conditions.

    The file is opened once: a monitor of a year has hundreds.
    """
    with file.opened() as con:
        steps = dict(con.execute(f"SELECT step, fingerprint FROM {STATE}").fetchall())  # noqa: S608
        if not steps.get(MATCHES, "").startswith(made_under):
            return None
        counted = con.execute("SELECT conversations, accounts FROM monitor_day").fetchone()
        alert = None
        if "findings" in steps:
            alert = con.execute("SELECT figures FROM findings").fetchone()
    conversations, accounts = counted or (0, 0)
    return day, conversations, accounts, json.loads(alert[0])["rule"] if alert else None
