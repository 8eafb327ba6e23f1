"""One browser for the tests of a module."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from benchmarks.browser import NO_BROWSER
from benchmarks.browser import browser as chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; without one its tests are skipped, and say so."""
    playwright = pytest.importorskip("playwright.sync_api")
    with ExitStack() as opened:
        try:
            running = opened.enter_context(chromium())
        except playwright.Error:
            warnings.warn(NO_BROWSER, stacklevel=1)
            pytest.skip(NO_BROWSER)
        yield running
