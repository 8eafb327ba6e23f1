"""A-7, small: hostile names in the page do nothing, and do where a defence is taken away."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from benchmarks.attacks.hostile_names import HOSTILE_NAMES
from benchmarks.attacks.hostile_page import BROKEN, attack
from benchmarks.browser import NO_BROWSER

playwright = pytest.importorskip("playwright.sync_api", reason="PAGE NOT TESTED: no playwright")
pytestmark = pytest.mark.browser


def test_there_are_sixty_different_names() -> None:
    assert len(set(HOSTILE_NAMES)) == 60


def test_nothing_runs_in_the_page_and_something_does_without_each_defence(tmp_path: Path) -> None:
    try:
        outcome = attack(tmp_path, small=True)
    except playwright.Error as error:
        if "Executable doesn't exist" not in str(error):
            raise
        warnings.warn(NO_BROWSER, stacklevel=1)
        pytest.skip(NO_BROWSER)
    assert outcome.held, outcome.figures
    won = outcome.figures["payloads that win without a policy and without"]
    assert won.keys() == BROKEN.keys()
    assert min(won.values()) >= 3
    assert outcome.passed
