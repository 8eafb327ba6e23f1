"""The report as one HTML file: no script, no outside host, no text taken for markup."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import polars as pl
from markupsafe import Markup

from clio_assets.release.page.inert import render_inert
from clio_assets.release.page.render import page_source
from clio_assets.safety.report.concern_tables import (
    agreement_table,
    concern_table,
    likely_errors,
    trend_table,
)
from clio_assets.safety.report.figures import DAYS_SHOWN, MonitorFigures, ReportFigures
from clio_assets.safety.report.plots import Bar, Disc, day_bars, scatter
from clio_assets.safety.report.tables import (
    Table,
    audit_table,
    bursts_table,
    counts_table,
    findings_table,
    groups_table,
    monitor_table,
)
from clio_assets.safety.report.words import at, correlation, count, percent, shown, topic_name

WIDE, NARROW = (620, 440), (340, 340)
"""Pixels of the scatter on a desk and on a phone."""


@dataclass(frozen=True)
class _Monitor:
    figures: MonitorFigures
    bars: Markup | None
    alerts: list[str]
    table: Table


def render_report(figures: ReportFigures) -> bytes:
    """The page; its Content-Security-Policy allows exactly its style, by hash."""
    own = (files(__package__) / "report.css").read_text(encoding="utf-8")
    style = "\n".join((page_source("palette.css"), page_source("scales.css"), own))
    return render_inert(
        (files(__package__) / "report.html").read_text(encoding="utf-8"),
        style,
        finalize=_readable,
        figures=figures,
        made_at=at(figures.made_at),
        covers=_covers(figures),
        period=None if figures.period is None else _period(figures),
        days_shown=DAYS_SHOWN,
        counts=counts_table(figures.findings),
        to_review=findings_table(figures, decided=False),
        decided=findings_table(figures, decided=True),
        agreement=_agreement(figures),
        concern=concern_table(figures),
        trends=trend_table(figures),
        groups=groups_table(figures),
        bursts=bursts_table(figures),
        monitors=[_monitor(one) for one in figures.monitors],
        reviewed=audit_table(figures.entries),
    )


def _readable(value: Any) -> Any:
    """What Jinja is about to escape, as it may be seen; markup of our own stays as it is."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _covers(figures: ReportFigures) -> list[str]:
    """What was looked at so far, as sentences."""
    days, periods = figures.days, figures.periods
    return [
        f"Accounts were compared on {count(len(days), 'day')}, {days[0]} to {days[-1]}."
        if days
        else "Accounts were compared on no day yet: materialize safety/coordinated_accounts.",
        f"Topics were looked at in {count(len(periods), 'period')} of a {figures.length}, the "
        f"first from {periods[0]}, the last from {periods[-1]}."
        if periods
        else "Topics were looked at in no period yet: materialize safety/concern.",
    ]


def _period(figures: ReportFigures) -> str:
    return f"the {figures.length} {'' if figures.length == 'day' else 'from '}{figures.period}"


def _agreement(figures: ReportFigures) -> dict[str, Any] | None:
    """The scatter and what is said of it; None where no conversation has a flag."""
    topics = figures.agreement
    if topics.is_empty():
        return None
    likely = likely_errors(figures)
    discs = [
        Disc(
            row["flagged"],
            row["concern"],
            row["conversations"],
            topic_name(figures.names, row["topic"]),
            likely.get(row["topic"], ("", 0.0))[0],
        )
        for row in topics.iter_rows(named=True)
    ]
    marks = [disc.mark for disc in discs]
    said = (
        f"Scatter of {count(len(discs), 'topic')}: mean concern against the share flagged. "
        f"{correlation('Pearson', figures.pearson)}. The table has the figures."
    )
    conversations = int(topics["conversations"].sum())
    alike = topics.select(pl.col("agree").dot(pl.col("conversations")) / conversations).item()
    return {
        "plots": [("wide", scatter(discs, *WIDE, said)), ("narrow", scatter(discs, *NARROW, said))],
        "correlations": [
            correlation("Pearson\N{RIGHT SINGLE QUOTATION MARK}s r", figures.pearson),
            correlation(
                "Spearman\N{RIGHT SINGLE QUOTATION MARK}s rank correlation", figures.spearman
            ),
        ],
        "conversations": count(conversations, "conversation"),
        "topics": count(len(discs), "topic"),
        "alike": percent(alike),
        "above": marks.count("above"),
        "below": marks.count("below"),
        "table": agreement_table(figures),
    }


def _monitor(one: MonitorFigures) -> _Monitor:
    days = list(one.days.sort("day").iter_rows(named=True))
    bars = [
        Bar(
            f"{row['day']}: {count(row['conversations'], 'conversation')}"
            + (f", {row['alert']}" if row["alert"] else ""),
            row["conversations"],
            row["alert"] is not None,
        )
        for row in days
    ]
    alerts = [f"{row['day']}: {row['alert']}" for row in days if row["alert"] is not None]
    said = (
        f"Conversations a day, {days[0]['day']} to {days[-1]['day']}, at most "
        f"{max(bar.value for bar in bars):,}; {count(len(alerts), 'day')} alerted"
        if days
        else ""
    )
    return _Monitor(one, day_bars(bars, said) if bars else None, alerts, monitor_table(one))
