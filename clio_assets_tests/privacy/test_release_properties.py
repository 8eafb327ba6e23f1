"""On random tables nothing that breaks a rule is released, recomputed in SQL by other means.

The evidence is where each conversation was placed (`place` with the released topics gives it
again). Rules are then computed by DuckDB, and what a reader could compute by linear algebra over
every published figure.
"""

# ruff: noqa: S608 - the SQL is put together from this file alone

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clio_assets.privacy.door import Release
from clio_assets.privacy.placement import PERIOD, Placement, place
from clio_assets.privacy.thresholds import CellThresholds, Thresholds
from clio_assets_tests.privacy.tables import facets, release, topics

SMALL = Thresholds(
    min_accounts=4,
    min_conversations=6,
    max_account_share=0.4,
    min_effective_share=0.7,
    cell=CellThresholds(
        min_conversations=4, min_accounts=3, max_account_share=0.5, max_unresolved=0
    ),
)
LANGUAGES = ["en", "es", "fr", "is"]


@dataclass(frozen=True)
class World:
    """A random period: a tree of topics, members with heavy accounts, one facet."""

    tree: dict[str, str | None]
    people: pl.DataFrame
    language: list[str | None]
    failing: list[str]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    leaves, middles, tops = (draw(st.integers(1, most)) for most in (9, 4, 2))
    depth = draw(st.integers(0, 2))
    size = draw(st.sampled_from([0, 40, 120, 200, 300]))
    accounts = draw(st.integers(5, 60))
    tree: dict[str, str | None] = {}
    for n in range(leaves):
        tree[f"leaf{n}"] = f"mid{n % middles}" if depth else None
    for n in range(min(leaves, middles) if depth else 0):
        tree[f"mid{n}"] = f"top{n % tops}" if depth == 2 else None
    for n in range(min(leaves, middles, tops) if depth == 2 else 0):
        tree[f"top{n}"] = None
    weights = rng.dirichlet(np.full(accounts, draw(st.sampled_from([0.5, 2.0, 20.0]))))
    kinds = [f"leaf{n}" for n in range(leaves)] + [None]
    belongs = rng.choice(len(kinds), size, p=rng.dirichlet(np.full(len(kinds), 2.0)))
    spoken = rng.dirichlet(np.full(4, draw(st.sampled_from([0.5, 2.0]))), len(kinds))
    people = pl.DataFrame(
        {
            "conversation_id": [f"c{n:04}" for n in range(size)],
            "account": [f"account{n}" for n in rng.choice(accounts, size, p=weights)],
            "topic_id": pl.Series([kinds[kind] for kind in belongs], dtype=pl.String),
        },
        schema_overrides={"conversation_id": pl.String, "account": pl.String},
    )
    # Some conversations are nearly those of another account and count for it.
    copied = rng.random(size) < draw(st.sampled_from([0.0, 0.3]))
    whose = np.where(copied, "account0", people["account"].to_numpy())
    people = people.with_columns(source=pl.Series(whose, dtype=pl.String))
    language = [str(rng.choice(LANGUAGES, p=spoken[kind])) for kind in belongs]
    unknown = rng.random(size) < 0.05
    failing = [topic for topic in tree if rng.random() < 0.15]
    said = [None if hole else value for value, hole in zip(language, unknown, strict=True)]
    return World(tree, people, said, failing)


def released(world: World) -> tuple[Release, Placement]:
    said = list(zip(world.people["conversation_id"], world.language, strict=True))
    found = release(world.tree, world.people, facets({"language": said}), SMALL, world.failing)
    passing = found.topics_frame["topic_id"].to_list()
    return found, place(topics(world.tree), world.people, passing, SMALL)


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


TOO_FEW = "conversations < 6 OR accounts < 4 OR largest > 0.4 OR effective < 2.8 - 1e-6"
BAD_CELL = "conversations < 4 OR accounts < 3 OR largest > 0.5"


def breaches(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """Rows that break a rule, by rule; what is empty is kept."""
    queries = {
        "each conversation counts once, under its own account": """
            SELECT conversation_id FROM counted LEFT JOIN members USING (conversation_id, account)
            GROUP BY ALL HAVING count(*) > 1 OR count(members.conversation_id) = 0""",
        "a released leaf counts all of its members": """
            SELECT topic_id FROM members JOIN topics USING (topic_id) ANTI JOIN counted
            ON counted.conversation_id = members.conversation_id AND node = topic_id""",
        "G-01 to G-04 of topics and rests": f"""
            SELECT topic_id FROM ({concentration("inside", "topic_id")})
            WHERE ({TOO_FEW}) AND topic_id != '*'""",
        "G-06": """
            SELECT topic_id FROM (SELECT inside.topic_id, source FROM inside
                JOIN members USING (conversation_id)) WHERE topic_id != '*'
            GROUP BY topic_id HAVING count(DISTINCT source) < 4""",
        "a topic without members": "SELECT topic_id FROM topics ANTI JOIN inside USING (topic_id)",
        "G-08": """
            SELECT node FROM counted JOIN members USING (conversation_id)
            WHERE node LIKE 'rest:%' GROUP BY node
            HAVING count(DISTINCT coalesce(topic_id, '')) < 2""",
        "a rest of something released": """
            SELECT node FROM counted JOIN members USING (conversation_id)
            JOIN topics USING (topic_id) WHERE node LIKE 'rest:%'""",
        "G-10, sums": """
            SELECT topic_id FROM (
                SELECT topic_id, sum((2 * n + 5) // 10 * 5) AS total FROM (
                    SELECT topic_id, node, count(*) n FROM inside GROUP BY ALL) GROUP BY ALL)
            JOIN topics USING (topic_id) WHERE total != conversations OR conversations % 5 != 0""",
        "G-09, cells": f"""
            SELECT topic_id, value FROM cells LEFT JOIN
                ({concentration("inside", "topic_id, value")}) AS exact USING (topic_id, value)
            WHERE {BAD_CELL.replace("conversations", "exact.conversations")}
                OR exact.conversations IS NULL""",
        "a cell without the same value above": """
            SELECT topic_id, value FROM cells JOIN edges ON edges.node = cells.topic_id
            WHERE (edges.parent, value) NOT IN (SELECT (topic_id, value) FROM cells)""",
        "G-09, what is left of a topic": f"""
            SELECT topic_id FROM ({concentration(
                "(FROM inside ANTI JOIN cells USING (topic_id, value))", "topic_id")})
            WHERE ({BAD_CELL}) AND (topic_id = '*' OR topic_id IN (SELECT topic_id FROM topics))
              AND topic_id IN (SELECT topic_id FROM cells)""",
        "G-09, what is left of a parent's cell": f"""
            SELECT topic_id, value FROM ({concentration('''(
                SELECT inside.* FROM inside JOIN cells USING (topic_id, value)
                WHERE NOT EXISTS (
                    FROM inside AS lower JOIN edges ON edges.node = lower.topic_id
                    JOIN cells AS below ON below.topic_id = lower.topic_id
                     AND below.value = inside.value
                    WHERE lower.conversation_id = inside.conversation_id
                      AND edges.parent = inside.topic_id)
                AND inside.topic_id != inside.node)''', "topic_id, value")})
            WHERE {BAD_CELL}""",
    }  # fmt: skip
    return {rule: rows for rule, query in queries.items() if (rows := con.sql(query).fetchall())}


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
    bad = con.sql(
        f"SELECT topic_id, value FROM ({concentration('inside', 'topic_id, value')}) "
        f"WHERE {BAD_CELL} ORDER BY ALL"
    ).fetchall()
    return [
        cell for cell in bad
        if cell not in shown and not np.any(np.abs(kernel @ np.array(row(*cell))) > 1e-9)
    ]  # fmt: skip


@settings(
    max_examples=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(worlds())
def test_nothing_released_breaks_a_rule(world: World) -> None:
    found, placement = released(world)
    assert not set(found.topics_frame["topic_id"]) & set(world.failing)
    assert not placement.parents.keys() & {PERIOD}
    with database(world, found, placement) as con:
        assert breaches(con) == {}
        assert computable(con) == []
