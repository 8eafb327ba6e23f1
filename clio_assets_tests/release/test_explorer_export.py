"""What is on the screen as a file: rows that no sheet runs, pictures that say what they are."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clio_assets.release.bundle import write_bundle
from clio_assets.release.tables import csv_bytes
from clio_assets_tests.release.marts import write_warehouse
from clio_assets_tests.release.opened import WIDE, Opened

pytest.importorskip("playwright.sync_api", reason="PAGE NOT TESTED: no playwright")
pytestmark = pytest.mark.browser

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "＝1", "a;=1", 'a,"b"', "plan - later"]  # noqa: RUF001


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Opened:
    bundle = write_bundle(write_warehouse(tmp_path), "2026-11-04", tmp_path / "bundles").path
    return Opened(browser, bundle / "index.html", viewport=WIDE)


def test_each_view_is_saved_as_its_rows(visit: Opened) -> None:
    visit.at("view=table&sort=-share&colour=language:es&least=200")
    rows = visit.saved_rows()
    shown = visit.page.locator("#table tbody tr").count()
    assert len(rows) == shown
    shares = [float(row["share"]) for row in rows]
    assert shares == sorted(shares, reverse=True)
    assert rows[0]["value"] == "es"
    assert float(rows[0]["lift_low"]) <= float(rows[0]["lift"]) <= float(rows[0]["lift_high"])
    visit.at("view=compare")
    rows = visit.saved_rows()
    assert rows[0]["side"] == "4 November 2026"
    assert rows[0]["more_than_chance"] == "yes"
    visit.at("view=languages")
    assert {"English", "en"} & {row["language"] for row in visit.saved_rows()}
    visit.assert_silent()


@pytest.mark.parametrize("view", ["map", "table", "compare", "languages"])
def test_each_view_is_saved_as_a_picture(visit: Opened, view: str) -> None:
    visit.at(f"view={view}&colour=growth")
    content = visit.saved("#png")
    assert content.startswith(b"\x89PNG")
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    assert width > 1000
    assert height > 300
    assert len(content) > 10_000
    visit.assert_silent()


def test_no_cell_of_an_export_is_a_formula(browser: Any, tmp_path: Path) -> None:
    listed = ", ".join("'" + text.replace("'", "''") + "'" for text in FORMULAS)
    drawn = f"([{listed}])[1 + (hash(topic_id) % {len(FORMULAS)})::INT]"
    warehouse = write_warehouse(
        tmp_path,
        f"UPDATE released_topics SET name = {drawn}, parent_id = NULL",  # noqa: S608
        topics=60,
    )
    bundle = write_bundle(warehouse, "2026-11-04", tmp_path / "bundles").path
    visit = Opened(browser, bundle / "index.html", viewport=WIDE)
    seen = {row["path"] for row in visit.saved_rows()}
    ours = csv_bytes(pl.DataFrame({"path": FORMULAS})).decode()
    assert seen == {row["path"] for row in csv.DictReader(io.StringIO(ours, newline=""))}
    assert "'=1+1" in seen
