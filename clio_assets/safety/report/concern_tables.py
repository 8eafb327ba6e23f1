"""Concern by topic in tables: beside another classifier's flag, by itself, and over time."""

from __future__ import annotations

import datetime as dt

import polars as pl

from clio_assets.safety.classifier_errors import LIKELY
from clio_assets.safety.report.figures import ReportFigures
from clio_assets.safety.report.plots import interval_bar, sparkline
from clio_assets.safety.report.tables import Cell, Column, Table
from clio_assets.safety.report.words import level, percent, topic_name, with_interval

TRENDS = 8
"""Topics whose concern is drawn over time."""
MARKS = {"false positives": "above", "false negatives": "below"}
"""A classifier's likely error -> where its topic lies, seen from what was expected."""


def agreement_table(figures: ReportFigures) -> Table:
    """How each topic was flagged and how concerning it is: likely errors come first."""
    likely = likely_errors(figures)
    ordered = figures.agreement.with_columns(marked=pl.col("topic").is_in(list(likely))).sort(
        "marked", "flagged", "topic", descending=[True, True, False]
    )
    rows = [
        [
            Cell(topic_name(figures.names, row["topic"])),
            Cell(f"{row['conversations']:,}"),
            Cell(with_interval(row["flagged"], row["flagged_low"], row["flagged_high"])),
            Cell(with_interval(row["concerning"], row["concerning_low"], row["concerning_high"])),
            Cell(f"{row['concern']:.2f}"),
            Cell(_error_in_words(likely.get(row["topic"]))),
        ]
        for row in ordered.iter_rows(named=True)
    ]
    heads = (
        Column("Topic"), Column("Conversations", figure=True), Column("Flagged", figure=True),
        Column("Concerning", figure=True), Column("Mean concern", figure=True),
        Column("Classifier likely errs"),
    )  # fmt: skip
    return Table("Flag and concern by topic; 95 % intervals", heads, rows, headed=True)


def likely_errors(figures: ReportFigures) -> dict[str, tuple[str, float]]:
    """Topic -> where it lies, "above" or "below", and the share that would be expected."""
    found = figures.errors.filter(pl.col("q_value") <= LIKELY).sort("score", descending=True)
    return {
        topic: (MARKS[kind], expected)
        for topic, kind, expected in found.select("topic", "kind", "expected").iter_rows()
    }


def _error_in_words(found: tuple[str, float] | None) -> str:
    if found is None:
        return ""
    way, expected = found
    kind = "flags too much" if way == "above" else "flags too little"
    return f"{kind}: {percent(expected)} expected"


def concern_table(figures: ReportFigures) -> Table:
    """Each topic's share of concerning conversations, the surely highest first."""
    ordered = _surest(figures.concern)
    most = max([0.05, *ordered["concerning_high"].drop_nulls()])
    rows = [
        [
            Cell(topic_name(figures.names, row["topic"])),
            Cell(
                with_interval(row["concerning"], row["concerning_low"], row["concerning_high"]),
                interval_bar(
                    row["concerning"], row["concerning_low"], row["concerning_high"], most
                ),
            ),
            Cell(level(row["concern"], row["concern_low"], row["concern_high"])),
            Cell(f"{row['conversations']:,}"),
            Cell(f"{row['accounts']:,}"),
        ]
        for row in ordered.iter_rows(named=True)
    ]
    heads = (
        Column("Topic"), Column("Concerning", figure=True), Column("Mean concern", figure=True),
        Column("Conversations", figure=True), Column("Accounts", figure=True),
    )  # fmt: skip
    return Table("Concern by topic; 95 % intervals", heads, rows)


def trend_table(figures: ReportFigures) -> Table:
    """The share concerning of the most concerning topics, day by day, on one scale."""
    topics = _surest(figures.concern).filter(pl.col("concerning") > 0).head(TRENDS)["topic"]
    days = sorted(figures.by_day["day"].unique())
    if len(days) < 2:
        return Table("", [], [])
    every = [days[0] + dt.timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]
    mine = figures.by_day.filter(pl.col("topic").is_in(topics.to_list()))
    most = max([0.01, *mine["concerning"]])
    rows = []
    for topic in topics:
        of = mine.filter(pl.col("topic") == topic).sort("day")
        known = dict(of.select("day", "concerning").iter_rows())
        values = [known.get(day) for day in every]
        first, last = of.row(0, named=True), of.row(-1, named=True)
        highest = of.sort("concerning", "day", descending=[True, False]).row(0, named=True)
        told = [f"{row['day']}: {percent(row['concerning'])}" for row in (first, last, highest)]
        said = f"From {told[0]} to {told[1]}, at most {told[2]}"
        rows.append([
            Cell(topic_name(figures.names, topic)),
            Cell("", sparkline(values, most, said)),
            Cell(percent(last["concerning"])),
            Cell(f"{percent(highest['concerning'])} on {highest['day']}"),
        ])  # fmt: skip
    heads = (
        Column("Topic"), Column(f"{every[0]} to {every[-1]}"),
        Column("Last day", figure=True), Column("Highest", figure=True),
    )  # fmt: skip
    return Table("Share concerning, day by day", heads, rows)


def _surest(concern: pl.DataFrame) -> pl.DataFrame:
    """By the lower end of the interval, or a topic of three conversations would come first."""
    return concern.sort("concerning_low", "topic", descending=[True, False], nulls_last=True)
