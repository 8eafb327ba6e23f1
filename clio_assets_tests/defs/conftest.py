"""Pipelines prepared once: each test works on a copy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clio_assets_tests.defs.prepared import (
    TO_THE_AUDIT,
    Pipeline,
    pipeline_at,
    prepare_audited,
    prepare_released,
    run_days,
)

__all__ = ["TO_THE_AUDIT", "Copy", "Pipeline", "pipeline_at", "run_days"]

Copy = Callable[..., Pipeline]


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Three days up to their audit; nothing is released. Copy it, do not change it."""
    return prepare_audited(tmp_path_factory.mktemp("audited"))


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, audited: Pipeline) -> Pipeline:
    """The first two days run end to end by their job, from the logs on, on an instance of files.

    Copy it, do not change it.
    """
    return prepare_released(tmp_path_factory.mktemp("released"), audited)


@pytest.fixture
def copied(tmp_path: Path) -> Copy:
    """Copy a prepared pipeline, with other settings where they are given."""

    def copy(pipeline: Pipeline, **changes: Any) -> Pipeline:
        return pipeline.copied_to(tmp_path / "copy", **changes)

    return copy
