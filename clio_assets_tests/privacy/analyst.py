"""What a reader of a release can compute, and what it was made of, as DuckDB tables."""

# ruff: noqa: S608 - the SQL is put together from this file alone

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl

from clio_assets.privacy.door import Release
from clio_assets.privacy.placement import Placement
from clio_assets_tests.privacy.random_worlds import World

BAD_CELL = "conversations < 4 OR accounts < 3 OR largest > 0.5"
"""G-09 as `random_worlds.SMALL` has it."""


def database(world: World, found: Release, placement: Placement) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    spoken = pl.DataFrame(
        {"conversation_id": world.people["conversation_id"], "value": world.language},
        schema_overrides={"value": pl.String},
    )
    edges = pl.DataFrame(
        list(placement.parents.items()), schema={"node": pl.String, "parent": pl.String},
        orient="row",
    )  # fmt: skip
    for name, frame in {
        "members": world.people, "spoken": spoken, "counted": placement.counted, "edges": edges,
        "topics": found.topics_frame, "cells": found.cells,
    }.items():  # fmt: skip
        con.register(name, frame.to_arrow())
    con.execute("""
        CREATE TABLE inside AS WITH RECURSIVE up(node, topic_id) AS (
            SELECT node, node FROM edges
            UNION ALL SELECT up.node, edges.parent FROM up JOIN edges ON edges.node = up.topic_id)
        SELECT topic_id, conversation_id, account, value, counted.node
        FROM up JOIN counted USING (node) JOIN spoken USING (conversation_id)""")
    return con


def concentration(rows: str, by: str) -> str:
    return f"""
        SELECT {by}, sum(n) conversations, count(*) accounts, max(n) / sum(n) largest,
               sum(n) ^ 2 / sum(n ^ 2) effective
        FROM (SELECT {by}, account, count(DISTINCT conversation_id) n FROM {rows} GROUP BY ALL)
        GROUP BY {by}"""


def hidden_cells(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str | None]]:
    """Cells that break the cell rule, all of which a release must hide."""
    return con.sql(
        f"SELECT topic_id, value FROM ({concentration('inside', 'topic_id, value')}) "
        f"WHERE {BAD_CELL} ORDER BY ALL"
    ).fetchall()


def computable(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str | None]]:
    """Hidden cells that break the cell rule and follow from the published figures.

    Unknown: conversations of each value in each finest node. Published: each node's total and the
    cells. A cell follows exactly when its row is a combination of the published rows.
    """
    atoms = con.sql("SELECT DISTINCT node, value FROM inside ORDER BY ALL").fetchall()
    above = con.sql("SELECT DISTINCT node, topic_id FROM inside").fetchall()
    covers = {topic: {node for node, one in above if one == topic} for _, topic in above}

    def row(topic: str, value: str | None) -> list[float]:
        return [float(node in covers[topic] and one == value) for node, one in atoms]

    shown = con.sql("SELECT topic_id, value FROM cells").fetchall()
    known = [row(*cell) for cell in shown]
    known += [[float(node == total) for node, _ in atoms] for total in {n for n, _ in atoms}]
    if not known:
        return []
    free = np.linalg.svd(np.array(known))
    rank = int((free.S > 1e-9).sum())
    kernel = free.Vh[rank:]
    return [
        cell for cell in hidden_cells(con)
        if cell not in shown and not np.any(np.abs(kernel @ np.array(row(*cell))) > 1e-9)
    ]  # fmt: skip
