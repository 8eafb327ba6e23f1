"""Real requests through the whole pipeline, and every rule counted again by somebody else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from benchmarks.real_text import DAYS, run_corpus
from clio_assets_tests.independent_reader import broken_rules
from clio_assets_tests.real_text.shared_data import needs_shared_data

pytestmark = [pytest.mark.platform, needs_shared_data]


def test_a_month_of_chats_releases_thirty_topics(tmp_path: Path) -> None:
    clio = run_corpus("mixed", "month", tmp_path)
    assert sum(len(clio.layout.day(day).read("quarantine")) for day in DAYS) == 0
    assert broken_rules(tmp_path, "month", DAYS[0], DAYS) == []
    released = clio.releases.read("released_periods", DAYS[0]).row(0, named=True)
    assert released["period_end"] == dt.date(2026, 12, 1)
    assert released["topics"] >= 30
    assert released["leaf_coverage"] >= 0.8
