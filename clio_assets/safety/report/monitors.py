"""What the report tells of each monitor, read from the monitor's own folder."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

import polars as pl

from clio_assets.config import Settings
from clio_assets.safety.report.figures import MONITOR_DAYS, MONITOR_TOPICS, MonitorFigures
from clio_assets.safety.settings import MonitorSettings
from clio_assets.safety.zone import SafetyZone
from clio_assets.storage.duckfile import DuckFile
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
    first = settings.source.first_day
    days = [_day(day, layout.day(day)) for day in layout.days() if _has(layout.day(day), "matches")]
    periods = [key for key in layout.periods() if _has(layout.period_file(key), "monitor_topics")]
    topics = pl.DataFrame(schema=MONITOR_TOPICS)
    if periods:
        told = layout.period_file(periods[-1]).read("monitor_topics")
        topics = told.select("name", "conversations", "accounts", concern_share="concerning")
    return MonitorFigures(
        name=name,
        since=max(monitor.since or first, first),
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


def _day(key: str, file: DuckFile) -> tuple[dt.date, int, int, str | None]:
    conversations, accounts = file.read("monitor_day", ["conversations", "accounts"]).row(0)
    found: Iterable[str] = ()
    if _has(file, "findings"):
        found = file.read("findings", ["figures"])["figures"]
    rules = [json.loads(figures)["rule"] for figures in found]
    return dt.date.fromisoformat(key), conversations, accounts, rules[0] if rules else None


def _has(file: DuckFile, step: str) -> bool:
    return file.state(step) is not None
