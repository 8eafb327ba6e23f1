"""The report in a real browser: quiet, readable for all, no wider than a phone, marked on paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.attacks.hostile_names import HOSTILE_NAMES
from benchmarks.browser import Visit
from clio_assets.safety.report.make import make_report
from clio_assets_tests.release.accessible import serious_findings
from clio_assets_tests.release.opened import PHONE, WIDE
from clio_assets_tests.safety.report_zone import REASON, empty_zone, filled_zone

playwright = pytest.importorskip("playwright.sync_api", reason="PAGE NOT TESTED: no playwright")
pytestmark = pytest.mark.browser

LONG = "Donaudampfschifffahrtsgesellschaftskapitaensmuetzenabzeichen" * 3
SCROLLED_TO = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module", params=["rich", "no flag", "hostile", "empty"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("report")
    if request.param == "empty":
        return make_report(*empty_zone(root))
    names = [*HOSTILE_NAMES[::2], LONG] if request.param == "hostile" else None
    filled = filled_zone(root, names, flag=None if request.param == "no flag" else "flagged")
    filled.audit.write("dismiss", "group-000000000003", LONG)
    filled.audit.write("queue", "", REASON)
    return make_report(filled.settings, filled.zone, filled.monitors)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_is_quiet_fits_and_can_be_used_by_all(
    browser: playwright.Browser, report: Path, viewport: dict, scheme: str
) -> None:
    visit = Visit(browser, report, viewport=viewport, color_scheme=scheme)
    page = visit.page
    assert page.title() == "RESTRICTED: safety report"
    assert page.evaluate(SCROLLED_TO) == viewport["width"]
    assert serious_findings(page) == []
    folded = page.locator("summary")
    for at in range(folded.count()):
        folded.nth(at).click()
    assert page.evaluate(SCROLLED_TO) == viewport["width"]
    assert serious_findings(page) == []
    # Wherever one has scrolled to, the mark is in view.
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    mark = page.locator(".restricted")
    assert mark.bounding_box()["y"] == 0
    assert "RESTRICTED" in mark.inner_text()
    visit.assert_silent()
    page.close()


def test_its_policy_is_in_force(browser: playwright.Browser, report: Path) -> None:
    visit = Visit(browser, report, viewport=WIDE)
    page = visit.page
    page.evaluate(
        "document.head.append(Object.assign(document.createElement('script'),"
        " {textContent: 'window.owned = 1'}))"
    )
    assert page.evaluate("window.owned ?? null") is None
    assert any("Content Security Policy" in said for said in visit.complaints)
    page.close()


def test_paper_says_restricted_and_folds_nothing_away(
    browser: playwright.Browser, report: Path
) -> None:
    page = Visit(browser, report, viewport=WIDE).page
    page.emulate_media(media="print")
    assert page.locator(".restricted").is_visible()
    rules = "[...document.styleSheets].flatMap(sheet => [...sheet.cssRules]).map(r => r.cssText)"
    assert any("@page" in rule and '"RESTRICTED"' in rule for rule in page.evaluate(rules))
    rows = page.locator("details tbody tr")
    assert all(rows.nth(at).is_visible() for at in range(rows.count()))
    page.close()
