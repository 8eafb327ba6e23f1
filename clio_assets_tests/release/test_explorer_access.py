"""The page to a screen reader and to axe, in every view, light and dark, wide and phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clio_assets.release.bundle import write_bundle
from clio_assets_tests.release.accessible import serious_findings
from clio_assets_tests.release.marts import write_warehouse
from clio_assets_tests.release.opened import PHONE, WIDE, Opened

pytest.importorskip("playwright.sync_api", reason="PAGE NOT TESTED: no playwright")
pytestmark = pytest.mark.browser

VIEWS = (
    "",
    "topic={topic}&colour=growth",
    "view=table&colour=language:es&topic={topic}",
    "view=compare&one=language:es&other=language:de",
    "view=languages",
    "q=nothing+has+this+name",
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("access")
    warehouse = write_warehouse(folder, topics=60)
    return write_bundle(warehouse, "2026-11-04", folder / "bundles").path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_serious(
    browser: Any, bundle: Path, viewport: dict[str, int], scheme: str
) -> None:
    visit = Opened(browser, bundle / "index.html", viewport=viewport, color_scheme=scheme)
    topic = visit.page.locator("#tree [data-topic]").first.get_attribute("data-topic")
    for view in VIEWS:
        visit.at(view.format(topic=topic))
        assert serious_findings(visit.page) == [], view


def test_axe_would_see_a_fault(browser: Any, bundle: Path) -> None:
    visit = Opened(browser, bundle / "index.html", viewport=WIDE)
    visit.page.evaluate("document.getElementById('search').removeAttribute('aria-label')")
    visit.page.evaluate("document.getElementById('search').removeAttribute('placeholder')")
    assert "label" in {rule for rule, _ in serious_findings(visit.page)}


def test_the_map_has_an_equal_in_words(browser: Any, bundle: Path) -> None:
    page = Opened(browser, bundle / "index.html", viewport=WIDE).page
    page.locator("#unfold").click()
    rows = page.locator("#tree [data-topic]").evaluate_all(
        "rows => rows.map(row => row.dataset.topic)"
    )
    topics = page.evaluate(
        "JSON.parse(document.getElementById('data').textContent).topics.map(topic => topic.id)"
    )
    assert sorted(rows) == sorted(topics)
    assert page.locator("#map").get_attribute("aria-describedby") == "map-hint"
    assert page.locator("#spoken").get_attribute("role") == "status"


def test_print_shows_the_whole_tree_and_no_buttons(browser: Any, bundle: Path) -> None:
    visit = Opened(browser, bundle / "index.html", viewport=WIDE)
    page = visit.page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#tree [data-topic]").count() > 60
    assert not page.locator(".controls").is_visible()
    assert page.locator(".trust").is_visible()
    assert len(page.pdf()) > 10_000
    visit.assert_silent()
