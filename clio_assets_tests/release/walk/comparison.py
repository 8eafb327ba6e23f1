"""The comparison: two periods as the marts have it, two values of a facet by their cells."""

from __future__ import annotations

import pytest

from clio_assets_tests.release.opened import Opened
from clio_assets_tests.release.walk.listed import assert_ratio, growth_of, rows_of
from clio_assets_tests.release.walk.panel import names_of_values
from clio_assets_tests.release.walk.shown import agrees, numbers, percent_change
from clio_assets_tests.release.walk.tables import Row, Tables


def assert_periods_compared(visit: Opened, tables: Tables) -> None:
    """This period beside the one before as the marts say, and beside older ones by their counts."""
    visit.at("view=compare")
    if tables.previous is None:
        return
    then = tables.size_of(tables.previous)
    told = visit.page.locator("#comparison .told").inner_text()
    rows = rows_of(visit, "comparison")
    known = {row["topic_id"]: row for row in tables.movers
             if row["level"] == 0 and row["growth"] is not None}  # fmt: skip
    assert {row["id"] for row in rows} == known.keys()
    moved = [one for one, row in known.items() if row["status"] != "steady"]
    assert told.startswith(f"{len(moved)} topic")
    assert {row["id"] for row in rows[: len(moved)]} == set(moved)
    for row in rows:
        mart = known[row["id"]]
        here, there, ratio = row["figures"]
        assert agrees(here["figure"], 100 * mart["conversations"] / tables.conversations)
        assert agrees(there["figure"], 100 * mart["previous_conversations"] / then)
        assert_ratio(ratio, *growth_of(mart), found=row["id"] in moved)
    _assert_saved_comparison(visit)
    earlier = visit.page.locator("[data-side=with] option").evaluate_all(
        "all => all.map(one => one.value)"
    )
    for period in earlier[1:2]:
        visit.page.locator("[data-side=with]").select_option(period)
        _assert_older(visit, tables, period)


def _assert_older(visit: Opened, tables: Tables, period: str) -> None:
    then = tables.trends.filter(period=period, level=0)
    counts = dict(then.select("topic_id", "conversations").iter_rows())
    total = tables.size_of(period)
    rows = rows_of(visit, "comparison")
    assert {row["id"] for row in rows} == counts.keys() & {row["topic_id"] for row in tables.leaves}
    for row in rows:
        here = tables.topics[row["id"]]["conversations"] / tables.conversations
        there = counts[row["id"]] / total
        assert agrees(row["figures"][0]["figure"], 100 * here)
        assert agrees(row["figures"][1]["figure"], 100 * there)
        assert agrees(row["figures"][2]["figure"], percent_change(here / there))


def _assert_saved_comparison(visit: Opened) -> None:
    shown = rows_of(visit, "comparison")
    saved = visit.saved_rows()
    assert [row["topic_id"] for row in saved] == [row["id"] for row in shown]
    for row, line in zip(saved, shown, strict=True):
        assert (row["more_than_chance"] == "yes") == line["figures"][2]["found"]
        assert numbers(line["figures"][0]["figure"])[0][0] == pytest.approx(
            float(row["share"]), abs=0.056
        )


def assert_values_compared(visit: Opened, tables: Tables) -> None:
    """Two values of a facet: their released cells, and one share over the other."""
    facets: dict[str, list[str]] = {}
    for facet, value in names_of_values(visit).values():
        facets.setdefault(facet, []).append(value)
    several = {facet: values for facet, values in facets.items() if len(values) > 1}
    visit.at("view=compare")
    offered = visit.page.locator("#comparison select[aria-label=Compare] option").evaluate_all(
        "all => all.map(one => one.value)"
    )
    assert set(offered) - {""} == several.keys()
    if several or tables.previous:
        seen = rows_of(visit, "comparison")
        assert visit.page.locator("#comparison .told").is_visible()
        visit.at("view=compare&one=nothing:here")
        assert rows_of(visit, "comparison") == seen
    for facet in several:
        visit.page.locator("#comparison select[aria-label=Compare]").select_option(facet)
        sides = [
            visit.page.locator(f"[data-side={side}]").input_value() for side in ("one", "other")
        ]
        one, other = [side.split(":", 1)[1] for side in sides]
        both = {
            topic: (cells[facet, one], cells[facet, other])
            for topic, cells in tables.cells.items()
            if {(facet, one), (facet, other)} <= cells.keys() and tables.topics[topic]["level"] == 0
        }
        rows = rows_of(visit, "comparison")
        assert {row["id"] for row in rows} == both.keys(), facet
        saved = {row["topic_id"]: row for row in visit.saved_rows()}
        assert list(saved) == [row["id"] for row in rows]
        for topic, (here, there) in both.items():
            _assert_two(saved[topic], here, there, tables.conversations)


def _assert_two(saved: dict[str, str], here: Row, there: Row, conversations: int) -> None:
    shares = []
    # The tables say the shares of the whole period to one decimal, so these as well as that.
    unsure = sum(0.06 / cell["base_share"] for cell in (here, there))
    for cell, side in ((here, ""), (there, "other_")):
        assert int(saved[f"{side}count"]) == cell["conversations"]
        total = cell["base_share"] / 100 * conversations
        shares.append(100 * cell["conversations"] / total)
        said = float(saved[f"{side}share"])
        assert said == pytest.approx(shares[-1], abs=unsure * shares[-1] + 0.006)
    ratio = shares[0] / shares[1]
    assert float(saved["ratio"]) == pytest.approx(ratio, abs=unsure * ratio + 0.006)
    assert float(saved["ratio_low"]) <= float(saved["ratio"]) <= float(saved["ratio_high"])
