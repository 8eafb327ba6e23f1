"""A run that is for some of the marts builds the whole database, and tells of those alone."""

from __future__ import annotations

import duckdb
import pytest

from clio_assets.release.warehouse import TABLES
from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import SECOND, failures, launch, materialized

pytestmark = pytest.mark.platform

PARTS = [
    ["warehouse/released_cells", "warehouse/released_periods"],
    ["warehouse/movers", "warehouse/coverage"],
]


@pytest.mark.parametrize("part", PARTS, ids=["releases", "marts"])
def test_a_part_is_asked_for_and_the_whole_is_published(
    released: Pipeline, copied: Copy, part: list[str]
) -> None:
    pipeline = copied(released)
    pipeline.clio.layout.warehouse.unlink()
    result = launch(pipeline.definitions, SECOND, *part)
    assert result.success, failures(result)
    assert materialized(result) == set(part)
    checked = {one.asset_key.to_user_string() for one in result.get_asset_check_evaluations()}
    assert checked <= set(part)
    with duckdb.connect(str(pipeline.clio.layout.warehouse), read_only=True) as con:
        tables = {name for (name,) in con.execute("SHOW TABLES").fetchall()}
    assert tables >= TABLES
