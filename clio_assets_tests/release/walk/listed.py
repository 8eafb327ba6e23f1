"""Rows of the lists that the table and the comparison are, and what their cells say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clio_assets_tests.release.opened import Opened
from clio_assets_tests.release.walk.shown import agrees, percent_change
from clio_assets_tests.release.walk.tables import Row

_ROWS = """rows => rows.map(row => ({
  id: row.dataset.row, name: row.querySelector("[data-choice]").textContent,
  figures: [...row.querySelectorAll("td.figure, td.meter .figure")].map(cell => ({
    figure: cell.firstChild?.nodeType === Node.TEXT_NODE ? cell.firstChild.data : "",
    interval: cell.querySelector(".interval")?.textContent ?? "",
    found: cell.classList.contains("found") })),
}))"""


def rows_of(visit: Opened, view: str) -> list[dict[str, Any]]:
    """Every row of a list, in its order."""
    visit.all_rows(view)
    found: list[dict[str, Any]] = visit.page.locator(f"#{view} tbody tr").evaluate_all(_ROWS)
    return found


def assert_figure(text: str, value: float | None) -> None:
    """A cell is empty where nothing was published."""
    assert text == "" if value is None else agrees(text, value), (text, value)


def assert_ratio(
    cell: dict[str, Any], value: float | None, low: float | None, high: float | None, *, found: bool
) -> None:
    """A ratio with its interval, dark where it is more than chance."""
    assert_figure(cell["figure"], value)
    if value is not None and low is not None and high is not None:
        assert agrees(cell["interval"], low, high), cell
        assert cell["found"] == found


def growth_of(row: Row) -> Iterator[float | None]:
    """How a share changed, in percent, with the ends of its interval; Nones where not known."""
    for key in ("growth", "growth_low", "growth_high"):
        ratio = row.get(key)
        yield None if ratio is None else percent_change(ratio)
