"""Search and filters: they leave exactly the topics that the tables say."""

from __future__ import annotations

from clio_assets_tests.release.opened import Opened
from clio_assets_tests.release.walk.listed import rows_of
from clio_assets_tests.release.walk.outline import rows_of_tree
from clio_assets_tests.release.walk.panel import names_of_values
from clio_assets_tests.release.walk.shown import plain
from clio_assets_tests.release.walk.tables import Row, Tables

UNFOLDED = 60
"""The page opens the branches of what it found while it is no more than this."""


def found(tables: Tables, text: str) -> set[str]:
    """The finest topics whose name, summary or group's name holds every word of a search."""
    words = plain(text).split()
    return {row["topic_id"] for row in tables.leaves
            if all(word in _searched(tables, row) for word in words)}  # fmt: skip


def _searched(tables: Tables, leaf: Row) -> str:
    above = [row["name"] for row in tables.above(leaf["topic_id"])]
    return plain("\n".join([leaf["name"], leaf["summary"] or "", *above]))


def assert_search(visit: Opened, tables: Tables) -> None:
    """Words of names and summaries, in capitals, in part, two at once, and one that is nowhere."""
    page = visit.page
    leaves = tables.leaves
    first, middle = leaves[0], leaves[len(leaves) // 2]
    said = [
        first["name"].split()[0],
        middle["name"].upper(),
        plain(middle["name"])[1:5],
        *(row["summary"].split()[-1].strip(".") for row in (first, middle) if row["summary"]),
        *(row["name"].split()[-1] for row in tables.under(None)[:2]),
        "no topic has this name",
    ]
    for text in said:
        visit.at("view=table")
        page.keyboard.press("/")
        page.keyboard.insert_text(text)
        expected = found(tables, text[:100])
        assert page.locator("#matching").inner_text() == f"{len(expected):,} of {len(leaves):,}"
        assert {row["id"] for row in rows_of(visit, "table")} == expected, text
        visit.view("map")
        _assert_thinned(visit, tables, expected)
    assert page.locator("#nothing-found").is_visible()
    page.locator("#unfilter").click()
    assert page.locator("#matching").inner_text().split()[0] == f"{len(leaves):,}"


def _assert_thinned(visit: Opened, tables: Tables, expected: set[str]) -> None:
    """The tree keeps what was found and the groups above it, opened while that is not much."""
    kept = expected | {row["topic_id"] for one in expected for row in tables.above(one)}
    shown = {row["id"] for row in rows_of_tree(visit)}
    assert shown <= kept
    assert shown == kept or len(kept) > UNFOLDED


def assert_filters(visit: Opened, tables: Tables) -> None:
    """By what became of a topic, by a value that is more common, by size, and all together."""
    visit.at("view=table")
    page = visit.page
    assert page.locator("#moved").is_visible() == (tables.previous is not None)
    if tables.previous:
        for status in ("new", "grew", "shrank", "steady"):
            page.locator("#moved").select_option(status)
            of_status = {row["topic_id"] for row in tables.leaves
                         if tables.status(row["topic_id"]) == status}  # fmt: skip
            _assert_left(visit, tables, of_status)
            if status != "steady":
                assert len(of_status) == len(tables.with_status(status))
        page.locator("#moved").select_option("")
    for facet, value in list(names_of_values(visit).values())[::3]:
        page.locator("#over").select_option(f"{facet}:{value}")
        over = {row["topic_id"] for row in tables.over((facet, value))}
        _assert_left(visit, tables, over)
    least = tables.leaves[len(tables.leaves) // 3]["conversations"]
    page.locator("#least").fill(str(least))
    _assert_left(visit, tables, over & _large(tables, least))
    page.locator("#over").select_option("")
    _assert_left(visit, tables, _large(tables, least))
    page.locator("#unfilter").click()
    assert len(rows_of(visit, "table")) == len(tables.leaves)


def _large(tables: Tables, least: int) -> set[str]:
    return {row["topic_id"] for row in tables.leaves if row["conversations"] >= least}


def _assert_left(visit: Opened, tables: Tables, expected: set[str]) -> None:
    said = visit.page.locator("#matching").inner_text()
    assert said == f"{len(expected):,} of {len(tables.leaves):,}"
    assert {row["id"] for row in rows_of(visit, "table")} == expected


def assert_whats_new_leads_on(visit: Opened, tables: Tables) -> None:
    """`show all` of what grew, shrank or is new leads to as many rows as the movers table has."""
    buttons = visit.page.locator("#movers .quiet")
    for at in range(buttons.count()):
        visit.at("")
        title = buttons.nth(at).locator("xpath=..").locator("h2").evaluate("h => h.firstChild.data")
        moved = tables.with_status(title.lower())
        listed = visit.page.locator("#movers > div").filter(has=buttons.nth(at))
        buttons.nth(at).click()
        if title == "Gone":
            assert listed.count() == 0
            assert visit.page.locator("#movers .gone").count() == len(moved)
        else:
            assert {row["id"] for row in rows_of(visit, "table")} == {
                row["topic_id"] for row in moved
            }
