"""A month of real requests as one period: what its page shows is what was released.

The fourteen days take SECONDS to run on two cores.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.real_text import DAYS, run_corpus
from clio_assets.release.bundle import latest_bundle
from clio_assets_tests.real_text.shared_data import needs_shared_data
from clio_assets_tests.release.walk.tables import Tables
from clio_assets_tests.release.walk.through import MANNERS, Manner, walk

pytestmark = [pytest.mark.platform, pytest.mark.browser, needs_shared_data]


# Asks for the browser first: without one, nothing is run in vain.
@pytest.fixture(scope="module")
def bundle(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    clio = run_corpus("clinc150", "month", tmp_path_factory.mktemp("month"))
    published = latest_bundle(clio.layout.bundles, DAYS[0])
    assert published
    return published


@pytest.mark.parametrize("manner", MANNERS, ids=str)
def test_the_page_shows_what_its_tables_say(browser: Any, bundle: Path, manner: Manner) -> None:
    assert len(Tables(bundle).leaves) >= 150
    walk(browser, bundle, manner)
