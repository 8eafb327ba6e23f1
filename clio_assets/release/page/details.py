"""What the page shows of one topic at a time: cells, sizes of the past, the gate's decisions.

It is most of the bytes of a large release and none of the first picture, so it travels packed
beside the data block and is unpacked once the first picture stands. All of it is in the tables of
the bundle too.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

import polars as pl

from clio_assets.release.tables import Release

_PACKED = re.compile(r"\bH4sI[0-9A-Za-z+/]{20,}=*")
"""The first bytes of every gzip file, in base64."""

WHOLE = "*"
"""The topic that is the whole period, against which the others are compared."""


def page_details(release: Release, periods: list[str]) -> dict[str, Any]:
    """Plain lists, ready for JSON: positions in `values` and `verdicts` stand for their texts."""
    values = _values(release)
    verdicts, verdict_of = _verdicts(release)
    return {
        "values": values,
        "cells": _cells(release, values),
        "trends": _trends(release, periods),
        "verdicts": verdicts,
        "verdictOf": verdict_of,
    }


def packed(content: object) -> str:
    """JSON, gzipped, in base64: a browser unpacks it without a library. Equal gives equal."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def unpacked(page: str) -> list[str]:
    """What stands packed in a page, for those who search it."""
    return [gzip.decompress(base64.b64decode(found)).decode() for found in _PACKED.findall(page)]


def _values(release: Release) -> list[list[str]]:
    """Every facet and value that any cell is about, those of the whole period first."""
    tables = (release.base_rates, release.tables["facet_breakdown"])
    pairs = pl.concat([table.select("facet", "value") for table in tables])
    return [list(pair) for pair in pairs.unique(maintain_order=True).iter_rows()]


def _cells(release: Release, values: list[list[str]]) -> dict[str, list[list[Any]]]:
    """Topic -> [value, conversations, share, base share, lift, low, high, status] of each cell."""
    cell = ["topic_id", "facet", "value"]
    ratio = ["lift", "lift_low", "lift_high", "status"]
    topics = release.tables["facet_breakdown"].join(
        release.tables["facet_lift"].select(*cell, *ratio),
        on=cell,
        how="left",
        maintain_order="left",
    )
    whole = release.base_rates.with_columns(topic_id=pl.lit(WHOLE))
    number = {(facet, value): index for index, (facet, value) in enumerate(values)}
    cells: dict[str, list[list[Any]]] = {}
    figures = pl.concat([whole, topics], how="diagonal").select(
        *cell, "conversations", "share", "base_share", *ratio
    )
    for topic, facet, value, *rest in figures.iter_rows():
        row = [number[facet, value], *rest]
        while row[-1] is None:
            row.pop()
        cells.setdefault(topic, []).append(row)
    return cells


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


def _verdicts(release: Release) -> tuple[list[list[list[str]]], dict[str, int]]:
    """The different lists of [rule, requirement] that topics passed, and which list is whose."""
    passed: dict[str, list[list[str]]] = {}
    for topic, rule, requirement, _ in release.decisions.iter_rows():
        passed.setdefault(topic, []).append([rule, requirement])
    verdicts: list[list[list[str]]] = []
    verdict_of: dict[str, int] = {}
    for topic in release.tables["topics"]["topic_id"]:
        rules = passed.get(topic, [])
        if rules not in verdicts:
            verdicts.append(rules)
        verdict_of[topic] = verdicts.index(rules)
    return verdicts, verdict_of
