"""A withdrawn period is not published again by what its warehouse still holds."""

from __future__ import annotations

import pytest

from clio_assets.release.bundle import latest_bundle
from clio_assets.release.withdraw import withdraw_period
from clio_assets_tests.defs.conftest import Copy, Pipeline
from clio_assets_tests.defs.pipelines import SECOND, failures, launch

pytestmark = pytest.mark.platform


def test_the_report_alone_does_not_publish_it(released: Pipeline, copied: Copy) -> None:
    pipeline = copied(released)
    bundles = pipeline.clio.layout.bundles
    assert latest_bundle(bundles, SECOND) is not None
    withdraw_period(pipeline.clio.settings, SECOND)
    result = launch(pipeline.definitions, SECOND, "insight_report")
    assert "was withdrawn" in failures(result)["insight_report"]
    assert latest_bundle(bundles, SECOND) is None
