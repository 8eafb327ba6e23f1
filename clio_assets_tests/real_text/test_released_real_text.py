"""Real requests through the whole pipeline, and every rule counted again by somebody else."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import dagster as dg
import pytest

from clio_assets.config import Settings, parse_settings
from clio_assets.defs.clio import Clio
from clio_assets.defs.in_process import run_history
from clio_assets.privacy.pseudonyms import create_key_file
from clio_assets_tests.independent_reader import broken_rules

SHARED = Path(os.environ.get("CLIO_SHARED", Path(__file__).parents[3] / "shared")) / "data"
DAYS = [f"2026-11-{day:02}" for day in range(1, 15)]

pytestmark = [
    pytest.mark.platform,
    pytest.mark.skipif(
        not SHARED.is_dir(),
        reason=f"NO REAL TEXT: set CLIO_SHARED to the folder that holds data/ (looked in {SHARED})",
    ),
]


def settings_for(home: Path, name: str, period: str, last_day: str) -> Settings:
    return parse_settings(
        {
            "home": str(home),
            "period": period,
            "seed": 1,
            "source": {"path": str(SHARED / name), "first_day": DAYS[0], "last_day": last_day},
        },
        base=home,
    )


def run(settings: Settings) -> Clio:
    create_key_file(settings.accounts.key_file)
    with dg.instance_for_test() as instance:
        assert run_history(settings, instance, tell=lambda *_: None)
    return Clio(settings)


def quarantined(clio: Clio, days: list[str]) -> int:
    return sum(len(clio.layout.day(day).read("quarantine")) for day in days)


def test_two_days_of_requests_keep_every_rule(tmp_path: Path) -> None:
    days = DAYS[:2]
    clio = run(settings_for(tmp_path, "clinc150", "day", days[-1]))
    assert quarantined(clio, days) == 0
    for day in days:
        assert broken_rules(tmp_path, "day", day, [day]) == []
        released = clio.releases.read("released_periods", day).row(0, named=True)
        assert released["topics"] >= 10
        assert released["leaf_coverage"] >= 0.7


def test_a_month_of_chats_releases_thirty_topics(tmp_path: Path) -> None:
    clio = run(settings_for(tmp_path, "mixed", "month", DAYS[-1]))
    assert quarantined(clio, DAYS) == 0
    assert broken_rules(tmp_path, "month", DAYS[0], DAYS) == []
    released = clio.releases.read("released_periods", DAYS[0]).row(0, named=True)
    assert released["period_end"] == dt.date(2026, 12, 1)
    assert released["topics"] >= 30
    assert released["leaf_coverage"] >= 0.8
