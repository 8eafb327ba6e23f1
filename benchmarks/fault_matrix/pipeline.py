"""The real pipeline on a small sample of its own, run an asset at a time in a forked child."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg

from benchmarks.fault_matrix.forking import Child, Outcome
from benchmarks.fault_matrix.invariants import require
from benchmarks.fault_matrix.reader import Seen, look
from clio_assets.config import Settings, parse_settings
from clio_assets.defs import warehouse
from clio_assets.defs.build import build_definitions

ASSETS = (
    "raw_conversations",
    "conversations",
    "facets",
    "embeddings",
    "base_clusters",
    "topics",
    "topic_audit",
    "released_topics",
    "warehouse",
    "insight_report",
)
FIRST_DAY, SECOND_DAY = "2026-11-01", "2026-11-02"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

SETTINGS: dict[str, Any] = {
    "home": "home",
    "seed": 7,
    "facets": {
        "languages": ["en", "es", "de"],
        "custom": [{"name": "product", "metadata_field": "product"}],
    },
    # Short batches waste least on a few hundred texts; a forked child has one thread.
    "embeddings": {"threads": 1, "batch_size": 16},
    # Low enough that a day of 200 conversations releases topics with cells.
    "privacy": {
        "internal": {
            "min_accounts": 8,
            "min_conversations": 12,
            "max_account_share": 0.2,
            "min_term_accounts": 4,
            "cell": {"min_conversations": 6, "min_accounts": 4, "max_account_share": 0.5},
        }
    },
}


class RunFailed(RuntimeError):  # noqa: N818 - what Dagster calls it
    """A run failed; the message is what its user reads."""


class Pipeline:
    """Definitions over one home; make it before any thread is started.

    `changes` are sections of clio.yaml that differ from SETTINGS.
    """

    def __init__(
        self, folder: Path, logs: Path, last_day: str = SECOND_DAY, **changes: Any
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        source = {"path": logs.resolve(), "first_day": FIRST_DAY, "last_day": last_day}
        self.settings: Settings = parse_settings(
            SETTINGS | {"source": source} | changes, base=folder.resolve()
        )
        self.home = self.settings.home
        # dbt takes up its parsed project only where the database's path is the same, so each
        # home has a project of its own, and the developer's stays untouched.
        project = folder / "dbt_project"
        if not project.exists():
            shutil.copytree(
                Path(warehouse.__file__).parents[2] / "dbt_project",
                project,
                ignore=shutil.ignore_patterns("target", "logs"),
            )
        warehouse.PROJECT = project.resolve()
        self._definitions = build_definitions(self.settings)
        self._job = self._definitions.resolve_job_def("daily")

    @cached_property
    def log(self) -> Path:
        """What the children print."""
        return self.folder / "log.txt"

    def start(self, day: str, assets: Sequence[str] = ()) -> Child:
        """Run assets of a day, by default all of them, in a child."""
        return Child(lambda: self._run(day, assets), self.log)

    def run(self, day: str, assets: Sequence[str] = ()) -> Outcome:
        """Run assets of a day to the end, in a child."""
        return self.start(day, assets).outcome()

    def seen(self) -> Seen:
        """What the independent reader finds, itself in a child.

        Raises:
            InvariantBroken: something that must never be is there.
        """
        outcome = Child(lambda: look(self.home), self.log).outcome()
        require(outcome.error is None, f"{outcome.error}: {outcome.message}")
        return Seen(**outcome.value)

    def restore(self, state: Path) -> None:
        """Make the home as it was when `state` was saved."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(state, self.home)

    def save(self, state: Path) -> Path:
        """Keep a copy of the home."""
        shutil.rmtree(state, ignore_errors=True)
        return Path(shutil.copytree(self.home, state))

    def _run(self, day: str, assets: Sequence[str]) -> dict[str, Any]:
        """Which assets were unchanged, and when the first of them began, by the wall clock."""
        with dg.DagsterInstance.ephemeral() as instance:
            result = self._job.execute_in_process(
                partition_key=day,
                instance=instance,
                run_config=QUIET,
                raise_on_error=False,
                asset_selection=self._keys(assets) or None,
            )
            entries = instance.all_logs(result.run_id)
        if not result.success:
            raise RunFailed("; ".join(_failures(result)))
        starts = [
            entry.timestamp
            for entry in entries
            if entry.dagster_event and entry.dagster_event.is_step_start
        ]
        metadata = {
            event.asset_key.to_user_string(): event.materialization.metadata
            for event in result.get_asset_materialization_events()
            if event.asset_key
        }
        return {
            "began": min(starts),
            "unchanged": {
                asset: bool(told["unchanged"].value)
                for asset, told in metadata.items()
                if "unchanged" in told
            },
        }

    def _keys(self, assets: Sequence[str]) -> list[dg.AssetKey]:
        known = self._definitions.resolve_asset_graph().get_all_asset_keys()
        return [key for key in known if key.path[0] in assets]


def _failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """What the user reads of each failed step, or of each check that stood in the way."""
    told = []
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            ours = data.user_failure_data
            told.append((ours and ours.description) or (data.error and data.error.message) or "?")
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            evaluation = event.asset_check_evaluation_data
            if not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.ERROR:
                told.append(f"check {evaluation.check_name} failed")
    return told
