"""The pipeline of A-1, in a process of its own, so that all it prints and writes can be searched.

python -m benchmarks.attacks.canary_run <folder> small|full honest|broken

`honest` runs to a release, past errors that quote conversations. `broken` goes on from there: a
canary is made a topic's name at a door that asks nothing, and a step's error is told as it is.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dagster as dg

from benchmarks.attacks.broken_gates import door_without_verdicts, errors_as_they_come
from benchmarks.attacks.canary_planting import FACET
from benchmarks.attacks.careless_errors import CARELESS_ERRORS
from clio_assets.config import Settings, parse_settings
from clio_assets.defs import checks, warehouse
from clio_assets.defs.build import build_definitions
from clio_assets.release.withdraw import withdraw_period
from clio_assets_tests.defs.pipelines import (
    FIRST,
    change,
    clio_of,
    definitions_of,
    failures,
    launch,
    launch_without_checks,
    settings_at,
)

TOLD = "told.json"
"""What an honest run came to, in the folder."""

FORCED_NAME = "forced_name.json"
"""The canary that becomes a topic's name, in the folder."""

PUBLISHED = ("released_topics", "warehouse", "insight_report")

WITHHELD = "The message is withheld"


@dataclass(frozen=True)
class Plan:
    """Which days are run, the one where errors are raised, and the period they make."""

    days: list[str]
    amid: str
    period: str
    jobs: tuple[str, ...]
    settings: Settings


def plan_of(folder: Path, *, small: bool) -> Plan:
    """A day of the tiny pipeline, or the days in `folder`/source as one month."""
    if small:
        return Plan([FIRST], FIRST, FIRST, ("daily",), settings_at(folder))
    days = sorted(file.name[:10] for file in (folder / "source").glob("*.jsonl.gz"))
    document: dict[str, Any] = {
        "home": "home",
        "period": "month",
        "seed": 1,
        "source": {"path": "source", "first_day": days[0], "last_day": days[-1]},
        "facets": {"custom": [{"name": FACET, "metadata_field": FACET}]},
    }
    settings = parse_settings(document, base=folder)
    return Plan(days, days[len(days) // 2], days[0], ("daily", "monthly"), settings)


def main(folder: Path, *, small: bool, honest: bool) -> None:
    """Run, and write what came of it to `folder`/told.json."""
    plan = plan_of(folder, small=small)
    tempfile.TemporaryDirectory = _Kept  # type: ignore[misc,assignment]
    warehouse.PROJECT = _own_project(folder)
    definitions = _definitions(plan, small=small)
    instance = dg.DagsterInstance.get()
    if honest:
        # A check keeps hold of what it looks with, so its error has definitions of its own.
        error = CARELESS_ERRORS["a check"]
        with patch.object(error.module, error.name, error.raises):
            careless_check = _definitions(plan, small=small)
        told = _run(plan, definitions, careless_check, instance)
        (folder / TOLD).write_text(json.dumps(told), encoding="utf-8")
    else:
        published = ("released_topics",) if small else PUBLISHED
        forced = json.loads((folder / FORCED_NAME).read_bytes())
        _break(plan, definitions, instance, forced, published)


def _definitions(plan: Plan, *, small: bool) -> dg.Definitions:
    return definitions_of(plan.settings) if small else build_definitions(plan.settings)


def _run(
    plan: Plan,
    definitions: dg.Definitions,
    careless_check: dg.Definitions,
    instance: dg.DagsterInstance,
) -> dict[str, Any]:
    """Each error in turn, then the run to its end."""
    told: dict[str, Any] = {"errors_not_met": []}
    keys = [(plan.jobs[0], day, day == plan.amid, len(plan.jobs) == 1) for day in plan.days]
    if len(plan.jobs) > 1:
        keys.append((plan.jobs[1], plan.period, False, True))
    for job, key, daily, periodic in keys:
        for name, error in CARELESS_ERRORS.items():
            if not (daily if error.daily else periodic):
                continue
            broken = careless_check if error.module is checks else definitions
            with patch.object(error.module, error.name, error.raises):
                failed = failures(launch(broken, key, job=job, instance=instance))
            if set(failed) != {error.step} or WITHHELD not in failed[error.step]:
                told["errors_not_met"].append(name)
        result = launch(definitions, key, job=job, instance=instance)
        if not result.success:
            raise RuntimeError(f"{key}: {failures(result)}")
    released = clio_of(definitions).releases.read("released_periods", plan.period)
    return told | {"topics": int(released["topics"].item())}


def _break(
    plan: Plan,
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    forced: str,
    published: tuple[str, ...],
) -> None:
    """Release a topic of a forced name past the gate; then let an error be told as it is."""
    clio = clio_of(definitions)
    withdraw_period(plan.settings, plan.period)
    change(
        clio.layout.period_file(plan.period).path,
        ("UPDATE topics SET name = ? WHERE topic_id = (SELECT arg_max(topic_id, conversations) "
         "FROM topics WHERE level = 0)", [forced]),
    )  # fmt: skip
    # The checks count again what is released, and would stop the warehouse.
    with door_without_verdicts():
        launch_without_checks(definitions, plan.period, *published, instance=instance)
    clio.layout.day(plan.amid).path.unlink()
    error = CARELESS_ERRORS["normalising"]
    with errors_as_they_come(), patch.object(error.module, error.name, error.raises):
        launch(definitions, plan.amid, "raw_conversations", "conversations", instance=instance)


def _own_project(folder: Path) -> Path:
    """A copy of the dbt project, so that whatever dbt leaves there is found too."""
    project = folder / "dbt_project"
    if not project.exists():
        ignored = shutil.ignore_patterns("target", "logs")
        shutil.copytree(warehouse.PROJECT, project, ignore=ignored)
    return project.resolve()


class _Kept:
    """In `tempfile.TemporaryDirectory`'s place: what it would remove is left to be searched."""

    def __init__(
        self,
        suffix: str | None = None,
        prefix: str | None = None,
        dir: str | None = None,  # noqa: A002 - as in tempfile
        **_: object,
    ) -> None:
        self.name = tempfile.mkdtemp(suffix, prefix, dir)

    def __enter__(self) -> str:
        return self.name

    def __exit__(self, *_: object) -> None:
        return None

    def cleanup(self) -> None:
        """Leave it."""


if __name__ == "__main__":
    main(Path(sys.argv[1]), small=sys.argv[2] == "small", honest=sys.argv[3] == "honest")
