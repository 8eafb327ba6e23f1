"""Pipelines run up to a point, for tests and attacks to work on copies of."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg

from clio_assets.defs.clio import Clio
from clio_assets_tests.defs.pipelines import (
    DAYS,
    FIRST,
    SECOND,
    clio_of,
    definitions_of,
    failures,
    launch,
    settings_at,
    write_source,
)

TO_THE_AUDIT = [
    "raw_conversations", "conversations", "facets", "embeddings", "base_clusters", "topics",
    "topic_audit",
]  # fmt: skip


@dataclass(frozen=True)
class Pipeline:
    """A pipeline in a folder, with the instance that its runs were made on."""

    root: Path
    definitions: dg.Definitions
    instance: dg.DagsterInstance
    canaries: list[str]
    results: dict[str, dg.ExecuteInProcessResult]

    @property
    def clio(self) -> Clio:
        """Settings and storage."""
        return clio_of(self.definitions)

    def copied_to(self, root: Path, **changes: Any) -> Pipeline:
        """A copy of it in `root`, with other settings where they are given."""
        shutil.copytree(self.root, root)
        return pipeline_at(root, self.canaries, **changes)


def pipeline_at(root: Path, canaries: list[str], **changes: Any) -> Pipeline:
    """The pipeline in `root`, with an instance that remembers its runs for as long as it lives."""
    definitions = definitions_of(settings_at(root, **changes))
    return Pipeline(root, definitions, dg.DagsterInstance.ephemeral(), canaries, {})


def run_days(pipeline: Pipeline, days: list[str], *assets: str) -> Pipeline:
    """Launch the day's job, or some of its assets, for each day in turn; all succeed."""
    for day in days:
        result = launch(pipeline.definitions, day, *assets, instance=pipeline.instance)
        assert result.success, failures(result)
        pipeline.results[day] = result
    return pipeline


def prepare_audited(root: Path) -> Pipeline:
    """Three days up to their audit; nothing is released."""
    canaries = write_source(root)
    return run_days(pipeline_at(root, canaries), DAYS, *TO_THE_AUDIT)


def prepare_released(root: Path, audited: Pipeline) -> Pipeline:
    """The first two days run end to end by their job, from the logs on, on an instance of files."""
    shutil.copytree(audited.root / "source", root / "source")
    key = audited.clio.settings.accounts.key_file
    (root / "home" / "private").mkdir(parents=True)
    shutil.copy(key, root / "home" / "private" / key.name)
    (root / "dagster").mkdir()
    on_files = dg.DagsterInstance.local_temp(str(root / "dagster"))
    pipeline = replace(pipeline_at(root, audited.canaries), instance=on_files)
    return run_days(pipeline, [FIRST, SECOND])
