"""On random tables nothing that breaks a rule is released, recomputed in SQL by other means.

The evidence is where each conversation was placed (`place` with the released topics gives it
again). Rules are then computed by DuckDB, and what a reader could compute by linear algebra over
every published figure (`analyst.py`).
"""

# ruff: noqa: S608 - the SQL is put together from this file alone

from __future__ import annotations

from dataclasses import replace

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clio_assets.privacy.placement import PERIOD
from clio_assets_tests.privacy.analyst import BAD_CELL, computable, concentration, database
from clio_assets_tests.privacy.random_worlds import World, random_world, released

TOO_FEW = "conversations < 6 OR accounts < 4 OR largest > 0.4 OR effective < 2.8 - 1e-6"


WORLDS = st.builds(
    random_world,
    st.integers(0, 2**32 - 1),
    leaves=st.integers(1, 9),
    middles=st.integers(1, 4),
    tops=st.integers(1, 2),
    depth=st.integers(0, 2),
    size=st.sampled_from([0, 40, 120, 200, 300]),
    accounts=st.integers(5, 60),
    evenness=st.sampled_from([0.5, 2.0, 20.0]),
    spread=st.sampled_from([0.5, 2.0]),
    copied=st.sampled_from([0.0, 0.3]),
)


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


MANY = settings(
    max_examples=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


@MANY
@given(WORLDS)
def test_nothing_released_breaks_a_rule(world: World) -> None:
    found, placement = released(world)
    assert not set(found.topics_frame["topic_id"]) & set(world.failing)
    assert not placement.parents.keys() & {PERIOD}
    with database(world, found, placement) as con:
        assert breaches(con) == {}
        assert computable(con) == []


@MANY
@given(WORLDS)
def test_nothing_told_of_where_topics_come_from_breaks_a_rule(world: World) -> None:
    found, placement = released(world, previous=["en", "es", "fr"])
    assert set(found.cells["value"]) <= {"en", "es", "fr"}
    assert set(found.cells["facet"]) <= {"came_from"}
    # Of what is in a rest no origin is told, on any level.
    shown = world.people["topic_id"].is_in(found.topics_frame["topic_id"].implode())
    told = [value if is_so else None for value, is_so in zip(world.language, shown, strict=True)]
    with database(replace(world, language=told), found, placement) as con:
        assert breaches(con) == {}
        assert computable(con) == []
