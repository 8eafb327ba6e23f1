"""The languages, and where each stands out."""

from __future__ import annotations

from clio_assets_tests.release.opened import Opened
from clio_assets_tests.release.walk.listed import rows_of
from clio_assets_tests.release.walk.panel import names_of_values
from clio_assets_tests.release.walk.shown import agrees
from clio_assets_tests.release.walk.tables import Tables


def assert_languages(visit: Opened, tables: Tables) -> None:
    """Each published language leads to exactly the topics in which it is more common."""
    named = {value: text for (_, text), value in names_of_values(visit).items()
             if value[0] == "language"}  # fmt: skip
    visit.at("view=languages")
    page = visit.page
    assert page.locator("#languages .card").count() == len(named)
    if not named:
        assert "No language was common enough" in page.locator("#languages").inner_text()
        return
    saved = visit.saved_rows()
    for value, text in named.items():
        over = {row["topic_id"] for row in tables.over(value)}
        assert {row["topic_id"] for row in saved if row["language"] == value[1]} == over
        card = page.locator(f'#languages [aria-label="{text}"]')
        rows = card.locator("[data-row]").evaluate_all(
            """rows => rows.map(row => [
                row.dataset.row, row.querySelector(".figure").firstChild.data])"""
        )
        assert len(rows) == min(6, len(over))
        for topic, figure in rows:
            assert topic in over
            assert agrees(figure, tables.lifts[topic][value]["lift"])
        if len(over) > 6:
            card.locator("button.quiet").click()
            assert {row["id"] for row in rows_of(visit, "table")} == over
            visit.at("view=languages")
