"""The safety location with monitors of any name and period."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from clio_assets.safety.defs.build import build_safety_definitions
from clio_assets.safety.zone import create_key_file, open_zone
from clio_assets_tests.defs.pipelines import FIRST, settings_at

pytestmark = pytest.mark.platform


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_whatever_monitors_are_named_and_wherever_they_begin_the_location_loads(
    period: str, tmp_path: Path
) -> None:
    words = {"words": ["lamp"]}
    monitors = {
        "lamps": {**words, "since": "2025-09-02"},
        "lamps_topics": words,
        "topics": {**words, "until": FIRST},
        "lamps_schedule": words,
        "later": {**words, "since": "2999-01-01"},
    }
    source = {"last_day": None}
    safety_settings = {"enabled": True, "monitors": monitors, "webhook_variable": "HOOK"}
    settings = settings_at(tmp_path, period=period, source=source, safety=safety_settings)
    create_key_file(settings.safety.key_file)
    definitions = build_safety_definitions(settings, open_zone(settings))
    dg.Definitions.validate_loadable(definitions)
    for name in monitors:
        keys = {dg.AssetKey(["safety", "monitors", name, end]) for end in ("matches", "topics")}
        jobs = [f"monitor_{name}"] + [f"topics_of_monitor_{name}"] * (period != "day")
        run = [definitions.resolve_job_def(job).asset_layer.executable_asset_keys for job in jobs]
        assert set().union(*run) == keys
