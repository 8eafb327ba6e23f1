"""Equal inputs have equal names, in every process."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clio_assets.privacy.thresholds import CellThresholds, Thresholds
from clio_assets.storage.fingerprint import fingerprint

BASE = {"step": "topics", "seed": 1, "names": ["a", "b"], "of": {"x": 1, "y": None}}


def test_the_order_of_keys_does_not_matter_at_any_depth() -> None:
    turned = {"of": {"y": None, "x": 1}, "names": ["a", "b"], "seed": 1, "step": "topics"}
    assert fingerprint(**BASE) == fingerprint(**turned)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"seed": "1"},
        {"seed": None},
        {"names": ["b", "a"]},
        {"names": ["ab"]},
        {"of": {"x": None, "y": 1}},
        {"step": "topics "},
        {"more": None},
    ],
)
def test_any_other_content_has_another_name(change: dict[str, object]) -> None:
    assert fingerprint(**{**BASE, **change}) != fingerprint(**BASE)


def test_one_threshold_deep_inside_the_settings_changes_it() -> None:
    strict = Thresholds(cell=CellThresholds(min_accounts=11))
    assert fingerprint(thresholds=strict) != fingerprint(thresholds=Thresholds())
    assert fingerprint(thresholds=Thresholds()) == fingerprint(
        thresholds=Thresholds(min_accounts=25)
    )


def test_it_is_sixteen_hex_digits_of_anything_settings_hold() -> None:
    found = fingerprint(day=dt.date(2026, 11, 1), path=Path("logs"), text="naïve 東京")
    assert len(found) == 16
    assert int(found, 16) >= 0


def test_another_process_finds_the_same() -> None:
    code = (
        "from clio_assets.storage.fingerprint import fingerprint as f;"
        "print(f(a={'x': 1, 'y': 'é'}, b=[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert ran.stdout.strip() == fingerprint(b=[1], a={"y": "é", "x": 1})
