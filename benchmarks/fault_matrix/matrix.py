"""Running rows: a reference first, then the parts of all rows shared out among workers."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg

from benchmarks.fault_matrix import (
    bundles,
    commits,
    damage,
    inputs,
    keys,
    kills,
    model_faults,
    model_refusals,
    model_stops,
    races,
)
from benchmarks.fault_matrix.forking import Child
from benchmarks.fault_matrix.pipeline import Pipeline
from benchmarks.fault_matrix.reference import make_logs, run_reference
from benchmarks.fault_matrix.rows import Bench, Row

RowWork = Callable[[Bench, str], Row]
MakeBench = Callable[[Pipeline, Path], Bench]

ROWS: dict[str, tuple[str, tuple[str, ...], RowWork]] = {
    "F01": ("SIGKILL at a random instant of an asset", kills.PARTS, kills.kill_asset),
    "F02": ("SIGKILL around commit and checkpoint", commits.PARTS, commits.kill_commits),
    "F04": ("SIGKILL while a bundle is published", bundles.PARTS, bundles.kill_publishing),
    "F05": ("stopped or killed while a model is asked", model_stops.PARTS, model_stops.stop_asking),
    "F07": ("two runs of a day at once", races.TWO_RUNS, races.run_at_once),
    "F09": ("a reader holds the release", races.READERS, races.publish_beside_reader),
    "F12": ("a database cut short or overwritten", tuple(damage.CASES), damage.damage_file),
    "F14": ("429 to every call", model_refusals.WAITS, model_refusals.refuse_everybody),
    "F15": ("500, 502, 503, 529 on a fifth", model_faults.ERRORS, model_faults.fail_a_fifth),
    "F16": ("a reply that hangs or trickles", model_faults.HANGS, model_faults.fail_some),
    "F17": ("connection reset after the body", model_faults.RESETS, model_faults.fail_some),
    "F18": ("no JSON, wrong type, empty or HTML 200", model_faults.BAD, model_faults.fail_some),
    "F19": ("an answer to another conversation", model_faults.OTHERS, model_faults.fail_some),
    "F20": ("refusals and content filters", model_faults.REFUSALS, model_faults.fail_some),
    "F21": ("another model behind the name", model_refusals.CHANGES, model_refusals.change_model),
    "F25": ("malformed, empty and tiny input", inputs.PARTS, inputs.read_bad_input),
    "F32": ("account key missing, weak or rotated", keys.PARTS, keys.refuse_bad_keys),
    "twice": ("a finished day run again", ("the whole day",), races.run_twice),
}

HOURS = 3_600.0


def run_matrix(
    rows: list[str], make_bench: MakeBench, seed: int, workers: int, artifact: Path
) -> int:
    """Run `rows`, print the table, write `artifact`; 0 when every run passed."""
    started = time.monotonic()
    print(f"python -m benchmarks.faults {' '.join(sys.argv[1:])}  (seed {seed})")
    print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, {_machine()}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="clio-faults-"))
    try:
        found = _run(rows, make_bench, seed, workers, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _print(found)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{time.monotonic() - started:.0f} s in all, "
        f"{used.ru_utime + used.ru_stime:.0f} s of processor time"
    )
    _write(artifact, found, date=f"{dt.datetime.now(dt.UTC):%Y-%m-%d}", seed=seed)
    return 0 if all(row.runs == row.passed and row.runs for row in found.values()) else 1


def _run(
    rows: list[str], make_bench: MakeBench, seed: int, workers: int, folder: Path
) -> dict[str, Row]:
    _warm_up()
    logs, stages = make_logs(folder, seed), folder / "stages"
    pipelines = [Pipeline(folder / str(n), logs) for n in range(workers)]
    seconds = sum(stage.ends for stage in run_reference(pipelines[0], stages).values())
    print(f"A day without faults, an asset at a time: {seconds:.0f} s", flush=True)
    tasks = [(name, part) for name in rows for part in ROWS[name][1]]
    # A pipe with a byte a task: whoever is free takes the next.
    queue, fill = os.pipe()
    os.write(fill, bytes(range(len(tasks))))
    os.close(fill)
    children = [
        Child(partial(_work, make_bench(pipeline, stages), tasks, queue), None, HOURS)
        for pipeline in pipelines
    ]
    found = {name: Row(name) for name in rows}
    for child in children:
        outcome = child.outcome()
        if outcome.error or outcome.killed:
            raise RuntimeError(f"A worker failed: {outcome.error}: {outcome.message}")
        for counted in outcome.value:
            found[counted["id"]].add(_row(counted))
    return found


def _work(bench: Bench, tasks: list[tuple[str, str]], queue: int) -> list[dict[str, Any]]:
    done = []
    while taken := os.read(queue, 1):
        name, part = tasks[taken[0]]
        started = time.monotonic()
        row = ROWS[name][2](bench, part)
        row.seconds = time.monotonic() - started
        passed, runs = row.passed.total(), row.runs.total()
        print(f"  {name:5} {part:28} {passed:>4}/{runs:<4} {row.seconds:6.0f} s", flush=True)
        for failure in row.failures:
            print(f"    {failure}", flush=True)
        done.append(vars(row))
    return done


def _row(counted: dict[str, Any]) -> Row:
    counters = {name: Counter(counted[name]) for name in ("runs", "passed", "notes")}
    return Row(**counted | counters)


def _print(found: dict[str, Row]) -> None:
    print(f"\n{'':6}{'fault':42}{'runs':>6}{'passed':>8}{'seconds':>9}")
    for name, row in found.items():
        print(
            f"{name:6}{ROWS[name][0]:42}{row.runs.total():6}{row.passed.total():8}{row.seconds:9.0f}"
        )
    for row in found.values():
        for note, count in sorted(row.notes.items()):
            print(f"      {row.id}: {count} {note}")
        for name, figure in sorted(row.worst.items()):
            print(f"      {row.id}: {name} {figure:.3f} at worst")
        for failure in row.failures:
            print(f"FAILED {failure}")


def _write(artifact: Path, found: dict[str, Row], **run: object) -> None:
    """Write the rows that were run; those of an earlier run stay as they are."""
    artifact.parent.mkdir(parents=True, exist_ok=True)
    document = json.loads(artifact.read_bytes()) if artifact.exists() else {}
    document |= {name: run | row.as_json() for name, row in found.items()}
    artifact.write_text(
        json.dumps(dict(sorted(document.items())), indent=2) + "\n", encoding="utf-8"
    )


def _warm_up() -> None:
    """Import what the assets import when they run, so that no child pays for it."""
    import aiohttp  # noqa: F401
    import lingua  # noqa: F401
    import openai  # noqa: F401
    import scipy.optimize  # noqa: F401
    import sklearn.cluster  # noqa: F401
    import torch

    from benchmarks.fault_matrix.pipeline import SETTINGS
    from clio_assets.config import EmbeddingSettings
    from clio_assets.models.embedding import load_embedder
    from clio_assets.privacy.scan import scan

    # The first instance imports half of Dagster's storage.
    dg.DagsterInstance.ephemeral().dispose()
    torch.set_num_threads(1)
    load_embedder(EmbeddingSettings(**SETTINGS["embeddings"]))
    scan("warm")


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("dagster", "duckdb", "polars"))
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, {packages}"
