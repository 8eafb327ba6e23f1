"""The walk through small invented releases; and that it would see what is wrong with a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clio_assets.release.bundle import write_bundle
from clio_assets.release.page import render
from clio_assets_tests.release.marts import write_warehouse
from clio_assets_tests.release.opened import WIDE, Opened
from clio_assets_tests.release.walk import (
    colours,
    comparison,
    finding,
    languages,
    moves,
    on_map,
    outline,
    panel,
    table,
)
from clio_assets_tests.release.walk.tables import Tables
from clio_assets_tests.release.walk.through import MANNERS, Manner, Step, walk

pytest.importorskip("playwright.sync_api", reason="PAGE NOT TESTED: no playwright")
pytestmark = pytest.mark.browser

WIDE_FILE, PHONE_SERVED, *_ = MANNERS


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of fourteen topics."""
    release = tmp_path_factory.mktemp("few") / "release"
    release.mkdir()
    return write_warehouse(release)


def test_few_topics(browser: Any, few: Path) -> None:
    bundle = write_bundle(few, "2026-11-04", few.parent / "bundles").path
    walk(browser, bundle, WIDE_FILE)


def test_one_topic(browser: Any, tmp_path: Path) -> None:
    release = tmp_path / "release"
    release.mkdir()
    warehouse = write_warehouse(release, periods=1, topics=1)
    walk(browser, write_bundle(warehouse, "2026-11-02", release / "bundles").path, PHONE_SERVED)


@pytest.mark.parametrize("manner", MANNERS, ids=str)
def test_an_empty_release(browser: Any, tmp_path: Path, manner: Manner) -> None:
    release = tmp_path / "release"
    release.mkdir()
    warehouse = write_warehouse(release, periods=2, empty=(1,))
    walk(browser, write_bundle(warehouse, "2026-11-03", release / "bundles").path, manner)


FAULTS: list[tuple[Step, str, str, str]] = [
    (outline.assert_tree, "tree.js", "percent(topic.share)", "percent(topic.share + 0.1)"),
    (panel.assert_panel_of_every_topic, "breakdown.js", "times(lift.times)", "times(lift.high)"),
    (on_map.assert_map, "labels.js", "return area.left <", "return area.left > 1e9 &&"),
    (colours.assert_every_colour, "overlay.js", "lift.times >= 2 ? 4 : 3", "3 + (lift.times < 2)"),
    (table.assert_table, "export.js", "...rows]", "...rows.slice(1)]"),
    (comparison.assert_periods_compared, "compare.js", "(100 * count)", "(90 * count)"),
    (comparison.assert_values_compared, "compare.js", "total: cell(WHOLE", "total: 2 * cell(WHOLE"),
    (languages.assert_languages, "languages.js", 'lift?.status === "over"', "lift"),
    (finding.assert_search, "filters.js", "words.every(", "words.some("),
    (finding.assert_filters, "filters.js", ">= state.least", "> state.least"),
    (moves.assert_addresses, "main.js", "fromAddress();\n  readColours();", "readColours();"),
]


@pytest.mark.parametrize(
    ("step", "file", "right", "wrong"), FAULTS, ids=[step.__name__ for step, *_ in FAULTS]
)
def test_a_wrong_page_is_seen(
    browser: Any,
    few: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: Step,
    file: str,
    right: str,
    wrong: str,
) -> None:
    source = render.page_source
    assert right in source(file)
    monkeypatch.setattr(render, "page_source", lambda name: (
        source(name).replace(right, wrong) if name == file else source(name)))  # fmt: skip
    bundle = write_bundle(few, "2026-11-04", tmp_path / "bundles").path
    visit = Opened(browser, bundle / "index.html", viewport=WIDE)
    with pytest.raises(AssertionError):
        step(visit, Tables(bundle))
