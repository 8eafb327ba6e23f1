"""The gate's rules counted again in SQL, from the private files, by none of the project's code."""

from __future__ import annotations

from pathlib import Path

import duckdb

LEAVES = """
WITH held AS (
  SELECT topic_id, account, count(DISTINCT conversation_id) AS n
  FROM private.topic_members GROUP BY ALL
), counted AS (
  SELECT topic_id, count(*) AS accounts, sum(n) AS conversations, max(n) / sum(n) AS largest,
         pow(sum(n), 2) / sum(n * n) AS effective, any_value(sources) AS sources
  FROM held JOIN (
    SELECT topic_id, count(DISTINCT source) AS sources FROM private.topic_members GROUP BY ALL
  ) USING (topic_id) GROUP BY topic_id
)
SELECT r.topic_id, r.conversations AS published, r.accounts AS published_accounts, counted.*
FROM released.released_topics AS r LEFT JOIN counted USING (topic_id)
WHERE r.period = $period AND r.level = 0
"""

PARENTS = """
SELECT p.topic_id, p.conversations, coalesce(sum(c.conversations), 0) AS children
FROM released.released_topics AS p
LEFT JOIN released.released_topics AS c ON c.parent_id = p.topic_id AND c.period = p.period
WHERE p.period = $period AND p.level > 0 GROUP BY ALL
"""

CELLS = """
WITH facet AS (FROM (SELECT * FROM all_facets) UNPIVOT (value FOR facet IN ({facets}))),
held AS (
  SELECT m.topic_id, f.facet, f.value, m.account, count(DISTINCT m.conversation_id) AS n
  FROM private.topic_members AS m JOIN facet AS f USING (conversation_id) GROUP BY ALL
), counted AS (
  SELECT topic_id, facet, value, count(*) AS accounts, sum(n) AS conversations,
         max(n) / sum(n) AS largest
  FROM held GROUP BY ALL
)
SELECT r.topic_id, r.facet, r.value, r.conversations AS published, r.share,
       t.conversations AS whole, counted.accounts, counted.conversations, counted.largest
FROM released.released_cells AS r
JOIN released.released_topics AS t ON t.topic_id = r.topic_id AND t.period = r.period
LEFT JOIN counted ON counted.topic_id = r.topic_id AND counted.facet = r.facet
                 AND counted.value = r.value
WHERE r.period = $period AND t.level = 0
"""

UNKNOWN_ORIGINS = """
SELECT DISTINCT r.value FROM released.released_cells AS r
ANTI JOIN (FROM released.released_topics WHERE period < $period AND level = 0) AS t
     ON t.topic_id = r.value
WHERE r.period = $period AND r.facet = 'came_from'
"""

FACETS = ("task", "language", "turns", "length", "concern")


def broken_rules(home: Path, kind: str, period: str, days: list[str]) -> list[str]:
    """Return a line for each released leaf, parent, share or cell that a rule forbids.

    Defaults of profile `internal`: 25 accounts, 50 conversations, 10 %, 15 effective accounts;
    cells of 15 conversations, 10 accounts, 25 %; counts perturbed by five and in fives; shares
    of what is published.
    """
    con = duckdb.connect()
    con.execute(f"ATTACH '{home}/release/released.duckdb' AS released (READ_ONLY)")
    con.execute(f"ATTACH '{home}/private/periods/{kind}/{period}.duckdb' AS private (READ_ONLY)")
    columns = ", ".join(f"{name}::VARCHAR AS {name}" for name in FACETS)
    parts = []
    for n, day in enumerate(days):
        con.execute(f"ATTACH '{home}/private/days/{day}.duckdb' AS day{n} (READ_ONLY)")
        parts.append(f"SELECT conversation_id, {columns} FROM day{n}.facets")  # noqa: S608
    con.execute(f"CREATE TEMP VIEW of_days AS {' UNION ALL '.join(parts)}")
    con.execute(
        "CREATE TEMP TABLE all_facets AS SELECT of_days.*, came_from "
        "FROM of_days JOIN private.topic_members USING (conversation_id)"
    )
    found = []
    bound = {"period": period}
    total = con.execute(
        "SELECT conversations FROM released.released_periods WHERE period = $period", bound
    ).fetchone()
    for row in con.execute(LEAVES, bound).fetchall():
        topic, published, published_accounts, _, accounts, *counted = row
        conversations, largest, effective, sources = counted
        if not (accounts and accounts >= 25 and conversations >= 50):
            found.append(f"{topic}: {accounts} accounts, {conversations} conversations")
        elif sources < 25:
            found.append(f"{topic}: {sources} sources")
        elif largest > 0.10 or effective < 15:
            found.append(f"{topic}: largest {largest}, effective {effective}")
        elif abs(published - conversations) > 7.5 or abs(published_accounts - accounts) > 7.5:
            found.append(f"{topic}: published {published}, {published_accounts} accounts")
        if published % 5 or published_accounts % 5:
            found.append(f"{topic}: not in fives")
    for topic, conversations, children in con.execute(PARENTS, bound).fetchall():
        rest = conversations - children
        if rest < 0 or 0 < rest < 50 or conversations % 5:
            found.append(f"{topic}: a rest of {rest}")
    for topic, share, own in con.execute(
        "SELECT topic_id, share, conversations FROM released.released_topics "
        "WHERE period = $period", bound
    ).fetchall():  # fmt: skip
        if abs(share - 100 * own / total[0]) > 0.0501:
            found.append(f"{topic}: share {share}")
    for (origin,) in con.execute(UNKNOWN_ORIGINS, bound).fetchall():
        found.append(f"{origin}: told to be an origin, and not released before")
    facets = (*FACETS, "came_from")
    for row in con.execute(CELLS.format(facets=", ".join(facets)), bound).fetchall():
        topic, facet, value, published, share, whole, accounts, conversations, largest = row
        if facet not in facets:
            continue
        cell = f"{topic} x {facet}={value}"
        if not (accounts and accounts >= 10 and conversations >= 15 and largest <= 0.25):
            found.append(f"{cell}: {accounts} accounts, {conversations}, largest {largest}")
        elif published % 5 or abs(published - conversations) > 7.5:
            found.append(f"{cell}: published {published}")
        if abs(share - min(100, 100 * published / whole)) > 0.0501:
            found.append(f"{cell}: share {share}")
    con.close()
    return found
