"""The gate broken on purpose, for attacks to win against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from unittest.mock import patch

import polars as pl

from clio_assets.defs import checks, freshness, step, warehouse
from clio_assets.privacy import door
from clio_assets.privacy.name_support import NameSupport
from clio_assets.release import versions


@contextmanager
def door_that_trusts_verdicts() -> Iterator[None]:
    """A door that releases what the verdicts say, and counts, scans and compares nothing."""
    with (
        patch.object(door, "_still_clean", lambda _topics, good: good),
        patch.object(door, "_failing", lambda *_: set()),
        patch.object(NameSupport, "lacking", lambda *_: set()),
        patch.object(versions, "figures_too_close", lambda *_: 0),
    ):
        yield


@contextmanager
def door_without_verdicts() -> Iterator[None]:
    """A door that asks nothing at all: every topic there is, whoever judged it."""

    def everything(_verdicts: object, topics: pl.DataFrame, *_: object) -> set[str]:
        return set(topics["topic_id"])

    with door_that_trusts_verdicts(), patch.object(door, "_passed_topics", everything):
        yield


@contextmanager
def errors_as_they_come() -> Iterator[None]:
    """Steps and checks that let every message through to Dagster."""
    with (
        patch.object(step, "told_safely", nullcontext),
        patch.object(checks, "told_safely", nullcontext),
        patch.object(freshness, "told_safely", nullcontext),
        patch.object(warehouse, "told_safely", nullcontext),
    ):
        yield
