"""The data of the page: the published tables, nested the way the page draws them."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from clio_assets.release.manifest import counts_conversations
from clio_assets.release.page.wording import period_name
from clio_assets.release.tables import Release

HISTORY = 90
"""Released periods a trend line shows at most; the tables of the bundle hold them all."""
MOVED = ("new", "grew", "shrank", "gone")


def page_content(release: Release) -> dict[str, Any]:
    """Plain lists and numbers, ready for JSON; topics come largest first within a level."""
    row = release.row
    return {
        "unit": "conversations" if counts_conversations(row) else "accounts",
        "rounding": _rounding(row),
        "period": {
            "key": row["period"],
            "name": _name(row),
            "conversations": row["conversations"],
        },
        "previous": previous_period(release),
        "topics": _topics(release),
        "periods": _periods(release),
        "movers": movers(release),
    }


def _rounding(row: dict[str, Any]) -> int:
    """The unit of counts; the gate's default where a release does not say it as a number."""
    unit = json.loads(row["thresholds"]).get("round_to")
    return unit if isinstance(unit, int) else 5


def shown_periods(release: Release) -> list[str]:
    """Keys of the released periods up to this one that the page looks back on."""
    return [period["key"] for period in _periods(release)]


def previous_period(release: Release) -> dict[str, str] | None:
    """Key and name of the released period this one is compared with."""
    moved = release.tables["movers"]["previous_period"].drop_nulls()
    return (
        {"key": moved[0], "name": _names(release).get(moved[0], moved[0])} if len(moved) else None
    )


def movers(release: Release) -> dict[str, list[dict[str, Any]]]:
    """The finest topics by what became of them, the largest change of share first.

    Groups are left out: their change is the sum of their topics', and the tree shows it.
    """
    return {status: _moved(release, status) for status in MOVED}


def _moved(release: Release, status: str) -> list[dict[str, Any]]:
    moved = release.tables["movers"].filter((pl.col("status") == status) & (pl.col("level") == 0))
    return [
        {
            "id": row["topic_id"],
            "name": row["name"],
            "conversations": row["conversations"] or row["previous_conversations"],
            "change": row["change"],
            "points": row["share_change"],
        }
        for row in moved.to_dicts()
    ]


def _topics(release: Release) -> list[dict[str, Any]]:
    names = _names(release)
    new = {topic["id"] for topic in _moved(release, "new")}
    moved = {row["topic_id"]: row for row in release.tables["movers"].to_dicts()}
    origins = _origins(release)
    return [
        {
            "id": row["topic_id"],
            "parent": row["parent_id"],
            "name": row["name"],
            "summary": row["summary"],
            "conversations": row["conversations"],
            "accounts": row["accounts"],
            "share": row["share"],
            "x": row["x"],
            "y": row["y"],
            # As in the list of what changed: not published the period before, whenever first seen.
            "isNew": row["topic_id"] in new,
            "firstPeriod": row["first_period"],
            "firstSeen": names.get(row["first_period"], row["first_period"]),
            "change": row["change"],
            "growth": _growth(moved.get(row["topic_id"], {})),
            "cameFrom": origins.get(row["topic_id"], []),
        }
        for row in release.tables["topics"].to_dicts()
    ]


def _origins(release: Release) -> dict[str, list[dict[str, Any]]]:
    """Topic -> the topics of the release before that would have held part of it, largest first."""
    origins: dict[str, list[dict[str, Any]]] = {}
    for row in release.tables["topic_lineage"].to_dicts():
        told = {key: row[key] for key in ("event", "conversations", "share")}
        origins.setdefault(row["topic_id"], []).append(
            {"id": row["previous_topic_id"], "name": row["previous_name"], **told}
        )
    return origins


def _growth(row: dict[str, Any]) -> dict[str, Any] | None:
    """Growth of its share with the 95 % interval, and what the marts call it; None where none."""
    if row.get("growth") is None:
        return None
    return {
        "times": row["growth"],
        "low": row["growth_low"],
        "high": row["growth_high"],
        "status": row["status"],
    }


def _periods(release: Release) -> list[dict[str, Any]]:
    """The released periods up to this one, the oldest first.

    `compares`: of the same kind and with topics, so that shares of it and of this one compare.
    """
    kind = release.row["period_kind"]
    return [
        {
            "key": row["period"],
            "name": _name(row),
            "conversations": row["conversations"],
            "topics": row["topics"],
            "compares": row["period_kind"] == kind and row["topics"] > 0,
        }
        for row in release.tables["coverage"].tail(HISTORY).to_dicts()
    ]


def _names(release: Release) -> dict[str, str]:
    """Key and name of every released period up to this one."""
    return {row["period"]: _name(row) for row in release.tables["coverage"].to_dicts()}


def _name(row: dict[str, Any]) -> str:
    return period_name(row["period_kind"], row["period_start"], row["period_end"])
