"""The page in a real browser, opened as the file an analyst gets: offline, usable, inert."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from benchmarks.attacks.hostile_names import HOSTILE_NAMES
from clio_assets.release.bundle import write_bundle
from clio_assets_tests.release.marts import write_warehouse
from clio_assets_tests.release.opened import PHONE, WIDE, Opened

playwright = pytest.importorskip("playwright.sync_api", reason="PAGE NOT TESTED: no playwright")
pytestmark = pytest.mark.browser


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
    for promise in (
        "4 November 2026",
        "gate",
        "internal",
        "at least 25 accounts",
        "at most 5 topics",
        "rounded to 5",
    ):
        assert promise in page.locator(".trust").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    page.screenshot(path=tmp_path / "first.png")
    page.locator("#tree [data-topic] .name").first.click()
    page.screenshot(path=tmp_path / "chosen.png", full_page=True)
    visit.assert_silent()


def test_a_choice_in_the_tree_fills_the_panel(browser: playwright.Browser, index: Path) -> None:
    visit = Opened(browser, index, viewport=WIDE)
    page = visit.page
    assert visit.title_of_panel() == "The whole period"

    if page.locator("#unfold").inner_text() == "Open all":
        page.locator("#unfold").click()
    row = page.locator("#tree [data-topic]").nth(1)
    name = row.locator(".name > span").first.inner_text()
    row.locator(".name").click()
    assert visit.title_of_panel() == name
    assert page.locator("#tree [aria-selected=true]").count() == 1
    panel = page.locator("#panel").inner_text()
    for part in (
        "conversations, rounded to 5, within 7.5 of the true count",
        "accounts",
        "Over the released periods",
        "Band: 95 %",
        "First seen 2 November 2026",
        "Spanish",
        "\N{MULTIPLICATION SIGN}",
        "Nearest on the map",
        "Published because it passed 14 rules of the gate",
    ):
        assert part in panel
    page.locator(".verdict summary").click()
    assert "G-01 at least 25 accounts" in page.locator(".verdict").inner_text()

    assert "topic=" in visit.fragment()
    page.reload()
    visit.ready()
    assert visit.title_of_panel() == name
    page.keyboard.press("Escape")
    assert visit.title_of_panel() == "The whole period"
    visit.assert_silent()


def test_the_panel_tells_what_became_of_a_topic(browser: playwright.Browser, index: Path) -> None:
    lineage = pl.read_parquet(index.with_name("topic_lineage.parquet"))
    merged = lineage.row(by_predicate=pl.col("event") == "merged", named=True)
    visit = Opened(browser, index, viewport=WIDE)
    visit.at(f"topic={merged['topic_id']}")
    identity = visit.page.locator(".identity").inner_text()
    assert f"took in {merged['previous_name']}" in identity
    assert f"{merged['conversations']:,} · {merged['share']:.1f} %" in identity
    assert f"goes on {visit.title_of_panel()}" in identity
    visit.assert_silent()


def test_keys_are_enough_in_the_tree(browser: playwright.Browser, index: Path) -> None:
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
    assert page.evaluate("document.activeElement.id") == "map"
    visit.assert_silent()


def test_a_choice_on_a_phone_leads_to_the_panel(browser: playwright.Browser, index: Path) -> None:
    page = Opened(browser, index, viewport=PHONE).page
    page.locator("#tree [data-topic] .name").first.click()
    assert abs(page.locator("#panel").bounding_box()["y"]) < PHONE["height"] / 3


class Old(Opened):
    """A browser that cannot unpack."""

    def before(self) -> None:
        self.page.add_init_script("delete globalThis.DecompressionStream")


def test_an_old_browser_shows_what_it_can_and_says_so(
    browser: playwright.Browser, index: Path
) -> None:
    visit = Old(browser, index, viewport=WIDE)
    assert visit.shown()["discs"]
    assert "This browser is too old" in visit.page.locator("#panel").inner_text()
    for view in ("table", "compare", "languages"):
        visit.page.locator(f"#views [data-view={view}]").click()
    visit.assert_silent()


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
    assert page.locator("script").count() == 3
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
