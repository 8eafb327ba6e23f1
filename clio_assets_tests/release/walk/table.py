"""The table: every finest topic with its figures, sorted by any column and saved as it stands."""

from __future__ import annotations

from typing import Any

import pytest

from clio_assets_tests.release.opened import Opened
from clio_assets_tests.release.walk.listed import assert_figure, assert_ratio, growth_of, rows_of
from clio_assets_tests.release.walk.panel import names_of_values
from clio_assets_tests.release.walk.shown import agrees, numbers
from clio_assets_tests.release.walk.tables import Tables


def assert_table(visit: Opened, tables: Tables) -> None:
    """Every finest topic with its figures, sorted by any column, and saved as it stands."""
    values = list(names_of_values(visit).values())
    visit.at("view=table" + (f"&colour={':'.join(values[0])}" if values else ""))
    rows = rows_of(visit, "table")
    assert sorted(row["id"] for row in rows) == sorted(row["topic_id"] for row in tables.leaves)
    for row in rows:
        topic = tables.topics[row["id"]]
        figures = iter(row["figures"])
        assert row["name"] == topic["name"]
        assert next(figures)["figure"] == f"{topic['conversations']:,}"
        assert agrees(next(figures)["figure"], tables.part(row["id"]))
        if tables.previous:
            _assert_growth(next(figures), tables, row["id"])
        assert_figure(next(figures)["figure"], tables.concern(row["id"]))
        if values:
            assert_figure(next(figures)["figure"], tables.share(row["id"], values[0]))
            lift = tables.lift(row["id"], values[0])
            ratio = (lift["lift"], lift["lift_low"], lift["lift_high"])
            assert_ratio(next(figures), *ratio, found=lift["status"] in ("over", "under"))
    _assert_sorts(visit)
    _assert_saved_table(visit, tables)


def _assert_growth(cell: dict[str, Any], tables: Tables, topic: str) -> None:
    if tables.status(topic) == "new":
        assert cell["figure"] == "new"
        return
    row = tables.moved.get(topic, {})
    assert_ratio(cell, *growth_of(row), found=tables.status(topic) in ("grew", "shrank"))


def _assert_sorts(visit: Opened) -> None:
    """A press on a heading puts the largest first and what has no figure last; another turns it."""
    headings = visit.page.locator("#table [data-sort]")
    for at in range(1, headings.count()):
        headings.nth(at).click()
        for _ in range(2):
            down = "descending" in (visit.page.locator("#table thead").inner_html())
            texts = [row["figures"][at - 1]["figure"] for row in rows_of(visit, "table")]
            known = [numbers(text)[0][0] if text != "new" else float("inf")
                     for text in texts if text]  # fmt: skip
            assert known == sorted(known, reverse=down), headings.nth(at).inner_text()
            assert not any(texts[len(known) :])
            headings.nth(at).click()


def _assert_saved_table(visit: Opened, tables: Tables) -> None:
    shown = [row["id"] for row in rows_of(visit, "table")]
    saved = visit.saved_rows()
    assert [row["topic_id"] for row in saved] == shown
    for row in saved:
        topic = tables.topics[row["topic_id"]]
        assert row["path"].endswith(topic["name"])
        assert int(row["conversations"]) == topic["conversations"]
        assert float(row["share"]) == pytest.approx(tables.part(row["topic_id"]), abs=6e-4)
        assert row["status"] == tables.status(row["topic_id"])
        growth = tables.moved.get(row["topic_id"], {}).get("growth")
        assert (float(row["growth"]) if row["growth"] else None) == growth
        if row.get("value_share"):
            cell = tables.cells[row["topic_id"]][row["facet"], row["value"]]
            assert float(row["value_share"]) == cell["share"]
