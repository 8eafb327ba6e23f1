"""The page in a real browser, opened as the file an analyst gets: offline, usable, inert."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.attacks.hostile_names import HOSTILE_NAMES
from benchmarks.browser import NO_BROWSER, Visit
from benchmarks.browser import browser as chromium
from clio_assets.release.bundle import write_bundle
from clio_assets_tests.release.marts import write_warehouse

playwright = pytest.importorskip("playwright.sync_api", reason="PAGE NOT TESTED: no playwright")
pytestmark = pytest.mark.browser

WIDE = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with ExitStack() as opened:
        try:
            running = opened.enter_context(chromium())
        except playwright.Error:
            warnings.warn(NO_BROWSER, stacklevel=1)
            pytest.skip(NO_BROWSER)
        yield running


class Opened(Visit):
    """The page as an analyst opens it."""

    def title_of_panel(self) -> str:
        return self.page.locator("#panel h2").first.inner_text()


@pytest.fixture(scope="module", params=[14, 60])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(f"topics{request.param}")
    warehouse = write_warehouse(folder, topics=request.param)
    return write_bundle(warehouse, "2026-11-04", folder / "bundles").path / "index.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_page_opens_offline_and_fits(
    browser: playwright.Browser, index: Path, tmp_path: Path, viewport: dict, scheme: str
) -> None:
    visit = Opened(browser, index, viewport=viewport, color_scheme=scheme)
    page = visit.page
    assert page.title() == "Topics, 4 November 2026"
    assert page.locator(".trust").bounding_box()["y"] < viewport["height"] - 20
    for promise in ("gate", "internal", "at least 25 accounts", "3 topics", "rounded to 5"):
        assert promise in page.locator(".trust").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    page.screenshot(path=tmp_path / "first.png")
    page.locator("#tree [data-topic] .name").first.click()
    page.screenshot(path=tmp_path / "chosen.png", full_page=True)
    visit.assert_silent()


def test_choosing_in_the_tree_or_on_the_map_fills_the_panel(
    browser: playwright.Browser, index: Path
) -> None:
    visit = Opened(browser, index, viewport=WIDE)
    page = visit.page
    assert visit.title_of_panel() == "The whole period"

    row = page.locator("#tree [data-topic]").first
    name = row.locator(".name > span").first.inner_text()
    row.locator(".name").click()
    assert visit.title_of_panel() == name
    assert page.locator("#tree [aria-selected=true]").count() == 1
    assert page.locator("#map .chosen").count() == 1
    panel = page.locator("#panel").inner_text()
    for part in (
        "conversations",
        "accounts",
        "First seen 2 November 2026",
        "Spanish",
        "\N{MULTIPLICATION SIGN}",
    ):
        assert part in panel

    disc = page.locator("#map .disc").nth(3)
    label = disc.get_attribute("aria-label")
    disc.dispatch_event("click")
    assert label.startswith(visit.title_of_panel())
    selected = page.locator("#tree [aria-selected=true]")
    assert selected.get_attribute("data-topic") == disc.get_attribute("data-topic")

    page.reload()
    assert label.startswith(visit.title_of_panel())
    page.keyboard.press("Escape")
    assert visit.title_of_panel() == "The whole period"


def test_keys_are_enough(browser: playwright.Browser, index: Path) -> None:
    visit = Opened(browser, index, viewport=WIDE)
    page = visit.page
    page.locator("#unfold").focus()
    page.keyboard.press("Tab")
    focused = "document.activeElement.dataset.topic"
    first = page.evaluate(focused)
    assert first
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.ariaLevel") == "2"
    page.keyboard.press("Enter")
    assert page.locator("#tree [aria-selected=true]").get_attribute("data-topic") == page.evaluate(
        focused
    )
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused) == first
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#map') !== null")
    page.keyboard.press("Enter")
    visit.assert_silent()


def test_labels_on_the_map_do_not_overlap(browser: playwright.Browser, index: Path) -> None:
    for viewport in (WIDE, PHONE):
        page = Opened(browser, index, viewport=viewport).page
        boxes = page.evaluate(
            "[...document.querySelectorAll('#map .labels text')].map(t => t.getBBox())"
            ".map(b => [b.x, b.y, b.x + b.width, b.y + b.height])"
        )
        assert len(boxes) >= 6
        for at, a in enumerate(boxes):
            for b in boxes[at + 1 :]:
                assert (
                    min(a[2], b[2]) - max(a[0], b[0]) < 1 or min(a[3], b[3]) - max(a[1], b[1]) < 3
                )


def test_a_choice_on_a_phone_leads_to_the_panel(browser: playwright.Browser, index: Path) -> None:
    page = Opened(browser, index, viewport=PHONE).page
    page.locator("#tree [data-topic] .name").first.click()
    assert abs(page.locator("#panel").bounding_box()["y"]) < PHONE["height"] / 3


ATTACKS = HOSTILE_NAMES[::6]


def test_hostile_names_stay_text(browser: playwright.Browser, tmp_path: Path) -> None:
    listed = ", ".join("'" + attack.replace("'", "''") + "'" for attack in ATTACKS)
    attack = f"([{listed}])[1 + (hash(topic_id) % {len(ATTACKS)})::INT]"
    warehouse = write_warehouse(
        tmp_path,
        f"UPDATE released_topics SET name = {attack}, summary = {attack}",  # noqa: S608
        f"UPDATE released_cells SET value = {attack} WHERE facet = 'task'",  # noqa: S608
        "DELETE FROM released_cells WHERE facet = 'language' AND value <> 'en'",
        f"UPDATE released_cells SET value = '{ATTACKS[0]}' WHERE facet = 'language'",  # noqa: S608
        topics=30,
    )
    bundle = write_bundle(warehouse, "2026-11-04", tmp_path / "bundles").path
    visit = Opened(browser, bundle / "index.html", viewport=WIDE)
    page = visit.page
    page.locator("#unfold").click()
    rows = page.locator("#tree [data-topic]")
    seen = set()
    for at in range(rows.count()):
        rows.nth(at).locator(".name").click()
        seen.add(visit.page.locator("#panel h2").first.evaluate("node => node.firstChild.data"))
    assert seen == set(ATTACKS)
    assert page.locator("iframe, img, #tree script, #panel script, a").count() == 0
    assert page.locator("script").count() == 2
    visit.assert_silent()


def test_ranges_keep_their_order(browser: playwright.Browser, tmp_path: Path) -> None:
    words = "CASE value WHEN 'short' THEN 'over 100 words' WHEN 'medium' THEN 'up to 20 words' "
    warehouse = write_warehouse(
        tmp_path,
        f"UPDATE released_cells SET value = {words} ELSE '21-100 words' END "  # noqa: S608
        "WHERE facet = 'length'",
        "UPDATE released_cells SET value = 'other' WHERE value = 'create'",
    )
    bundle = write_bundle(warehouse, "2026-11-04", tmp_path / "bundles").path
    page = Opened(browser, bundle / "index.html", viewport=WIDE).page
    values = page.locator("#panel th").all_inner_texts()
    assert values[:4] == ["explain", "fix", "plan", "other"]
    assert values[9:16] == [
        *("1", "2-3", "4-9", "10+"),
        *("up to 20 words", "21-100 words", "over 100 words"),
    ]


def test_an_empty_release_says_so(browser: playwright.Browser, tmp_path: Path) -> None:
    warehouse = write_warehouse(tmp_path, periods=2, empty=(1,))
    bundle = write_bundle(warehouse, "2026-11-03", tmp_path / "bundles").path
    visit = Opened(browser, bundle / "index.html", viewport=PHONE)
    assert "No topic was large enough to publish." in visit.page.locator("header").inner_text()
    visit.assert_silent()
