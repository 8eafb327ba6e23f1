"""The fault-free run that every other is compared with."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.fault_matrix.pipeline import ASSETS, FIRST_DAY, SECOND_DAY, Pipeline
from benchmarks.fault_matrix.reader import Seen
from clio_assets.demo.generate import generate_demo
from clio_assets.privacy.pseudonyms import create_key_file

END = "end"
PER_DAY = 200


@dataclass(frozen=True)
class Stage:
    """The home before an asset of the second day, and when that asset's work begins and ends.

    Times are seconds after the start of the child that runs it.
    """

    before: Seen
    after: Seen
    begins: float
    ends: float


def make_logs(folder: Path, seed: int) -> Path:
    """Two days of the demo's conversations."""
    generate_demo(folder / "logs", folder / "truth", seed, days=2, per_day=PER_DAY)
    shutil.rmtree(folder / "truth")
    return folder / "logs"


def run_reference(pipeline: Pipeline, stages: Path) -> dict[str, Stage]:
    """Run both days, the second an asset at a time, keeping the home before each.

    Raises:
        RuntimeError: the pipeline does not work even without faults.
    """
    create_key_file(pipeline.settings.accounts.key_file)
    first = pipeline.run(FIRST_DAY)
    if first.error:
        raise RuntimeError(f"The fault-free run failed: {first.message}")
    reference = {}
    before = pipeline.seen()
    for asset in ASSETS:
        pipeline.save(stages / asset)
        started = time.time()
        outcome = pipeline.run(SECOND_DAY, [asset])
        if outcome.error:
            raise RuntimeError(f"The fault-free run failed at {asset}: {outcome.message}")
        after = pipeline.seen()
        begins = outcome.value["began"] - started
        reference[asset] = Stage(before, after, begins, outcome.seconds)
        before = after
    pipeline.save(stages / END)
    if not any(name.startswith(f"{SECOND_DAY}/") for name in before.bundles):
        raise RuntimeError("The fault-free run published nothing: there is nothing to protect.")
    (stages / "reference.json").write_text(
        json.dumps({asset: asdict(stage) for asset, stage in reference.items()}), encoding="utf-8"
    )
    return reference


def load_reference(stages: Path) -> dict[str, Stage]:
    """What `run_reference` saw, in another process."""
    return {
        asset: Stage(
            Seen(**stage["before"]), Seen(**stage["after"]), stage["begins"], stage["ends"]
        )
        for asset, stage in json.loads((stages / "reference.json").read_bytes()).items()
    }
