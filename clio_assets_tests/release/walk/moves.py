"""Going about by keys, back and by address; a picture of each view; what keeps anybody out."""

from __future__ import annotations

import itertools
from urllib.parse import parse_qsl

from clio_assets_tests.release.accessible import serious_findings
from clio_assets_tests.release.opened import Opened
from clio_assets_tests.release.walk.outline import unfold
from clio_assets_tests.release.walk.panel import names_of_values
from clio_assets_tests.release.walk.tables import Tables

VIEWS = ("map", "table", "compare", "languages")


def addresses(visit: Opened, tables: Tables) -> list[str]:
    """One of every view, with a topic, a colour and a filter where the release has them."""
    topic = tables.leaves[-1]["topic_id"]
    values = [f"{facet}:{value}" for facet, value in names_of_values(visit).values()]
    colour = f"&colour={values[0]}" if values else ""
    pairs = [
        (one, other)
        for one, other in itertools.pairwise(values)
        if one.split(":")[0] == other.split(":")[0]
    ]
    compared = f"&one={pairs[0][0]}&other={pairs[0][1]}" if pairs else ""
    return [
        f"topic={topic}{colour}",
        f"view=table&topic={topic}{colour}&sort=name",
        f"view=compare{compared}",
        "view=languages",
        "q=no+topic+has+this+name",
    ]


def assert_keys_in_the_tree(visit: Opened, tables: Tables) -> None:
    """From the first row to the last by keys alone; Enter chooses."""
    page = visit.page
    unfold(visit)
    page.locator("#tree [data-topic]").first.focus()
    at = "document.activeElement.dataset.topic"
    rows = page.locator("#tree [data-topic]").evaluate_all("all => all.map(r => r.dataset.topic)")
    walked = [page.evaluate(at)]
    for _ in rows[1:6]:
        page.keyboard.press("ArrowDown")
        walked.append(page.evaluate(at))
    assert walked == rows[:6]
    page.keyboard.press("End")
    assert page.evaluate(at) == rows[-1]
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    closed = page.locator("#tree [data-topic]").count()
    assert closed < len(rows) or not tables.under(rows[0])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert visit.title_of_panel() == tables.topics[rows[-1]]["name"]
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"


def assert_back(visit: Opened, tables: Tables) -> None:
    """The browser's button undoes the choice, then the view."""
    page = visit.page
    visit.view("table")
    visit.fragment()
    page.locator("#table tbody .link").first.click()
    assert visit.title_of_panel() in {row["name"] for row in tables.leaves}
    visit.fragment()
    page.go_back()
    visit.until("document.querySelector('#panel h2').textContent === 'The whole period'")
    assert page.locator("#table").is_visible()
    page.go_back()
    visit.until("document.getElementById('explorer').dataset.view === 'map'")
    page.go_forward()
    visit.until("document.getElementById('explorer').dataset.view === 'table'")


def assert_addresses(visit: Opened, tables: Tables) -> None:
    """What one sees, written down and opened again, is the same."""
    for address in addresses(visit, tables):
        visit.at(address)
        seen = visit.page.locator("#explorer").inner_text()
        # The page writes its address anew, from what it understood of the one it was given.
        visit.page.locator("#least").dispatch_event("input")
        assert sorted(parse_qsl(visit.fragment())) == sorted(parse_qsl(address))
        visit.page.reload()
        visit.ready()
        assert visit.page.locator("#explorer").inner_text() == seen, address


def assert_pictures(visit: Opened, tables: Tables) -> None:
    """Each view is saved as a picture as wide as a report."""
    for view in VIEWS:
        visit.at(f"view={view}")
        content = visit.saved("#png")
        assert content.startswith(b"\x89PNG")
        width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
        assert min(width, height) > 150, (view, width, height)
        assert len(content) > 4_000, view


def assert_fits_and_accessible(visit: Opened, tables: Tables) -> None:
    """No view is wider than the window, and axe finds nothing serious in any."""
    for address in ("", *(addresses(visit, tables) if tables.topics else [])):
        visit.at(address)
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert serious_findings(visit.page) == [], address
