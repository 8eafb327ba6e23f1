"""Fourteen days of real requests as one period, and two of them as days of their own: every rule
holds, and the page shows what was released, and no more.

The run takes 188 s of one core, so it stays the whole of what there is and no week of it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.real_text import DAYS, run_corpus
from clio_assets.release.bundle import latest_bundle
from clio_assets_tests.independent_reader import broken_rules
from clio_assets_tests.real_text.shared_data import needs_shared_data
from clio_assets_tests.release.walk.tables import Tables
from clio_assets_tests.release.walk.through import MANNERS, Manner, walk

pytestmark = [pytest.mark.platform, needs_shared_data]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("month")
    run_corpus("clinc150", "month", folder)
    return folder


def test_a_month_of_requests_keeps_every_rule(home: Path) -> None:
    assert broken_rules(home, "month", DAYS[0], DAYS) == []


def test_two_days_of_requests_keep_every_rule(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "private", tmp_path / "private")
    days = DAYS[:2]
    clio = run_corpus("clinc150", "day", tmp_path, days[-1])
    for day in days:
        assert len(clio.layout.day(day).read("quarantine")) == 0
        assert broken_rules(tmp_path, "day", day, [day]) == []
        released = clio.releases.read("released_periods", day).row(0, named=True)
        assert released["topics"] >= 10
        assert released["leaf_coverage"] >= 0.7


# The release first: Playwright's event loop would stand in the way of Dagster's.
@pytest.mark.browser
@pytest.mark.parametrize("manner", MANNERS, ids=str)
def test_the_page_shows_what_its_tables_say(home: Path, browser: Any, manner: Manner) -> None:
    bundle = latest_bundle(home / "release" / "bundles", DAYS[0])
    assert bundle
    assert len(Tables(bundle).leaves) >= 150
    walk(browser, bundle, manner)
