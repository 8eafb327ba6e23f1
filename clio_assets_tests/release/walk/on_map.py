"""The map: names that never overlap, discs by size, and every way of moving about."""

from __future__ import annotations

from typing import Any

from clio_assets_tests.release.opened import Opened, assert_apart
from clio_assets_tests.release.walk.shown import agrees
from clio_assets_tests.release.walk.tables import Tables

NEARER = 8


def assert_map(visit: Opened, tables: Tables) -> None:
    """From afar to near: every topic is drawn or in a group that is, and names keep apart."""
    far = visit.shown()
    _assert_all_drawn(far, tables)
    for _ in range(NEARER):
        _assert_named(visit, tables)
        visit.page.locator("#nearer").click()
        visit.page.wait_for_timeout(30)
    assert visit.shown()["zoom"] > 10
    visit.page.locator("#farther").click()
    visit.page.locator("#all").click()
    visit.until("document.getElementById('canvas').shown().zoom === 1")
    assert visit.shown()["discs"] == far["discs"]


def _assert_all_drawn(far: dict[str, Any], tables: Tables) -> None:
    drawn = {disc["id"] for disc in far["discs"]}
    for leaf in tables.leaves:
        line = [leaf, *tables.above(leaf["topic_id"])]
        assert sum(row["topic_id"] in drawn for row in line) == 1, leaf["topic_id"]
    by_size = sorted(far["discs"], key=lambda disc: tables.topics[disc["id"]]["conversations"])
    radii = [disc["r"] for disc in by_size]
    assert radii == sorted(radii)


def _assert_named(visit: Opened, tables: Tables) -> None:
    shown = visit.shown()
    assert shown["discs"]
    assert_apart(shown["labels"])
    wide, high = visit.page.evaluate(
        "[document.getElementById('map').clientWidth, document.getElementById('map').clientHeight]"
    )
    for label in shown["labels"]:
        assert label["text"] == tables.topics[label["id"]]["name"]
        assert label["left"] >= 0
        assert label["top"] >= 0
        assert label["right"] <= wide
        assert label["bottom"] <= high


def assert_press_chooses(visit: Opened, tables: Tables) -> None:
    """A press on the disc of a topic opens its panel."""
    page = visit.page
    page.locator("#canvas").scroll_into_view_if_needed()
    box = page.locator("#canvas").bounding_box()
    disc = max(visit.shown()["discs"], key=lambda one: _room(one, visit.shown()["discs"]))
    page.mouse.click(box["x"] + disc["x"], box["y"] + disc["y"])
    assert visit.title_of_panel() == tables.topics[disc["id"]]["name"]
    assert f"topic={disc['id']}" in visit.fragment()


def _room(disc: dict[str, Any], discs: list[dict[str, Any]]) -> float:
    """How far a disc is from its neighbours; those under the line at the foot are no choice."""
    far = [((disc["x"] - one["x"]) ** 2 + (disc["y"] - one["y"]) ** 2) ** 0.5 - one["r"]
           for one in discs if one is not disc]  # fmt: skip
    return min(far, default=0.0)


def assert_wheel_and_drag(visit: Opened, tables: Tables) -> None:
    """The wheel comes nearer, a drag moves what one sees, and neither chooses anything."""
    page = visit.page
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#canvas").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.wheel(0, -500)
    visit.until("document.getElementById('canvas').shown().zoom > 1.3")
    before = {disc["id"]: disc for disc in visit.shown()["discs"]}
    page.mouse.down()
    page.mouse.move(middle[0] + 20, middle[1] + 10, steps=4)
    page.mouse.up()
    page.wait_for_timeout(60)
    after = [disc for disc in visit.shown()["discs"] if disc["id"] in before]
    if len(tables.leaves) > 1:
        assert any(
            abs(disc["x"] - before[disc["id"]]["x"] - 20) < 2
            and abs(disc["y"] - before[disc["id"]]["y"] - 10) < 2
            for disc in after
        )
    assert visit.title_of_panel() == "The whole period"


def assert_keys_on_the_map(visit: Opened, tables: Tables) -> None:
    """Arrows walk from topic to topic, each is read out, and Enter chooses it."""
    page = visit.page
    page.locator("#map").focus()
    said = []
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        text = page.locator("#spoken").inner_text()
        name, _, figures = text.rpartition(": ") if ", a group" not in text else _group_said(text)
        assert any(
            row["name"] == name and agrees(figures, row["conversations"], tables.part(topic))
            for topic, row in tables.topics.items()
        ), text
        said.append(name)
    page.keyboard.press("Enter")
    assert visit.title_of_panel() == said[-1]
    # On a phone the choice led to the panel.
    page.locator("#map").focus()
    page.keyboard.press("+")
    visit.until("document.getElementById('canvas').shown().zoom > 1")
    page.keyboard.press("0")
    visit.until("document.getElementById('canvas').shown().zoom === 1")


def _group_said(text: str) -> tuple[str, str, str]:
    return text.rpartition(", a group")[0].rpartition(": ")
