"""The safety location with monitors of any name and period, and monitors that are set anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from clio_assets.safety.defs.build import build_safety_definitions
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.report.monitors import monitor_figures
from clio_assets.safety.zone import create_key_file, open_zone
from clio_assets_tests.defs.conftest import Pipeline
from clio_assets_tests.defs.pipelines import (
    FIRST,
    SECOND,
    THIRD,
    HashedWords,
    failures,
    launch,
    settings_at,
)

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


def test_days_of_other_conditions_are_no_history_and_not_on_the_page(
    audited: Pipeline, tmp_path: Path
) -> None:
    """Else a monitor that was widened would alert for a fortnight, against what it was."""
    instance = dg.DagsterInstance.ephemeral()
    copy = audited.copied_to(tmp_path / "copy")

    def ran(language: str, since: str, *keys: str) -> tuple[Safety, dict[str, str]]:
        monitor = {"since": since, "facets": {"language": [language]}}
        told: dict[str, Any] = {"enabled": True, "monitors": {"m": monitor}}
        settings = settings_at(copy.root, period="week", safety=told)
        if not settings.safety.key_file.exists():
            create_key_file(settings.safety.key_file)
        definitions = build_safety_definitions(settings, open_zone(settings))
        safety = (definitions.resources or {})["safety"]
        assert isinstance(safety, Safety)
        safety.clio.__dict__["embedder"] = HashedWords()
        said: dict[str, str] = {}
        for key in keys:
            result = launch(definitions, key, job="monitor_m", instance=instance)
            said |= failures(result)
        job = "topics_of_monitor_m"
        said |= failures(launch(definitions, SECOND, job=job, instance=instance))
        return safety, said

    def shown(safety: Safety) -> tuple[list[str], str | None]:
        (figures,) = monitor_figures(safety.settings, safety.zone)
        return figures.days["day"].dt.to_string().to_list(), figures.period

    safety, said = ran("en", SECOND, SECOND, THIRD)
    assert not said
    assert shown(safety) == ([SECOND, THIRD], SECOND)
    safety, said = ran("es", SECOND, THIRD)
    assert "as the monitor is set now" in said["safety__monitors__m__topics"]
    assert not safety.monitored("m").has_matches(SECOND)
    assert shown(safety) == ([THIRD], None)
    safety, said = ran("es", SECOND, SECOND)
    assert not said
    assert shown(safety) == ([SECOND, THIRD], SECOND)
    # From the middle of a week on: its earlier days are not the monitor's any more.
    safety, said = ran("es", THIRD)
    assert not said
    assert shown(safety) == ([THIRD], SECOND)
