"""Five thousand topics: opened at once, zoomed without a stutter, searched while one types."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.explorer_speed import bundle_of, speed_of
from clio_assets_tests.release.opened import WIDE, Opened

pytest.importorskip("playwright.sync_api", reason="PAGE NOT TESTED: no playwright")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle_of(5000, tmp_path_factory.mktemp("scale"))


def test_zooming_is_smooth_and_the_first_picture_quick(browser: Any, bundle: Path) -> None:
    # The best of three: another process on the machine is no fault of the page.
    speeds = [speed_of(browser, bundle) for _ in range(3)]
    best = max(speeds, key=lambda speed: speed["frames_under_20_ms"])
    print(best)
    assert best["frames_under_20_ms"] >= 0.95
    assert min(speed["first_contentful_paint_ms"] for speed in speeds) < 1000


def test_what_one_does_with_thousands_stays_quick(browser: Any, bundle: Path) -> None:
    visit = Opened(browser, bundle / "index.html", viewport=WIDE)
    page = visit.page
    assert page.locator("#tree [role=treeitem]").count() < 20
    lasted = page.evaluate(
        """() => {
          const timed = (act) => {
            const start = performance.now();
            act();
            return performance.now() - start;
          };
          const search = document.getElementById("search");
          const type = (text) => () => {
            search.value = text;
            search.dispatchEvent(new Event("input", { bubbles: true }));
          };
          const view = (name) => () => document.querySelector(`#views [data-view=${name}]`).click();
          return {
            first: timed(type("g")), search: timed(type("guitar nurses")), cleared: timed(type("")),
            table: timed(view("table")), compare: timed(view("compare")),
            languages: timed(view("languages")), map: timed(view("map")),
          };
        }"""
    )
    print({what: round(ms) for what, ms in lasted.items()})
    assert max(lasted.values()) < 1500
    assert lasted["search"] < 300
    assert page.locator("#matching").inner_text() == "4,999 topics"
    rows = page.locator("#table tbody tr")
    assert rows.count() <= 200
    # A five-thousandth of the whole still has a digit that is no zero.
    shares = [text for row in rows.all_inner_texts() for text in re.findall(r"[\d.]+(?= %)", row)]
    assert shares
    assert sum(float(share) == 0 for share in shares) < len(shares) / 10
    visit.assert_silent()
