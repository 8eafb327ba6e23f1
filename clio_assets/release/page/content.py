"""The data of the page: the published tables, nested the way the page draws them."""

from __future__ import annotations

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
    periods = dict(list(_periods(release).items())[-HISTORY:])
    return {
        "unit": "conversations" if counts_conversations(release.row) else "accounts",
        "period": {"name": _name(release.row), "conversations": release.row["conversations"]},
        "previous": previous_period(release),
        "topics": _topics(release),
        "periods": list(periods.values()),
        "trends": _trends(release, list(periods)),
        "facets": _facets(release),
        "movers": movers(release),
        "languages": _languages(release),
    }


def previous_period(release: Release) -> str | None:
    """Name of the released period this one is compared with."""
    moved = release.tables["movers"]["previous_period"].drop_nulls()
    return _periods(release).get(moved[0], moved[0]) if len(moved) else None


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
    periods = _periods(release)
    # As in the list of what changed: not published the period before, whenever it was first seen.
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
            "isNew": row["topic_id"] in new,
            "firstPeriod": row["first_period"],
            "firstSeen": periods.get(row["first_period"], row["first_period"]),
            "change": row["change"],
            "growth": _ratio(moved.get(row["topic_id"], {}), "growth"),
            "cameFrom": origins.get(row["topic_id"], []),
        }
        for row in release.tables["topics"].to_dicts()
    ]


def _origins(release: Release) -> dict[str, list[dict[str, Any]]]:
    """Topic -> the topics of the release before that would have held part of it, largest first."""
    origins: dict[str, list[dict[str, Any]]] = {}
    for row in release.tables["topic_lineage"].to_dicts():
        told = {key: row[key] for key in ("event", "conversations", "share")}
        origins.setdefault(row["topic_id"], []).append({"name": row["previous_name"], **told})
    return origins


def _periods(release: Release) -> dict[str, str]:
    """Key and name of the released periods up to this one."""
    return {row["period"]: _name(row) for row in release.tables["coverage"].to_dicts()}


def _trends(release: Release, periods: list[str]) -> dict[str, list[int | None]]:
    """Conversations a period of each topic shown; None where it was not published."""
    shown = release.tables["topics"]["topic_id"]
    known = release.tables["topic_trends"].filter(pl.col("topic_id").is_in(shown.to_list()))
    position = {period: index for index, period in enumerate(periods)}
    trends: dict[str, list[int | None]] = {topic: [None] * len(periods) for topic in shown}
    for topic, period, size in known.select("topic_id", "period", "conversations").iter_rows():
        if period in position:
            trends[topic][position[period]] = size
    return trends


def _facets(release: Release) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Topic -> facet -> values; the topic '*' is the whole period, against which to compare."""
    cell = ["topic_id", "facet", "value"]
    lifts = release.tables["facet_lift"].select(*cell, "lift", "lift_low", "lift_high", "status")
    topics = release.tables["facet_breakdown"].join(
        lifts, on=cell, how="left", maintain_order="left"
    )
    whole = release.base_rates.with_columns(topic_id=pl.lit("*"))
    facets: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in pl.concat([whole, topics], how="diagonal").to_dicts():
        facets.setdefault(row["topic_id"], {}).setdefault(row["facet"], []).append(
            {
                "value": row["value"],
                "conversations": row["conversations"],
                "share": row["share"],
                "base": row["base_share"],
                "lift": _ratio(row, "lift"),
            }
        )
    return facets


def _ratio(row: dict[str, Any], name: str) -> dict[str, Any] | None:
    """A ratio with its 95 % interval, and what the marts call it; None where there is none."""
    if row.get(name) is None:
        return None
    return {
        "times": row[name],
        "low": row[f"{name}_low"],
        "high": row[f"{name}_high"],
        "status": row["status"],
    }


def _languages(release: Release) -> list[dict[str, Any]]:
    """Languages of the whole period, each with the topics where it stands out most."""
    finest = release.tables["facet_lift"].filter(
        (pl.col("facet") == "language")
        & (pl.col("status") == "over")
        & (pl.col("level") == 0)
        & (pl.col("lift") >= 1.2)
    )
    by_language = finest.sort(["lift", "topic_id"], descending=[True, False])
    return [
        {
            "language": row["value"],
            "conversations": row["conversations"],
            "share": row["share"],
            "topics": [
                {"id": topic, "lift": lift}
                for topic, lift in by_language.filter(pl.col("value") == row["value"])
                .head(3)
                .select("topic_id", "lift")
                .iter_rows()
            ],
        }
        for row in release.base_rates.filter(pl.col("facet") == "language").to_dicts()
    ]


def _name(row: dict[str, Any]) -> str:
    return period_name(row["period_kind"], row["period_start"], row["period_end"])
