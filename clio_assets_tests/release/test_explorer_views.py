"""Table, comparison, languages, overlay, search and filters; and that each has an address."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import polars as pl
import pytest

from clio_assets.release.bundle import write_bundle
from clio_assets_tests.release.marts import write_warehouse
from clio_assets_tests.release.opened import PHONE, WIDE, Opened

pytest.importorskip("playwright.sync_api", reason="PAGE NOT TESTED: no playwright")
pytestmark = pytest.mark.browser

PERIOD = "2026-11-04"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("views")
    warehouse = write_warehouse(folder, topics=300, three_levels=True)
    return write_bundle(warehouse, PERIOD, folder / "bundles").path


@pytest.fixture
def visit(browser: Any, bundle: Path) -> Opened:
    return Opened(browser, bundle / "index.html", viewport=WIDE)


def leaves(bundle: Path) -> pl.DataFrame:
    return pl.read_parquet(bundle / "topics.parquet").filter(pl.col("level") == 0)


def column(visit: Opened, number: int) -> list[str]:
    cells = visit.page.locator(f"#table tbody tr > :nth-child({number})")
    return [text.split("\n")[0] for text in cells.all_inner_texts()]


def test_the_table_sorts_by_every_column(visit: Opened, bundle: Path) -> None:
    visit.at("view=table&colour=language:es")
    page = visit.page
    topics = leaves(bundle).sort("conversations", descending=True)
    assert column(visit, 2)[:3] == [f"{size:,}" for size in topics["conversations"][:3]]
    page.locator("[data-sort=conversations]").click()
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Conversations")
    assert column(visit, 2)[0] == f"{topics['conversations'].min():,}"
    page.locator("[data-sort=name]").click()
    assert column(visit, 1)[:5] == sorted(topics["name"], key=str.lower)[:5]
    page.locator("[data-sort=lift]").click()
    lifts = pl.read_parquet(bundle / "facet_lift.parquet").filter(
        (pl.col("level") == 0) & (pl.col("facet") == "language") & (pl.col("value") == "es")
    )
    assert column(visit, 7)[0] == f"{lifts['lift'].max():.1f}×"  # noqa: RUF001
    page.locator("[data-sort=growth]").click()
    assert "sort=-growth" in visit.fragment()
    shown = page.locator("#table tbody tr").count()
    assert shown == 100
    page.locator("#table .more").scroll_into_view_if_needed()
    visit.until("document.querySelectorAll('#table tbody tr').length > 100")
    visit.assert_silent()


def test_search_finds_names_and_summaries_as_one_types(visit: Opened, bundle: Path) -> None:
    page = visit.page
    page.keyboard.press("/")
    page.keyboard.type("GUITÁR nurses")
    found = leaves(bundle).filter(pl.col("name").str.to_lowercase().str.contains("guitar.*nurses"))
    assert page.locator("#matching").inner_text().startswith(f"{len(found)} of 299")
    rows = page.locator("#tree [data-topic]").all_inner_texts()
    assert sum("for nurses" in row for row in rows) == len(found)
    assert "q=GUITÁR+nurses" in visit.fragment()
    page.locator("#search").fill("nothing has this name")
    assert page.locator("#nothing-found").is_visible()
    page.locator("#unfilter").click()
    assert page.locator("#matching").inner_text() == "299 topics"
    visit.assert_silent()


def test_filters_by_value_size_and_change(visit: Opened, bundle: Path) -> None:
    page = visit.page
    lifts = pl.read_parquet(bundle / "facet_lift.parquet").filter(
        (pl.col("level") == 0) & (pl.col("value") == "ja") & (pl.col("status") == "over")
    )
    page.locator("#over").select_option("language:ja")
    assert page.locator("#matching").inner_text() == f"{len(lifts)} of 299"
    page.locator("#over").select_option("")
    page.locator("#least").fill("400")
    large = leaves(bundle).filter(pl.col("conversations") >= 400)
    assert page.locator("#matching").inner_text() == f"{len(large)} of 299"
    page.locator("#least").fill("")
    movers = pl.read_parquet(bundle / "movers.parquet").filter(pl.col("level") == 0)
    grew = movers.filter(pl.col("status") == "grew")
    page.locator("#moved").select_option("grew")
    assert page.locator("#matching").inner_text().startswith(f"{len(grew)} of 299")


def test_every_scale_of_the_overlay_has_a_legend(visit: Opened) -> None:
    page = visit.page
    legends = set()
    for value in ("group", "growth", "concern", "language:es", "task:plan", "turns:10+"):
        page.locator("#colour").select_option(value)
        legends.add(page.locator("#legend").inner_text())
        assert page.locator("#legend .step").count() >= 3
    assert len(legends) == 6
    page.get_by_text("compare with the whole period").click()
    assert "no more than chance" in page.locator("#legend").inner_text()
    assert "lift=true" in visit.fragment()
    visit.assert_silent()


def test_two_periods_compare_as_the_marts_say(visit: Opened, bundle: Path) -> None:
    visit.at("view=compare")
    movers = pl.read_parquet(bundle / "movers.parquet").filter(
        (pl.col("level") == 0) & pl.col("growth").is_not_null()
    )
    moved = movers.filter(pl.col("status") != "steady")
    told = visit.page.locator("#comparison .told").inner_text()
    assert told.startswith(f"{len(moved)} topics of {len(movers)} differ")
    first = visit.page.locator("#comparison tbody tr").first
    row = movers.row(by_predicate=pl.col("topic_id") == first.get_attribute("data-row"), named=True)
    assert row["status"] != "steady"
    low, high = (round(100 * (row[f"growth_{end}"] - 1)) for end in ("low", "high"))
    shown = first.locator(".interval").inner_text().replace("−", "-").replace("+", "")  # noqa: RUF001
    assert shown == f"{low} % to {high} %"


def test_an_earlier_period_is_reckoned_as_the_marts_would(
    visit: Opened, bundle: Path, tmp_path: Path
) -> None:
    """The page's own intervals, beside those of the marts had that period been the one before."""
    visit.at("view=compare&with=2026-11-02")
    reckoned = visit.page.locator("#comparison .hint").first.inner_text()
    assert "reckoned here" in reckoned
    warehouse = write_warehouse(
        tmp_path,
        "DELETE FROM released_periods WHERE period = '2026-11-03'",
        "DELETE FROM released_topics WHERE period = '2026-11-03'",
        "DELETE FROM released_cells WHERE period = '2026-11-03'",
        topics=300,
        three_levels=True,
    )
    with duckdb.connect(str(warehouse), read_only=True) as con:
        marts = {
            topic: bounds
            for topic, *bounds in con.sql(
                f"SELECT topic_id, growth, growth_low, growth_high FROM movers "  # noqa: S608
                f"WHERE period = '{PERIOD}' AND level = 0 AND growth IS NOT NULL"
            ).fetchall()
        }
    rows = visit.page.locator("#comparison tbody tr").evaluate_all(
        "rows => rows.map(row => [row.dataset.row, row.querySelector('.ratio').innerText])"
    )
    assert len(rows) == 100
    for topic, text in rows:
        shown = [float(part) for part in _numbers(text)]
        for percent, ratio in zip(shown, marts[topic], strict=True):
            assert abs(percent - 100 * (ratio - 1)) <= 1.6, (topic, text, marts[topic])


def _numbers(text: str) -> list[str]:
    plain = text.replace("−", "-").replace("%", " ").replace("to", " ")  # noqa: RUF001
    return plain.replace("+", "").split()


def test_two_values_compare_by_the_documented_formula(visit: Opened, bundle: Path) -> None:
    visit.at("view=compare&one=language:es&other=language:de")
    first = visit.page.locator("#comparison tbody tr").first
    topic = first.get_attribute("data-row")
    with duckdb.connect(str(bundle.parents[2] / "clio.duckdb"), read_only=True) as con:
        cells = {
            (who, value): count
            for who, value, count in con.sql(
                "SELECT topic_id, value, conversations FROM released_cells "
                "WHERE facet = 'language' AND period = '2026-11-04'"
            ).fetchall()
        }
        topics = leaves(bundle)["topic_id"].to_list()
    row = leaves(bundle).row(by_predicate=pl.col("topic_id") == topic, named=True)
    per_account = max(1, row["conversations"] / row["accounts"])
    variance = 0.0
    for value in ("es", "de"):
        count, total = cells[topic, value], cells["*", value]
        noises = sum((one, value) in cells for one in topics)
        variance += per_account * (1 / count - 1 / total)
        variance += 7.8333 * (1 / count**2 - 2 / (count * total) + noises / total**2)
    ratio = (cells[topic, "es"] / cells["*", "es"]) / (cells[topic, "de"] / cells["*", "de"])
    factor = math.exp(1.959964 * math.sqrt(variance))
    expected = f"{ratio / factor:.1f}× to {ratio * factor:.1f}×"  # noqa: RUF001
    assert first.locator(".interval").inner_text() == expected
    visit.page.locator("[data-side=other]").select_option("language:fr")
    assert "other=language:fr" in visit.fragment()
    assert visit.page.locator("#comparison thead").inner_text().count("French") == 1
    visit.assert_silent()


def test_every_language_says_where_it_stands_out(visit: Opened, bundle: Path) -> None:
    visit.at("view=languages")
    cards = visit.page.locator("#languages .card")
    assert cards.count() == 5
    lifts = pl.read_parquet(bundle / "facet_lift.parquet").filter(
        (pl.col("level") == 0) & (pl.col("facet") == "language") & (pl.col("status") == "over")
    )
    over = {row["topic_id"] for row in lifts.filter(pl.col("value") == "ja").to_dicts()}
    card = visit.page.locator('[aria-label="Japanese"]')
    shown = card.locator("[data-row]").evaluate_all("rows => rows.map(row => row.dataset.row)")
    assert shown
    assert set(shown) <= over
    if len(over) > 6:
        card.get_by_text(f"all {len(over)} in the table").click()
        assert visit.page.locator("#matching").inner_text() == f"{len(over)} of 299"
    visit.assert_silent()


def test_what_changed_leads_to_the_table(visit: Opened, bundle: Path) -> None:
    page = visit.page
    more = page.locator("#movers .quiet").first
    number = more.inner_text().split()[-1]
    more.click()
    assert page.locator("#table").is_visible()
    assert page.locator("#table tbody tr").count() == int(number)
    page.locator("#table tbody .link").first.click()
    assert visit.title_of_panel() == column(visit, 1)[0]


@pytest.mark.parametrize(
    "fragment",
    [
        "view=table&sort=-lift&colour=language:ja&q=nurses",
        "view=compare&one=task:plan&other=task:fix",
        "view=languages&topic={topic}",
        "topic={topic}&colour=concern&at=1.500,-1.250,6.00&least=200",
        "view=table&moved=grew&over=length:long",
    ],
)
def test_an_address_brings_back_the_view(visit: Opened, bundle: Path, fragment: str) -> None:
    said = fragment.format(topic=leaves(bundle)["topic_id"][7])
    visit.at(quote(said, safe="=&:,"))
    first = visit.page.locator("#explorer").inner_text()
    # The page writes its address anew, from what it understood of the one it was given.
    visit.page.locator("#least").dispatch_event("input")
    visit.fragment()
    visit.page.reload()
    visit.ready()
    assert visit.page.locator("#explorer").inner_text() == first
    assert dict(p.split("=") for p in visit.fragment().split("&")) == dict(
        p.split("=") for p in said.split("&")
    )


@pytest.mark.parametrize(
    "fragment",
    [
        "view=nowhere&topic=t-none&colour=nothing:here&sort=up&least=-5&at=a,b,c",
        "one=language:xx&view=compare&with=1999-01-01",
        "%E0%A4%A&=&&view",
        "moved=__proto__&over=constructor&topic=__proto__",
    ],
)
def test_an_address_that_names_nothing_shows_the_page(visit: Opened, fragment: str) -> None:
    visit.at(fragment)
    assert visit.title_of_panel() == "The whole period"
    assert visit.page.locator("#tree [data-topic]").count() >= 5
    visit.assert_silent()


def test_every_view_fits_a_phone(browser: Any, bundle: Path) -> None:
    visit = Opened(browser, bundle / "index.html", viewport=PHONE)
    for view in ("table", "compare", "languages", "map"):
        visit.page.locator(f"#views [data-view={view}]").click()
        wide = visit.page.evaluate("document.documentElement.scrollWidth")
        assert wide == PHONE["width"], view
    visit.assert_silent()
