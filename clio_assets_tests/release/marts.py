"""A warehouse in milliseconds: the real queries of dbt_project over invented releases, no dbt.

Rendering the models here covers what they use of dbt (`ref`, `var`, `config`, our macros); that
dbt builds the same tables is tested where dbt is.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2
import yaml

from clio_assets_tests.release_fixture import write_released

PROJECT = Path(__file__).parents[2] / "dbt_project"
RELEASED = (
    "released_periods",
    "released_topics",
    "released_cells",
    "released_decisions",
    "released_model_usage",
)
MARTS = (
    "previous_periods",
    "nesting",
    "topic_fractions",
    "topics_by_period",
    "topic_trends",
    "facet_breakdown",
    "facet_lift",
    "movers",
    "topic_lineage",
    "coverage",
    "model_usage",
)


def write_warehouse(
    folder: Path,
    *edits: str,
    periods: int = 3,
    topics: int = 14,
    empty: tuple[int, ...] = (),
    three_levels: bool = False,
) -> Path:
    """Build `folder/clio.duckdb`; `edits` are SQL statements run on the released tables first."""
    released = folder / "released.duckdb"
    write_released(released, periods=periods, topics=topics, empty=empty, three_levels=three_levels)
    with duckdb.connect(str(released)) as con:
        for edit in edits:
            con.execute(edit)
    return write_marts(released)


def write_marts(released: Path) -> Path:
    """Build `clio.duckdb` beside the releases it is made from."""
    warehouse = released.with_name("clio.duckdb")
    warehouse.unlink(missing_ok=True)
    macros = "".join(path.read_text() for path in sorted((PROJECT / "macros").iterdir()))
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    with duckdb.connect(str(warehouse)) as con:
        con.execute(f"ATTACH '{released}' AS released (READ_ONLY)")
        for table in RELEASED:
            con.execute(f"CREATE TABLE {table} AS FROM released.{table}")
        for mart in MARTS:
            model = (PROJECT / "models" / "marts" / f"{mart}.sql").read_text()
            query = jinja2.Template(macros + model).render(
                ref=lambda name: name, var=variables.__getitem__, config=lambda **_: ""
            )
            con.execute(f"CREATE TABLE {mart} AS {query}")
    return warehouse
