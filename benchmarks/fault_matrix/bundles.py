"""F04: SIGKILL while a bundle is published, with a reader that never stops looking."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.fault_matrix.forking import Child, announce
from benchmarks.fault_matrix.invariants import require
from benchmarks.fault_matrix.pipeline import SECOND_DAY
from benchmarks.fault_matrix.reader import read_bundles
from benchmarks.fault_matrix.reference import END
from benchmarks.fault_matrix.rows import Bench, Row
from clio_assets.release.bundle import write_bundle

PARTS = ("a second version",)
KILLS = 3
"""Times `bench.kills`: a kill costs a second here."""


def kill_publishing(bench: Bench, part: str) -> Row:
    """F04: whoever follows latest.json finds the old bundle or the new one, every hash right."""
    row = Row("F04")
    pipeline = bench.pipeline
    pipeline.restore(bench.stages / END)
    bundles, stop = pipeline.home / "release" / "bundles", pipeline.folder / "stop"
    changed = pipeline.folder / "changed.duckdb"
    old = _read(bench, bundles)
    Child(lambda: _change(pipeline.home / "release" / "clio.duckdb", changed), None).outcome()
    publish = Child(lambda: _publish(changed, bundles), pipeline.log).outcome()
    new = _read(bench, bundles)
    require(new != old, "the change made no new version")
    draw = bench.random(row.id, part)
    for _ in range(KILLS * bench.kills):
        with row.attempt(part):
            pipeline.restore(bench.stages / END)
            stop.unlink(missing_ok=True)
            reader = Child(lambda: _keep_reading(bundles, stop, old, new), pipeline.log)
            reader.moment()
            writer = Child(lambda: _publish(changed, bundles), pipeline.log)
            killed = writer.kill_after(draw.random() * publish.seconds).killed
            row.notes["killed" if killed else "ended before the kill"] += 1
            again = Child(lambda: _publish(changed, bundles), pipeline.log).outcome()
            stop.touch()
            outcome = reader.outcome()
            require(outcome.error is None, f"the reader met {outcome.message}")
            row.notes.update(outcome.value)
            require(again.error is None, f"the next run failed: {again.message}")
            require(_read(bench, bundles) == new, "the next run did not publish the new bundle")
            require(not list(bundles.glob(".new-*")), "a folder set aside was left")
    return row


def _change(warehouse: Path, changed: Path) -> None:
    """A warehouse whose topics say something else, so that the bundle takes a new version."""
    shutil.copy(warehouse, changed)
    with duckdb.connect(str(changed)) as con:
        con.execute("UPDATE topics_by_period SET summary = summary || '.'")


def _publish(warehouse: Path, bundles: Path) -> None:
    write_bundle(warehouse, SECOND_DAY, bundles)


def _read(bench: Bench, bundles: Path) -> dict[str, str]:
    outcome = Child(lambda: read_bundles(bundles), bench.pipeline.log).outcome()
    require(outcome.error is None, outcome.message)
    return dict(outcome.value)


def _keep_reading(
    bundles: Path, stop: Path, old: dict[str, str], new: dict[str, str]
) -> dict[str, Any]:
    reads = {"reads of the old bundle": 0, "reads of the new bundle": 0}
    while True:
        last = stop.exists()
        found = read_bundles(bundles)
        require(found in (old, new), "a bundle that is neither the old nor the new")
        reads[f"reads of the {'new' if found == new else 'old'} bundle"] += 1
        if reads["reads of the old bundle"] + reads["reads of the new bundle"] == 1:
            announce()
        if last:
            return reads
