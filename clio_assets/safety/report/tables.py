"""The page's tables: what stands in each cell, as text that the template escapes."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from clio_assets.safety.audit import Entry
from clio_assets.safety.report.figures import MonitorFigures, ReportFigures
from clio_assets.safety.report.words import (
    DONE,
    at,
    chance,
    finding_in_words,
    known,
    percent,
    span,
    topic_name,
)

AT_FIRST = 12
"""Rows in view; the rest is folded away."""
GROUP_FIGURES: dict[str, Callable[[Any], str]] = {
    "accounts": "{:,}".format,
    "requests": "{:,}".format,
    "density": "{:.2f}".format,
    "span_days": span,
    "new_share": percent,
    "template_entropy": "{:.2f}".format,
    "found_by": str,
}


@dataclass(frozen=True)
class Cell:
    """One cell: text, and below it a drawing or a command to copy, which wants a reason."""

    text: str
    plot: Markup | None = None
    command: str = ""


@dataclass(frozen=True)
class Column:
    """What heads a column, and how its cells are set."""

    name: str
    figure: bool = False
    short: bool = False
    """Kept on one line, as a day is."""


@dataclass(frozen=True)
class Table:
    """Rows under columns; the first cell of a row names it."""

    label: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    at_first: int = AT_FIRST
    headed: bool = False
    """Whether the label is seen; else only a screen reader says it, where a heading is enough."""


def counts_table(findings: pl.DataFrame) -> Table:
    """How many findings there are, by kind and state."""
    states = ("open", "confirmed", "dismissed")
    counted = {
        (kind, state): number
        for kind, state, number in findings.group_by("kind", "state").len().iter_rows()
    }
    kinds = sorted({kind for kind, _ in counted})
    rows = [
        [Cell(kind.capitalize()), *(Cell(f"{counted.get((kind, s), 0):,}") for s in states)]
        for kind in kinds
    ]
    if len(kinds) > 1:
        of_all = [sum(counted.get((kind, state), 0) for kind in kinds) for state in states]
        rows.append([Cell("All"), *(Cell(f"{number:,}") for number in of_all)])
    heads = (Column("Kind"), *(Column(state.capitalize(), figure=True) for state in states))
    return Table("Findings by kind and state", heads, rows, len(rows), headed=True)


def findings_table(figures: ReportFigures, *, decided: bool) -> Table:
    """Findings in the order of the queue, each with the command that shows its conversations."""
    wanted = pl.col("state") != "open" if decided else pl.col("state") == "open"
    rows = [
        [
            Cell(row["finding"]),
            Cell(row["kind"]),
            Cell(row["day"]),
            Cell(
                finding_in_words(row["kind"], row["figures"], figures.names),
                command=f"clio safety review {shlex.quote(row['finding'])}",
            ),
            Cell(row["state"]),
        ]
        for row in figures.findings.filter(wanted).iter_rows(named=True)
    ]
    heads = (
        Column("Finding"), Column("Kind"), Column("Day", short=True),
        Column("What was seen, and how to look"), Column("State", short=True),
    )  # fmt: skip
    label = "Decided findings" if decided else "Open findings, the surest first"
    return Table(label, heads, rows, 20, headed=not decided)


def groups_table(figures: ReportFigures) -> Table:
    """Groups of coordinated accounts, open ones first, as of their last day."""
    rows = []
    for row in figures.findings.filter(pl.col("kind") == "coordinated accounts").iter_rows(
        named=True
    ):
        told = json.loads(row["figures"])
        said = (Cell(known(told.get(name), form)) for name, form in GROUP_FIGURES.items())
        rows.append([
            Cell(row["finding"]),
            *said,
            Cell(row["day"]),
            Cell(row["state"]),
        ])  # fmt: skip
    names = ("Accounts", "Requests", "Density", "Within", "New accounts", "Entropy, bits a word")
    heads = (
        Column("Group"), *(Column(name, figure=True) for name in names),
        Column("Found by"), Column("Day", short=True), Column("State", short=True),
    )  # fmt: skip
    return Table("Groups of coordinated accounts", heads, rows)


def bursts_table(figures: ReportFigures) -> Table:
    """Topics and days with far more accounts than usual, the newest first."""
    rows = [
        [
            Cell(topic_name(figures.names, row["topic"])),
            Cell(str(row["day"])),
            Cell(f"{row['accounts']:,}"),
            Cell(f"{row['expected']:.1f} ({row['usual_low']:.0f} to {row['usual_high']:.0f})"),
            Cell(f"{row['ratio']:.1f}"),
            Cell(chance(row["q_value"])),
            Cell(str(row["since"])),
        ]
        for row in figures.bursts.iter_rows(named=True)
    ]
    heads = (
        Column("Topic"), Column("Day", short=True), Column("Accounts", figure=True),
        Column("Usual (95 % of days)", figure=True), Column("Times", figure=True),
        Column("q", figure=True), Column("Since", short=True),
    )  # fmt: skip
    return Table("Bursts", heads, rows)


def monitor_table(monitor: MonitorFigures) -> Table:
    """The topics of a monitor's latest period, the largest first."""
    ordered = monitor.topics.sort("conversations", "name", descending=[True, False])
    rows = [
        [
            Cell(row["name"]),
            Cell(f"{row['conversations']:,}"),
            Cell(f"{row['accounts']:,}"),
            Cell(percent(row["concern_share"])),
        ]
        for row in ordered.iter_rows(named=True)
    ]
    heads = (
        Column("Topic"), Column("Conversations", figure=True), Column("Accounts", figure=True),
        Column("Concerning", figure=True),
    )  # fmt: skip
    return Table(f"Topics of the monitor {monitor.name}", heads, rows)


def audit_table(entries: Sequence[Entry]) -> Table:
    """Who did what, when and why; the newest first."""
    rows = [
        [
            Cell(at(one.at)),
            Cell(one.who),
            Cell(DONE.get(one.what, one.what)),
            Cell(one.finding),
            Cell(one.reason),
        ]
        for one in entries
    ]
    heads = (
        Column("When, UTC", short=True), Column("Who"), Column("What"), Column("Finding"),
        Column("Why"),
    )  # fmt: skip
    return Table("Looks and decisions, the newest first", heads, rows, 20)
