"""The sentences of the page: periods, headline figures, thresholds and their limits, in words."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import polars as pl

# The C library's names would follow the machine's locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_SPACE = "\N{NO-BREAK SPACE}"


def period_name(kind: str, start: dt.date, end: dt.date) -> str:
    """'3 November 2026', '2 to 8 November 2026' or 'November 2026'; `end` is exclusive."""
    if kind == "month":
        return f"{_MONTHS[start.month - 1]} {start.year}"
    last = end - dt.timedelta(days=1)
    if last <= start:
        return _day(start)
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day} to {_day(last)}"
    return f"{_day(start)} to {_day(last)}"


def headline(row: dict[str, Any], topics: pl.DataFrame) -> str:
    """How much there was, how much of it is shown, and the largest groups."""
    if not row["topics"]:
        return "No topic was large enough to publish."
    largest = topics.filter(pl.col("parent_id").is_null()).head(3)
    named = [
        f"{name} ({share:.1f}{_SPACE}%)"
        for name, share in largest.select("name", "share").iter_rows()
    ]
    return (
        f"About {row['conversations']:,} conversations, {_percent(row['leaf_coverage'])} of them "
        f"in {_count(row['topics'], 'published topic')}. Most of all: {'; '.join(named)}."
    )


def change_line(statuses: dict[str, int], previous: str | None) -> str:
    """What became of the finest topics since `previous`, the name of the period compared with."""
    if previous is None:
        return "No earlier period has published topics to compare with."
    parts = [f"{number} {status}" for status, number in statuses.items() if number]
    return f"Since {previous}: {_listed(parts)}." if parts else f"Since {previous}: little moved."


def trust(row: dict[str, Any], version: int) -> list[tuple[str, str]]:
    """The line that is always in view: which promise these figures come with."""
    rounding = f"perturbed and rounded to {json.loads(row['thresholds']).get('round_to', 5)}"
    if row["counts_unit"] == "conversations":
        rounding = f"conversations, not people; {rounding}"
    return [
        ("Period", period_name(row["period_kind"], row["period_start"], row["period_end"])),
        ("Mode", row["mode"]),
        ("Profile", row["profile"]),
        ("Version", str(version)),
        ("Withheld", _withheld(row["withheld"])),
        ("Every topic", thresholds_in_words(row)),
        ("Coverage", f"{_percent(row['leaf_coverage'])} of conversations"),
        ("Counts", rounding),
    ]


def thresholds_in_words(row: dict[str, Any]) -> str:
    """What a topic needs before it is published, such as 'at least 25 accounts'."""
    limits = json.loads(row["thresholds"])
    people = (
        "" if row["counts_unit"] == "conversations" else f"{limits.get('min_accounts')} accounts"
    )
    conversations = f"{limits.get('min_conversations')} conversations"
    least = _listed([part for part in (people, conversations) if "None" not in part and part])
    parts = [f"at least {least}"] if least else []
    if (dominance := limits.get("max_account_share")) is not None and people:
        parts.append(f"no account above {_percent(dominance)}")
    return ", ".join(parts) or "as the manifest says"


def _day(day: dt.date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.0f}{_SPACE}%"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _withheld(most: int) -> str:
    return f"at most {most:,} topics" if most else "no topic"


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 2 else parts)
