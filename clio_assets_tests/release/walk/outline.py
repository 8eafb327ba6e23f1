"""What stands above the views, and the tree: every topic with the figures of the tables."""

from __future__ import annotations

from typing import Any

from clio_assets_tests.release.opened import Opened
from clio_assets_tests.release.walk.shown import agrees, percent_change
from clio_assets_tests.release.walk.tables import Row, Tables

STATUSES = ("new", "grew", "shrank", "gone")
_ROWS = """rows => rows.map(row => ({
  id: row.dataset.topic ?? null, level: Number(row.ariaLevel),
  name: row.querySelector(".name > span")?.textContent ?? "",
  figures: [...row.querySelectorAll(".figure")].map(one => one.textContent),
}))"""
_MOVERS = """columns => columns.map(column => ({
  title: column.querySelector("h2").firstChild.data,
  count: column.querySelector("h2 .count").textContent,
  rows: [...column.querySelectorAll("li")].map(row => [
    row.querySelector(".link, .gone").textContent, row.querySelector(".figure").textContent]),
}))"""


def assert_opening(visit: Opened, tables: Tables) -> None:
    """The headline, what is promised, and the lists of what changed."""
    page = visit.page
    header = page.locator("header").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    foot = page.locator(".trust")
    assert foot.bounding_box()["y"] < page.viewport_size["height"] - 20
    assert tables.manifest["profile"] in foot.inner_text()
    if not tables.topics:
        assert "No topic was large enough to publish." in header
        assert page.locator("#explorer").count() == 0
        return
    assert f"{tables.conversations:,} conversation" in header
    assert f"in {len(tables.leaves):,} published topic" in header
    assert page.locator("#movers").is_visible() == (tables.previous is not None)
    lists = page.locator("#movers > div").evaluate_all(_MOVERS)
    assert [one["title"].lower() for one in lists] == (list(STATUSES) if tables.previous else [])
    for one in lists:
        moved = tables.with_status(one["title"].lower())
        assert one["count"] == f"{len(moved):,}"
        assert len(one["rows"]) == min(4, len(moved))
        for (name, figure), row in zip(one["rows"], moved, strict=False):
            assert name == row["name"]
            assert agrees(figure, _moved_by(row)), (name, figure)


def _moved_by(row: Row) -> float:
    if row["growth"] is not None:
        return percent_change(row["growth"])
    return float(row["conversations"] or row["previous_conversations"])


def rows_of_tree(visit: Opened) -> list[dict[str, Any]]:
    """Rows as they stand: id, name, level and figures; what is not published has no id."""
    found: list[dict[str, Any]] = visit.page.locator("#tree [role=treeitem]").evaluate_all(_ROWS)
    return found


def unfold(visit: Opened) -> None:
    """Open every branch of the tree."""
    button = visit.page.locator("#unfold")
    if button.is_visible() and button.inner_text() == "Open all":
        button.click()


def assert_tree(visit: Opened, tables: Tables) -> None:
    """Every topic stands in it once, beneath its group, the largest first, with its figures."""
    unfold(visit)
    rows = rows_of_tree(visit)
    shown = [row["id"] for row in rows if row["id"]]
    assert shown == [row["topic_id"] for row in _in_order(tables, None)]
    for row in rows:
        if row["id"]:
            topic = tables.topics[row["id"]]
            assert row["name"] == topic["name"]
            assert row["level"] == 1 + len(tables.above(row["id"]))
            assert row["figures"][0] == f"{topic['conversations']:,}"
            assert agrees(row["figures"][1], tables.part(row["id"]))
            if tables.previous and topic["change"] is not None:
                assert agrees(row["figures"][2], topic["change"])
        elif row["level"] == 1:
            tops = sum(topic["conversations"] for topic in tables.under(None))
            assert row["figures"][0] == f"{tables.conversations - tops:,}"
    if visit.page.locator("#unfold").is_visible():
        visit.page.locator("#unfold").click()
        tops = [row["topic_id"] for row in _ordered(tables.under(None))]
        assert [row["id"] for row in rows_of_tree(visit) if row["id"]] == tops


def _ordered(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-row["conversations"], row["topic_id"]))


def _in_order(tables: Tables, parent: str | None) -> list[Row]:
    return [
        each
        for row in _ordered(tables.under(parent))
        for each in (row, *_in_order(tables, row["topic_id"]))
    ]
