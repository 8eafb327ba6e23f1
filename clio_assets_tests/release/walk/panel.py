"""The panel: what is published of each topic, of leaves and groups alike."""

from __future__ import annotations

import math
from typing import Any

from clio_assets_tests.release.opened import Opened
from clio_assets_tests.release.walk.outline import unfold
from clio_assets_tests.release.walk.shown import agrees, percent_change
from clio_assets_tests.release.walk.tables import Row, Tables, Value

# Chooses every topic of the tree in turn and notes what the panel then says.
_PANELS = """() => {
  const panel = document.getElementById("panel");
  const texts = selector => [...panel.querySelectorAll(selector)].map(one => one.textContent);
  const listed = title => {
    const heading = [...panel.querySelectorAll("h3")].find(one => one.textContent === title);
    return heading ? [...heading.parentNode.querySelectorAll("[data-choice]")].map(
      one => one.dataset.choice) : [];
  };
  const ids = [...document.querySelectorAll("#tree [data-topic]")].map(row => row.dataset.topic);
  return ids.map(id => {
    document.querySelector(`#tree [data-topic="${id}"] .name`).click();
    return {
      id, title: panel.querySelector("h2").firstChild.data,
      summary: panel.querySelector("p.summary")?.textContent ?? "",
      path: [...panel.querySelectorAll(".path [data-choice]")].map(one => one.dataset.choice),
      facts: texts(".facts > div > dt").map((name, at) => [name, texts(".facts > div > dd")[at]]),
      cells: [...panel.querySelectorAll(".facet")].flatMap(facet =>
        [...facet.querySelectorAll("tr")].map(row => [
          facet.querySelector("h3").textContent, row.querySelector("th").textContent,
          ...[...row.querySelectorAll(".figure")].map(one => one.textContent)])),
      origins: panel.querySelectorAll(".identity li").length,
      dots: panel.querySelectorAll(".trend circle").length,
      parts: listed("Topics in this group"), nearest: listed("Nearest on the map"),
      rules: texts(".verdict li"),
    };
  });
}"""


def names_of_values(visit: Opened) -> dict[tuple[str, str], Value]:
    """How the page calls each facet and value published of the whole period."""
    listed = visit.page.locator("#over optgroup option").evaluate_all(
        "all => all.map(one => [one.parentNode.label, one.textContent, one.value])"
    )
    return {(facet, text): tuple(key.split(":", 1)) for facet, text, key in listed}


def assert_panel_of_every_topic(visit: Opened, tables: Tables) -> None:
    """Chosen in the tree, each topic shows its own figures, cells, relatives and decisions."""
    unfold(visit)
    names = names_of_values(visit)
    panels = visit.page.evaluate(_PANELS)
    assert {one["id"] for one in panels} == set(tables.topics)
    decided = _rules(tables)
    for panel in panels:
        topic = tables.topics[panel["id"]]
        assert panel["title"] == topic["name"]
        assert panel["summary"] == (topic["summary"] or panel["summary"])
        assert panel["path"] == [row["topic_id"] for row in reversed(tables.above(panel["id"]))]
        _assert_facts(panel["facts"], topic, tables)
        _assert_cells(panel, names, tables)
        children = tables.under(panel["id"])
        assert set(panel["parts"]) == {row["topic_id"] for row in children}
        _assert_nearest(panel, tables)
        assert panel["rules"] == decided[panel["id"]]
        assert panel["origins"] == len(tables.lineage.filter(topic_id=panel["id"]))
        if len(tables.coverage) in range(2, 46):
            assert panel["dots"] == len(tables.trends.filter(topic_id=panel["id"]))


def _assert_facts(facts: list[tuple[str, str]], topic: Row, tables: Tables) -> None:
    said = {name.split(",")[0].split(" (")[0]: text for name, text in facts}
    assert said["conversations"] == f"{topic['conversations']:,}"
    assert agrees(said["of the period"], tables.part(topic["topic_id"]))
    if tables.manifest["counts_unit"] == "accounts":
        assert said["accounts"] == f"{topic['accounts']:,}"
    moved = tables.moved.get(topic["topic_id"], {})
    if moved.get("growth") is None:
        assert "change of its share" not in said
        return
    assert agrees(said["change of its share"], percent_change(moved["growth"]))
    interval = next(name for name, _ in facts if name.startswith("change")).partition("95 %:")[2]
    ends = [percent_change(moved[f"growth_{end}"]) for end in ("low", "high")]
    assert agrees(interval, *ends), (interval, ends)


def _assert_cells(panel: Any, names: dict[tuple[str, str], Value], tables: Tables) -> None:
    shown = {names[facet, value]: figures for facet, value, *figures in panel["cells"]}
    released = tables.cells.get(panel["id"], {})
    assert len(panel["cells"]) == len(shown)
    assert shown.keys() == released.keys()
    for value, figures in shown.items():
        assert agrees(figures[0], released[value]["share"]), (panel["id"], value)
        lift = tables.lifts.get(panel["id"], {}).get(value, {}).get("lift")
        if lift is None:
            assert not any(figures[1:])
        else:
            assert agrees(figures[1], lift), (panel["id"], value)


def _assert_nearest(panel: Any, tables: Tables) -> None:
    topic = tables.topics[panel["id"]]
    group = bool(tables.under(panel["id"]))
    others = tables.under(topic["parent_id"]) if group else tables.leaves
    far = {
        row["topic_id"]: math.dist((row["x"], row["y"]), (topic["x"], topic["y"]))
        for row in others
        if row["topic_id"] != panel["id"]
    }
    shown = [far[one] for one in panel["nearest"]]
    assert shown == sorted(far.values())[:5], panel["id"]


def _rules(tables: Tables) -> dict[str, list[str]]:
    """Topic -> the rules that the manifest says it passed, as the page writes them."""
    found: dict[str, list[str]] = {}
    for verdict in tables.manifest["decisions"]:
        said = [f"{rule['rule']} {rule['requirement']}" for rule in verdict["rules"]]
        found |= {one["topic_id"]: said for one in verdict["topics"]}
    return found


def assert_choice_and_return(visit: Opened, tables: Tables) -> None:
    """A value in the panel becomes the colour; Escape and the button lead back to the period."""
    page = visit.page
    unfold(visit)
    groups = [row["topic_id"] for row in tables.topics.values() if row["level"] > 0]
    for topic in (tables.leaves[0]["topic_id"], *groups[:1]):
        page.locator(f'#tree [data-topic="{topic}"] .name').first.click()
        assert visit.title_of_panel() == tables.topics[topic]["name"]
        page.keyboard.press("Escape")
        assert visit.title_of_panel() == "The whole period"
    page.locator(f'#tree [data-topic="{tables.leaves[-1]["topic_id"]}"] .name').first.click()
    page.locator("#panel .quiet").first.click()
    assert visit.title_of_panel() == "The whole period"
    values = page.locator("#panel .facet .link")
    if values.count():
        values.first.click()
        facet, value = _first_value(visit)
        assert page.locator("#colour").input_value() == f"{facet}:{value}"


def _first_value(visit: Opened) -> Value:
    facet = visit.page.locator("#panel .facet h3").first.inner_text()
    value = visit.page.locator("#panel .facet .link").first.inner_text()
    return names_of_values(visit)[facet, value]
