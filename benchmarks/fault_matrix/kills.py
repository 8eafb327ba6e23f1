"""F01: SIGKILL at a random instant of every asset, then again from where it stood."""

from __future__ import annotations

import time

from benchmarks.fault_matrix.forking import Outcome, alive
from benchmarks.fault_matrix.invariants import require, same_as
from benchmarks.fault_matrix.pipeline import ASSETS, SECOND_DAY, Pipeline
from benchmarks.fault_matrix.reader import Seen
from benchmarks.fault_matrix.reference import Stage, load_reference
from benchmarks.fault_matrix.rows import Bench, Row

ORPHAN_SECONDS = 60.0
"""A dbt whose parent was killed ends by itself well within this."""

DBT_LEFT_ALIVE = "warehouse, dbt left alive"
PARTS = (DBT_LEFT_ALIVE, *ASSETS)


def kill_asset(bench: Bench, part: str) -> Row:
    """F01: an asset is killed `bench.kills` times while it works."""
    row = Row("F01")
    asset = part.partition(",")[0]
    reference = load_reference(bench.stages)
    draw = bench.random(row.id, part)
    for n in range(bench.kills):
        with row.attempt(part):
            instant = draw.random()
            _kill_once(bench, row, asset, reference[asset], instant, part != DBT_LEFT_ALIVE)
            if n == 0:
                _finish(bench.pipeline, asset, reference[ASSETS[-1]].after)
    return row


def _kill_once(
    bench: Bench, row: Row, asset: str, stage: Stage, instant: float, group: bool
) -> None:
    pipeline = bench.pipeline
    while True:
        pipeline.restore(bench.stages / asset)
        child = pipeline.start(SECOND_DAY, [asset])
        outcome = child.kill_after(
            stage.begins + instant * (stage.ends - stage.begins), group=group
        )
        if outcome.killed:
            break
        # It was faster than the reference: this was no kill, so it is not counted as one.
        require(outcome.error is None, f"before any fault: {outcome.message}")
        row.notes["ended before the kill"] += 1
        instant *= 0.7
    if group:
        _old_or_new(pipeline.seen(), stage, row)
        outcome = pipeline.run(SECOND_DAY, [asset])
    else:
        outcome = _rerun_beside_orphan(pipeline, child.pid, asset, row)
    require(outcome.error is None, f"the next run failed: {outcome.message}")
    same_as(pipeline.seen(), stage.after)


def _rerun_beside_orphan(pipeline: Pipeline, group: int, asset: str, row: Row) -> Outcome:
    """Run at once; a refusal that names the left-behind process is as good, once that has ended."""
    beside = alive(group)
    row.notes["dbt was alive at the next run"] += beside
    outcome = pipeline.run(SECOND_DAY, [asset])
    if outcome.error and beside:
        said = outcome.message
        require(outcome.error == "RunFailed", said)
        require("left behind" in said or "open in another program" in said, said)
        row.notes["refused while dbt was alive"] += 1
    deadline = time.monotonic() + ORPHAN_SECONDS
    while alive(group):
        require(time.monotonic() < deadline, "the orphaned dbt does not end")
        time.sleep(0.05)
    return pipeline.run(SECOND_DAY, [asset]) if outcome.error else outcome


def _old_or_new(seen: Seen, stage: Stage, row: Row) -> None:
    """I2: a reader sees what was there before the asset ran, or all it writes."""
    old, new = seen.visible() == stage.before.visible(), seen.visible() == stage.after.visible()
    require(old or new, "part of the asset's tables is visible")
    row.notes["killed after the commit" if new else "killed before the commit"] += 1


def _finish(pipeline: Pipeline, asset: str, end: Seen) -> None:
    rest = ASSETS[ASSETS.index(asset) + 1 :]
    if rest:
        outcome = pipeline.run(SECOND_DAY, rest)
        require(outcome.error is None, f"the rest of the day failed: {outcome.message}")
    same_as(pipeline.seen(), end)
