"""Counting rows of the release zone that did not come through the gate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from clio_assets_tests.defs.prepared import Pipeline


@dataclass(frozen=True)
class Gated:
    """What an honest gate may release of a day: name and summary by the topic's id."""

    texts: dict[str, tuple[str, str]]

    @classmethod
    def of(cls, audited: Pipeline, day: str) -> Gated:
        """Read it before anybody has tampered: topics that every verdict passes."""
        file = audited.clio.layout.period_file(day)
        rows = file.query(
            "SELECT topic_id, name, summary FROM topics SEMI JOIN (SELECT topic_id "
            "FROM topic_audit GROUP BY topic_id HAVING bool_and(passed)) USING (topic_id)"
        )
        return cls({topic: (name, summary) for topic, name, summary in rows.iter_rows()})


def rows_released(pipeline: Pipeline, day: str) -> int:
    """All that stands in the release zone of a day whose door must stay closed.

    Rows of every table with a period, in both databases, and the bundles.
    """
    layout = pipeline.clio.layout
    rows = sum(_rows_of(database, day) for database in (layout.releases, layout.warehouse))
    return rows + len(list(layout.bundles.glob(f"{day}/v*")))


def rows_ungated(pipeline: Pipeline, day: str, gated: Gated) -> int:
    """Rows about topics that an honest gate would not have released as they stand.

    So are topics it did not pass, topics of another name, and leaves that do not reach the
    thresholds on the members there are now; in the releases and in the bundles.
    """
    store, bundles = pipeline.clio.releases, pipeline.clio.layout.bundles
    told = [
        store.read("released_topics", day),
        *(pl.read_parquet(file) for file in bundles.glob(f"{day}/v*/topics.parquet")),
    ]
    named = pl.concat([topics.select("topic_id", "level", "name", "summary") for topics in told])
    wrong = {
        topic
        for topic, level, name, summary in named.iter_rows()
        if gated.texts.get(topic) != (name, summary)
        or (level == 0 and not reaches_the_thresholds(pipeline, day, topic))
    }
    told += [store.read(table, day) for table in ("released_cells", "released_decisions")]
    about = pl.col("topic_id").is_in(sorted(wrong))
    return sum(rows.filter(about).height for rows in told)


def reaches_the_thresholds(pipeline: Pipeline, day: str, topic: str) -> bool:
    """Accounts, conversations and dominance of a leaf (G-01 to G-03), counted from its members."""
    limits = pipeline.clio.settings.thresholds
    members = pipeline.clio.layout.period_file(day).read("topic_members")
    mine = members.filter(pl.col("topic_id") == topic)
    largest = max(mine.group_by("account").len()["len"].to_list(), default=0)
    return bool(
        mine["account"].n_unique() >= limits.min_accounts
        and mine.height >= limits.min_conversations
        and largest <= limits.max_account_share * mine.height
    )


def _rows_of(database: Path, day: str) -> int:
    if not database.exists():
        return 0
    with duckdb.connect(str(database), read_only=True) as con:
        tables = con.execute(
            "SELECT DISTINCT table_name FROM duckdb_columns() WHERE column_name = 'period'"
        ).fetchall()
        query = 'SELECT count(*) FROM "{}" WHERE period::VARCHAR = ?'
        counts = [con.execute(query.format(name), [day]).fetchone() for (name,) in tables]
    return sum(count[0] for count in counts if count)
