"""The overlay: each disc has the colour of the step that its figure falls in."""

from __future__ import annotations

import math
from typing import Any

from clio_assets_tests.release.opened import Opened
from clio_assets_tests.release.walk.shown import numbers
from clio_assets_tests.release.walk.tables import Tables, Value

UNSAID = "not published"
CHANCE = "no more than chance"

# The colour at the middle of each disc, and that of each step of the legend. The canvas is copied
# first: Chromium complains of one that is read again and again.
_PAINTED = """() => {
  const canvas = document.getElementById("canvas");
  const sheet = document.createElement("canvas");
  Object.assign(sheet, { width: canvas.width, height: canvas.height });
  const context = sheet.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const dense = canvas.width / canvas.clientWidth;
  const at = ({ x, y }) => [...context.getImageData(x * dense, y * dense, 1, 1).data].slice(0, 3);
  const rgb = text => text.match(/\\d+/g).slice(0, 3).map(Number);
  const pane = rgb(getComputedStyle(document.querySelector(".map-pane")).backgroundColor);
  const steps = [...document.querySelectorAll("#legend .step .swatch")].map(swatch => ({
    text: swatch.parentNode.textContent,
    colour: swatch.classList.contains("ring")
      ? pane : rgb(getComputedStyle(swatch).backgroundColor),
  }));
  const { discs, labels } = canvas.shown();
  const covered = one => labels.some(area => one.x > area.left - 2 && one.x < area.right + 2
      && one.y > area.top - 2 && one.y < area.bottom + 2)
    || discs.some(other => other !== one
      && Math.hypot(one.x - other.x, one.y - other.y) < other.r + 5);
  const seen = discs.filter(one => one.r > 2.5 && one.x > 0 && one.x < canvas.clientWidth
    && one.y > 0 && one.y < canvas.clientHeight && !covered(one));
  return { steps, discs: seen.map(one => ({ id: one.id, colour: at(one) })) };
}"""


def assert_every_colour(visit: Opened, tables: Tables) -> None:
    """Group, growth, concern, and the first value of each facet as share and as lift."""
    page = visit.page
    offered = page.locator("#colour option").evaluate_all("all => all.map(one => one.value)")
    assert ("growth" in offered) == (tables.previous is not None)
    one_of_each: dict[str, str] = {key.split(":", 1)[0]: key for key in reversed(offered)}
    seen = 0
    for key in one_of_each.values():
        page.locator("#colour").select_option(key)
        seen += _assert_painted(visit, tables, key, lift=False)
        if ":" in key:
            page.locator("#legend button").click()
            seen += _assert_painted(visit, tables, key, lift=True)
            page.locator("#legend button").click()
    assert seen >= len(one_of_each)


def _assert_painted(visit: Opened, tables: Tables, key: str, *, lift: bool) -> int:
    visit.page.wait_for_timeout(40)
    painted = visit.page.evaluate(_PAINTED)
    colour_of = {step["text"]: step["colour"] for step in painted["steps"]}
    checked = 0
    for disc in painted["discs"]:
        steps = _steps(tables, key, disc["id"], list(colour_of), lift=lift)
        if steps:
            assert disc["colour"] in [colour_of[step] for step in steps], (key, disc, steps)
            checked += 1
    return checked


def _steps(tables: Tables, key: str, topic: str, legend: list[str], *, lift: bool) -> set[str]:
    """The steps of the legend that a topic may have; none where the legend leaves it out."""
    if key == "group":
        return {tables.group(topic)["name"]} & set(legend)
    if key == "growth":
        return {_growth_step(tables, topic)}
    if key == "concern":
        return _range_steps(tables.concern(topic), legend)
    facet, value = key.split(":", 1)
    if lift:
        return {_lift_step(tables, topic, (facet, value))}
    return _range_steps(tables.share(topic, (facet, value)), legend)


def _growth_step(tables: Tables, topic: str) -> str:
    status = tables.status(topic)
    growth: Any = tables.moved.get(topic, {}).get("growth")
    if status == "grew":
        return "grew by half or more" if growth >= 1.5 else "grew"
    if status == "shrank":
        return "shrank by a third or more" if growth <= 2 / 3 else "shrank"
    return {"new": "new", "steady": CHANCE}.get(status, UNSAID)


def _lift_step(tables: Tables, topic: str, value: Value) -> str:
    row = tables.lifts.get(topic, {}).get(value, {})
    if row.get("lift") is None:
        return UNSAID
    if row["status"] == "over":
        return "twice as common or more" if row["lift"] >= 2 else "more common"
    if row["status"] == "under":
        return "half as common or less" if row["lift"] <= 0.5 else "less common"
    return CHANCE


def _range_steps(share: float | None, legend: list[str]) -> set[str]:
    """The step whose range holds a share; both where it is the bound of two."""
    if share is None:
        return {UNSAID}
    found = set()
    for text in legend:
        bounds = [figure for figure, _ in numbers(text.replace("–", " "))]  # noqa: RUF001
        if text != UNSAID:
            low, high = bounds if len(bounds) == 2 else (bounds[0], math.inf)
            if low - 1e-9 <= share <= high + 1e-9:
                found.add(text)
    return found
