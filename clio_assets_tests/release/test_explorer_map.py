"""The map: labels that never overlap, levels by zoom, places that stay, and keys that reach all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clio_assets.release.bundle import write_bundle
from clio_assets_tests.release.marts import write_warehouse
from clio_assets_tests.release.opened import PHONE, WIDE, Opened, assert_apart

pytest.importorskip("playwright.sync_api", reason="PAGE NOT TESTED: no playwright")
pytestmark = pytest.mark.browser

LONG = "Fragen zu Versicherungen und Verträgen, Fristen, Kündigungen und Rückerstattungen"
NAMES = ("طلب المساعدة في كتابة الرسائل الرسمية", "履歴書と職務経歴書の書き方を相談する", LONG[:80])


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("map")
    warehouse = write_warehouse(folder, topics=500, three_levels=True)
    for period in ("2026-11-03", "2026-11-04"):
        write_bundle(warehouse, period, folder / "bundles")
    return folder / "bundles"


@pytest.fixture(scope="module")
def index(bundles: Path) -> Path:
    return bundles / "2026-11-04" / "v1" / "index.html"


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_zooming_opens_groups_and_names_more_without_overlap(
    browser: Any, index: Path, viewport: dict[str, int]
) -> None:
    visit = Opened(browser, index, viewport=viewport)
    far = visit.shown()
    assert len([disc for disc in far["discs"] if disc["group"]]) >= 5
    named: set[str] = set()
    for _ in range(9):
        shown = visit.shown()
        assert_apart(shown["labels"])
        assert shown["labels"]
        named |= {label["id"] for label in shown["labels"]}
        visit.page.locator("#nearer").click()
        visit.page.wait_for_timeout(40)
    near = visit.shown()
    assert near["zoom"] > 20
    assert any(not disc["group"] for disc in near["discs"])
    assert len(named) > len(far["labels"])
    visit.page.locator("#all").click()
    visit.until("document.getElementById('canvas').shown().zoom === 1")
    assert visit.shown()["discs"] == far["discs"]
    visit.assert_silent()


def test_areas_are_in_proportion_to_counts(browser: Any, tmp_path: Path) -> None:
    bundle = write_bundle(write_warehouse(tmp_path), "2026-11-04", tmp_path / "bundles").path
    visit = Opened(browser, bundle / "index.html", viewport=WIDE)
    sizes = visit.page.evaluate(
        "Object.fromEntries(JSON.parse(document.getElementById('data').textContent)"
        ".topics.map(topic => [topic.id, topic.conversations]))"
    )
    ratios = [disc["r"] ** 2 / sizes[disc["id"]] for disc in visit.shown()["discs"]]
    assert max(ratios) / min(ratios) < 1.001


def test_most_topics_of_a_small_day_lie_clear_of_their_neighbours(
    browser: Any, tmp_path: Path
) -> None:
    bundle = write_bundle(
        write_warehouse(tmp_path, topics=24), "2026-11-04", tmp_path / "bundles"
    ).path
    discs = Opened(browser, bundle / "index.html", viewport=WIDE).shown()["discs"]

    def touches(one: dict[str, float]) -> bool:
        others = (other for other in discs if other is not one)
        return any(
            (one["x"] - two["x"]) ** 2 + (one["y"] - two["y"]) ** 2 < (one["r"] + two["r"]) ** 2
            for two in others
        )

    assert sum(map(touches, discs)) <= len(discs) / 4
    assert max(disc["r"] for disc in discs) > 12


def test_topics_stay_where_they_were_a_period_ago(browser: Any, bundles: Path) -> None:
    def ways(period: str) -> dict[str, tuple[float, float]]:
        path = bundles / period / "v1" / "index.html"
        shown = Opened(browser, path, viewport=WIDE).shown()
        return {disc["id"]: (disc["x"], disc["y"]) for disc in shown["discs"]}

    before, now = ways("2026-11-03"), ways("2026-11-04")
    both = before.keys() & now.keys()
    assert len(both) > 30
    for one in both:
        assert abs(before[one][0] - now[one][0]) < 12
        assert abs(before[one][1] - now[one][1]) < 12


def test_wheel_drag_and_pinch_move_the_map(browser: Any, index: Path) -> None:
    visit = Opened(browser, index, viewport=WIDE)
    page = visit.page
    box = page.locator("#canvas").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(100)
    assert visit.shown()["zoom"] > 1.3
    before = visit.shown()["discs"][0]
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] + 30, steps=4)
    page.mouse.up()
    page.wait_for_timeout(60)
    after = next(disc for disc in visit.shown()["discs"] if disc["id"] == before["id"])
    assert abs(after["x"] - before["x"] - 60) < 2
    assert abs(after["y"] - before["y"] - 30) < 2
    assert visit.title_of_panel() == "The whole period"
    zoom = visit.shown()["zoom"]
    page.evaluate(
        """([x, y]) => {
          const send = (kind, id, dx) => document.getElementById("canvas").dispatchEvent(
            new PointerEvent(kind, { pointerId: id, pointerType: "touch", button: 0, bubbles: true,
              clientX: x + dx, clientY: y }));
          HTMLCanvasElement.prototype.setPointerCapture = () => {};
          send("pointerdown", 11, -40); send("pointerdown", 12, 40);
          send("pointermove", 11, -80); send("pointermove", 12, 80);
          send("pointerup", 11, -80); send("pointerup", 12, 80);
        }""",
        middle,
    )
    page.wait_for_timeout(60)
    assert abs(visit.shown()["zoom"] / zoom - 2) < 0.2
    assert visit.fragment().startswith("at=")
    part = visit.shown()["zoom"]
    page.reload()
    visit.ready()
    assert abs(visit.shown()["zoom"] - part) < 0.02
    visit.assert_silent()


def test_a_press_on_a_disc_chooses_it_in_every_view(browser: Any, index: Path) -> None:
    visit = Opened(browser, index, viewport=WIDE)
    page = visit.page
    for _ in range(8):
        page.locator("#nearer").click()
        page.wait_for_timeout(40)
    box = page.locator("#canvas").bounding_box()
    disc = min(
        (one for one in visit.shown()["discs"] if not one["group"]),
        key=lambda one: abs(one["x"] - box["width"] / 2) + abs(one["y"] - box["height"] / 2),
    )
    page.mouse.click(box["x"] + disc["x"], box["y"] + disc["y"])
    chosen = page.locator("#tree [aria-selected=true]").get_attribute("data-topic")
    assert f"topic={chosen}" in visit.fragment()
    page.locator("#views [data-view=table]").click()
    page.locator("#search").fill(visit.title_of_panel())
    assert page.locator("#table tr.chosen").get_attribute("data-row") == chosen
    page.go_back()
    page.wait_for_timeout(60)
    assert page.locator("#explorer").get_attribute("data-view") == "map"


def test_arrow_keys_walk_the_topics_and_say_where_they_are(browser: Any, index: Path) -> None:
    visit = Opened(browser, index, viewport=WIDE)
    page = visit.page
    page.locator("#map").focus()
    said = []
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        said.append(page.locator("#spoken").inner_text())
    assert all("conversations, " in text and "of the period" in text for text in said)
    assert len(set(said)) >= 3
    page.keyboard.press("Enter")
    assert said[-1].startswith(visit.title_of_panel())
    page.keyboard.press("+")
    page.wait_for_timeout(60)
    assert visit.shown()["zoom"] > 1
    page.keyboard.press("0")
    visit.until("document.getElementById('canvas').shown().zoom === 1")
    visit.assert_silent()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_long_right_to_left_and_cjk_names_fit(browser: Any, tmp_path: Path, scheme: str) -> None:
    listed = ", ".join(f"'{name}'" for name in NAMES)
    warehouse = write_warehouse(
        tmp_path,
        f"UPDATE released_topics SET name = ([{listed}])[1 + (hash(topic_id) % 3)::INT], "  # noqa: S608
        f"summary = rpad('{LONG} ', 300, '{LONG} ')",
    )
    index = write_bundle(warehouse, "2026-11-04", tmp_path / "bundles").path / "index.html"
    for viewport in (WIDE, PHONE):
        visit = Opened(browser, index, viewport=viewport, color_scheme=scheme)
        shown = visit.shown()
        assert len(shown["labels"]) >= 4
        assert_apart(shown["labels"])
        for view in ("table", "compare", "languages", "map"):
            visit.page.locator(f"#views [data-view={view}]").click()
            wide = visit.page.evaluate("document.documentElement.scrollWidth")
            assert wide == viewport["width"], view
        visit.page.locator("#tree [data-topic] .name").first.click()
        assert visit.page.locator("#panel h2").get_attribute("dir") == "auto"
        visit.assert_silent()


def test_one_topic_is_a_map_of_one(browser: Any, tmp_path: Path) -> None:
    bundle = write_bundle(
        write_warehouse(tmp_path, periods=1, topics=1), "2026-11-02", tmp_path / "bundles"
    ).path
    visit = Opened(browser, bundle / "index.html", viewport=WIDE)
    assert len(visit.shown()["discs"]) == 1
    for view in ("table", "compare", "languages", "map"):
        visit.page.locator(f"#views [data-view={view}]").click()
    visit.page.locator("#nearer").click()
    visit.page.locator("#tree [data-topic] .name").last.click()
    assert "Published because" in visit.page.locator("#panel").inner_text()
    visit.assert_silent()
