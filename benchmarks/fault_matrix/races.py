"""F07 and F09: two runs of a day at once, and a reader in the writer's way."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import duckdb

from benchmarks.fault_matrix.forking import Child, announce
from benchmarks.fault_matrix.invariants import require, same_as
from benchmarks.fault_matrix.pipeline import ASSETS, SECOND_DAY
from benchmarks.fault_matrix.reference import END, load_reference
from benchmarks.fault_matrix.rows import Bench, Row

TWO_RUNS = ("two runs of a day",)
READERS = ("clio.duckdb", "released.duckdb")
PUBLISHING = ("released_topics", "warehouse", "insight_report")


def run_at_once(bench: Bench, part: str) -> Row:
    """F07: both succeed, each step is computed by one of them, and the tables are as of one."""
    row = Row("F07")
    pipeline = bench.pipeline
    end = load_reference(bench.stages)[ASSETS[-1]].after
    draw = bench.random(row.id, part)
    for _ in range(_fewer(bench)):
        with row.attempt(part):
            pipeline.restore(bench.stages / ASSETS[0])
            first = pipeline.start(SECOND_DAY)
            time.sleep(draw.uniform(0, 2))
            second = pipeline.start(SECOND_DAY)
            outcomes = [first.outcome(), second.outcome()]
            for outcome in outcomes:
                require(outcome.error is None, outcome.message)
            one, other = (outcome.value["unchanged"] for outcome in outcomes)
            # The door says what it found when it began; the rows tell that it wrote once.
            twice = [name for name in one if not one[name] and not other[name]]
            require(not set(twice) - {"released_topics"}, f"computed twice: {', '.join(twice)}")
            same_as(pipeline.seen(), end)
    return row


def run_twice(bench: Bench, part: str) -> Row:
    """A finished day run again computes nothing and changes nothing that anybody can read."""
    row = Row("twice")
    pipeline = bench.pipeline
    end = load_reference(bench.stages)[ASSETS[-1]].after
    pipeline.restore(bench.stages / END)
    for _ in range(_fewer(bench)):
        with row.attempt(part):
            outcome = pipeline.run(SECOND_DAY)
            require(outcome.error is None, outcome.message)
            changed = [asset for asset, same in outcome.value["unchanged"].items() if not same]
            require(not changed, f"computed again: {', '.join(changed)}")
            same_as(pipeline.seen(), end)
    return row


def publish_beside_reader(bench: Bench, part: str) -> Row:
    """F09: who holds the published file keeps a consistent view, and the writer goes on.

    Nobody should hold the door's own file; who does is named, and nothing is changed.
    """
    row = Row("F09")
    pipeline = bench.pipeline
    end = load_reference(bench.stages)[ASSETS[-1]].after
    stop = pipeline.folder / "stop"
    for _ in range(_fewer(bench)):
        with row.attempt(part):
            pipeline.restore(bench.stages / PUBLISHING[0])
            stop.unlink(missing_ok=True)
            file = pipeline.home / "release" / part
            reader = Child(partial(_hold, file, stop), pipeline.log)
            require(reader.moment(), "the reader could not open the file")
            outcome = pipeline.run(SECOND_DAY, PUBLISHING)
            stop.touch()
            held = reader.outcome()
            require(held.error is None, f"the reader met {held.message}")
            require(held.value, "the reader's view changed")
            if part == "released.duckdb":
                require("is open in another program" in outcome.message, outcome.message)
                outcome = pipeline.run(SECOND_DAY, PUBLISHING)
            require(outcome.error is None, outcome.message)
            same_as(pipeline.seen(), end)
    return row


def _hold(file: Path, stop: Path) -> bool:
    """Keep a database open, reading now and then; True where it always said the same."""
    with duckdb.connect(str(file), read_only=True) as con:
        tables = [name for (name,) in con.execute("SHOW TABLES").fetchall()]
        first = [con.table(name).fetchall() for name in tables]
        announce()
        while True:
            last = stop.exists()
            if [con.table(name).fetchall() for name in tables] != first:
                return False
            if last:
                return True
            time.sleep(0.02)


def _fewer(bench: Bench) -> int:
    """Whole days are run here: a fifth of the kills."""
    return max(1, bench.kills // 5)
